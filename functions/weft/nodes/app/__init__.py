"""Node types that speak to the people and programs around a run."""
