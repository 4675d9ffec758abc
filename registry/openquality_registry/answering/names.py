"""The words by which people find records: names and identifiers, cut the same way on both sides.

A text becomes tokens: NFKC, lower case (Unicode case folding), Latin, Greek and Cyrillic letters
without their accents, joiners dropped; then every run of letters, marks and digits is a token, and
so is every symbol, such as an emoji. Scripts that write no blanks between words (Chinese, Japanese,
Thai, Lao, Khmer, Burmese) give a token from each of their characters on, so that a word is found
inside a run. Records are asked for by the beginnings of tokens.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

LONGEST: Final = 32  # characters of a token; what follows tells nothing apart that people type
MOST: Final = 200  # tokens of one record
ASKED: Final = 8  # tokens of one question; more only narrow it
_SUFFIX: Final = 8  # characters of a token in a run without blanks
_DROPPED = dict.fromkeys([0x00AD, 0x200B, 0x200C, 0x200D, 0x2060, *range(0xFE00, 0xFE10)])
_ACCENTS = dict.fromkeys(range(0x0300, 0x0370))  # combining marks of Latin, Greek and Cyrillic
# Short ways for nearly all names, where the rules above come to this: ASCII; Latin letters with
# their accents, and punctuation, among which are four symbols and no marks that stay.
_PLAIN = re.compile("[a-z0-9]+")
_WESTERN = re.compile("[\x00-\u02ff\u2010-\u2027\u2030-\u205e]*")
_SIMPLE = re.compile(r"[^\W_]+|[¦©®°]")
# Scripts without blanks: Thai to Lao, Burmese, Khmer, kana, Han and its extensions.
_RUN = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+"
)

Json = Mapping[str, Any]


def tokens(text: str) -> Iterator[str]:
    """Cut a text into the tokens that are kept of it; some may come twice."""
    for word in _words(text):
        if not word.isascii() and _RUN.match(word):
            for place in range(len(word)):
                yield word[place : place + _SUFFIX]
        else:
            yield word[:LONGEST]
            digits = word.lstrip("0")
            if word.isdecimal() and digits and digits != word:
                yield digits[:LONGEST]  # a GTIN is written with and without its zeros


def asked(text: str) -> tuple[str, ...]:
    """Cut a question into the beginnings that every record found must have."""
    found = (word[: _SUFFIX if _RUN.match(word) else LONGEST] for word in _words(text))
    return tuple(dict.fromkeys(found))[:ASKED]


def of_attestation(credential: Json) -> tuple[str, ...]:
    """Return the sorted tokens of an attestation: its names, identifiers and certificates."""
    found = dict.fromkeys(token for text in _texts(credential) for token in tokens(text))
    return tuple(sorted(list(found)[:MOST]))


def _texts(credential: Json) -> Iterator[str]:
    subject = credential["credentialSubject"]
    yield from _named(subject)
    for name in ("batch", "serial"):
        yield subject.get(name, "")
    yield credential["issuer"]["name"]
    yield from _named(subject.get("producer", {}).get("party", {}))
    yield from _named(subject.get("site", {}))
    for claim in subject["claims"]:
        if claim["type"] == "CertificateClaim":
            yield claim["scheme"]["code"]
            yield claim["number"]
    if not subject.get("identifiers"):
        yield subject["id"].rpartition("/")[2]


def _named(thing: Json) -> Iterator[str]:
    yield thing.get("name", "")
    for identifier in thing.get("identifiers", ()):
        yield identifier["value"]


def _words(text: str) -> Iterable[str]:
    if text.isascii():
        return _PLAIN.findall(text.lower())
    if _WESTERN.fullmatch(text):
        return _SIMPLE.findall(_folded(text))
    return _any_words(text)


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    return unicodedata.normalize("NFC", plain.translate(_ACCENTS).translate(_DROPPED))


def _any_words(text: str) -> Iterator[str]:
    word = ""
    before = False  # whether the word so far is a run without blanks
    for character in _folded(text):
        kind = unicodedata.category(character)
        runs = _RUN.match(character) is not None
        if kind[0] in "LNM":
            if word and runs is not before:
                yield word
                word = ""
            word, before = word + character, runs
            continue
        if word:
            yield word
            word = ""
        if kind == "So":
            yield character
    if word:
        yield word
