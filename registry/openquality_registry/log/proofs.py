"""Proofs about the published log, from its tiles alone."""

from dataclasses import dataclass

from openquality_registry.log.errors import LogDamaged
from openquality_registry.log.reader import TileReader
from openquality_registry.ports import TileStore
from openquality_validator.tlog import checkpoint as checkpoints
from openquality_validator.tlog import merkle

_SHARES = 64  # a few megabytes of hashes at the most


@dataclass(frozen=True, slots=True)
class Inclusion:
    """Hold an audit path from the leaf at `index` to the root of `checkpoint` (a note)."""

    index: int
    size: int
    checkpoint: bytes
    proof: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class View:
    """Hold one published checkpoint, for proofs that must all lead to it."""

    checkpoint: bytes
    size: int
    root: bytes
    _nodes: merkle.HashReader

    def inclusion(self, index: int, size: int | None = None) -> tuple[bytes, ...]:
        """Prove that the log, or that of a smaller size, holds entry `index`.

        Raises ProofError (L040), LogDamaged.
        """
        return merkle.inclusion_proof(index, self.size if size is None else size, self._nodes)


class Prover:
    """Prove inclusion and consistency under the newest published checkpoint. For any thread."""

    def __init__(self, tiles: TileStore) -> None:
        self._tiles = tiles
        self._reader = TileReader(tiles)
        self._shared: tuple[View, int] | None = None  # and how often it was given out

    def inclusion(self, index: int) -> Inclusion:
        """Prove that the log holds entry `index`.

        Raises ProofError (L040) if the published log is not that long, LogDamaged if a tile is
        missing.
        """
        note, size = self._published()
        proof = merkle.inclusion_proof(index, size, self._reader.nodes(size))
        return Inclusion(index, size, note, proof)

    def view(self) -> View:
        """Return the newest published checkpoint, with the proofs under it."""
        note, size = self._published()
        shared = self._shared
        # Readers of one checkpoint share what was read for it; not for ever, since a view forgets
        # nothing, and each proof in a long log adds its tile.
        if shared is not None and shared[0].checkpoint == note and shared[1] < _SHARES:
            self._shared = (shared[0], shared[1] + 1)
            return shared[0]
        head = checkpoints.parse(note)[0]
        view = View(note, size, head.root, self._reader.nodes(size))
        self._shared = (view, 1)
        return view

    def consistency(self, old: int, new: int | None = None) -> tuple[bytes, ...]:
        """Prove that the log of `new` entries (the published size unless given) continues `old`.

        Raises ProofError (L043) unless 0 ≤ old ≤ new ≤ the published size.
        """
        size = self._published()[1]
        newer = size if new is None else new
        merkle.check_sizes(newer, size)
        # The published size names the tiles: not every smaller size had partial tiles of its own.
        return merkle.consistency_proof(old, newer, self._reader.nodes(size))

    def _published(self) -> tuple[bytes, int]:
        note = self._tiles.checkpoint()
        if note is None:
            raise LogDamaged("no checkpoint is published")
        return note, checkpoints.parse(note)[0].size
