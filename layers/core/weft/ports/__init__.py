"""One Protocol per file: what the product needs of the world."""
