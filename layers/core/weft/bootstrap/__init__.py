"""The composition root: settings from the environment, adapters behind the ports."""
