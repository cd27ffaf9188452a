"""Runs a person's Python code in a process of its own that can reach nothing.

`sandbox` is our side. `guest` and what it imports run on the far side, under a bare interpreter:
standard library only, nothing else of the product.
"""
