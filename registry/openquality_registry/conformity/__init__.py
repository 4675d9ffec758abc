"""Continuous conformity in the registry: what follows from each entry and each day is kept."""
