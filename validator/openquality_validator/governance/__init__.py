"""Schemas under governance: who publishes what under which name (docs/spec/governance.md)."""

from openquality_validator.governance.deprecation import Deprecation
from openquality_validator.governance.publication import Publication, SchemaKind, Version

__all__ = ["Deprecation", "Publication", "SchemaKind", "Version"]
