"""What runs cost, from prices that are data."""
