"""Transparency logs as C2SP writes them: one module for each page."""
