"""One file per resource; each lists its endpoints."""
