"""The memory: SQLite by default, with SQL kept in files so that another engine is a second set of hot statements."""
