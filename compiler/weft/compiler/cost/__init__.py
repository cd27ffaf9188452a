"""What running costs: prices as data."""
