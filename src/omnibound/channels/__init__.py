"""Out to the world and receipts back: one module a kind of connector, found by its name (`base` says how)."""
