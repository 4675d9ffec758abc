"""The log entry: what the log says about one statement (docs/spec/entry.md).

    {"admittedAt":"2026-11-20T12:00:00.000Z","digest":"sha256:…","issuer":"did:…",
     "kind":"attestation","subjects":["gtin:09506000134352","uri:https://…"],"v":1}

in RFC 8785 form. Everything but `admittedAt` follows from the statement, so whoever verifies
rebuilds the entry and compares.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from openquality_validator import documents
from openquality_validator.errors import LogFormatError, MalformedDocument
from openquality_validator.tlog.tiles import MAX_ENTRY

VERSION = 1
ATTESTATION = "attestation"

_MEMBERS = {"admittedAt", "digest", "issuer", "kind", "subjects", "v"}
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)
_KIND = re.compile(r"[a-z][a-zA-Z0-9-]{0,31}", re.ASCII)
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://[^/?#]*)", re.ASCII)  # scheme and authority
# A GS1 Digital Link names the thing by application identifier and value, on any host.
_GS1_LINK = re.compile(r"/(01|414)/(\d{8}|\d{12,14})(?=[/?#]|$)", re.ASCII)
_GLN_DIGITS = 13


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
                f"The log entry would have {len(data)} bytes, more than {MAX_ENTRY}.",
                "Name fewer or shorter identifiers in the statement.",
            )
        return data

    @classmethod
    def from_bytes(cls, data: bytes) -> "Entry":
        """Read an entry, strictly. Raises LogFormatError (L050, L051, L052)."""
        try:
            value = documents.parse_object(data, max_bytes=MAX_ENTRY).value
            own = documents.canonical(value)
        except MalformedDocument as error:
            raise LogFormatError("L050", f"The log entry: {error.message}", _AGAIN) from None
        if own != data:
            raise LogFormatError("L050", "The log entry is not in RFC 8785 form.", _AGAIN)
        if value.keys() != _MEMBERS or type(value["v"]) is not int or value["v"] != VERSION:
            raise LogFormatError(
                "L051",
                f"The log entry has not exactly the members of version {VERSION}.",
                "Read it with a newer version of this software.",
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
                "L051", "A member of the log entry has not the form that it must have.", _AGAIN
            )
        return cls(
            value["admittedAt"], value["digest"], value["issuer"], value["kind"], tuple(subjects)
        )


def rebuild(statement: bytes, credential: Mapping[str, Any], admitted_at: str) -> Entry:
    """Make the entry of an attestation anew: from its bytes, its credential and the free time.

    Raises LogFormatError (L053) if the credential has no issuer or subject to take keys from.
    """
    issuer = credential.get("issuer")
    name = issuer.get("id") if isinstance(issuer, Mapping) else issuer
    if not isinstance(name, str):
        raise _no_subject("issuer")
    return Entry(admitted_at, digest(statement), name, ATTESTATION, subject_keys(credential))


def digest(statement: bytes) -> str:
    """Return the identity of a statement: `sha256:` and the hex of its exact bytes' hash."""
    return f"sha256:{sha256(statement).hexdigest()}"


def timestamp(moment: datetime) -> str:
    """Write a time as entries do: UTC, cut (not rounded) to milliseconds."""
    utc = moment.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"


def subject_keys(credential: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the sorted, unique keys by which look-up finds a credential.

    Keys of the subject, its producer's party and its site: each id, and each identifier as
    `<scheme>:<value>` in the scheme's normal spelling (docs/spec/entry.md lists them).
    Raises LogFormatError (L053) on a credential that is not shaped like an attestation.
    """
    try:
        subject = credential["credentialSubject"]
        keys = set(_keys(subject))
        producer = subject.get("producer")
        if producer is not None and (party := producer.get("party")) is not None:
            keys.update(_keys(party))
        if (site := subject.get("site")) is not None:
            keys.update(_keys(site))
        return tuple(sorted(keys))
    except (AttributeError, KeyError, TypeError, ValueError):
        raise _no_subject("credentialSubject") from None


def id_keys(identifier: str) -> Iterator[str]:
    """Yield the keys of a subject's or party's id: a DID as it is, or `uri:` and the URL.

    A URL's scheme and authority are lower-cased. A GS1 Digital Link also gives `gtin:` or `gln:`.
    """
    if identifier.startswith("did:"):
        yield identifier
        return
    url = _URL.match(identifier)
    if url is None:
        yield f"uri:{identifier}"
        return
    yield f"uri:{url[1].lower()}{identifier[url.end() :]}"
    for code, value in _GS1_LINK.findall(identifier, url.end()):
        if not _gs1_check(value):
            continue
        if code == "01":
            yield f"gtin:{value.zfill(14)}"
        elif len(value) == _GLN_DIGITS:
            yield f"gln:{value}"


def identifier_key(scheme: str, value: str) -> str:
    """Return the key of an identifier: `<scheme>:<value>` in the scheme's normal spelling."""
    return f"{scheme}:{_SPELLING.get(scheme, str.strip)(value)}"


def _keys(thing: Mapping[str, Any]) -> Iterator[str]:
    identifier = thing.get("id")
    if identifier is not None:
        yield from id_keys(identifier)
    identifiers: Sequence[Mapping[str, str]] = thing.get("identifiers", ())
    for item in identifiers:
        yield identifier_key(item["scheme"], item["value"])


def _digits(value: str) -> str:
    return value.strip().replace(" ", "").replace("-", "")


def _gs1_check(value: str) -> bool:
    """Check the last digit (GS1 General Specifications, 7.9): weights 1, 3, 1, … from the right."""
    return sum(int(d) * (3 if at % 2 else 1) for at, d in enumerate(reversed(value))) % 10 == 0


_SPELLING: dict[str, Callable[[str], str]] = {
    "gtin": lambda value: _digits(value).zfill(14),
    "gln": _digits,
    "duns": _digits,
    "lei": lambda value: value.strip().upper(),
    "vat": lambda value: "".join(value.split()).upper(),
}

_AGAIN = "Fetch it again from the log; its bytes must be exactly those that were hashed."


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


def _no_subject(member: str) -> LogFormatError:
    return LogFormatError(
        "L053",
        f"The credential's {member} does not give the keys of a log entry.",
        "Validate the statement first: `openquality validate`.",
    )
