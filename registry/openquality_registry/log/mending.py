"""Write lost or damaged tiles anew from the database. Nothing is signed."""

from collections.abc import Callable

from openquality_registry.log.errors import LogDamaged
from openquality_registry.ports import Store, TileStore
from openquality_validator.tlog.checkpoint import Checkpoint
from openquality_validator.tlog.growth import Edge, plan
from openquality_validator.tlog.tiles import WIDTH, Tile, encode_entries, encode_hashes

_CHUNK = 16 * WIDTH  # rows held at once


def mend(
    store: Store,
    tiles: TileStore,
    published: Checkpoint,
    progress: Callable[[int], None] = lambda _: None,
) -> int:
    """Write the tiles that are not what the entries give; return how many.

    `published` is the checkpoint whose root follows from the database: check that first, else this
    would spread the damage. Raises OSError, or LogDamaged if the rows do not give that root now.
    A registry at work may go on meanwhile, since it writes the same bytes.
    """
    edge = Edge()
    written = 0
    while edge.size < published.size:
        stop = min(published.size, edge.size + _CHUNK)
        step = plan(edge, list(store.entries(edge.size, stop)))
        if step.size != stop or (stop == published.size and step.root != published.root):
            raise LogDamaged("the database does not give the published root any more")
        full = [(tile, data) for tile, data in step.tiles if tile.width == WIDTH]
        written += _write(tiles, full)
        progress(stop - edge.size)
        edge = step.edge
    return written + _write(tiles, edge_tiles(edge))


def edge_tiles(edge: Edge) -> list[tuple[Tile, bytes]]:
    """Return the partial tiles of a tree, and its partial entry bundle."""
    partial = [
        (Tile(level, (edge.size >> (8 * level)) // WIDTH, len(hashes)), encode_hashes(hashes))
        for level, hashes in enumerate(edge.levels)
        if hashes
    ]
    if edge.entries:
        bundle = Tile(None, edge.size // WIDTH, len(edge.entries))
        partial.append((bundle, encode_entries(edge.entries)))
    return partial


def _write(tiles: TileStore, expected: list[tuple[Tile, bytes]]) -> int:
    wrong = [(tile.path, data) for tile, data in expected if read_tile(tiles, tile, data) != data]
    tiles.write(wrong)
    return len(wrong)


def read_tile(tiles: TileStore, tile: Tile, expected: bytes) -> bytes | None:
    """Return a tile as readers get it; `expected` says how long its beginning has to be."""
    found = tiles.read(tile.path)
    if found is None and tile.width < WIDTH:
        # A log that has grown since may have the full tile alone, which begins with the same.
        found = tiles.read(tile.full.path)
        return found and found[: len(expected)]
    return found
