"""How networks, and programs that read them, tell of messages by themselves."""
