"""Follow a log: from the copy to the newest checkpoint, every step proved before it is kept.

    (1) the checkpoint        signed by the log
    (2) the one before        they are of one log, or a split view is kept as evidence
    (3) the entries           each chunk, with the copy before it, is the beginning of the tree that
                              was signed
    (4) the tiles             what others prove with is what the entries give
    (5) what the entries say  strict form, times, and their statements if they are wanted
    (6) the copy moves on     tiles, then the database

A crash anywhere leaves the copy at a proved size. What cannot be proved is not kept, and (3) is
tried again with the next look.
"""

import re
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from openquality_registry.log.errors import LogDamaged
from openquality_registry.log.mending import edge_tiles
from openquality_registry.log.reader import TileReader
from openquality_registry.ports import Clock
from openquality_registry.watch import views
from openquality_registry.watch.alerts import Alert, Code
from openquality_registry.watch.mirror import Event, Mirror
from openquality_registry.watch.source import Source
from openquality_registry.watch.statements import Statements
from openquality_validator import kinds
from openquality_validator.entry import Entry, timestamp
from openquality_validator.errors import InvalidInput, LogFormatError, ProofError
from openquality_validator.tlog import checkpoint as checkpoints
from openquality_validator.tlog import merkle
from openquality_validator.tlog.checkpoint import Checkpoint
from openquality_validator.tlog.growth import Edge, Plan, plan
from openquality_validator.tlog.merkle import HashReader
from openquality_validator.tlog.note import VerifierKey
from openquality_validator.tlog.tiles import WIDTH, Tile

CHUNK = 4 * WIDTH  # entries held at once
AT_ONCE = 4  # requests
SKEW = timedelta(minutes=5)  # between the log's clock and ours, and for a commit to be published

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)

Progress = Callable[[int, int], None]
"""Be told of the copy's size, and of the size that it goes to."""


class Follower:
    """Bring a copy up to the newest checkpoint. For one thread.

    `issuers` are the DIDs whose owners want to hear of every entry.
    """

    def __init__(
        self,
        source: Source,
        mirror: Mirror,
        *,
        keys: Sequence[VerifierKey],
        clock: Clock,
        issuers: Sequence[str] = (),
        statements: Statements | None = None,
    ) -> None:
        self._source = source
        self._mirror = mirror
        self._keys: Final = tuple(keys)
        self._clock = clock
        self._issuers = frozenset(issuers)
        self._statements = statements
        self._served = TileReader(source)

    def checkpoint(self) -> tuple[bytes, Checkpoint] | Alert:
        """Fetch the newest checkpoint and prove its signature."""
        note = self._source.checkpoint()
        if note is None:
            return Alert(Code.CHECKPOINT_INVALID, views.PLACE, "No checkpoint is served.")
        return self.prove(note)

    def prove(self, note: bytes) -> tuple[bytes, Checkpoint] | Alert:
        """Prove the log's signature on a checkpoint."""
        try:
            signed = checkpoints.verify(note, origin=self._mirror.origin, keys=self._keys)
        except InvalidInput as error:
            return Alert(Code.CHECKPOINT_INVALID, views.PLACE, str(error))
        return note, signed.checkpoint

    def run(self, progress: Progress = lambda _at, _end: None) -> Iterator[Alert]:
        """Follow the log to its newest checkpoint; yield what was caught on the way.

        Raises NetworkError if the registry cannot be read: what is kept stays proved.
        """
        # (1) The checkpoint.
        fetched = self.checkpoint()
        if isinstance(fetched, Alert):
            yield fetched
            return
        note, head = fetched
        # (2) The one before.
        alert = self._compare(note, head)
        if alert is not None:
            yield alert
            return
        before = _Before.of(self._mirror)
        self._mirror.saw(note, timestamp(self._clock.now()))
        try:
            yield from self._grow(head, before, progress)
        except (LogDamaged, LogFormatError, ProofError) as error:
            yield self._unproved(note, error)
            return
        self._mirror.publish(note)

    def _compare(self, note: bytes, head: Checkpoint) -> Alert | None:
        try:
            split = views.compare(note, self._mirror, self._served)
        except (LogDamaged, LogFormatError, ProofError) as error:
            return self._unproved(note, error)
        if split is not None:
            return split
        seen = self._mirror.seen
        if seen is not None and checkpoints.parse(seen)[0].size > head.size:
            size = checkpoints.parse(seen)[0].size
            return Alert(
                Code.OLDER_CHECKPOINT,
                views.PLACE,
                f"It has {head.size} entries, and one of {size} was seen before.",
                views.keep_note(self._mirror, seen),
            )
        return None

    def _unproved(self, note: bytes, error: Exception) -> Alert:
        text = str(error)
        if isinstance(error, LogDamaged):
            text = f"Under a signed checkpoint, {error.reason}."
            code = Code.ENTRIES_MISSING if "bundle" in text else Code.TILE_MISSING
        else:
            assert isinstance(error, InvalidInput)
            about_tiles = error.code in {"L021", "L042"}  # their length, or their root
            code = Code.TILES_DIFFER if about_tiles else Code.ENTRIES_DIFFER
        return Alert(code, "log", text, views.keep_note(self._mirror, note))

    def _grow(self, head: Checkpoint, before: "_Before", progress: Progress) -> Iterator[Alert]:
        nodes = views.proved_nodes(head, self._served)
        edge = self._mirror.edge()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            while edge.size < head.size:
                stop = min(head.size, (edge.size // CHUNK + 1) * CHUNK)
                # (3) The entries.
                entries = self._entries(pool, edge.size, stop, head.size)
                step = plan(edge, entries)
                _prove_prefix(step, edge.size, head, nodes)
                # (4) The tiles.
                yield from self._tiles(pool, step)
                # (5) What the entries say.
                rows, events = yield from self._read(edge.size, entries, before)
                # (6) The copy moves on.
                admitted = rows[-1][1].admitted_at if rows else self._mirror.admitted_at
                self._mirror.append(step, rows, events, admitted_at=admitted)
                edge = step.edge
                progress(edge.size, head.size)
            yield from self._edge(edge)

    def _entries(
        self, pool: ThreadPoolExecutor, start: int, stop: int, size: int
    ) -> Sequence[bytes]:
        def load(index: int) -> tuple[bytes, ...]:
            return self._served.entries(index, min(WIDTH, size - index * WIDTH))

        found: list[bytes] = []
        for bundle in pool.map(load, range(start // WIDTH, -(-stop // WIDTH))):
            found += bundle
        first = start % WIDTH
        return found[first : first + stop - start]

    def _tiles(self, pool: ThreadPoolExecutor, step: Plan) -> Iterator[Alert]:
        # Entry bundles were read already.
        full = [(t, data) for t, data in step.tiles if t.width == WIDTH and t.level is not None]
        for (tile, data), found in zip(
            full, pool.map(self._tile, [tile for tile, _ in full]), strict=True
        ):
            yield from _compare_tile(tile, data, found)

    def _edge(self, edge: Edge) -> Iterator[Alert]:
        """Compare the partial tiles of the size that was signed."""
        for tile, data in edge_tiles(edge):
            if tile.level is not None:
                yield from _compare_tile(tile, data, self._tile(tile))

    def _tile(self, tile: Tile) -> bytes | None:
        try:
            return self._served.load(tile)
        except LogDamaged:
            return None

    def _read(
        self, start: int, entries: Sequence[bytes], before: "_Before"
    ) -> Generator[Alert, None, tuple[list[tuple[int, Entry]], list[Event]]]:
        rows: list[tuple[int, Entry]] = []
        events: list[Event] = []
        last = self._mirror.admitted_at
        latest = timestamp(self._clock.now() + SKEW)
        digests: set[str] = set()
        for index, data in enumerate(entries, start):
            place = f"entry {index}"
            try:
                entry = Entry.from_bytes(data)
            except InvalidInput as error:
                yield Alert(Code.ENTRY_MALFORMED, place, str(error))
                continue
            yield from _times(place, entry, last=last, latest=latest, before=before.at(index))
            last = max(last, entry.admitted_at)
            if entry.digest in digests or self._mirror.find(entry.digest) is not None:
                yield Alert(Code.ENTRY_REPEATED, place, f"{entry.digest} is in the log already.")
            digests.add(entry.digest)
            if self._statements is not None:
                alert, event = self._statements.examine(index, entry, events)
                if alert is not None:
                    yield alert
                if event is not None:
                    events.append(event)
            yield from self._news(place, entry)
            rows.append((index, entry))
        return rows, events

    def _news(self, place: str, entry: Entry) -> Iterator[Alert]:
        """Tell owners of what is by them, about them, or about a statement of theirs."""
        if not self._issuers:
            return
        about = {entry.issuer, *entry.subjects}
        for key in entry.subjects:
            digest = key.removeprefix("statement:")
            known = self._mirror.find(digest) if _DIGEST.fullmatch(digest) else None
            about |= {known.issuer} if known else set()
            about.add(key.removeprefix("key:"))
        for did in sorted(self._issuers & about):
            code = Code.KEY_EVENT if entry.kind == kinds.KEY else Code.NEW_ENTRY
            by = "" if entry.issuer == did else f" by {entry.issuer}"
            text = f"{did}: {entry.kind} {entry.digest}{by}, admitted at {entry.admitted_at}."
            yield Alert(code, place, text)


@dataclass(frozen=True, slots=True)
class _Before:
    """Hold what the look before knew: a size, and the time at which nothing came after it."""

    size: int
    moment: str

    @classmethod
    def of(cls, mirror: Mirror) -> "_Before":
        if mirror.seen is None or mirror.looked_at is None:
            return cls(0, "")
        earliest = datetime.fromisoformat(mirror.looked_at) - SKEW
        return cls(checkpoints.parse(mirror.seen)[0].size, timestamp(earliest))

    def at(self, index: int) -> str:
        """Return the time before which an entry at an index cannot have been admitted, or ""."""
        return self.moment if index >= self.size else ""


def _times(place: str, entry: Entry, *, last: str, latest: str, before: str) -> Iterator[Alert]:
    said = f"It says that it was admitted at {entry.admitted_at}"
    if entry.admitted_at < last:
        yield Alert(Code.TIME_DECREASES, place, f"{said}, and an entry before it at {last}.")
    elif entry.admitted_at < before:
        yield Alert(Code.BACKDATED, place, f"{said}, and it was not in the log after {before}.")
    if entry.admitted_at > latest:
        yield Alert(Code.TIME_AHEAD, place, f"{said}, which is yet to come.")


def _prove_prefix(step: Plan, start: int, head: Checkpoint, nodes: HashReader) -> None:
    """Prove that the tree so far is the beginning of the signed one. Raises ProofError."""
    try:
        merkle.verify_consistency(
            old=step.size,
            new=head.size,
            old_root=step.root,
            new_root=head.root,
            proof=merkle.consistency_proof(step.size, head.size, nodes),
        )
    except ProofError as error:
        for index, leaf in enumerate(step.leaf_hashes, start):
            if nodes([(0, index)])[0] != leaf:
                raise ProofError(
                    "L045",
                    f"Entry {index} as it is served is not the one that was signed.",
                    "Keep the checkpoint: the log shows another entry than the one in its tree.",
                ) from None
        raise error from None


def _compare_tile(tile: Tile, expected: bytes, found: bytes | None) -> Iterator[Alert]:
    if found is None:
        yield Alert(Code.TILE_MISSING, tile.path, "The tile is not there.")
    elif found != expected:
        yield Alert(Code.TILES_DIFFER, tile.path, "The tile is not what the entries give.")
