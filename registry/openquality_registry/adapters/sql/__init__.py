"""The registry's database through SQLAlchemy Core: SQLite now, PostgreSQL without other SQL."""
