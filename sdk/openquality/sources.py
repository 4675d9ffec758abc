"""Files and folders to documents, streaming: one record at a time, whatever the size."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from openquality_validator.documents import MAX_BYTES
from openquality_validator.errors import OpenQualityError

if TYPE_CHECKING:
    from openquality_validator.findings import Finding
    from openquality_validator.sheets.cells import Cells

SUFFIXES = (".json", ".jsonl", ".jwt")


class Form(StrEnum):
    """Say what a document is, seen from outside."""

    RECORD = "record"
    STATEMENT = "statement"
    BUNDLE = "bundle"
    WORKBOOK = "workbook"  # a record built from cells: of a workbook, or of a folder of CSV files


@dataclass(frozen=True, slots=True)
class Document:
    """Hold the bytes of one document and where they stand; `line` counts from 1 in a .jsonl.

    Of a workbook, `data` is the JSON of the record that was built from it, `cells` says from which
    cell each part of it came, and `found` is what was found while reading, before any rule.
    """

    path: Path
    line: int | None
    form: Form
    data: bytes
    cells: "Cells | None" = None
    found: "tuple[Finding, ...]" = ()


@dataclass(eq=False)
class Unreadable(OpenQualityError):
    """Say which file cannot be read as input, why, and what to do."""

    path: Path
    reason: str

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


def expand(paths: Iterable[Path]) -> Iterator[Path]:
    """Replace each folder by the files below it that can be read, in the order of their names."""
    for path in paths:
        if path.is_dir():
            found = sorted(p for p in path.rglob("*") if p.suffix in SUFFIXES and p.is_file())
            if not found:
                raise Unreadable(path, "No .json, .jsonl or .jwt file is below this folder.")
            yield from found
        elif path.suffix not in SUFFIXES:
            raise Unreadable(path, "Not a .json, .jsonl or .jwt file; rename it if it is one.")
        else:
            yield path


def load(path: Path) -> Iterator[Document]:
    """Read the documents of one file; raises OSError."""
    with path.open("rb") as file:
        yield from read(path, file)


def read(path: Path, file: BinaryIO) -> Iterator[Document]:
    """Read the documents of what is open, as of a file of this name."""
    if path.suffix == ".jsonl":
        yield from _lines(path, file)
    else:
        # A byte more than allowed is enough to refuse it; a disk full of it is never read.
        data = file.read(_largest(path) + 1)
        yield Document(path, None, _form(data, path), data)


def _largest(path: Path) -> int:
    # A bundle wraps a statement and its proofs.
    return MAX_BYTES * 4 if path.name.endswith(".bundle.json") else MAX_BYTES


def _lines(path: Path, file: BinaryIO) -> Iterator[Document]:
    number = 0
    while data := file.readline(MAX_BYTES + 2):
        number += 1
        whole = data.endswith(b"\n")
        data = data.strip()
        if data:
            yield Document(path, number, _form(data, path), data)
        while not whole and (rest := file.readline(MAX_BYTES)):
            whole = rest.endswith(b"\n")


def _form(data: bytes, path: Path) -> Form:
    if path.suffix == ".jwt" or data.startswith(b"eyJ"):  # the base64url of {"
        return Form.STATEMENT
    # The canonical form of a bundle begins so; an attestation has no such member.
    if path.name.endswith(".bundle.json") or data.startswith(b'{"anchors":'):
        return Form.BUNDLE
    return Form.RECORD
