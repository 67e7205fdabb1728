"""In and out: one vendor's wire format a folder, and nothing else. A new one is found by itself (see `base`)."""
