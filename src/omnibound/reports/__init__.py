"""Telling the client: reports pushed to its own address, signed, retried for two days, and never twice on purpose."""
