"""Language models behind the port `ChatModel`."""
