"""Read the log from its tiles, as any reader could: nodes, the right edge, entry bundles.

Never more than a few tiles at once, however large the log is.
"""

from functools import lru_cache
from typing import Protocol

from openquality_registry.log.errors import LogDamaged
from openquality_validator.errors import LogFormatError
from openquality_validator.tlog import tiles as tiling
from openquality_validator.tlog.growth import Edge
from openquality_validator.tlog.merkle import HASH_SIZE, HashReader
from openquality_validator.tlog.tiles import HEIGHT, WIDTH, Tile

_CACHED_TILES = 256  # 2 MiB of full tiles: the upper levels and the right edge of any log


class Tiles(Protocol):
    """Return files of a log, such as a TileStore or a log elsewhere."""

    def read(self, path: str) -> bytes | None:
        """Return a file's bytes, or None if there is none."""
        ...


class TileReader:
    """Load tiles, with a small cache of full ones, which never change. For any thread."""

    def __init__(self, tiles: Tiles) -> None:
        self._tiles = tiles
        self._full = lru_cache(maxsize=_CACHED_TILES)(self._load_full)

    def load(self, tile: Tile) -> bytes:
        """Return a hash tile's bytes; a partial tile may be gone once the full one is there.

        Raises LogDamaged if neither is there.
        """
        if tile.width < WIDTH:
            data = self._tiles.read(tile.path)
            if data is not None:
                return data
        return self._full(tile.full)[: tile.width * HASH_SIZE]

    def nodes(self, size: int) -> HashReader:
        """Return a reader of the nodes of the tree of this size, for proofs."""
        return tiling.hash_reader(size, self.load)

    def edge(self, size: int) -> Edge:
        """Load the right edge of the tree of this size. Raises LogDamaged."""
        levels: list[tuple[bytes, ...]] = []
        try:
            while count := size >> (HEIGHT * len(levels)):
                index, width = divmod(count, WIDTH)
                levels.append(
                    tiling.decode_hashes(self.load(Tile(len(levels), index, width)), width=width)
                    if width
                    else ()
                )
            index, width = divmod(size, WIDTH)
            entries = self.entries(index, width) if width else ()
        except LogFormatError as error:
            raise LogDamaged(error.message) from None
        return Edge(size, tuple(levels), entries)

    def entries(self, index: int, width: int = WIDTH) -> tuple[bytes, ...]:
        """Load the first `width` entries of a bundle. Raises LogDamaged or LogFormatError."""
        for tile in dict.fromkeys((Tile(None, index, width), Tile(None, index))):
            data = self._tiles.read(tile.path)
            if data is not None:
                return tiling.decode_entries(data, width=tile.width)[:width]
        raise LogDamaged(f"the entry bundle {Tile(None, index, width).path} is missing")

    def _load_full(self, tile: Tile) -> bytes:
        data = self._tiles.read(tile.path)
        if data is None:
            raise LogDamaged(f"the tile {tile.path} is missing")
        return data
