"""What starts runs from outside: webhooks."""
