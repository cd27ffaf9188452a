"""The stacks: one for all, and one per tenant."""
