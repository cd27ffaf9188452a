"""What a node type is made of."""
