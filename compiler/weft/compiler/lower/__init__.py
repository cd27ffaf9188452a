"""From a checked graph to a program: edges become values, activations become expressions."""
