"""What a run of a compiled graph costs: exactly, given what is decided; else what to expect."""
