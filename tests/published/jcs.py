"""RFC 8785: the test data beside the reference implementations (json-canonicalization)."""

import json
from collections.abc import Iterator
from pathlib import Path

from tests.published.result import Result, equal

from openquality_validator import documents


def check(folder: Path) -> Iterator[Result]:
    """Compare the canonical form of each input, byte for byte."""
    data = folder / "testdata" if (folder / "testdata").is_dir() else folder
    for path in sorted((data / "input").glob("*.json")):
        expected = (data / "output" / path.name).read_bytes()
        found = documents.canonical_any(json.loads(path.read_bytes()))
        yield equal(f"input/{path.name}", expected, found)
