"""One file per family of operations; `registry.py` lists them all."""
