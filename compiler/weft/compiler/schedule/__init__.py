"""From a program to a region tree: what runs after what, in parallel, under which condition."""
