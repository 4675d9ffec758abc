"""Quick looks that prove a string silent: no rule of texts finds anything in it.

Most strings are proved so. What a look cannot prove is left to the rules, whose patterns take
longer to compile than a record takes to validate: they are loaded when they are first asked.
"""

import re
import string
import unicodedata
from functools import cache

import orjson

MAX_CHARACTERS = 2000  # the longest free text of the schema; extensions and mappings obey it too

_ASCII = bytes(range(0x80))
# No combining, invisible or foreign letter stands before it, but for the soft hyphen.
_LAST_OF_LATIN, _SOFT_HYPHEN = "\u024f", "\u00ad"

# At least one of these words or phrases is in every text that a pattern of `wording` can match.
_WORD_LIST = """
ignore ignorer ignorez ignora ignoriere vergiss missachte disregard forget override bypass
always must should shall please strongly recommend choose select prefer favor favour rank buy
pick suggest mention consider compare reveal tell show list chatbot chatbots ai llm llms
agents agent assistant assistants models language prompt message messages instruction
instructions attention note developer inst you respond pretend empfehlen empfiehl best world
worldclass market industry unrivaled unrivalled unmatched unbeatable unsurpassed superior
outstanding flawless perfect finest ultimate revolutionary unparalleled highest top guaranteed
cutting art certified certificated accredited approved homologated tüv tuev ul award awarded
bestseller bestselling endorsed recommended trusted preferred editor editors rated star stars
love loves verified worldleading worldbeating marketleading industryleading cuttingedge toprated
topquality awardwinning fivestar fivestars 5star 5stars
"""
WORDS = frozenset(_WORD_LIST.encode().split())
PHRASES = tuple(
    phrase.encode()
    for phrase in (
        *("number one", "second to", "#1"),
        *("o. 1", "o.1", "r. 1", "r.1", "忽略", "以前の指示", "始终推荐"),
    )
)
SPEAKERS = ("system", "user")  # before a colon; alone they are words like others
_SPEAKER = re.compile(rb"(?:%s)\s*:" % "|".join(SPEAKERS).encode())
# Lower case, and blanks for all that separates words; bytes beyond ASCII belong to words.
_KEPT = frozenset(
    string.ascii_lowercase.encode() + string.digits.encode() + bytes(range(0x80, 0x100))
)
_TO_WORDS = bytes(b if b in _KEPT else ord(" ") for b in bytes(range(0x100)).lower())

# No pattern of `markup` matches a text without one of these.
_NO_MARKS = bytes(set(range(0x100)) - set(b"<`]*~#&|"))
_CONTEXT = re.compile(rb"&[#a-z0-9]+;|\*\*|# ", re.IGNORECASE)


def clean(content: str) -> bool:
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
    if min(odd) >= "\u00a0" and max(odd) <= _LAST_OF_LATIN and _SOFT_HYPHEN not in odd:
        return True
    if _usual().fullmatch(odd):
        return True
    return not _unusual().search(odd) and unicodedata.is_normalized("NFC", written.decode())


def plain(content: str) -> bool:
    """Say whether a text surely is short, without markup, and without words to look for."""
    if len(content) > MAX_CHARACTERS:
        return False
    if not content.isascii():
        from openquality_validator.text import scripts

        read = scripts.skeleton(content).lower()
        words = "".join([c if c.isascii() or c.isalnum() else " " for c in read])
        if not _silent(words.encode("utf-8", "ignore")):
            return False
    return _silent(content.encode("ascii", "ignore"))


def _silent(text: bytes) -> bool:
    return not _may_hold_markup(text) and not _may_steer(text)


def _may_hold_markup(text: bytes) -> bool:
    if b"__" in text or (b":" in text and b"script:" in text.lower()):
        return True
    # What is left is nearly always nothing; a lone ampersand or asterisk is no markup.
    left = text.translate(None, _NO_MARKS)
    return bool(left) and (left.strip(b"&*#") != b"" or _CONTEXT.search(text) is not None)


def _may_steer(text: bytes) -> bool:
    """Say whether a text may hold words to look for.

    The text is UTF-8; of what is beyond ASCII, letters are in lower case, and the rest is blank.
    """
    if not WORDS.isdisjoint(text.translate(_TO_WORDS).split()):
        return True
    lowered = text.lower()
    if b":" in text and _SPEAKER.search(lowered):
        return True
    return any(map(lowered.__contains__, PHRASES))


@cache
def _usual() -> re.Pattern[str]:
    """Match letters and signs that need no neighbours to be judged.

    They are precomposed, visible, and no look-alikes.
    """
    return re.compile(
        "[\u00a0-\u00ac\u00ae-\u024f\u2010-\u2015\u2018-\u2026\u2030-\u205e\u20ac\u2212\u2264\u2265"
        "\u3001\u3002\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3]*"
    )


@cache
def _unusual() -> re.Pattern[str]:
    from openquality_validator.text import characters, scripts

    return re.compile(f"{characters.SPECIAL.pattern}|{scripts.FOREIGN.pattern}")
