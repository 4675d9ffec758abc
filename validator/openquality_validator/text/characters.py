"""Characters that a reader cannot see, or that change how others are shown.

A language model and a program read them; a person does not. Allowed is what scripts need: joiners
in Persian and Indic words and in emoji (RFC 5892, appendix A; UTS #51), one variation selector
after an emoji or an ideograph. The table is our own, by code point, so that every Python version
gives the same answer; the standard library's `unicodedata` serves only long-settled properties.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

CONTROL, DIRECTION, TAG, PRIVATE = "control", "direction", "tag", "private"
SELECTOR, INVISIBLE = "selector", "invisible"

ZWNJ = "\u200c"
ZWJ = "\u200d"
ZWSP = "\u200b"
_VIRAMA = 9  # canonical combining class

# The last two code points of each plane, for ever without a meaning.
_NONCHARACTERS = "".join(
    f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0xF0000, 0x10000)
)
# Everything that is refused, or allowed only between the right neighbours.
SPECIAL = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f\u2028\u2029"  # controls and line breaks
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufffe\uffff"
    "\U0001d159\U0001d173-\U0001d17a\U00013430-\U0001345f\U0001bca0-\U0001bca3"
    "\U000e0000-\U000e0fff\U000f0000-\U0010ffff"
    f"{_NONCHARACTERS}]"
)
_KINDS = {
    CONTROL: re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]"),
    DIRECTION: re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"),
    TAG: re.compile("[\U000e0000-\U000e007f]"),
    SELECTOR: re.compile("[\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]"),
    PRIVATE: re.compile(
        "[\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufffe\uffff\U000f0000-\U0010ffff"
        f"{_NONCHARACTERS}]"
    ),
}

# UTS #51: characters that may be emoji (keycap bases are handled apart).
_EMOJI = re.compile(
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u2199\u21a9\u21aa\u231a\u231b\u2328\u23cf"
    "\u23e9-\u23f3\u23f8-\u23fa\u24c2\u25aa\u25ab\u25b6\u25c0\u25fb-\u25fe\u2600-\u27bf"
    "\u2934\u2935\u2b05-\u2b07\u2b1b\u2b1c\u2b50\u2b55\u3030\u303d\u3297\u3299"
    "\U0001f000-\U0001faff]"
)
_IDEOGRAPH = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]")
_MONGOLIAN = re.compile("[\u1820-\u18aa]")
# Letters of cursive scripts, between which a non-joiner shapes a word (Persian, Urdu, Uyghur …).
_CURSIVE = re.compile("[\u0620-\u064a\u066e-\u06d3\u06d5\u06fa-\u06ff\u0710-\u077f\u08a0-\u08c9]")
# Scripts written without spaces, where a zero-width space marks the end of a word.
_UNSPACED = re.compile("[\u0e01-\u0eff\u1000-\u109f\u1780-\u17dd]")


@lru_cache(maxsize=64)
def hidden(text: str) -> Mapping[str, int]:
    """Return where in a text the first forbidden character of each kind stands."""
    found: dict[str, int] = {}
    for match in SPECIAL.finditer(text):
        kind = _kind(text, match.start())
        if kind:
            found.setdefault(kind, match.start())
    return found


def _kind(text: str, index: int) -> str:
    """Return the kind of the special character at `index`, or '' if it may stand there."""
    character = text[index]
    for kind, pattern in _KINDS.items():
        if pattern.match(character):
            return "" if kind == SELECTOR and _selects(text, index) else kind
    return "" if _joins(text, index) else INVISIBLE


def _selects(text: str, index: int) -> bool:
    selector, before = text[index], text[index - 1 : index]
    if selector in "\ufe0e\ufe0f":
        return bool(_EMOJI.match(before)) or text[index + 1 : index + 2] == "\u20e3"
    if selector in "\u180b\u180c\u180d\u180f":
        return bool(_MONGOLIAN.match(before))
    return bool(_IDEOGRAPH.match(before))


def _joins(text: str, index: int) -> bool:
    character = text[index]
    before, after = text[index - 1 : index], text[index + 1 : index + 2]
    if not before or not after:
        return False
    if character in {ZWJ, ZWNJ} and unicodedata.combining(before) == _VIRAMA:
        return after.isalpha()
    if character == ZWJ:
        return _ends_emoji(text[:index]) and bool(_EMOJI.match(after))
    if character == ZWNJ:
        return bool(_CURSIVE.match(_base(text[:index])) and _CURSIVE.match(after))
    if character == ZWSP:
        return bool(_UNSPACED.match(before) and _UNSPACED.match(after))
    # A blank Braille cell is a space, among Braille.
    return character == "\u2800" and ("\u2801" <= before <= "\u28ff")


def _ends_emoji(text: str) -> bool:
    base = text.removesuffix("\ufe0f")
    return bool(_EMOJI.match(base[-1:]))


def _base(text: str) -> str:
    """Return the last character that is no combining mark."""
    return next((c for c in reversed(text) if not unicodedata.combining(c)), "")
