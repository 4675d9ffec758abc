"""What every TileStore promises (`ports.TileStore`). A new adapter is one more line in STORES."""

import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from simulated_log import ORIGIN, MemoryTiles, log_key

from openquality_registry.adapters.files import FileTiles
from openquality_registry.log.errors import LostRace
from openquality_registry.ports import TileStore
from openquality_validator.errors import LogFormatError
from openquality_validator.tlog import checkpoint as checkpoints
from openquality_validator.tlog.checkpoint import Checkpoint

STORES: dict[str, Callable[[Path], TileStore]] = {
    "memory": lambda _: MemoryTiles(),
    "files": lambda folder: FileTiles(folder / "log"),
}
TILE = "tile/0/x001/234"


@pytest.fixture(params=STORES)
def tiles(request: pytest.FixtureRequest, tmp_path: Path) -> TileStore:
    return STORES[request.param](tmp_path)


def note(size: int, root: bytes = bytes(32)) -> bytes:
    return log_key().sign(Checkpoint(ORIGIN, size, root).to_text().encode())


def test_what_was_not_written_is_not_there(tiles: TileStore) -> None:
    assert tiles.read(TILE) is None
    assert tiles.checkpoint() is None


def test_files_are_read_as_they_were_written(tiles: TileStore) -> None:
    files = [("tile/0/000.p/2", b"a" * 64), ("tile/entries/000.p/2", b"b"), (TILE, b"c" * 8192)]
    tiles.write(files)
    assert [(path, tiles.read(path)) for path, _ in files] == files


def test_writing_again_replaces(tiles: TileStore) -> None:
    tiles.write([(TILE, b"torn")])
    tiles.write([(TILE, b"whole")])
    assert tiles.read(TILE) == b"whole"


def test_writing_nothing_is_allowed(tiles: TileStore) -> None:
    tiles.write([])
    assert tiles.read(TILE) is None


def test_the_partial_tiles_of_one_full_tile_are_dropped(tiles: TileStore) -> None:
    others = [("tile/0/001.p/1", b"d"), ("tile/1/000.p/1", b"e"), ("tile/entries/000.p/7", b"f")]
    full = ("tile/0/000", b"g" * 8192)
    tiles.write([("tile/0/000.p/7", b"a"), ("tile/0/000.p/200", b"b"), full, *others])
    tiles.drop_partials("tile/0/000")
    assert tiles.read("tile/0/000.p/7") is None
    assert tiles.read("tile/0/000.p/200") is None
    assert [(path, tiles.read(path)) for path, _ in (full, *others)] == [full, *others]
    tiles.drop_partials("tile/0/000")  # nothing left: no error


def test_the_checkpoint_only_grows(tiles: TileStore) -> None:
    tiles.publish_checkpoint(note(0), 0)
    tiles.publish_checkpoint(note(5), 5)
    assert tiles.checkpoint() == note(5)
    tiles.publish_checkpoint(note(5, root=b"\x01" * 32), 5)
    assert tiles.checkpoint() == note(5)
    with pytest.raises(LostRace):
        tiles.publish_checkpoint(note(4), 4)
    assert tiles.checkpoint() == note(5)


def test_a_reader_never_sees_half_a_file(tiles: TileStore) -> None:
    contents = [bytes([at]) * 8192 for at in range(4)]
    tiles.write([(TILE, contents[0])])
    seen: set[bytes | None] = set()
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            seen.add(tiles.read(TILE))

    reader = threading.Thread(target=read)
    reader.start()
    for turn in range(60):
        tiles.write([(TILE, contents[turn % 4])])
    done.set()
    reader.join()
    assert seen <= set(contents)


def test_of_two_publishers_of_files_the_larger_checkpoint_stays(tmp_path: Path) -> None:
    stores = [FileTiles(tmp_path), FileTiles(tmp_path)]
    seen: list[int] = []

    def publish(store: TileStore, sizes: range) -> None:
        for size in sizes:
            try:
                store.publish_checkpoint(note(size), size)
            except LostRace:
                continue
            published = store.checkpoint()
            assert published is not None
            seen.append(checkpoints.parse(published)[0].size - size)

    threads = [
        threading.Thread(target=publish, args=(store, range(first, 60, 2)))
        for first, store in enumerate(stores)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stores[0].checkpoint() == note(59)
    assert min(seen) >= 0  # whoever published a size never sees a smaller one


@pytest.mark.parametrize("path", ["checkpoint", "tile/../checkpoint", "/etc/hostname", ".lock", ""])
def test_only_tiles_are_read_from_the_folder(path: str, tmp_path: Path) -> None:
    store = FileTiles(tmp_path)
    store.publish_checkpoint(note(1), 1)
    for attempt in (
        lambda: store.read(path),
        lambda: store.write([(path, b"")]),
        lambda: store.drop_partials(path),
    ):
        with pytest.raises(LogFormatError):
            attempt()
    assert store.checkpoint() == note(1)


def test_a_full_disk_leaves_the_old_files_and_no_half_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = FileTiles(tmp_path)
    store.write([(TILE, b"old")])
    store.publish_checkpoint(note(1), 1)
    before = sorted(path for path in tmp_path.rglob("*"))

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            store.write([(TILE, b"new")])
        with pytest.raises(OSError, match="No space left"):
            store.publish_checkpoint(note(2), 2)
    assert (store.read(TILE), store.checkpoint()) == (b"old", note(1))
    assert sorted(path for path in tmp_path.rglob("*")) == before
