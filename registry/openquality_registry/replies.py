"""Replies to observations: what the issuer of a record says to what the registry shows on it.

A reply is logged like every statement. It changes no state and moves no row of an answer: it is
shown beside the observation, as the issuer's words.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from openquality_registry.facts import Facts
from openquality_registry.ports import Pending
from openquality_registry.problems import Refused
from openquality_validator import envelope, kinds, subjects
from openquality_validator.entry import Entry
from openquality_validator.message import message
from openquality_validator.records import VerifiedRecord
from openquality_validator.status.statement import STATEMENT

Json = Mapping[str, Any]
TYPE = "ObservationReply"


def examine(statement: bytes, verified: VerifiedRecord, facts: Facts) -> Pending:
    """Prepare a reply. Raises Refused unless it is of the record's issuer, for this log."""
    said = verified.value["credentialSubject"]
    if said["log"] != facts.origin:
        raise Refused(
            "wrong-log",
            message(
                "The reply speaks of the log {log}, and this is {origin}.",
                log=said["log"],
                origin=facts.origin,
            ),
        )
    digest = said["id"].removeprefix(STATEMENT)
    record = facts.find(digest)
    if record is None or record.kind != kinds.ATTESTATION:
        raise Refused(
            "unknown-target", message("{digest} is not an attestation in this log.", digest=digest)
        )
    if record.issuer != verified.issuer:
        raise Refused(
            "wrong-voice",
            message(
                "{issuer} did not issue {digest}; only its issuer replies to an observation.",
                issuer=verified.issuer,
                digest=digest,
            ),
        )
    return Pending(
        statement=statement,
        digest=verified.digest,
        issuer=verified.issuer,
        credential_id=verified.value["id"],
        kind=kinds.MEASURE,
        subjects=subjects.of_target(verified.value),
    )


def by_code(
    found: Iterable[tuple[int, bytes, bytes]], *, log: str
) -> dict[str, list[dict[str, Any]]]:
    """Read admitted replies (log index, entry, statement) of a log, newest first, by code.

    What was said in a former log stands there alone.
    """
    replies: dict[str, list[dict[str, Any]]] = {}
    for index, entry, statement in sorted(found, reverse=True):
        value = envelope.credential(envelope.parse_envelope(statement).payload).value
        said = value["credentialSubject"]
        if kinds.of(value).type == TYPE and said["log"] == log:
            replies.setdefault(said["observation"], []).append(_json(index, entry, value))
    return replies


def _json(index: int, entry: bytes, value: Json) -> dict[str, Any]:
    logged = Entry.from_bytes(entry)
    return {
        "index": index,
        "digest": logged.digest,
        "issuer": logged.issuer,
        "admittedAt": logged.admitted_at,
        "text": value["credentialSubject"]["text"],
    }
