"""Rewrites from program to program, one per module; their order is in `optimise.py`."""
