"""The kinds of signed credentials that a log takes, by their type (docs/spec/entry.md).

A credential has the types `VerifiableCredential` and one more, which says its kind in the log, its
schema, and where its subject keys come from. Key events that are no credentials (lines of a DID
log, archived documents) are of the kind `key` too; `identity` reads them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from openquality_validator import subjects
from openquality_validator.errors import EnvelopeError
from openquality_validator.message import message

ATTESTATION = "attestation"
STATUS = "status"
KEY = "key"
REGISTRATION = "registration"
OPERATOR = "operator"
ASSESSMENT = "assessment"
ANCHOR = "anchor"  # that somebody's own log stood at a checkpoint, by the checkpoint's digest alone
SCHEMA = "schema"  # that its owner published or deprecated a schema
MEASURE = "measure"  # what an issuer or a reader says about a statement, without changing its state

_TYPES = 2  # VerifiableCredential and the one of ours


@dataclass(frozen=True, slots=True)
class Kind:
    """Hold a kind's name in the log, its credential type, schema file and subject keys."""

    name: str
    type: str
    schema: str
    subjects: Callable[[Mapping[str, Any]], tuple[str, ...]]


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        kind.type: kind
        for kind in (
            Kind(
                ATTESTATION,
                "QualityAttestation",
                "attestation.schema.json",
                subjects.of_attestation,
            ),
            Kind(STATUS, "StatusStatement", "status.schema.json", subjects.of_target),
            Kind(KEY, "KeyCompromise", "compromise.schema.json", subjects.of_target),
            Kind(
                REGISTRATION,
                "IssuerRegistration",
                "registration.schema.json",
                subjects.of_registration,
            ),
            Kind(OPERATOR, "OperatorAction", "operator.schema.json", subjects.of_nothing),
            Kind(ANCHOR, "LogAnchor", "anchor.schema.json", subjects.of_target),
            Kind(MEASURE, "ObservationReply", "reply.schema.json", subjects.of_target),
            Kind(MEASURE, "CertificationMeasure", "measure.schema.json", subjects.of_target),
            Kind(
                SCHEMA,
                "SchemaPublication",
                "schema-publication.schema.json",
                subjects.of_schema,
            ),
            Kind(
                SCHEMA,
                "SchemaDeprecation",
                "schema-deprecation.schema.json",
                subjects.of_schema,
            ),
            Kind(
                ASSESSMENT,
                "QualityAssessment",
                "assessment.schema.json",
                subjects.of_attestation,
            ),
        )
    }
)
"""The kinds by credential type."""

DEFAULT = KINDS["QualityAttestation"]


def of(credential: Mapping[str, Any]) -> Kind:
    """Return the kind of a credential, or raise EnvelopeError (J020) for another type."""
    kind = find(credential)
    if kind is None:
        raise EnvelopeError(
            "J020",
            message(
                "The credential's types are {credential}.",
                credential=str(credential.get("type"))[:100],
            ),
            message("Write VerifiableCredential and one of {kinds}.", kinds=", ".join(KINDS)),
        )
    return kind


def find(credential: Mapping[str, Any]) -> Kind | None:
    """Return the kind of a credential, or None for another type."""
    types = credential.get("type")
    if isinstance(types, list) and len(types) == _TYPES and types[0] == "VerifiableCredential":
        return KINDS.get(types[1]) if isinstance(types[1], str) else None
    return None
