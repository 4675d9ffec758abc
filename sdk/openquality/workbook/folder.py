"""Folders of CSV files to sheets: what the template writes with `--csv`, filled in.

The delimiter is the one that parts the headings; the encoding is UTF-8, UTF-16 with its byte-order
mark, or else Windows-1252, which is said, since nothing in such a file tells it.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from openquality.workbook.limits import MAX_FILE, MAX_LINE
from openquality.workbook.refusals import too_large
from openquality.workbook.tables import ESCAPED
from openquality_validator.findings import Finding
from openquality_validator.message import Message, languages, message, translate
from openquality_validator.sheets import layout
from openquality_validator.sheets.cells import Cell
from openquality_validator.sheets.codes import error, warning
from openquality_validator.sheets.headings import EXAMPLE, Source
from openquality_validator.sheets.marker import FILE, Marker
from openquality_validator.sheets.values import CommaText, Value

SUFFIX: Final = ".csv"
DELIMITERS: Final = (",", ";", "\t", "|")
_UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_POINT: Final = re.compile(r"(?:^|;)-?[0-9]+\.(?:[0-9]{1,2}|[0-9]{4,})(?=[;\r\n]|$)", re.MULTILINE)
_COMMA: Final = re.compile(r"(?:^|;)-?[0-9]+,[0-9]+(?=[;\r\n]|$)", re.MULTILINE)
_SEARCHED: Final = 20  # lines in which the headings may stand


class Folder:
    """Hold a folder of CSV files: its marker, its sheets, and what was found about the files."""

    def __init__(self, path: Path) -> None:
        self._files = sorted(
            p for p in path.iterdir() if p.suffix.lower() == SUFFIX and p.is_file()
        )
        self.marker = self._marker(path / FILE)
        self.found: list[Finding] = []

    def _marker(self, path: Path) -> Marker | None:
        text = _decoded(path)[0]
        return Marker.from_rows(csv.reader(io.StringIO(text, newline="")))

    def sources(self) -> Iterator[Source]:
        """Yield the sheets; a file that cannot be read is a finding, and the others are read."""
        for path in self._files:
            if path.name == FILE:
                continue
            title = self._title(path.stem)
            try:
                text, is_told = _decoded(path)
            except OSError as problem:
                self.found.append(_unread(path.name, message("{reason}", reason=problem)))
                continue
            if not is_told:
                self.found.append(_encoding(title))
            yield Source(title, path.name, self._rows(text, title))

    def _title(self, stem: str) -> str:
        found = layout.table(stem)
        if found is None:
            return stem
        tabs = self.marker.tabs if self.marker else {}
        return next((tab for tab, name in tabs.items() if name == stem), str(found.title))

    def _rows(self, text: str, title: str) -> Iterator[tuple[int, Sequence[Value]]]:
        mark = _delimiter(text)
        kind = CommaText if mark == ";" and not _has_points(text) else str
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
        number = 0
        try:
            for number, row in enumerate(reader, start=1):
                yield number, [_cell(each, kind) for each in row]
        except csv.Error as problem:
            self.found.append(
                error(
                    "W037",
                    Cell(None, title, number + 1, 1).pointer,
                    message("The file is not CSV from here on: {reason}.", reason=problem),
                    message("Look for a quote that is not closed."),
                )
            )


def _cell(text: str, kind: type[str]) -> Value:
    return kind(text[1:] if text.startswith(ESCAPED) else text) if text else None


def _decoded(path: Path) -> tuple[str, bool]:
    """Return the text of a file, and whether its bytes tell their encoding."""
    with path.open("rb") as file:
        data = file.read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
        raise too_large(
            message("{name} has more than {most} MB", name=path.name, most=MAX_FILE // 2**20)
        )
    if data.startswith(_UTF16):
        return data.decode("utf-16", "replace"), True
    try:
        return data.decode("utf-8-sig"), True
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace"), False


def _has_points(text: str) -> bool:
    """Tell whether a file with semicolons surely writes its decimals with a point.

    Excel parts columns by semicolons where decimals have a comma; then 1.234 may be a thousand and
    more. The examples of the template are no sign.
    """
    own = tuple(translate(EXAMPLE, language) for language in languages())
    said = "\n".join(line for line in text.splitlines() if not line.startswith(own))
    return _POINT.search(said) is not None and _COMMA.search(said) is None


def _delimiter(text: str) -> str:
    """Return the delimiter that parts the widest of the first lines."""
    lines = [line[:MAX_LINE] for line in text[:MAX_LINE].splitlines()[:_SEARCHED]]
    widths = {mark: max((_width(line, mark) for line in lines), default=0) for mark in DELIMITERS}
    return max(DELIMITERS, key=lambda mark: widths[mark])


def _width(line: str, mark: str) -> int:
    try:
        return len(next(csv.reader([line], delimiter=mark), []))
    except csv.Error:
        return 0


def _encoding(title: str) -> Finding:
    return warning(
        "W028",
        Cell(None, title, 1, 1).pointer,
        message("The file is not UTF-8; it was read as Windows-1252."),
        message("Check its umlauts and accents; in Excel, save it as 'CSV UTF-8'."),
    )


def _unread(name: str, reason: Message) -> Finding:
    return error(
        "W001",
        Cell(None, name, 1, 1).pointer,
        message("The file {name} cannot be read: {reason}.", name=name, reason=reason),
        message("Check the file, and try again."),
    )
