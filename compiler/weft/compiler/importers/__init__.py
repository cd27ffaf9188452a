"""Other documents' graphs, read into the one graph model; nothing in them is ever run."""
