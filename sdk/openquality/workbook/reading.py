"""Workbooks and folders of CSV files to documents."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from openquality.sources import Document, Form
from openquality.workbook.book import Book
from openquality.workbook.folder import Folder
from openquality.workbook.limits import MAX_FILE
from openquality.workbook.refusals import Unread
from openquality_validator.findings import Finding
from openquality_validator.sheets.assembling import assemble
from openquality_validator.sheets.headings import Source
from openquality_validator.sheets.marker import Marker


def load(path: Path) -> Iterator[Document]:
    """Read the records of a workbook, or of a folder of CSV files; raises OSError.

    What cannot be read as such gives one document without data, whose `found` says why.
    """
    if path.is_dir():
        folder = Folder(path)
        yield from _documents(path, folder.sources(), folder.marker, folder.found)
        return
    with path.open("rb") as file:
        # A byte more than allowed is enough to refuse it; a disk full of it is never read.
        data = file.read(MAX_FILE + 1)
    yield from read(path.name, data, path=path)


def read(name: str, data: bytes, *, path: Path | None = None) -> Iterator[Document]:
    """Read the records of a workbook in memory; its documents bear the path, or else the name."""
    place = path or Path(name)
    try:
        book = Book(data)
        yield from _documents(place, book.sources(), book.marker, book.found)
    except Unread as refusal:
        yield _unread(place, refusal.finding)


def _documents(
    path: Path, sources: Iterable[Source], marker: Marker | None, found: list[Finding]
) -> Iterator[Document]:
    for number, built in enumerate(assemble(sources, marker, found), start=1):
        yield Document(
            path, number, Form.WORKBOOK, built.data, built.cells, built.found, built.name
        )


def _unread(path: Path, finding: Finding) -> Document:
    return Document(path, None, Form.WORKBOOK, b"", None, (finding,))
