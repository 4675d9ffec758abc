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
@context id type digest digestSRI mediaType url endpoint descriptionUrl descriptionDigest amount
unit start end validFrom validUntil code currency metric indicator qualifier scheme version
catalogueVersion supersedes statusListCredential country issuerRole granularity sizeClass
assessorLevel assessmentLevel attestationType design sided level class estimator convention
distribution severity planType result status cycleStage kind custodyModel comparator priceBasis tax
boundary attribution authentication stage assurance statusPurpose nominal lsl usl mean sigma
expanded coverageFactor standardDeviation skewness massFraction
"""
_MACHINE = frozenset(_CLOSED.split())
_CERTIFICATE = "CertificateClaim"
_PARTIES = frozenset({"issuer", "party", "certifier", "body", "authority"})
_PRINTABLE = bytes(range(0x20, 0x7F))
_UNUSUAL = re.compile(f"{characters.SPECIAL.pattern}|{scripts.FOREIGN.pattern}")


def check(document: object) -> Iterator[Finding]:
    """Yield every finding in the strings and member names of a JSON value; never raises."""
    closed, words = _gather(document)
    if _all_clean(closed, words):
        return
    certified = _CERTIFICATE in closed
    for pointer, content, member, party in _strings(document):
        machine = member in _MACHINE
        if not _all_clean([content] if machine else [], [] if machine else [content]):
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
                elif type(inner) is dict or type(inner) is list:
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


def _all_clean(closed: list[str], words: list[str]) -> bool:
    """Say whether texts surely hold nothing to find; in `closed` ones, words are not looked at."""
    together = " ".join(words)
    everything = f"{' '.join(closed)} {together}"
    if len(together) > MAX_CHARACTERS and max(map(len, words)) > MAX_CHARACTERS:
        return False
    if not everything.isascii():
        # Few strings have other letters, and looking at those costs most.
        odd = " ".join([text for text in closed + words if not text.isascii()])
        if _UNUSUAL.search(odd) or not unicodedata.is_normalized("NFC", odd):
            return False
        if not _plain(scripts.skeleton(odd)):
            return False
        together = together.encode("ascii", "ignore").decode()
    return not everything.encode("ascii", "ignore").translate(None, _PRINTABLE) and _plain(together)


def _plain(text: str) -> bool:
    """Say whether a text surely holds no markup and none of the words that are looked for."""
    lower = text.lower()
    return not markup.suspicious(lower) and not wording.suspicious(lower)
