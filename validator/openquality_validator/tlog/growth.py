"""Plan the growth of the log: the old right edge and new entries give root and tiles. Pure.

The edge is what of the tree can still change: the partial tile of each level, and the partial
entry bundle. Full tiles never change again, so they are planned once and forgotten.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from openquality_validator.tlog import merkle
from openquality_validator.tlog.tiles import WIDTH, Tile, encode_entries, encode_hashes


@dataclass(frozen=True, slots=True)
class Edge:
    """Hold the partial tiles of a tree: for each level its hashes, and the entries of the bundle.

    At most 255 hashes a level and 255 entries, however large the log is.
    """

    size: int = 0
    levels: tuple[tuple[bytes, ...], ...] = ()
    entries: tuple[bytes, ...] = ()

    @property
    def root(self) -> bytes:
        """The tree's root (RFC 6962, section 2.1)."""
        # From level 0 upwards: what stands right of a level's hashes is one incomplete subtree.
        rest: tuple[bytes, ...] = ()
        for hashes in self.levels:
            if row := hashes + rest:
                rest = (merkle.root(row),)
        return rest[0] if rest else merkle.EMPTY_ROOT


@dataclass(frozen=True, slots=True)
class Plan:
    """Hold the result: the new edge and root, the new leaves, and the tiles to write.

    `tiles` are all full tiles that became full, and the partial tiles that the new size needs and
    the old one had not.
    """

    edge: Edge
    root: bytes
    leaf_hashes: tuple[bytes, ...]
    tiles: tuple[tuple[Tile, bytes], ...]

    @property
    def size(self) -> int:
        """The new number of entries."""
        return self.edge.size


def plan(edge: Edge, entries: Sequence[bytes]) -> Plan:
    """Append entries to the tree that `edge` ends.

    Raises LogFormatError (L023) if an entry exceeds 65,535 bytes.
    """
    leaves = merkle.leaf_hashes(entries)
    size = edge.size + len(entries)
    tiles = _bundles(edge, entries)
    levels: list[tuple[bytes, ...]] = []
    carry = leaves
    while carry or len(levels) < len(edge.levels):
        level = len(levels)
        row = [*(edge.levels[level] if level < len(edge.levels) else ()), *carry]
        index = ((size - len(entries)) >> (8 * level)) // WIDTH
        parents = []
        for start in range(0, len(row) - WIDTH + 1, WIDTH):
            hashes = row[start : start + WIDTH]
            tiles.append((Tile(level, index), encode_hashes(hashes)))
            parents.append(merkle.root(hashes))
            index += 1
        rest = tuple(row[len(parents) * WIDTH :])
        if rest and carry:
            tiles.append((Tile(level, index, len(rest)), encode_hashes(rest)))
        levels.append(rest)
        carry = parents
    grown = Edge(size, tuple(levels), _last(edge, entries, size))
    return Plan(grown, grown.root, tuple(leaves), tuple(tiles))


def _bundles(edge: Edge, entries: Sequence[bytes]) -> list[tuple[Tile, bytes]]:
    row = [*edge.entries, *entries] if entries else []
    first = edge.size // WIDTH
    return [
        (Tile(None, first + start // WIDTH, len(part)), encode_entries(part))
        for start in range(0, len(row), WIDTH)
        for part in [row[start : start + WIDTH]]
    ]


def _last(edge: Edge, entries: Sequence[bytes], size: int) -> tuple[bytes, ...]:
    width = size % WIDTH
    return (*edge.entries, *entries)[-width:] if width else ()
