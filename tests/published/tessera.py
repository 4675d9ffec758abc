"""Tessera's test log: a static tlog-tiles log, made by the library that others run logs with."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.published.result import Result, accepted, equal

from openquality_validator.tlog import checkpoint, merkle, tiles
from openquality_validator.tlog.note import VerifierKey


def check(folder: Path) -> Iterator[Result]:
    """Verify every checkpoint, tile and entry bundle, and each tree against the largest."""
    data = folder / "testdata" if (folder / "testdata").is_dir() else folder
    (vkey,) = re.findall(r'LOG_PUBLIC_KEY="([^"]+)"', (data / "build_log.sh").read_text())
    key, log = VerifierKey.from_text(vkey), data / "log"
    entries = _entries(log)
    for path in sorted(log.glob("checkpoint*"), key=lambda path: (len(path.name), path.name)):
        note = path.read_bytes()
        yield accepted(
            path.name, lambda note=note: checkpoint.verify(note, origin=key.name, keys=[key])
        )
        head = checkpoint.parse(note)[0]
        leaves = merkle.leaf_hashes(entries[: head.size])
        yield equal(f"{path.name}, its root", head.root, merkle.root(leaves))
    for path in sorted((log / "tile/0").rglob("*")):
        if path.is_file():
            width = int(path.name)
            hashes = b"".join(merkle.leaf_hashes(entries[:width]))
            yield equal(str(path.relative_to(log)), hashes, path.read_bytes())
    for path in sorted((log / "tile/entries").rglob("*")):
        if path.is_file():
            tile = tiles.decode_entries(path.read_bytes(), width=int(path.name))
            yield equal(str(path.relative_to(log)), tuple(entries[: int(path.name)]), tuple(tile))


def _entries(log: Path) -> list[bytes]:
    largest = max((log / "tile/entries/000.p").iterdir(), key=lambda path: int(path.name))
    return list(tiles.decode_entries(largest.read_bytes(), width=int(largest.name)))
