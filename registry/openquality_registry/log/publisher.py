"""Bring the log's files up to what the database has committed.

Tiles and checkpoint are a pure function of the committed rows (the signature is deterministic
too), so both functions here may run again after any failure and write the same bytes.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass

from openquality_registry.log.errors import LogDamaged
from openquality_registry.log.reader import TileReader
from openquality_registry.ports import LogState, Signer, Store, TileStore
from openquality_validator.entry import Entry
from openquality_validator.errors import InvalidInput
from openquality_validator.tlog import checkpoint as checkpoints
from openquality_validator.tlog import merkle
from openquality_validator.tlog.checkpoint import Checkpoint
from openquality_validator.tlog.growth import Edge, Plan, plan
from openquality_validator.tlog.note import VerifierKey
from openquality_validator.tlog.tiles import WIDTH

_log = logging.getLogger(__name__)

_CHUNK = 16 * WIDTH  # entries that recovery holds at once: a few megabytes


@dataclass(frozen=True, slots=True)
class Head:
    """Hold the published head: right edge, checkpoint note, the last entry's `admittedAt`."""

    edge: Edge
    note: bytes
    admitted_at: str

    @property
    def state(self) -> LogState:
        """The size and root that the database has when nothing waits to be published."""
        return LogState(self.edge.size, self.edge.root)


class Publisher:
    """Write tiles and publish checkpoints, in normal work and in recovery."""

    def __init__(self, store: Store, tiles: TileStore, signer: Signer) -> None:
        self._store = store
        self._tiles = tiles
        self._signer = signer

    def follow(self, step: Plan, admitted_at: str) -> Head:
        """Write a committed plan's tiles, then sign and publish its checkpoint.

        Raises OSError, and LostRace if a larger checkpoint is published.
        """
        # A crash here or below: committed, but not published; start-up comes back to this.
        self._write(step)
        # All tiles of the new size are durable, so that nobody sees a checkpoint without them.
        note = self._publish(step.edge)
        self._tidy(step)
        return Head(step.edge, note, admitted_at)

    def recover(self) -> Head:
        """Publish what is committed and not published; harmless if there is nothing.

        Raises LogDamaged if database, files and checkpoint contradict each other: then nothing is
        signed. Raises OSError, or what the Store raises, if they cannot be read or written.
        """
        state = self._store.state()
        note, published = self._published()
        if published and published.size > state.size:
            # An old copy of the database: signing on would fork the log.
            raise LogDamaged(
                f"the published checkpoint has {published.size} entries, the database {state.size}"
            )
        edge = self._edge(published)
        stops = (published.size if published else 0, state.size)
        for entries in self._chunks(edge.size, stops):
            step = plan(edge, entries)
            self._write(step)
            self._tidy(step)
            edge = step.edge
            if published and edge.size == published.size and edge.root != published.root:
                raise LogDamaged("the published checkpoint and the database's entries differ")
        if LogState(edge.size, edge.root) != state:
            raise LogDamaged("the database's root does not follow from its entries")
        if note is None or not published or published.size < edge.size:
            note = self._publish(edge)
        return Head(edge, note, self._last_admitted(state.size))

    def rederive(self) -> None:
        """Write the tiles of the published checkpoint anew from the rows; sign nothing.

        Raises LogDamaged if its root does not follow from them, OSError, or what the Store raises.
        """
        _, published = self._published()
        edge = Edge()
        for entries in self._chunks(0, (published.size if published else 0, 0)):
            step = plan(edge, entries)
            self._write(step)
            self._tidy(step)
            edge = step.edge
        if published and edge.root != published.root:
            raise LogDamaged("the published checkpoint and the database's entries differ")

    def _write(self, step: Plan) -> None:
        self._tiles.write([(tile.path, data) for tile, data in step.tiles])

    def _publish(self, edge: Edge) -> bytes:
        text = Checkpoint(self._signer.name, edge.size, edge.root).to_text()
        note = self._signer.sign(text.encode())
        self._tiles.publish_checkpoint(note, edge.size)
        return note

    def _tidy(self, step: Plan) -> None:
        """Remove the partial tiles that a durable full tile replaces."""
        for tile, _ in step.tiles:
            if tile.width == WIDTH:
                try:
                    self._tiles.drop_partials(tile.path)
                except OSError:
                    # They only take room; nothing reads them once the full tile is there.
                    _log.warning("partial tiles of %s remain", tile.path, exc_info=True)

    def _published(self) -> tuple[bytes | None, Checkpoint | None]:
        note = self._tiles.checkpoint()
        if note is None:
            return None, None
        try:
            key = VerifierKey.from_text(self._signer.vkey)
            signed = checkpoints.verify(note, origin=self._signer.name, keys=[key])
        except InvalidInput as error:
            raise LogDamaged(f"the published checkpoint is not this log's: {error}") from None
        return note, signed.checkpoint

    def _edge(self, published: Checkpoint | None) -> Edge:
        """Read the edge at the published size, or start at 0 if the tiles do not give it."""
        if published is None:
            return Edge()
        try:
            edge = TileReader(self._tiles).edge(published.size)
        except LogDamaged:
            return Edge()
        bundle = tuple(merkle.leaf_hashes(edge.entries))
        whole = edge.root == published.root and bundle == (edge.levels or ((),))[0]
        return edge if whole else Edge()

    def _chunks(self, start: int, stops: tuple[int, int]) -> Iterator[list[bytes]]:
        """Yield entries from `start` to the last stop, a chunk ending at each stop."""
        for stop in stops:
            while start < stop:
                upto = min(stop, start + _CHUNK)
                entries = list(self._store.entries(start, upto))
                if len(entries) != upto - start:
                    raise LogDamaged(f"the database lacks entries between {start} and {upto}")
                yield entries
                start = upto

    def _last_admitted(self, size: int) -> str:
        if size == 0:
            return ""
        (last,) = self._store.entries(size - 1, size)
        try:
            return Entry.from_bytes(last).admitted_at
        except InvalidInput as error:
            raise LogDamaged(f"the last entry cannot be read: {error}") from None
