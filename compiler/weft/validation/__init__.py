"""A compiled artefact against the meaning of its graph: the same run on both, compared."""
