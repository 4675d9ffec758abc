"""Check a log: derive tiles and root from the database anew, and compare with what is published.

    (1) the checkpoint       signed by this log's key, not larger than the database
    (2) each row             the statement's digest, the entry rebuilt from it, the leaf hash,
                             `admittedAt` never decreasing
    (3) each tile            hash tiles and entry bundles, byte for byte
    (4) the roots            of the checkpoint and of the database

What is committed beyond the checkpoint has no tiles yet; start-up derives them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, repeat

from openquality_registry.issuers import is_event
from openquality_registry.log.mending import edge_tiles, read_tile
from openquality_registry.ports import Store, TileStore
from openquality_validator import envelope, kinds
from openquality_validator.entry import Entry, digest, rebuild
from openquality_validator.errors import InvalidInput
from openquality_validator.identity import history
from openquality_validator.tlog import checkpoint as checkpoints
from openquality_validator.tlog.checkpoint import Checkpoint
from openquality_validator.tlog.growth import Edge, Plan, plan
from openquality_validator.tlog.merkle import leaf_hash
from openquality_validator.tlog.note import VerifierKey
from openquality_validator.tlog.tiles import WIDTH, Tile

_CHUNK = 16 * WIDTH  # rows held at once
_KINDS = frozenset(kind.name for kind in kinds.KINDS.values())


@dataclass(frozen=True, slots=True)
class Difference:
    """Name one contradiction: a stable code, the place, and what is wrong there."""

    code: str
    place: str
    message: str


@dataclass(frozen=True, slots=True)
class Extent:
    """Hold how much there is to check: entries in the database, and how many are published."""

    committed: int
    published: int


class Check:
    """Compare a log's database and files, streaming; `run` yields what differs."""

    def __init__(self, store: Store, tiles: TileStore, *, origin: str, vkey: str) -> None:
        self._store = store
        self._tiles = tiles
        self._origin = origin
        self._key = VerifierKey.from_text(vkey)
        # The checkpoint first: a registry at work then never seems to have published too much.
        self._note = tiles.checkpoint()
        self._committed = store.state()
        self._published: Checkpoint | None = None
        self._admitted = ""
        self._follows = False

    @property
    def extent(self) -> Extent:
        """How much there is; `published` is known once `run` has begun."""
        return Extent(self._committed.size, self._published.size if self._published else 0)

    @property
    def published(self) -> Checkpoint | None:
        """The published checkpoint, if its root follows from the database; known after `run`."""
        return self._published if self._follows else None

    def run(self, progress: Callable[[int], None] = lambda _: None) -> Iterator[Difference]:
        """Yield every difference; call `progress` with each number of rows just checked.

        Raises what the Store or the TileStore raises when they cannot be read.
        """
        # (1) The checkpoint.
        yield from self._checkpoint()
        published = self._published.size if self._published else 0
        edge = Edge()
        whole = True
        yield from self._root(edge)
        for start, stop in _spans(min(published, self._committed.size), self._committed.size):
            # (2) The rows.
            entries = list(self._store.entries(start, stop))
            progress(stop - start)
            if len(entries) != stop - start:
                place = f"entries {start} to {stop - 1}"
                yield Difference("rows-missing", place, "Not every index has its row.")
                whole = False
                continue
            yield from self._rows(start, entries)
            if not whole:
                continue  # without all rows before there is no tree to compare with
            step = plan(edge, entries)
            edge = step.edge
            # (3) The tiles.
            if stop <= published:
                yield from self._full_tiles(step)
            if stop == published:
                yield from self._partial_tiles(edge)
            # (4) The roots.
            yield from self._root(edge)
        if whole and edge.root != self._committed.root:
            yield Difference(
                "database-root", "database", "The stored root does not follow from the entries."
            )

    def _checkpoint(self) -> Iterator[Difference]:
        if self._note is None:
            yield Difference("checkpoint-missing", "checkpoint", "No checkpoint is published.")
            return
        try:
            signed = checkpoints.verify(self._note, origin=self._origin, keys=[self._key])
        except InvalidInput as error:
            yield Difference("checkpoint-invalid", "checkpoint", str(error))
            return
        self._published = signed.checkpoint
        if self._published.size > self._committed.size:
            yield Difference(
                "database-behind",
                "database",
                f"The checkpoint has {self._published.size} entries, the database "
                f"{self._committed.size}.",
            )

    def _rows(self, start: int, entries: list[bytes]) -> Iterator[Difference]:
        stop = start + len(entries)
        leaves = self._store.leaf_hashes(start, stop)
        statements = self._store.statements(start, stop)
        missing: tuple[None, None] = (None, None)
        pairs = chain(zip(leaves, statements, strict=False), repeat(missing))
        for index, (data, (leaf, statement)) in enumerate(zip(entries, pairs, strict=False), start):
            place = f"entry {index}"
            if leaf_hash(data) != leaf:
                yield Difference("leaf-hash", place, "The stored leaf hash is not the entry's.")
            try:
                entry = Entry.from_bytes(data)
            except InvalidInput as error:
                yield Difference("entry-malformed", place, str(error))
                continue
            if entry.admitted_at < self._admitted:
                yield Difference("time-decreases", place, "It is older than the entry before it.")
            self._admitted = entry.admitted_at
            if statement is None:
                yield Difference("statement-missing", place, "The statement is not there.")
            else:
                yield from _statement(place, entry, statement)

    def _full_tiles(self, step: Plan) -> Iterator[Difference]:
        for tile, expected in step.tiles:
            if tile.width == WIDTH:
                yield from self._compare(tile, expected)

    def _partial_tiles(self, edge: Edge) -> Iterator[Difference]:
        for tile, expected in edge_tiles(edge):
            yield from self._compare(tile, expected)

    def _compare(self, tile: Tile, expected: bytes) -> Iterator[Difference]:
        found = read_tile(self._tiles, tile, expected)
        if found is None:
            yield Difference("tile-missing", tile.path, "The tile is not there.")
        elif found != expected:
            yield Difference("tile-differs", tile.path, "The tile is not what the entries give.")

    def _root(self, edge: Edge) -> Iterator[Difference]:
        if self._published is None or self._published.size != edge.size:
            return
        self._follows = self._published.root == edge.root
        if not self._follows:
            yield Difference(
                "checkpoint-root", "checkpoint", "Its root does not follow from the entries."
            )


def _statement(place: str, entry: Entry, statement: bytes) -> Iterator[Difference]:
    if digest(statement) != entry.digest:
        yield Difference("statement-digest", place, "The statement's bytes have another digest.")
        return
    try:
        again = _rebuild(entry, statement)
    except InvalidInput as error:
        yield Difference("statement-malformed", place, str(error))
        return
    if again != entry:
        yield Difference("entry-differs", place, "The entry is not what its statement gives.")


def _rebuild(entry: Entry, statement: bytes) -> Entry:
    if is_event(statement):
        did = history.event_did(statement)
        return Entry(entry.admitted_at, entry.digest, did, kinds.KEY, (did,))
    if entry.kind not in _KINDS:
        return entry  # of a later version, which is kept and not read
    record = envelope.credential(envelope.parse_envelope(statement).payload)
    return rebuild(statement, record.value, entry.admitted_at)


def _spans(*stops: int) -> Iterator[tuple[int, int]]:
    """Yield (start, stop) of chunks from 0 to the last stop, a chunk ending at each stop."""
    start = 0
    for stop in stops:
        while start < stop:
            upto = min(stop, start + _CHUNK)
            yield start, upto
            start = upto
