"""A record as RDF: statements about things, its verdict by SHACL, and the way back to JSON.

Needs the extra `rdf`: without it, the import raises GraphError G005. The JSON Schema is always the
first gate: a member that the language does not have is nothing in RDF, so a record that only these
shapes accept is not valid.
"""

from openquality_validator.errors import GraphError
from openquality_validator.message import message

try:
    from openquality_validator.semantics.linked import from_nquads, to_nquads, to_turtle
    from openquality_validator.semantics.shacl import check, check_many
except ModuleNotFoundError as missing:
    raise GraphError(
        "G005",
        message("Records as RDF need {name}, which is not installed.", name=missing.name),
        message("Run: pip install 'openquality[rdf]'"),
    ) from None

__all__ = ["check", "check_many", "from_nquads", "to_nquads", "to_turtle"]
