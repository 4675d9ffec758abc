"""Identifiers that suppliers choose, in a form that cannot carry a sentence.

A model reads whatever stands in an answer. A part number or the name of a characteristic is chosen
by the supplier and could as well say what to do, so an answer holds its label (docs/spec/text.md):
the identifier itself if it is one short word with numbers and signs, else the first 16 hexadecimal
digits of its SHA-256 behind a `#`. Equal texts have equal labels, and whoever holds the record
computes the label again.
"""

import re
from hashlib import sha256

from openquality_validator.text.quick import WORDS

MAX_LENGTH = 40  # characters; certificate and batch numbers are shorter
MAX_LETTERS = 12  # in all, such as `straightness`; a sentence has more, with digits in it too
MAX_CHANGES = 3  # between letters and digits without a sign between, as in `M8X30`
SHORT = 2  # letters that make no word: country codes, abbreviations
MAX_DID = 120  # characters; a did:webvh with a host name has some 90
MAX_HOST_WORDS = 4  # `www.moeller-soehne.example` has four
_DIGITS = 16

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+:/%-]*", re.ASCII)
_PARTS = re.compile(r"[^A-Za-z0-9]+")
_RUN = re.compile(r"[A-Za-z]+|[0-9]+")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_DID = re.compile(r"did:(key|web|webvh):([A-Za-z0-9._:%-]+)", re.ASCII)
_SCID = re.compile(r"[1-9A-HJ-NP-Za-km-z]{46}:")  # a hash in base58, the first part of a did:webvh
_KEY = re.compile(r"z[1-9A-HJ-NP-Za-km-z]{40,}")
_STEERING = frozenset(word.decode() for word in WORDS if word.isascii() and len(word) > SHORT)
_LONG = frozenset(word for word in _STEERING if len(word) > SHORT + 1)  # found in other words too


def label(text: str) -> str:
    """Return an identifier as it is if it is plain, else `#` and its digest's first digits."""
    return text if is_plain(text) else digest(text)


def digest(text: str) -> str:
    """Return what stands for a text that is not shown: `#` and 16 hexadecimal digits."""
    return f"#{sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:_DIGITS]}"


def is_plain(text: str) -> bool:
    """Say whether an identifier is one short word, with numbers and signs but without blanks."""
    if len(text) > MAX_LENGTH or _PLAIN.fullmatch(text) is None:
        return False
    words = [word for word in _WORD.findall(text) if len(word) > SHORT]
    return (
        len(words) <= 1
        and sum(map(str.isalpha, text)) <= MAX_LETTERS
        and all(len(_RUN.findall(part)) <= MAX_CHANGES + 1 for part in _PARTS.split(text))
        and not _steers(text)
    )


def issuer(did: str) -> str:
    """Return the DID of an issuer as it is if its words can be no sentence, else its label.

    To be called for DIDs that have signed what they are shown for: a host name costs its holder
    something, while the DIDs inside a record are only text.
    """
    found = _DID.fullmatch(did)
    if found is None or len(did) > MAX_DID:
        return digest(did)
    method, name = found.groups()
    if method == "key":
        return did if _KEY.fullmatch(name) and not _steers(name) else digest(did)
    if method == "webvh":
        name = _SCID.sub("", name, count=1)
    words = [word for word in _WORD.findall(name) if len(word) > SHORT]
    short = all(len(word) <= MAX_LETTERS for word in words)
    plain = short and len(words) <= MAX_HOST_WORDS and not _steers(name)
    return did if plain else digest(did)


def _steers(text: str) -> bool:
    letters = "".join(filter(str.isalpha, text)).lower()
    words = {word.lower() for word in _WORD.findall(text)}
    return bool(words & _STEERING) or any(word in letters for word in _LONG)
