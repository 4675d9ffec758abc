"""The line of a text that a finding is about, fit to be shown to people."""

import unicodedata
from dataclasses import dataclass

WIDTH = 96  # columns of a terminal that an excerpt takes at most
BEFORE = 40  # of them before the place, where a line is cut
_CUT = "…"


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Hold one line, its number, and which of its characters the place takes, from 0."""

    number: int
    text: str
    start: int
    end: int

    @property
    def parts(self) -> tuple[str, str, str]:
        """The line in three parts: before the place, the place itself, and after it."""
        return self.text[: self.start], self.text[self.start : self.end], self.text[self.end :]

    @property
    def marks(self) -> str:
        """The line below it on a terminal, with a caret under each column of the place."""
        before, marked, _ = self.parts
        return " " * _width(before) + "^" * max(1, _width(marked))


def excerpt(text: str, start: int, end: int, *, first_line: int = 1) -> Excerpt:
    """Cut the line out of a text that holds the characters from `start` to `end`.

    What a terminal would act upon, or show as nothing, is replaced, so that no file can colour,
    reorder or hide a part of the excerpt.
    """
    begin = text.rfind("\n", 0, start) + 1
    stop = text.find("\n", start)
    line = text[begin : stop if stop >= 0 else len(text)].rstrip("\r")
    at = min(start - begin, len(line))
    until = min(max(end - begin, at), len(line))
    number = first_line + text.count("\n", 0, begin)
    lead = tail = ""
    if len(line) > WIDTH:
        cut = max(0, min(at - BEFORE, len(line) - WIDTH))
        lead = _CUT if cut else ""
        tail = _CUT if len(line) > cut + WIDTH else ""
        line, at, until = line[cut : cut + WIDTH], at - cut, min(until - cut, WIDTH)
    shown = f"{lead}{''.join(map(_visible, line))}{tail}"
    return Excerpt(number, shown, at + len(lead), until + len(lead))


def visible(text: str) -> str:
    """Replace in a text what a terminal would act upon, or show as nothing."""
    return text if text.isprintable() else "".join(map(_visible, text))


def _visible(character: str) -> str:
    if character == "\t" or unicodedata.category(character) == "Zs":
        return " "  # isprintable() knows only the plain one of the blanks
    return character if character.isprintable() else "\N{REPLACEMENT CHARACTER}"


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(map(_columns, text))


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def _reach(text: str, columns: int) -> int:
    """Return how many characters take so many columns, or the length of the text."""
    taken = 0
    for at, character in enumerate(text):
        if taken >= columns and _columns(character):
            return at
        taken += _columns(character)
    return len(text)
