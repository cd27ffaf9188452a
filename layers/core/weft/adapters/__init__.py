"""What the ports are made of, one family per folder."""
