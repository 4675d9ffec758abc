"""The status statement: a signed word about the state of something (docs/spec/status.md).

    credentialSubject: {"id": "<target key>", "log": "<origin>",
                        "state": "suspended" | "reinstated" | "revoked",
                        "reason": "…", "previous"?: "sha256:…"}

`previous` names the newest status statement for the target, so that an old word cannot be said
again; `log` names the log in which it is said, so that it cannot be said elsewhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import quote, unquote

from openquality_validator import kinds
from openquality_validator.errors import StatusError
from openquality_validator.message import message
from openquality_validator.records import VerifiedRecord

STATEMENT = "statement:"
CERTIFICATE = "certificate:"
KEY = "key:"


class State(StrEnum):
    """Say how something stands, from the best to the worst."""

    ACTIVE = "active"
    SUPERSEDED = "superseded"
    SUSPENDED = "suspended"
    REVOKED = "revoked"


class Voice(StrEnum):
    """Say what a status statement does."""

    SUSPENDED = "suspended"
    REINSTATED = "reinstated"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class StatusStatement:
    """Hold a status statement whose signature was verified.

    `target` is a key such as `statement:sha256:…`; `previous` the digest of the one before it.
    """

    digest: str
    issuer: str
    target: str
    log: str
    voice: Voice
    reason: str
    previous: str | None


def statement_target(digest: str) -> str:
    """Name a statement as a target."""
    return STATEMENT + digest


def certificate_target(identifier: str) -> str:
    """Name a certificate as a target."""
    return CERTIFICATE + identifier


def certificate_key(scheme: str, number: str) -> str:
    """Name a certificate as a target by the scheme's code and the number, both percent-encoded.

    Both are taken as they are written: a number with other blanks is another number.
    """
    return certificate_target(f"{quote(scheme, safe='')}/{quote(number, safe='')}")


def certificate_of(target: str) -> tuple[str, str] | None:
    """Return scheme and number of a target that names a certificate, in its one spelling."""
    if not target.startswith(CERTIFICATE):
        return None
    scheme, _, number = target.removeprefix(CERTIFICATE).partition("/")
    try:
        found = unquote(scheme, errors="strict"), unquote(number, errors="strict")
    except UnicodeDecodeError:
        return None
    return found if all(found) and certificate_key(*found) == target else None


def key_target(did: str) -> str:
    """Name the key of a did:key as a target."""
    return KEY + did


def read(verified: VerifiedRecord) -> StatusStatement:
    """Take a verified status statement as a value.

    Raises StatusError: U001 for another type, U002 if a key target is not revoked by itself.
    """
    return read_admitted(verified.value, digest=verified.digest)


def read_admitted(credential: Mapping[str, Any], *, digest: str) -> StatusStatement:
    """Take a status statement as a value that was verified before. Raises what `read` raises."""
    if kinds.of(credential).name != kinds.STATUS:
        raise StatusError(
            "U001",
            message("The statement is not a status statement."),
            message("Make one with `openquality status`."),
        )
    subject = credential["credentialSubject"]
    statement = StatusStatement(
        digest=digest,
        issuer=credential["issuer"]["id"],
        target=subject["id"],
        log=subject["log"],
        voice=Voice(subject["state"]),
        reason=subject["reason"],
        previous=subject.get("previous"),
    )
    # A key can only take itself out of use: whoever holds it could also say that it is good.
    if statement.target.startswith(KEY) and (
        statement.target != key_target(statement.issuer) or statement.voice is not Voice.REVOKED
    ):
        raise StatusError(
            "U002",
            message(
                "A key's state can only be revoked, and only by a statement signed with that key."
            ),
            message(
                "Sign with the key itself and say revoked; for other identities rotate the key."
            ),
        )
    return statement
