"""What the compiler is measured by: real and random graphs, baselines, figures."""
