import json
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from openquality_validator.errors import LogFormatError
from openquality_validator.tlog import tiles as tiling
from openquality_validator.tlog.tiles import Tile

VECTORS = json.loads((Path(__file__).parents[1] / "vectors/tlog/tiles.json").read_text())


@pytest.mark.parametrize("case", VECTORS["paths"], ids=lambda case: case["path"])
def test_paths_are_the_published_ones(case: dict[str, Any]) -> None:
    tile = Tile(case["level"], case["index"], case["width"])
    assert tile.path == case["path"]
    assert Tile.from_path(case["path"]) == tile


@pytest.mark.parametrize("case", VECTORS["trees"], ids=lambda case: str(case["size"]))
def test_the_tiles_of_a_tree_are_the_published_ones(case: dict[str, Any]) -> None:
    levels = []
    for _, group in groupby(tiling.tiles(case["size"]), key=lambda tile: tile.level):
        found = list(group)
        full = [tile.index for tile in found if tile.width == 256]
        partial = [tile for tile in found if tile.width < 256]
        assert full == list(range(len(full)))
        assert [tile.index for tile in partial] in ([], [len(full)])
        levels.append({"full": len(full), "partial": partial[0].width if partial else None})
    assert levels == case["levels"]


def test_the_empty_tree_has_no_tiles() -> None:
    assert [*tiling.tiles(0), *tiling.entry_tiles(0)] == []


def test_entry_bundles_cover_the_tree() -> None:
    assert list(tiling.entry_tiles(600)) == [Tile(None, 0), Tile(None, 1), Tile(None, 2, 88)]


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile/0/1",
        "tile/0/0001",
        "tile/00/001",
        "tile/64/001",
        "tile/-1/001",
        "tile/0/x000/001",
        "tile/0/001/002",
        "tile/0/x001",
        "tile/0/001.p/0",
        "tile/0/001.p/01",
        "tile/0/001.p/256",
        "tile/0/001.p",
        "tile/0/001/",
        "/tile/0/001",
        "tile/data/001",
        "tile/0/٠٠١",
        "tile/0/../../checkpoint",
        "tile/0/001\n",
        "tile/0/" + "x999/" * 20 + "999",
    ],
)
def test_what_is_not_exactly_a_path_is_refused(path: str) -> None:
    with pytest.raises(LogFormatError) as error:
        Tile.from_path(path)
    assert error.value.code == "L020"


@pytest.mark.parametrize("length", [0, 31, 63, 65, 96])
def test_a_hash_tile_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(LogFormatError) as error:
        tiling.decode_hashes(bytes(length), width=2)
    assert error.value.code == "L021"


def test_an_entry_bundle_is_length_prefixed_entries() -> None:
    data = tiling.encode_entries([b"ab", b"", b"c" * 300])
    assert data == b"\x00\x02ab" + b"\x00\x00" + b"\x01\x2c" + b"c" * 300
    assert tiling.decode_entries(data, width=3) == (b"ab", b"", b"c" * 300)


@pytest.mark.parametrize(
    "data",
    [b"", b"\x00", b"\x00\x02ab", b"\x00\x02ab\x00\x02a", b"\x00\x02ab\x00\x02abc", b"\x00" * 6],
)
def test_a_bundle_that_does_not_hold_whole_entries_is_refused(data: bytes) -> None:
    with pytest.raises(LogFormatError) as error:
        tiling.decode_entries(data, width=2)
    assert error.value.code == "L022"


def test_an_entry_of_65535_bytes_fits_and_one_more_does_not() -> None:
    data = tiling.encode_entries([bytes(65_535)])
    assert tiling.decode_entries(data, width=1) == (bytes(65_535),)
    with pytest.raises(LogFormatError) as error:
        tiling.encode_entries([bytes(65_536)])
    assert error.value.code == "L023"
