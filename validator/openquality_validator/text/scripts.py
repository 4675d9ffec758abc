"""Letters of one script that pass for those of another (after Unicode TR39).

Whole writing systems are welcome; warned is a word in which Latin letters and look-alikes from
another script stand together, or a text whose foreign letters are all look-alikes.
"""

import re
import unicodedata

from openquality_validator.message import message

# Cyrillic, Greek, Armenian and Cherokee letters that look like Latin ones, with those. Letters of
# formulas (μ, σ, α, Δ, Ω) do not look Latin and are left out on purpose.
_LOOKS_LIKE = dict(
    zip(
        "АВЕЅІЈКМНОРСТУХаеорсухіјѕһԁԛԝӏΑΒΕΖΗΙΚΜΝΟΡΤΥΧονρυօսհցԼՕՍᎪᏴᏟᎬᎻᎫᏦᏞᎷᏢᎡᏚᎢᏙᎳᏃ",
        "ABESIJKMHOPCTYXaeopcyxijshdqwlABEZHIKMNOPTYXovpuouhgLOUABCEHJKLMPRSTVWZ",
        strict=True,
    )
)
_FOREIGN = "\u0370-\u03ff\u0400-\u052f\u0531-\u0587\u13a0-\u13f5"
_WORD = re.compile(r"[^\W\d_]+")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")
# Alphabets made for formulas (𝐁, 𝔅), which search and comparison take for something else.
_STYLED = re.compile("[\U0001d400-\U0001d7ff\U0001f110-\U0001f189\u24b6-\u24e9]")
_LETTER = re.compile(f"[{_FOREIGN}]")
FOREIGN = re.compile(f"[{_FOREIGN}\U0001d400-\U0001d7ff\U0001f110-\U0001f189\u24b6-\u24e9]")
_SKELETON = str.maketrans(_LOOKS_LIKE)


def skeleton(text: str) -> str:
    """Return the text as an eye reads it: compatibility forms and look-alikes made Latin."""
    composed = unicodedata.normalize("NFKC", text)
    return composed.translate(_SKELETON) if _LETTER.search(composed) else composed


def deceives(text: str) -> str:
    """Say how a text deceives the eye, or return ''."""
    if _STYLED.search(text):
        return message("It is written in letters made for formulas.")
    word = next((w for w in _WORD.findall(text) if _mixes(w)), None)
    if word is not None:
        return message(
            "{word!r} mixes Latin letters with look-alikes; it reads as {skeleton!r}.",
            word=word,
            skeleton=skeleton(word),
        )
    foreign = _LETTER.findall(text)
    if foreign and _poses(text) and all(letter in _LOOKS_LIKE for letter in foreign):
        return message(
            "Its foreign letters all pass for Latin; it reads as {skeleton!r}.",
            skeleton=skeleton(text),
        )
    return ""


def _mixes(word: str) -> bool:
    return bool(_LATIN.search(word)) and any(letter in _LOOKS_LIKE for letter in word)


def _poses(text: str) -> bool:
    """Say whether a reader would take the text for Latin: Latin letters or a number beside it."""
    return bool(_LATIN.search(text)) or any(c.isdigit() for c in text)
