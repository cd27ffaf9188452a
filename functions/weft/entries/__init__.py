"""What Lambda calls: a function put together from its environment, once per process."""
