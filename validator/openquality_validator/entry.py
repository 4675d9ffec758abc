"""The log entry: what the log says about one statement (docs/spec/entry.md).

    {"admittedAt":"2026-11-20T12:00:00.000Z","digest":"sha256:…","issuer":"did:…",
     "kind":"attestation","subjects":["gtin:09506000134352","uri:https://…"],"v":1}

in RFC 8785 form. Everything but `admittedAt` follows from the statement, so whoever verifies
rebuilds the entry and compares.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from openquality_validator import documents, kinds, subjects
from openquality_validator.errors import LogFormatError, MalformedDocument
from openquality_validator.message import message
from openquality_validator.tlog.tiles import MAX_ENTRY

VERSION = 1

_MEMBERS = {"admittedAt", "digest", "issuer", "kind", "subjects", "v"}
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)
_KIND = re.compile(r"[a-z][a-zA-Z0-9-]{0,31}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Entry:
    """Hold one log entry.

    `admitted_at` is the registry's word, RFC 3339 in UTC with milliseconds; `digest` is of the
    exact statement bytes; `subjects` are sorted and unique. Kinds that this version does not know
    are kept as they are.
    """

    admitted_at: str
    digest: str
    issuer: str
    kind: str
    subjects: tuple[str, ...]

    def to_bytes(self) -> bytes:
        """Write the entry in RFC 8785 form; the leaf hash covers exactly these bytes.

        Raises LogFormatError (L052) beyond 65,535 bytes.
        """
        data = documents.canonical(
            {
                "admittedAt": self.admitted_at,
                "digest": self.digest,
                "issuer": self.issuer,
                "kind": self.kind,
                "subjects": self.subjects,
                "v": VERSION,
            }
        )
        if len(data) > MAX_ENTRY:
            raise LogFormatError(
                "L052",
                message(
                    "The log entry would have {count} bytes, more than {max_entry}.",
                    count=len(data),
                    max_entry=MAX_ENTRY,
                ),
                message("Name fewer or shorter identifiers in the statement."),
            )
        return data

    @classmethod
    def from_bytes(cls, data: bytes) -> "Entry":
        """Read an entry, strictly. Raises LogFormatError (L050, L051, L052)."""
        try:
            value = documents.parse_object(data, max_bytes=MAX_ENTRY).value
            own = documents.canonical(value)
        except MalformedDocument as error:
            raise LogFormatError(
                "L050", message("The log entry: {message}", message=error.message), _AGAIN
            ) from None
        if own != data:
            raise LogFormatError("L050", message("The log entry is not in RFC 8785 form."), _AGAIN)
        if value.keys() != _MEMBERS or type(value["v"]) is not int or value["v"] != VERSION:
            raise LogFormatError(
                "L051",
                message(
                    "The log entry has not exactly the members of version {version}.",
                    version=VERSION,
                ),
                message("Read it with a newer version of this software."),
            )
        subjects = value["subjects"]
        if not (
            _is_time(value["admittedAt"])
            and _matches(_DIGEST, value["digest"])
            and _matches(_KIND, value["kind"])
            and _is_text(value["issuer"])
            and isinstance(subjects, list)
            and all(map(_is_text, subjects))
            and subjects == sorted(set(subjects))
        ):
            raise LogFormatError(
                "L051",
                message("A member of the log entry has not the form that it must have."),
                _AGAIN,
            )
        return cls(
            value["admittedAt"], value["digest"], value["issuer"], value["kind"], tuple(subjects)
        )


def rebuild(statement: bytes, credential: Mapping[str, Any], admitted_at: str) -> Entry:
    """Make the entry of a credential anew: from its bytes, its content and the free time.

    Raises EnvelopeError (J020) for a credential of another type, LogFormatError (L053) if it has
    no issuer or subject to take keys from.
    """
    kind = kinds.of(credential)
    issuer = credential.get("issuer")
    name = issuer.get("id") if isinstance(issuer, Mapping) else issuer
    if not isinstance(name, str):
        raise subjects.missing("issuer")
    return Entry(admitted_at, digest(statement), name, kind.name, kind.subjects(credential))


def digest(statement: bytes) -> str:
    """Return the identity of a statement: `sha256:` and the hex of its exact bytes' hash."""
    return f"sha256:{sha256(statement).hexdigest()}"


def timestamp(moment: datetime) -> str:
    """Write a time as entries do: UTC, cut (not rounded) to milliseconds."""
    utc = moment.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"


_AGAIN = message("Fetch it again from the log; its bytes must be exactly those that were hashed.")


def _matches(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _is_time(value: object) -> bool:
    if not isinstance(value, str) or _TIME.fullmatch(value) is None:
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True
