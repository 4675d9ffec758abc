"""Files of schemas that records pin, for checks without a network."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import openquality_schemas


def read(paths: Iterable[Path]) -> Mapping[str, bytes]:
    """Return the bytes of files by the digest under which records pin them; raises OSError."""
    return {openquality_schemas.sri(data): data for data in map(Path.read_bytes, paths)}
