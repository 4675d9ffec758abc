"""Hidden and deceptive text: what a program would read and a person would not see.

`check` looks at every string and member name of a document, of any shape. The library `disarm`
does similar work; it is young, so the tables here are our own, small, and tested case by case
(tests/vectors/text). Most strings are proved plain before any rule is asked; of most whole records
`survey` proves it at once.
"""

import re
import unicodedata
from collections.abc import Iterator

import orjson

from openquality_validator.findings import Finding, escape
from openquality_validator.text import characters, markup, scripts, wording
from openquality_validator.text.table import MAX_CHARACTERS, RULES, Text

__all__ = ["MACHINE", "RULES", "check", "is_clean"]

# Members whose strings a schema or another rule holds to a closed form: their words mean nothing.
_CLOSED = """
@context id type digest digestSRI mediaType url endpoint descriptionUrl descriptionDigest amount
unit start end validFrom validUntil code currency metric indicator qualifier scheme version
catalogueVersion supersedes statusListCredential country region issuerRole granularity sizeClass
assessorLevel assessmentLevel attestationType design sided level class estimator convention
distribution severity planType result status cycleStage kind custodyModel comparator priceBasis tax
boundary attribution authentication stage assurance statusPurpose nominal lsl usl mean sigma
expanded coverageFactor standardDeviation skewness massFraction path evidenceRefs edition
"""
MACHINE = frozenset(_CLOSED.split())
_NAMED = "characteristic"  # whose `id` is a name on a drawing, and no closed form
_CERTIFICATE = "CertificateClaim"
_PARTIES = frozenset({"issuer", "party", "certifier", "body", "authority"})
_ASCII = bytes(range(0x80))
# Letters and signs that need no neighbours to be judged: precomposed, visible, no look-alikes.
_USUAL = re.compile(
    "[\u00a0-\u00ac\u00ae-\u024f\u2010-\u2015\u2018-\u2026\u2030-\u205e\u20ac\u2212\u2264\u2265"
    "\u3001\u3002\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3]*"
)
_UNUSUAL = re.compile(f"{characters.SPECIAL.pattern}|{scripts.FOREIGN.pattern}")


def check(document: object) -> Iterator[Finding]:
    """Yield every finding in the strings and member names of a JSON value; never raises."""
    certified: bool | None = None
    for pointer, content, member, party in _strings(document):
        machine = member in MACHINE
        if _clean(content) and (machine or _plain(content)):
            continue
        if certified is None:
            certified = _holds_certificate(document)
        text = Text(content, machine=machine, certified=certified, party=party)
        for rule in RULES:
            for where, message in rule.check(text):
                yield Finding(rule.code, rule.severity, pointer + where, message, rule.hint)


def _clean(content: str) -> bool:
    """Say whether a string surely holds no character that needs a closer look."""
    if content.isascii() and content.isprintable():
        return True
    try:
        return is_clean(orjson.dumps(content))
    except orjson.JSONEncodeError:
        return False


def is_clean(written: bytes) -> bool:
    """Say whether a value surely holds no character that needs a closer look.

    It is given as `orjson` writes it: controls are escaped; nearly all else is ASCII, and what is
    left is little.
    """
    if b"\\" in written and b"\\" in written.replace(b"\\\\", b"").replace(b'\\"', b""):
        return False
    if b"\x7f" in written:
        return False
    if written.isascii():
        return True
    odd = written.translate(None, _ASCII).decode()
    if _USUAL.fullmatch(odd):
        return True
    return not _UNUSUAL.search(odd) and unicodedata.is_normalized("NFC", written.decode())


def _plain(content: str) -> bool:
    """Say whether a text surely is short, without markup, and without words to look for."""
    if len(content) > MAX_CHARACTERS:
        return False
    if not content.isascii():
        read = scripts.skeleton(content).lower()
        words = "".join([c if c.isascii() or c.isalnum() else " " for c in read])
        if not _silent(words.encode("utf-8", "ignore")):
            return False
    return _silent(content.encode("ascii", "ignore"))


def _silent(text: bytes) -> bool:
    return not markup.suspicious(text) and not wording.suspicious(text)


def _holds_certificate(document: object) -> bool:
    return any(s == _CERTIFICATE and member == "type" for _, s, member, _ in _strings(document))


def _strings(document: object) -> Iterator[tuple[str, str, str, bool]]:
    """Yield (pointer, string, its member's name, whether it names a party), and member names."""
    stack: list[tuple[str, object, str, str]] = [("", document, "", "")]
    while stack:
        pointer, item, member, parent = stack.pop()
        if isinstance(item, str):
            named = _NAMED if member == "id" and parent == _NAMED else member
            yield pointer, item, named, member == "name" and parent in _PARTIES
        elif isinstance(item, dict):
            for name, inner in item.items():
                here = f"{pointer}/{escape(name)}"
                yield here, name, "type", False
                stack.append((here, inner, name, member))
        elif isinstance(item, list):
            stack.extend((f"{pointer}/{i}", inner, member, parent) for i, inner in enumerate(item))
