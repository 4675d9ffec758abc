"""Decisions of buyers: signed events, the rules they follow, and what an auditor checks. Pure."""
