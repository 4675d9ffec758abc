r"""The regular expressions that mean the same to every reader, as a tree.

JSON Schema takes those of ECMA 262 (Core, section 6.4); what each engine reads differently is not
among these: look-around, back-references, lazy quantifiers, flags, `\d`, `\w` and `\b`.

    pattern  = ["^"] choice ["$"]           anchors only here, and none beside an outermost "|"
    choice   = sequence *("|" sequence)
    sequence = *(atom [quantifier])
    atom     = "(" ["?:"] choice ")" / "[" ["^"] ranges "]" / "." / escape / character
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NoReturn

LAST: Final = 0x10FFFF
MANY: Final = 1_000_000  # an upper end that is none
MAX_PATTERN: Final = 2_000  # characters; the longest of ours has 400
MAX_COUNT: Final = 10_000
MAX_GROUPS: Final = 50  # one within the other
REMEMBERED: Final = 4_096  # patterns; all of our own schemas have some hundred

Ranges = tuple[tuple[int, int], ...]
"""Code points, as sorted ranges that do not touch; both ends are included."""


class NotPortable(ValueError):
    """Say what in a pattern not every engine reads alike."""


@dataclass(frozen=True, slots=True)
class Characters:
    """Match one character. `sure` are those that it matches in every engine."""

    ranges: Ranges
    sure: Ranges


@dataclass(frozen=True, slots=True)
class Sequence:
    """Match the parts one after the other."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Match one of the parts."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """Match the part between `least` and `most` times."""

    part: "Node"
    least: int
    most: int


Node = Characters | Sequence | Choice | Repeat


@dataclass(frozen=True, slots=True)
class Pattern:
    """Hold a pattern that was read: its tree, and whether it is held at each end."""

    node: Node
    from_start: bool
    to_end: bool


@lru_cache(maxsize=REMEMBERED)
def parse(text: str) -> Pattern:
    """Read a pattern; raises NotPortable with the reason."""
    if len(text) > MAX_PATTERN:
        raise NotPortable(f"it has more than {MAX_PATTERN} characters")
    return _Reader(text).pattern()


@lru_cache(maxsize=REMEMBERED)
def is_portable(text: str) -> bool:
    """Tell whether every engine reads the pattern alike."""
    try:
        parse(text)
    except NotPortable:
        return False
    return True


@lru_cache(maxsize=REMEMBERED)
def compiled(text: str) -> re.Pattern[str]:
    """Compile a portable pattern; Python's `$` would also match before a final line break."""
    read = parse(text)
    return re.compile(text.removesuffix("$") + r"\Z" if read.to_end else text)


def union(*every: Ranges) -> Ranges:
    """Return the code points that stand in one of these."""
    merged: list[tuple[int, int]] = []
    for low, high in sorted(each for ranges in every for each in ranges):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return tuple(merged)


def complement(ranges: Ranges) -> Ranges:
    """Return all other code points."""
    found, at = [], 0
    for low, high in ranges:
        if low > at:
            found.append((at, low - 1))
        at = high + 1
    if at <= LAST:
        found.append((at, LAST))
    return tuple(found)


def overlap(one: Ranges, other: Ranges) -> bool:
    """Tell whether a code point stands in both."""
    return any(a <= d and c <= b for a, b in one for c, d in other)


ALL: Final[Ranges] = ((0, LAST),)
_LINE_ENDS: Final = union(((10, 10), (13, 13), (0x2028, 0x2029)))
# What \s is everywhere, and what it is somewhere: ECMA 262 knows U+FEFF, Python U+001C to U+001F.
_BLANKS: Final = union(
    ((9, 13), (32, 32), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029)),
    ((0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000)),
)
_ANY_BLANKS: Final = union(_BLANKS, ((0x1C, 0x1F), (0x85, 0x85), (0xFEFF, 0xFEFF)))
_CLASSES: Final = {
    "s": Characters(_ANY_BLANKS, _BLANKS),
    "S": Characters(complement(_BLANKS), complement(_ANY_BLANKS)),
}
_CONTROLS: Final = {"t": 9, "n": 10, "v": 11, "f": 12, "r": 13}
_DOT: Final = Characters(complement(((10, 10),)), complement(_LINE_ENDS))
_SYNTAX: Final = frozenset("^$\\.*+?()[]{}|/-")
_HEX: Final = {"x": 2, "u": 4}
_COUNT: Final = re.compile(r"\{([0-9]{1,6})(?:(,)([0-9]{1,6})?)?\}")


class _Reader:
    """Read a pattern from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._groups = 0

    def pattern(self) -> Pattern:
        from_start = self._take("^")
        node = self._choice()
        to_end = self._take("$")
        if self._at < len(self._text):
            self._refuse("an anchor or bracket stands where none is expected")
        if isinstance(node, Choice) and (from_start or to_end) and not self._is_grouped():
            self._refuse("an anchor beside `|` holds one alternative only; put these in brackets")
        return Pattern(node, from_start, to_end)

    def _is_grouped(self) -> bool:
        # A choice of which every branch stands in one group: ^(?:a|b)$.
        depth = 0
        skip = False
        in_class = False
        for char in self._text:
            if skip:
                skip = False
            elif char == "\\":
                skip = True
            elif in_class:
                in_class = char != "]"
            elif char == "[":
                in_class = True
            elif char in "()":
                depth += 1 if char == "(" else -1
            elif char == "|" and depth == 0:
                return False
        return True

    def _choice(self) -> Node:
        parts = [self._sequence()]
        while self._take("|"):
            parts.append(self._sequence())
        return parts[0] if len(parts) == 1 else Choice(tuple(parts))

    def _sequence(self) -> Node:
        parts: list[Node] = []
        while self._at < len(self._text) and self._text[self._at] not in "|)$":
            parts.append(self._quantified(self._atom()))
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def _quantified(self, atom: Node) -> Node:
        least, most = 1, 1
        if self._take("*"):
            least, most = 0, MANY
        elif self._take("+"):
            least, most = 1, MANY
        elif self._take("?"):
            least, most = 0, 1
        elif self._peek() == "{":
            found = _COUNT.match(self._text, self._at)
            if found is None:
                self._refuse("a brace that counts nothing is written \\{")
            self._at = found.end()
            least = int(found[1])
            most = (int(found[3]) if found[3] else MANY) if found[2] else least
            if most < least or max(least, most if most < MANY else 0) > MAX_COUNT:
                self._refuse(f"a repetition counts backwards or beyond {MAX_COUNT}")
        else:
            return atom
        if self._peek() in {"?", "+", "*", "{"}:
            self._refuse("lazy, possessive and doubled quantifiers are not known everywhere")
        return Repeat(atom, least, most)

    def _atom(self) -> Node:
        char = self._next()
        if char == "(":
            if self._take("?") and not self._take(":"):
                self._refuse("groups that look around, have names or set flags are not known")
            self._groups += 1
            if self._groups > MAX_GROUPS:
                self._refuse(f"more than {MAX_GROUPS} groups stand within each other")
            inner = self._choice()
            self._groups -= 1
            if not self._take(")"):
                self._refuse("a bracket is not closed, or an anchor stands within one")
            return inner
        if char == "[":
            return self._class()
        if char == ".":
            return _DOT
        if char == "\\":
            return self._escape()
        if char in "^*+?{}])":
            self._refuse(
                f"{char!r} stands where it means nothing; as itself it is written \\{char}"
            )
        return _one(ord(char))

    def _class(self) -> Node:
        negated = self._take("^")
        found: list[Characters] = []
        while not self._take("]"):
            low = self._member()
            following = self._text[self._at : self._at + 2]
            if following[:1] == "-" and following != "-]":
                self._next()
                high = self._member()
                ends = (*low.ranges, *high.ranges)
                if any(a != b for a, b in ends) or ends[-1][0] < ends[0][0]:
                    self._refuse("a range in brackets has no order")
                low = Characters(one := ((ends[0][0], ends[-1][0]),), one)
            found.append(low)
        if not found:
            self._refuse("empty brackets match nothing in some engines, and all in others")
        ranges, sure = union(*(f.ranges for f in found)), union(*(f.sure for f in found))
        return (
            Characters(complement(sure), complement(ranges))
            if negated
            else Characters(ranges, sure)
        )

    def _member(self) -> Characters:
        char = self._next()
        if char == "\\":
            return self._escape()
        # Python reads `[[` and `--`, `&&`, `~~`, `||` as marks of set operations to come.
        if char == "[":
            self._refuse("'[' in brackets is written \\[")
        if self._text[self._at - 1 : self._at + 1] in {"--", "&&", "~~", "||"}:
            self._refuse(f"{char + char!r} in brackets combines sets in some engines")
        return _one(ord(char))

    def _escape(self) -> Characters:
        char = self._next()
        if char in _CLASSES:
            return _CLASSES[char]
        if char in _CONTROLS:
            return _one(_CONTROLS[char])
        if char in _HEX:
            digits = self._text[self._at : self._at + _HEX[char]]
            if re.fullmatch(r"[0-9A-Fa-f]+", digits) is None or len(digits) < _HEX[char]:
                self._refuse(f"\\{char} takes {_HEX[char]} hexadecimal digits")
            self._at += len(digits)
            return _one(int(digits, 16))
        if char not in _SYNTAX:
            self._refuse(
                f"\\{char} is not read alike everywhere; write the characters, as in [0-9]"
            )
        return _one(ord(char))

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _take(self, char: str) -> bool:
        if self._peek() != char:
            return False
        self._at += 1
        return True

    def _next(self) -> str:
        char = self._peek()
        if not char:
            self._refuse("it ends in the middle")
        self._at += 1
        return char

    def _refuse(self, reason: str) -> NoReturn:
        raise NotPortable(f"{reason} (at character {min(self._at, len(self._text)) or 1})")


def _one(code: int) -> Characters:
    ranges = ((code, code),)
    return Characters(ranges, ranges)
