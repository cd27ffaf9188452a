"""From a region tree to Amazon States Language and the map back to the nodes."""
