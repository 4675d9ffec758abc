"""Pages for people: each is a view model made by plain functions, and a template that shows it.

Pages read what programs read, through the same functions; everything in them works without
JavaScript but the check in the visitor's browser. What an issuer wrote freely is escaped, isolated
from the direction of the text around it, and marked as the issuer's words.
"""
