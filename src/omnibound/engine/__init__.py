"""When nobody waits: what is due is handed over, what is said of it is taken in, and the next move is made."""
