"""Commands that need the service."""
