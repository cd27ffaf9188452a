"""Node types that call other services over the network."""
