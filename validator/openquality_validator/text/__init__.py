"""Hidden and deceptive text: what a program would read and a person would not see.

`check` looks at every string and member name of a document, of any shape. The library `disarm`
does similar work; it is young, so the tables here are our own, small, and tested case by case
(tests/vectors/text). Nearly all text is plain ASCII, or letters with accents: `_clean` proves that
in one pass over everything, and only what it cannot prove is looked at string by string.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from openquality_validator.findings import Finding, escape
from openquality_validator.text import characters, markup, scripts, wording
from openquality_validator.text.table import MAX_CHARACTERS, RULES, Text

__all__ = ["RULES", "check"]

# Members whose strings a schema or another rule holds to a closed form: their words mean nothing.
_CLOSED = """
@context id type digest digestSRI mediaType url endpoint descriptionUrl descriptionDigest
amount unit start end validFrom validUntil code currency metric indicator qualifier scheme
version catalogueVersion supersedes statusListCredential country
"""
_MACHINE = frozenset(_CLOSED.split())
_CERTIFICATE = "CertificateClaim"
_PARTIES = frozenset({"issuer", "party", "certifier", "body", "authority"})
_UNUSUAL = re.compile(f"{characters.SPECIAL.pattern}|{scripts.FOREIGN.pattern}")


def check(document: object) -> Iterator[Finding]:
    """Yield every finding in the strings and member names of a JSON value; never raises."""
    closed, words = _gather(document)
    spoken = " ".join(words)
    if (
        max(map(len, words), default=0) <= MAX_CHARACTERS
        and _clean(f"{spoken} {' '.join(closed)}")
        and _plain(spoken)
    ):
        return
    certified = _CERTIFICATE in closed
    for pointer, content, member, party in _strings(document):
        machine = member in _MACHINE
        if not (
            len(content) <= MAX_CHARACTERS and _clean(content) and (machine or _plain(content))
        ):
            text = Text(content, machine=machine, certified=certified, party=party)
            for rule in RULES:
                for where, message in rule.check(text):
                    yield Finding(rule.code, rule.severity, pointer + where, message, rule.hint)


def _gather(document: object) -> tuple[list[str], list[str]]:
    """Return the member names with the strings of closed form, and all other strings."""
    closed: list[str] = []
    words: list[str] = []
    stack: list[Any] = [document]
    while stack:
        item = stack.pop()
        kind = type(item)
        if kind is dict:
            closed.extend(item)
            for member, inner in item.items():
                if type(inner) is str:
                    (closed if member in _MACHINE else words).append(inner)
                else:
                    stack.append(inner)
        elif kind is list:
            stack.extend(item)
        elif kind is str:
            words.append(item)
    return closed, words


def _strings(document: object) -> Iterator[tuple[str, str, str, bool]]:
    """Yield (pointer, string, its member's name, whether it names a party), and member names."""
    stack: list[tuple[str, object, str, str]] = [("", document, "", "")]
    while stack:
        pointer, item, member, parent = stack.pop()
        if isinstance(item, str):
            yield pointer, item, member, member == "name" and parent in _PARTIES
        elif isinstance(item, dict):
            for name, inner in item.items():
                here = f"{pointer}/{escape(name)}"
                yield here, name, "type", False
                stack.append((here, inner, name, member))
        elif isinstance(item, list):
            stack.extend((f"{pointer}/{i}", inner, member, parent) for i, inner in enumerate(item))


def _clean(text: str) -> bool:
    """Say whether a text surely holds no character that needs a closer look."""
    if text.isascii():
        return text.isprintable()
    return _UNUSUAL.search(text) is None and unicodedata.is_normalized("NFC", text)


def _plain(text: str) -> bool:
    """Say whether a text surely holds no markup and none of the words that are looked for."""
    lower = (text if text.isascii() else scripts.skeleton(text)).lower()
    return not markup.suspicious(lower) and not wording.suspicious(lower)
