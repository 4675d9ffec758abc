"""Nothing is signed after a restore until the log is known to be as long as it had become.

Whoever signs on from an older state forks the log: two trees of one size, both signed. So a folder
that was restored, or that a promoted replica serves, holds a marker. The registry that finds it
asks every witness and every copy of the settings, and begins only when

    1. all of them have answered,
    2. the rows are as long as the longest of what they hold, and
    3. the tree of each size that they hold with its root has that root here too.

Rows that only a copy has are brought in first (`tail.py`).
"""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import orjson

from openquality_registry.adapters.files import synchronise
from openquality_registry.backup.held import Ask, Held, Silent
from openquality_registry.ports import Store
from openquality_validator.entry import timestamp
from openquality_validator.errors import OpenQualityError
from openquality_validator.tlog.growth import Edge, plan

MARKER = "restored.json"
_CHUNK = 4_096
_DOCS = "See docs/guide/backup.md."


@dataclass(eq=False)
class Unconfirmed(OpenQualityError):
    """Say why a restored log may not go on yet, and what to do."""

    reason: str
    hint: str

    def __str__(self) -> str:
        return f"This registry was restored, and does not go on yet: {self.reason}. {self.hint}"


Fetch = Callable[[Held], None]
"""Bring in the rows that a source has and the store has not, or raise Unconfirmed."""


def mark(folder: Path, now: datetime, made_at: str | None) -> None:
    """Leave the marker, durably; `made_at` is the time of the backup, None for a replica."""
    value = {"v": 1, "restoredAt": timestamp(now), "backupMadeAt": made_at}
    with (folder / MARKER).open("wb") as file:
        file.write(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
        file.flush()
        os.fsync(file.fileno())
    synchronise(folder)


def unmark(folder: Path) -> None:
    """Take the marker away, durably."""
    (folder / MARKER).unlink(missing_ok=True)
    synchronise(folder)


def is_waiting(folder: Path) -> bool:
    """Tell whether a folder holds the marker."""
    return (folder / MARKER).exists()


def confirm(
    folder: Path, store: Store, asked: Sequence[Ask], fetch: Fetch, *, nothing_newer: bool = False
) -> int:
    """Take the marker away if the log may go on; return its size. Raises Unconfirmed.

    `nothing_newer` is the operator's own word, where there is nobody else to ask.
    """
    if not asked and not nothing_newer:
        raise Unconfirmed(
            "no witness and no copy is configured that could say how long the log had become",
            "Set OPENQUALITY_COPIES or OPENQUALITY_WITNESSES. If you know that nothing was "
            "published after the backup: openquality restore --data FOLDER --nothing-newer. Else "
            f"open a new log: openquality restore --data FOLDER --new-log ORIGIN. {_DOCS}",
        )
    # (1) All of them have answered.
    held = tuple(_answers(asked))
    longest = max(held, key=lambda each: each.size, default=None)
    # (2) The rows are as long as the longest.
    for each in sorted(held, key=lambda each: each.size):
        if each.root is not None and each.size > store.state().size:
            fetch(each)
    size = store.state().size
    if longest is not None and longest.size > size:
        raise Unconfirmed(
            f"{longest.source} holds {longest.size} entries of this log, and here are {size}",
            "Restore a newer backup, name a copy that has the rest in OPENQUALITY_COPIES, or open "
            f"a new log: openquality restore --data FOLDER --new-log ORIGIN. {_DOCS}",
        )
    # (3) The same tree.
    roots = roots_of(store, {each.size for each in held if each.root is not None})
    for each in held:
        if each.root is not None and roots[each.size] != each.root:
            raise Unconfirmed(
                f"{each.source} holds another tree of {each.size} entries than the one here",
                "The log was forked: keep both, and open a new log: openquality restore --data "
                f"FOLDER --new-log ORIGIN. {_DOCS}",
            )
    unmark(folder)
    return size


def roots_of(store: Store, sizes: Iterable[int]) -> Mapping[int, bytes]:
    """Compute the roots of the trees of these sizes from the rows, streaming."""
    edge = Edge()
    roots = {0: edge.root}
    for stop in sorted(sizes):
        while edge.size < stop:
            upto = min(stop, edge.size + _CHUNK)
            edge = plan(edge, list(store.entries(edge.size, upto))).edge
        roots[stop] = edge.root
    return roots


def _answers(asked: Sequence[Ask]) -> Iterable[Held]:
    for ask in asked:
        try:
            yield ask()
        except Silent as error:
            raise Unconfirmed(
                str(error),
                "Wait until it answers, or take it out of the settings if it is gone for good. "
                + _DOCS,
            ) from None
