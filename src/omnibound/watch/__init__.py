"""Watching: what is counted in passing, what is seen at a look, metrics and traces made of both, and alerts."""
