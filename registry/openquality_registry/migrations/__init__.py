"""The database's history: one numbered step for each change of its tables."""
