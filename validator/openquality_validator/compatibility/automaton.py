"""Patterns as automata: whether matching can take for ever, and whether one implies another.

The positions of a pattern are its characters (V. M. Glushkov, "The abstract theory of automata",
1961); position 0 is before the first. A backtracking engine walks each way from position to
position over a text at most once. So its time is linear where the number of ways stays below a
limit, whatever the text: that is what `is_harmless` proves.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from openquality_validator.compatibility.effort import spend
from openquality_validator.compatibility.patterns import (
    ALL,
    MANY,
    REMEMBERED,
    Characters,
    Choice,
    Node,
    Pattern,
    Ranges,
    Repeat,
    parse,
)

MAX_STEPS: Final = 200_000  # of one question; the dearest of our own patterns takes 3,000
UNROLLED: Final = 64  # positions up to which a counted repetition is written out
MAX_POSITIONS: Final = 3_000
MAX_WAYS: Final = 1_000  # at once; where ways multiply, no limit would do
_IN_A_STEP: Final = 4  # of the small steps here, in one of `effort`
_ALIKE: Final = 16  # entries of a list that are gone through in one small step


class TooLarge(Exception):
    """The answer takes more steps than are allowed."""


@dataclass(frozen=True, slots=True)
class Automaton:
    """Hold the positions of a pattern: what each matches, and which follow it, and how often."""

    characters: tuple[Characters, ...]
    follow: tuple[Counter[int], ...]
    ends: frozenset[int]


def is_harmless(text: str) -> bool:
    """Tell whether a backtracking engine decides any text in time linear in its length.

    False also where the proof takes too many steps. The pattern is portable.
    """
    answer, steps = _harmless(text)
    spend(1 + steps // _IN_A_STEP)
    return answer


def implies(one: str, other: str) -> bool:
    """Tell whether every text that the one pattern finds something in, the other does too.

    Both are portable. False also where the proof takes too many steps.
    """
    answer, steps = _implied(one, other)
    spend(1 + steps // _IN_A_STEP)
    return answer


@lru_cache(maxsize=REMEMBERED)
def _harmless(text: str) -> tuple[bool, int]:
    steps = _Steps()
    try:
        automaton = _automaton(parse(text), steps, unrolled=UNROLLED, is_searched=True)
        return _is_harmless(automaton, steps), steps.taken
    except TooLarge:
        return False, MAX_STEPS


@lru_cache(maxsize=REMEMBERED)
def _implied(one: str, other: str) -> tuple[bool, int]:
    steps = _Steps()
    try:
        left = _automaton(parse(one), steps, unrolled=MAX_POSITIONS, is_searched=False)
        right = _automaton(parse(other), steps, unrolled=MAX_POSITIONS, is_searched=False)
        return _is_included(left, right, steps), steps.taken
    except TooLarge:
        return False, MAX_STEPS


class _Builder:
    """Number the characters of a pattern, and connect them."""

    def __init__(self, unrolled: int, steps: "_Steps") -> None:
        self.characters: list[Characters] = []
        self.follow: list[Counter[int]] = []
        self._unrolled = unrolled
        self._steps = steps

    def position(self, characters: Characters) -> int:
        if len(self.characters) > MAX_POSITIONS:
            raise TooLarge
        self.characters.append(characters)
        self.follow.append(Counter())
        return len(self.characters) - 1

    def connect(self, lasts: Iterable[int], firsts: Iterable[int]) -> None:
        lasts, firsts = tuple(lasts), tuple(firsts)
        self._steps.take(len(lasts) * (1 + len(firsts) // _ALIKE))
        for last in lasts:
            self.follow[last].update(firsts)

    def part(self, node: Node) -> "_Part":
        """Add a node; what can come first and last has as many entries as there are ways."""
        self._steps.take(1)
        match node:
            case Characters():
                at = [self.position(node)]
                return _Part(at, at, is_empty=False)
            case Choice():
                parts = [self.part(each) for each in node.parts]
                return _Part(
                    [at for part in parts for at in part.firsts],
                    [at for part in parts for at in part.lasts],
                    is_empty=any(part.is_empty for part in parts),
                )
            case Repeat():
                return self._repeat(node)
            case _:
                return self._row([self.part(each) for each in node.parts])

    def _row(self, parts: list["_Part"]) -> "_Part":
        whole = _Part([], [], is_empty=True)
        for part in parts:
            self._steps.take(1 + (len(whole.firsts) + len(whole.lasts)) // _ALIKE)
            self.connect(whole.lasts, part.firsts)
            whole = _Part(
                whole.firsts + part.firsts if whole.is_empty else whole.firsts,
                whole.lasts + part.lasts if part.is_empty else part.lasts,
                is_empty=whole.is_empty and part.is_empty,
            )
        return whole

    def _repeat(self, node: Repeat) -> "_Part":
        copies = node.least if node.most == MANY else node.most
        if copies == 0 and node.most != MANY:
            return _Part([], [], is_empty=True)
        if not _size(node.part):
            raise TooLarge  # an engine goes round all the same, to match nothing each time
        if copies > 1 and copies * _size(node.part) > self._unrolled:
            # As a loop it has more ways than it has; what is harmless so is harmless.
            return self._loop(node.part, is_empty=node.least == 0)
        parts = [self.part(node.part) for _ in range(node.least)]
        if node.most == MANY:
            loop = self._loop(node.part, is_empty=True)
            return self._row([*parts, loop])
        return self._row([*parts, self._optional(node.part, node.most - node.least)])

    def _optional(self, node: Node, times: int) -> "_Part":
        """Add (x(x(x)?)?)?, which reaches each number of times in one way."""
        whole = _Part([], [], is_empty=True)
        for _ in range(times):
            part = self.part(node)
            row = self._row([part, whole])
            whole = _Part(row.firsts, row.lasts, is_empty=True)
        return whole

    def _loop(self, node: Node, *, is_empty: bool) -> "_Part":
        part = self.part(node)
        self.connect(part.lasts, part.firsts)
        if part.is_empty:
            # Each round may match nothing: as many ways as one likes.
            self.connect(part.lasts, part.firsts)
        return _Part(part.firsts, part.lasts, is_empty=is_empty or part.is_empty)


@dataclass(frozen=True, slots=True)
class _Part:
    firsts: list[int]
    lasts: list[int]
    is_empty: bool


def _size(node: Node) -> int:
    match node:
        case Characters():
            return 1
        case Repeat():
            return max(1, node.least if node.most == MANY else node.most) * _size(node.part)
        case _:
            return sum(map(_size, node.parts))


def _automaton(pattern: Pattern, steps: "_Steps", *, unrolled: int, is_searched: bool) -> Automaton:
    """Build the automaton; unanchored ends become loops over every character.

    For a question about time (`is_searched`), the loop at the end is left out: a search stops
    where it has found what it looks for.
    """
    builder = _Builder(unrolled, steps)
    anything = Characters(ALL, ALL)
    start = builder.position(anything)
    before = [start]
    if not pattern.from_start:
        skipped = builder.position(anything)
        builder.connect([start, skipped], [skipped])
        before.append(skipped)
    part = builder.part(pattern.node)
    builder.connect(before, part.firsts)
    ends = [*part.lasts, *(before if part.is_empty else ())]
    if not pattern.to_end and not is_searched:
        after = builder.position(anything)
        builder.connect([*ends, after], [after])
        ends.append(after)
    return Automaton(tuple(builder.characters), tuple(builder.follow), frozenset(ends))


def _is_harmless(automaton: Automaton, steps: "_Steps") -> bool:
    """Walk over every text, counting the ways to each position.

    A text with at least as many ways to each position as another makes the other one needless.
    """
    begin = Counter({0: 1})
    queue = [begin]
    for ways in queue:  # the list grows while it is read
        following: Counter[int] = Counter()
        steps.take(sum(1 + len(automaton.follow[at]) // _ALIKE for at in ways))
        for at, count in ways.items():
            for to, times in automaton.follow[at].items():
                following[to] += count * times
        sets = {at: automaton.characters[at].ranges for at in following}
        states = [
            Counter({at: n for at, n in following.items() if _holds(sets[at], piece)})
            for piece in _pieces(ALL, sets.values())
        ]
        for state in sorted(states, key=Counter.total, reverse=True):
            if state.total() > MAX_WAYS:
                return False
            steps.take(len(following) + len(queue) * (1 + len(state) // _ALIKE))
            if not any(state <= known for known in queue):
                queue.append(state)
    return True


def _is_included(left: Automaton, right: Automaton, steps: "_Steps") -> bool:
    """Walk both over every text; the right one is everywhere it can be at once."""
    begin = (0, frozenset({0}))
    seen, queue = {begin}, [begin]
    for at, places in queue:  # the list grows while it is read
        if at in left.ends and not places & right.ends:
            return False
        steps.take(sum(1 + len(right.follow[place]) // _ALIKE for place in places))
        following = frozenset(to for place in places for to in right.follow[place])
        sets = [right.characters[to].sure for to in following]
        for to in left.follow[at]:
            for piece in _pieces(left.characters[to].ranges, sets):
                steps.take(len(following) + 1)
                reached = frozenset(
                    each for each in following if _holds(right.characters[each].sure, piece)
                )
                state = (to, reached)
                if state not in seen:
                    seen.add(state)
                    queue.append(state)
    return True


def _pieces(ranges: Ranges, sets: Iterable[Ranges]) -> Iterator[int]:
    """Yield a code point of each piece of the ranges in which the sets do not change."""
    marks = {mark for each in sets for low, high in each for mark in (low, high + 1)}
    for low, high in ranges:
        yield low
        yield from (mark for mark in sorted(marks) if low < mark <= high)


def _holds(ranges: Ranges, code: int) -> bool:
    return any(low <= code <= high for low, high in ranges)


class _Steps:
    """Count steps, so that no pattern takes for ever."""

    def __init__(self) -> None:
        self.taken = 0

    def take(self, count: int) -> None:
        """Take some; raises TooLarge where none are left."""
        self.taken += count
        if self.taken > MAX_STEPS:
            raise TooLarge
