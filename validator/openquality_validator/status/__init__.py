"""The state of statements, certificates and keys, as anyone can derive it from the log."""

from openquality_validator.status.chain import Event, States, Successor, derive
from openquality_validator.status.statement import (
    State,
    StatusStatement,
    Voice,
    certificate_key,
    certificate_of,
    certificate_target,
    key_target,
    read,
    read_admitted,
    statement_target,
)

__all__ = [
    "Event",
    "State",
    "States",
    "StatusStatement",
    "Successor",
    "Voice",
    "certificate_key",
    "certificate_of",
    "certificate_target",
    "derive",
    "key_target",
    "read",
    "read_admitted",
    "statement_target",
]
