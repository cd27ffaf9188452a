"""Amazon States Language: its limits and its printed form."""
