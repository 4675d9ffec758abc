"""A folder of raw data, found by digest: what `--evidence DIR` names."""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any


class DataFolder:
    """Find files by the SHA-256 of their bytes; every file is hashed once, streaming."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise NotADirectoryError(20, "Not a folder of data files", str(folder))
        self._paths = {_digest(p): p for p in sorted(folder.rglob("*")) if p.is_file()}

    def files(self, digests: Iterable[str]) -> dict[str, bytes]:
        """Return the bytes of the named data that are here, by digest (`sha256:…`)."""
        return {d: self._paths[d].read_bytes() for d in digests if d in self._paths}

    def path(self, digest: str) -> Path | None:
        """Return where the data with this digest are, if they are here."""
        return self._paths.get(digest)


def datasets(record: dict[str, Any]) -> list[dict[str, Any]]:
    """List the datasets of a valid record that one of its claims names."""
    claims = record["credentialSubject"].get("claims", [])
    refs = {ref for claim in claims for ref in claim.get("evidenceRefs", [])}
    return [
        entry
        for entry in record.get("evidence", [])
        if entry["type"] == "Dataset" and entry["id"] in refs
    ]


def named(record: dict[str, object]) -> list[str]:
    """List the digests of the evidence that a record names."""
    entries = record.get("evidence")
    entries = entries if isinstance(entries, list) else []
    return [str(e["digest"]) for e in entries if isinstance(e, dict) and "digest" in e]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()
