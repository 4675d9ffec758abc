"""Tiles and entry bundles (C2SP tlog-tiles): the log as files that never change.

    tile/<L>/<N>[.p/<W>]        W hashes (256 when full), each the root of a full tile below;
                                level 0 holds the leaf hashes
    tile/entries/<N>[.p/<W>]    big-endian uint16 length ‖ entry, repeated, for the same leaves
    <N>                         groups of three digits, all but the last with an x before:
                                1234067 is x001/x234/067

A tree of size s has, at level L, floor(s / 256^L) hashes: as many full tiles as fit, and one
partial tile for the rest.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from openquality_validator.errors import LogFormatError
from openquality_validator.message import message
from openquality_validator.tlog.merkle import HASH_SIZE, MAX_SIZE, HashReader, Node, node_hash

HEIGHT = 8
WIDTH = 1 << HEIGHT  # hashes in a full tile
MAX_ENTRY = 65_535  # a bundle gives each entry's length in two bytes
ENTRIES = "entries"

_PATH = re.compile(
    r"tile/(?P<level>entries|0|[1-9][0-9]?)/(?P<index>(?:x[0-9]{3}/)*[0-9]{3})"
    r"(?:\.p/(?P<width>[1-9][0-9]{0,2}))?",
    re.ASCII,
)
_MAX_LEVEL = 63
_MAX_PATH = 64  # beyond any tile of a tree of 2^63 − 1 leaves


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """Name one tile: its level (None for an entry bundle), index and width (1 to 256)."""

    level: int | None
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """The path below the log's prefix."""
        digits = str(self.index)
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
        name = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
        level = ENTRIES if self.level is None else self.level
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{level}/{name}{partial}"

    @classmethod
    def from_path(cls, path: str) -> "Tile":
        """Read a path, in its one spelling. Raises LogFormatError (L020)."""
        found = _PATH.fullmatch(path) if len(path) <= _MAX_PATH else None
        if found:
            level = None if found["level"] == ENTRIES else int(found["level"])
            index = int(found["index"].replace("x", "").replace("/", ""))
            tile = cls(level, index, int(found["width"] or WIDTH))
            # Comparing with the own spelling refuses leading x000 groups and .p/256.
            if (level or 0) <= _MAX_LEVEL and index <= MAX_SIZE and tile.path == path:
                return tile
        raise LogFormatError(
            "L020",
            message("{path!r} is not the path of a tile.", path=path[:_MAX_PATH]),
            message("Write tile/<level>/<index>, for example tile/0/x001/x234/067."),
        )

    @property
    def full(self) -> "Tile":
        """The full tile that this one is, or will grow into."""
        return Tile(self.level, self.index)


def tiles(size: int) -> Iterator[Tile]:
    """Yield the hash tiles of a tree of this size: for each level full ones, then the partial."""
    level, count = 0, size
    while count:
        full, rest = divmod(count, WIDTH)
        for index in range(full):
            yield Tile(level, index)
        if rest:
            yield Tile(level, full, rest)
        level, count = level + 1, full


def entry_tiles(size: int) -> Iterator[Tile]:
    """Yield the entry bundles of a tree of this size."""
    full, rest = divmod(size, WIDTH)
    for index in range(full):
        yield Tile(None, index)
    if rest:
        yield Tile(None, full, rest)


def encode_hashes(hashes: Iterable[bytes]) -> bytes:
    """Write the content of a hash tile."""
    return b"".join(hashes)


def decode_hashes(data: bytes, *, width: int) -> tuple[bytes, ...]:
    """Read a hash tile of this width. Raises LogFormatError (L021) if it has another length."""
    if len(data) != width * HASH_SIZE:
        raise LogFormatError(
            "L021",
            message(
                "The tile has {count} bytes, not {width} × {hash_size}.",
                count=len(data),
                width=width,
                hash_size=HASH_SIZE,
            ),
            message("Fetch it again; if it stays so, run `openquality log fsck` on the log."),
        )
    return tuple(data[at : at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE))


def encode_entries(entries: Iterable[bytes]) -> bytes:
    """Write an entry bundle. Raises LogFormatError (L023) if an entry exceeds 65,535 bytes."""
    parts = []
    for entry in entries:
        if len(entry) > MAX_ENTRY:
            raise LogFormatError(
                "L023",
                message(
                    "The entry has {count} bytes, more than {max_entry}.",
                    count=len(entry),
                    max_entry=MAX_ENTRY,
                ),
                message("Name fewer or shorter subjects."),
            )
        parts.append(len(entry).to_bytes(2, "big") + entry)
    return b"".join(parts)


def decode_entries(data: bytes, *, width: int) -> tuple[bytes, ...]:
    """Read an entry bundle of this width. Raises LogFormatError (L022)."""
    entries: list[bytes] = []
    at = 0
    while at + 2 <= len(data) and len(entries) < width:
        start = at + 2
        at = start + int.from_bytes(data[at:start], "big")
        entries.append(data[start:at])
    if at != len(data) or len(entries) != width:
        raise LogFormatError(
            "L022",
            message("The entry bundle does not hold exactly {width} whole entries.", width=width),
            message("Fetch it again; if it stays so, run `openquality log fsck` on the log."),
        )
    return tuple(entries)


def hash_reader(size: int, load: Callable[[Tile], bytes]) -> HashReader:
    """Return a reader of a tree's nodes over its tiles, for proofs (`merkle.HashReader`).

    `load` returns the bytes of a tile that `tiles(size)` names, or raises. Each tile is loaded
    once and each node between a tile's hashes computed once in the reader's life; keep a reader
    for one answer or one batch, since it forgets nothing.
    """
    known: dict[Node, bytes] = {}

    def take(level: int, index: int) -> None:
        width = min(WIDTH, (size >> (HEIGHT * level)) - index * WIDTH)
        hashes = decode_hashes(load(Tile(level, index, width)), width=width)
        known.update(
            ((HEIGHT * level, index * WIDTH + at), value) for at, value in enumerate(hashes)
        )

    def node(height: int, place: int) -> bytes:
        value = known.get((height, place))
        if value is None:
            level, below = divmod(height, HEIGHT)
            if below:
                value = node_hash(node(height - 1, 2 * place), node(height - 1, 2 * place + 1))
                known[height, place] = value
            else:
                take(level, place // WIDTH)
                value = known[height, place]
        return value

    def read(nodes: Sequence[Node]) -> list[bytes]:
        return [node(height, place) for height, place in nodes]

    return read
