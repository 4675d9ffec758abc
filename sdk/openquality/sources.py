"""Files and folders to documents, streaming: one record at a time, whatever the size."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from openquality_validator.documents import MAX_BYTES
from openquality_validator.errors import OpenQualityError
from openquality_validator.message import message

if TYPE_CHECKING:
    import re

    from openquality_validator.findings import Finding
    from openquality_validator.sheets.cells import Cells

WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
SUFFIXES = (".json", ".jsonl", ".jwt", *WORKBOOKS)
TABLES = "openquality.csv"  # marks a folder of CSV files of the template
_LOCK = "~$"  # begins the file that Excel keeps beside an open workbook


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
    cell each part of it came, and `found` is what was found while reading, before any rule; `name`
    is the name that the record has on its sheets, if it has one.
    """

    path: Path
    line: int | None
    form: Form
    data: bytes
    cells: "Cells | None" = None
    found: "tuple[Finding, ...]" = ()
    name: str = ""


@dataclass(eq=False)
class Unreadable(OpenQualityError):
    """Say which file cannot be read as input, why, and what to do."""

    path: Path
    reason: str

    def __str__(self) -> str:
        return message("{path}: {reason}", path=name_of(self.path), reason=self.reason)


def name_of(path: Path) -> str:
    r"""Write a path as text; bytes of its name that are no UTF-8 are written as `\xff`."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def expand(paths: Iterable[Path], *, exclude: Iterable[str] = ()) -> Iterator[Path]:
    """Replace each folder by the files below it that can be read, in the order of their names.

    A path that does not exist and holds `*`, `?` or `[` is a pattern, in which `**` stands for any
    folders; `exclude` are patterns too. Raises Unreadable at the first that gives no file.
    """
    for found in search(paths, exclude=exclude):
        if isinstance(found, Unreadable):
            raise found
        yield found


def search(paths: Iterable[Path], *, exclude: Iterable[str] = ()) -> Iterator["Path | Unreadable"]:
    """Find the same files as `expand`, each once, and say of the others why they give none."""
    left_out = tuple(map(_pattern, exclude))
    seen = set[Path]()
    for path in paths:
        for found in _below(path):
            if isinstance(found, Unreadable):
                yield found
            elif found not in seen and not any(each.search(found.as_posix()) for each in left_out):
                seen.add(found)
                yield found


def _below(path: Path) -> Iterator["Path | Unreadable"]:
    if path.is_dir():
        if (path / TABLES).is_file():
            yield path
            return
        below = (p.parent if p.name == TABLES else p for p in path.rglob("*") if _is_meant(p))
        found = sorted(p for p in below if _is_readable(p) or p.is_dir())
        yield from found or (
            Unreadable(
                path, message("No .json, .jsonl or .jwt file and no workbook is below this folder.")
            ),
        )
    elif not path.exists() and any(sign in str(path) for sign in "*?["):
        from glob import iglob

        names = iglob(str(path), recursive=True)  # noqa: PTH207 - Path.glob takes no absolute ones
        found = sorted(map(Path, names))
        files = [each for each in found if _is_readable(each) and each.is_file()]
        yield from files or (
            Unreadable(
                path, message("No .json, .jsonl or .jwt file and no workbook has a name like this.")
            ),
        )
    elif not _is_readable(path):
        said = message("Not a .json, .jsonl or .jwt file, nor a workbook; rename it if it is one.")
        yield Unreadable(path, said)
    else:
        yield path


def _is_meant(path: Path) -> bool:
    # A link to nothing is no file, and whoever put it there wants to know; unless it is Emacs,
    # which so locks a file that is being edited.
    is_lock = path.name.startswith(".#")
    return path.is_file() or (path.is_symlink() and not path.exists() and not is_lock)


def _is_readable(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(_LOCK)


def _pattern(text: str) -> "re.Pattern[str]":
    """Compile a pattern of files or folders, which may stand at any depth."""
    import re

    signs = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", text.removeprefix("./").rstrip("/"))
    inner = "".join(signs.get(part) or re.escape(part) for part in parts)
    return re.compile(f"(?:^|/){inner}(?:/|$)")


def load(path: Path) -> Iterator[Document]:
    """Read the documents of one file, or of a folder of CSV files; raises OSError."""
    if path.is_dir():
        from openquality import workbook

        yield from workbook.load(path)
        return
    with path.open("rb") as file:
        yield from read(path, file)


def read(path: Path, file: BinaryIO) -> Iterator[Document]:
    """Read the documents of what is open, as of a file of this name."""
    if path.suffix.lower() in WORKBOOKS:
        from openquality import workbook

        yield from workbook.read(path.name, file.read(workbook.MAX_FILE + 1), path=path)
    elif path.suffix == ".jsonl":
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
