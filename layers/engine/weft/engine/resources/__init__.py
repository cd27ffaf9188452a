"""One module per service call a Task state may make."""
