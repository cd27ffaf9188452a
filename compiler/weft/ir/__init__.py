"""The intermediate form: what nodes do, and the flow of one graph."""
