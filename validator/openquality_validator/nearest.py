"""The nearest right word for a misspelled one: metrics, units, members, codes, options."""

import re
from collections.abc import Iterable
from functools import lru_cache

SHORT = 2  # letters: of such a code nearly every other one is near, and a month is no metre
LONGEST = 80  # characters of a misspelled word that are compared
_JOINTS = re.compile(r"[\s_./-]+")
_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def nearest(term: str, known: Iterable[str], *, most: int = 3) -> tuple[str, ...]:
    """Return up to `most` words that a text may stand for, which is none of them; best first.

    Case, blanks and hyphens are looked through; then come initials and parts of a word, then words
    spelled nearly the same.
    """
    return _nearest(term[:LONGEST], tuple(known))[:most]


@lru_cache(maxsize=1_024)  # what asks for a hint asks for the word of its own too
def _nearest(term: str, known: tuple[str, ...]) -> tuple[str, ...]:
    from difflib import get_close_matches  # slow to load, and only a mistake needs it

    said = plain(term)
    same = [each for each in known if _plain(each) == said]
    meant = [
        each
        for each in known
        if len(said) > SHORT and (said in _plain(each) or said == _initials(each))
    ]
    close = get_close_matches(term, known)
    return tuple(dict.fromkeys((*same, *meant, *close)))


def same(term: str, known: Iterable[str]) -> str | None:
    """Return the one word that a text is but for case, blanks, hyphens and underscores, or None."""
    said = plain(term)
    found = [each for each in known if plain(each) == said]
    return found[0] if len(found) == 1 else None


def plain(text: str) -> str:
    """Reduce a word to what people keep of it: On-Time Delivery, on_time_delivery are one."""
    return _JOINTS.sub("", text).casefold()


_plain = lru_cache(maxsize=4_096)(plain)  # of the right words, which are always the same


@lru_cache(maxsize=4_096)
def _initials(text: str) -> str:
    return "".join(part[:1] for part in _JOINTS.split(_HUMPS.sub("-", text))).casefold()
