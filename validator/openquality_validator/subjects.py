"""The subject keys of a statement: by which look-up finds it, and anyone rebuilds that index.

docs/spec/entry.md lists them. A key is an id, or `<scheme>:<value>` in the scheme's one spelling.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from openquality_validator.errors import LogFormatError
from openquality_validator.message import message

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://[^/?#]*)", re.ASCII)  # scheme and authority
# A GS1 Digital Link names the thing by application identifier and value, on any host.
_GS1_LINK = re.compile(r"/(01|414)/(\d{8}|\d{12,14})(?=[/?#]|$)", re.ASCII)
_GLN_DIGITS = 13


def of_attestation(credential: Mapping[str, Any]) -> tuple[str, ...]:
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
        raise missing("credentialSubject") from None


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


def of_target(credential: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the one key of a statement about a target or a DID: the subject's id as it is."""
    return (_subject_id(credential),)


def of_registration(credential: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the keys of a registration: the DID, and the identifiers that it binds."""
    did = _subject_id(credential)
    try:
        bound = [
            identifier_key(item["scheme"], item["value"])
            for item in credential["credentialSubject"]["identifiers"]
        ]
    except (AttributeError, KeyError, TypeError):
        raise missing("credentialSubject") from None
    return tuple(sorted({did, *bound}))


def of_schema(credential: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the one key of a statement about a schema: `schema:` and the schema's URI."""
    return (f"schema:{_subject_id(credential)}",)


def of_nothing(credential: Mapping[str, Any]) -> tuple[str, ...]:  # noqa: ARG001 - one of a table
    """Return no key: the statement is about the registry itself."""
    return ()


def missing(member: str) -> LogFormatError:
    """Make the error of a credential that lacks what its entry needs (L053)."""
    return LogFormatError(
        "L053",
        message("The credential's {member} does not give the keys of a log entry.", member=member),
        message("Validate the statement first: `openquality validate`."),
    )


def _subject_id(credential: Mapping[str, Any]) -> str:
    subject = credential.get("credentialSubject")
    identifier = subject.get("id") if isinstance(subject, Mapping) else None
    if not isinstance(identifier, str) or not identifier:
        raise missing("credentialSubject")
    return identifier
