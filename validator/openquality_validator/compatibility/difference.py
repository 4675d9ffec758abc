"""What a change of a schema does, change by change, to old records and to old readers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from openquality_validator.compatibility.edits import Edit, edits
from openquality_validator.compatibility.failure import Effect, Failure
from openquality_validator.compatibility.proof import Proof
from openquality_validator.compatibility.schema import Schema

ANNOTATION: Final = "Z130"


class Reading(StrEnum):
    """Say what may stand in records beside the members that an open schema describes.

    STRICT: whatever the schema lets pass. LENIENT: nothing, since writers write only members that
    their schema describes at that place; a closed reader refuses what it does not know all the
    same.
    """

    STRICT = "strict"
    LENIENT = "lenient"


class Direction(StrEnum):
    """Say who reads whose records: the new schema the old ones, or the old schema the new ones."""

    BACKWARD = "backward"
    FORWARD = "forward"


class Nature(StrEnum):
    """Name a change by what it does; an unknown one counts as breaking."""

    BREAKING = "breaking"
    ADDITIVE = "additive"
    NEUTRAL = "neutral"
    UNKNOWN = "unknown"


_SAME, _AROUND, _WITHIN = 5, 3, 1
_NATURES: Final = (Nature.BREAKING, Nature.UNKNOWN, Nature.ADDITIVE, Nature.NEUTRAL)


@dataclass(frozen=True, slots=True)
class Change:
    """Hold one change: where it stands in each schema, what it does, and the rule, in a sentence.

    `old` and `new` are JSON Pointers (RFC 6901), None where the thing is not in that schema.
    """

    rule: str
    old: str | None
    new: str | None
    backward: Effect
    forward: Effect
    sentence: str

    @property
    def nature(self) -> Nature:
        """What the change is, seen from the records that exist."""
        if self.backward is Effect.BREAKS:
            return Nature.BREAKING
        if self.backward is Effect.UNKNOWN:
            return Nature.UNKNOWN
        return Nature.NEUTRAL if self.forward is Effect.KEEPS else Nature.ADDITIVE

    def to_json(self) -> dict[str, str | None]:
        """Return the change as a JSON object."""
        return {
            "rule": self.rule,
            "change": self.nature.value,
            "backward": self.backward.value,
            "forward": self.forward.value,
            "old": self.old,
            "new": self.new,
            "sentence": str(self.sentence),
        }


@dataclass(frozen=True, slots=True)
class Difference:
    """Hold every change between two schemas, and what they do together."""

    changes: tuple[Change, ...]
    backward: Effect
    forward: Effect

    def keeps(self, direction: Direction) -> bool:
        """Tell whether every record stays readable in this direction, which has been proved."""
        effect = self.backward if direction is Direction.BACKWARD else self.forward
        return effect is Effect.KEEPS

    def to_json(self) -> dict[str, object]:
        """Return the difference as a JSON object."""
        return {
            "backward": self.backward.value,
            "forward": self.forward.value,
            "changes": [change.to_json() for change in self.changes],
        }


def compare(old: Schema, new: Schema, *, reading: Reading = Reading.STRICT) -> Difference:
    """Prove what can be proved about two schemas, in both directions, and list the changes.

    Sound: where a direction keeps, no record that the one schema allows under this reading is
    refused by the other. Not complete: what cannot be proved is breaking or unknown.
    """
    closed = reading is Reading.LENIENT
    there = Proof(old, new, closed=closed)
    back = Proof(new, old, closed=closed)
    backward, forward = there.failures(), back.failures()
    found = list(edits(old.root, new.root, there.same))
    changes = _Changes(found)
    for failure in backward:
        changes.note(failure, Direction.BACKWARD)
    for failure in forward:
        changes.note(failure, Direction.FORWARD)
    return Difference(tuple(changes.ordered()), _worst(backward), _worst(forward))


def _order(change: Change) -> tuple[int, list[str], list[str], str]:
    return _NATURES.index(change.nature), _along(change.new), _along(change.old), change.rule


def _along(at: str | None) -> list[str]:
    # So that place 10 of a list comes after place 9.
    return [f"{step:0>9}" if step.isdecimal() else step for step in (at or "").split("/")]


def _worst(failures: Sequence[Failure]) -> Effect:
    effects = {failure.effect for failure in failures}
    return next((e for e in (Effect.BREAKS, Effect.UNKNOWN) if e in effects), Effect.KEEPS)


class _Changes:
    """Bring edits and failures together: what was done, and what it does."""

    def __init__(self, found: Sequence[Edit]) -> None:
        self._edits = found
        self._changes = [
            Change(e.rule, e.old, e.new, Effect.KEEPS, Effect.KEEPS, e.sentence) for e in found
        ]
        self._explained: set[int] = set()

    def note(self, failure: Failure, direction: Direction) -> None:
        """Note a failure at the edit that it is about, else as a change of its own."""
        read, written = failure.read, failure.written
        is_backward = direction is Direction.BACKWARD
        old, new = (written, read) if is_backward else (read, written)
        scores = [_score(edit, old, new) for edit in self._edits]
        best = max(scores, default=0)
        places = [n for n, score in enumerate(scores) if score == best and best]
        for place in places:
            edit = self._edits[place]
            if _is_around(edit, old, new):
                # The place within what was added or taken away says more than that it was.
                self._explained.add(place)
                inside = (edit.old and old, edit.new and new)
                self._own(failure, direction, *inside)
            else:
                self._changes[place] = _noted(self._changes[place], failure, direction)
        if not places:
            self._own(failure, direction, old, new)

    def ordered(self) -> list[Change]:
        """Return the changes, the worst first, without edits that others explain."""
        kept = [
            change
            for place, change in enumerate(self._changes)
            if place not in self._explained or change.nature is not Nature.NEUTRAL
        ]
        return sorted(kept, key=_order)

    def _own(
        self, failure: Failure, direction: Direction, old: str | None, new: str | None
    ) -> None:
        for place in range(len(self._edits), len(self._changes)):
            change = self._changes[place]
            if (change.old, change.new) == (old, new):
                self._changes[place] = _noted(change, failure, direction)
                return
        kept = Change(failure.rule, old, new, Effect.KEEPS, Effect.KEEPS, "")
        self._changes.append(_noted(kept, failure, direction))


def _noted(change: Change, failure: Failure, direction: Direction) -> Change:
    known = change.backward if direction is Direction.BACKWARD else change.forward
    if known is Effect.BREAKS or known is failure.effect:
        return change
    noted = (
        replace(change, backward=failure.effect)
        if direction is Direction.BACKWARD
        else replace(change, forward=failure.effect)
    )
    # The sentence about old records counts more than the one about old readers.
    if direction is Direction.FORWARD and change.backward is not Effect.KEEPS:
        return noted
    return replace(noted, rule=failure.rule, sentence=failure.sentence)


def _score(edit: Edit, old: str, new: str) -> int:
    if edit.rule == ANNOTATION:
        return 0
    return _nearness(edit.old, old) + _nearness(edit.new, new)


def _nearness(edited: str | None, failed: str) -> int:
    """Rate how surely an edit is about a failure: the same place, around it, or within it."""
    if edited is None:
        return 0
    if edited == failed:
        return _SAME
    if failed.startswith(f"{edited}/"):
        return _AROUND
    return _WITHIN if failed and edited.startswith(f"{failed}/") else 0


def _is_around(edit: Edit, old: str, new: str) -> bool:
    """Tell whether a failure lies within what was edited, and not at its very place."""
    near = {_nearness(edit.old, old), _nearness(edit.new, new)}
    return _AROUND in near and _SAME not in near


def natures(changes: Sequence[Change]) -> Iterator[tuple[Nature, int]]:
    """Yield how many changes there are of each nature, the worst first."""
    for nature in _NATURES:
        count = sum(change.nature is nature for change in changes)
        if count:
            yield nature, count
