"""Refusals that are no finding in a document."""

from openquality_validator.errors import OpenQualityError


class RefusedInput(OpenQualityError):
    """Be the root of refusals for what stands around a document, such as its kept signed form."""
