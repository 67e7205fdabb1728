"""Nouns and rules: pure, synchronous, without I/O. Everything else in the house serves what is written here."""
