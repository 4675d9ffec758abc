"""Decide what a batch of pending statements becomes: new entries, known ones, conflicts. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from openquality_registry.heads import NONE
from openquality_registry.log.errors import Conflict, LostRace, Outdated
from openquality_registry.ports import Logged, Pending, Placed
from openquality_validator.entry import Entry, timestamp
from openquality_validator.tlog.growth import Edge, Plan, plan

Fate = int | Logged | Conflict | Outdated
"""A place among the new ones, the entry that was there before, or a refusal."""

_LATEST = "9999-12-31T23:59:59.999Z"  # as long as any `admittedAt`


@dataclass(frozen=True, slots=True)
class Batch:
    """Hold the log's size, the statements to append to it, and the fate of each pending one."""

    size: int
    new: tuple[Pending, ...]
    fates: tuple[Fate, ...]


def check_entry(pending: Pending) -> None:
    """Raise LogFormatError (L052) if the statement's entry would be too long for the log."""
    _entry(pending, _LATEST)


def sort_out(
    pendings: Sequence[Pending],
    taken: Sequence[Logged | None],
    size: int,
    heads: Mapping[str, str] | None = None,
) -> Batch:
    """Find duplicates and conflicts, inside the batch and against the log of `size` entries.

    `taken` is the Store's answer for each pending. The same digest is the same entry; the same
    (issuer, id) with other bytes is a conflict, and the first comer wins; so it is with the heads
    that a statement expects, whose committed values are `heads`. Raises LostRace if an answer lies
    beyond `size`.
    """
    current = dict(heads or {})
    new: list[Pending] = []
    by_digest: dict[str, int] = {}
    by_id: dict[tuple[str, str], int] = {}
    fates: list[Fate] = []
    for pending, logged in zip(pendings, taken, strict=True):
        name = (pending.issuer, pending.credential_id)
        if logged is not None:
            if logged.index >= size:
                raise LostRace(f"the database has an entry {logged.index}, unknown to this process")
            same = logged.digest == pending.digest
            fates.append(logged if same else Conflict(*name, logged.index, logged.digest))
        elif pending.digest in by_digest:
            fates.append(by_digest[pending.digest])
        elif name in by_id:
            place = by_id[name]
            fates.append(Conflict(*name, size + place, new[place].digest))
        elif (outdated := _outdated(pending, current)) is not None:
            fates.append(outdated)
        else:
            current.update(pending.moves)
            by_digest[pending.digest] = by_id[name] = len(new)
            fates.append(len(new))
            new.append(pending)
    return Batch(size, tuple(new), tuple(fates))


def place(
    new: Sequence[Pending], edge: Edge, *, now: datetime, after: str
) -> tuple[tuple[Placed, ...], Plan]:
    """Give new statements their indices, entries and `admittedAt`, and plan the tree.

    The time is `now`, or `after` (that of the last entry) if the clock stepped back: `admittedAt`
    never decreases along the log.
    """
    admitted_at = max(timestamp(now), after)
    entries = [_entry(pending, admitted_at) for pending in new]
    step = plan(edge, entries)
    rows = tuple(
        Placed(edge.size + at, pending, admitted_at, entry, leaf)
        for at, (pending, entry, leaf) in enumerate(
            zip(new, entries, step.leaf_hashes, strict=True)
        )
    )
    return rows, step


def _outdated(pending: Pending, heads: Mapping[str, str]) -> Outdated | None:
    for head, expected in pending.expects.items():
        found = heads.get(head, NONE)
        if found != expected:
            return Outdated(head, expected, found)
    return None


def _entry(pending: Pending, admitted_at: str) -> bytes:
    return Entry(
        admitted_at, pending.digest, pending.issuer, pending.kind, pending.subjects
    ).to_bytes()
