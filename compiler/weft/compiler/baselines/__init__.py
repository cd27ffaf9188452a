"""Other ways to make states of a graph, so that ours has something to be compared with."""
