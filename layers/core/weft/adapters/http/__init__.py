"""The one way out over HTTP: it refuses private addresses and holds every limit (rule 15)."""
