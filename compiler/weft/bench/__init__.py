"""Measures what the compiler makes of frozen and of random graphs."""
