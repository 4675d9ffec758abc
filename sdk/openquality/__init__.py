"""OpenQuality for Python programs."""
