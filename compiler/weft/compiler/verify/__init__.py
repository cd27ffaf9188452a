"""Translation validation: what the compiler made, proved to mean what it was made from."""
