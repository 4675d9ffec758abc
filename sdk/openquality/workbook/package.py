"""What stands inside a workbook file, looked at before and beside the library that reads it.

An .xlsx, .xlsb or .ods file is a zip of parts. Each part is unpacked once, in pieces, and measured:
how large it is, and how far its cells reach, since readers make room for every cell up to the
farthest. On the way is noted what readers do not tell: which cells are shown in percent, which
formulas have no result, which rows are hidden (ECMA-376, part 1, 18.3).
"""

import html
import io
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Final

from openquality.workbook.limits import MAX_CELLS, MAX_INSIDE, MAX_TEXT
from openquality.workbook.refusals import no_workbook, protected, too_large
from openquality_validator.message import message
from openquality_validator.sheets.values import Broken, Fault

_PIECE: Final = 2**20
_LONGEST_CELL: Final = 4 * 2**20  # bytes without the end of a cell
_EMPTY_SHARE: Final = 4  # room for as many cells for each that is written down
_CELL_STARTS: Final = (b"<c ", b"<c>", b"<c/", b":c ", b":c>", b":c/")
_MARKS_16: Final = (b"\xff\xfe", b"\xfe\xff")

_ROW: Final = re.compile(rb"<(?:\w+:)?row\b([^>]*)")
_CELL: Final = re.compile(rb"<(?:\w+:)?c\b")
_PLACE: Final = re.compile(rb"\sr\s*=\s*[\"']([A-Za-z]*)([0-9]+)")
_HIDDEN: Final = re.compile(rb"\bhidden\s*=\s*[\"'](?:1|true)[\"']")
_UNSAVED: Final = re.compile(
    rb"<(?:\w+:)?c\b([^>]*)>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_EMPTY_TEXT: Final = re.compile(rb"\bt\s*=\s*[\"']str[\"']")
_ERROR: Final = re.compile(rb"<(?:\w+:)?c\b([^>]*\bt\s*=\s*[\"']e[\"'][^>]*)>")
_STYLED: Final = rb"<(?:\w+:)?c\b([^>]*\bs\s*=\s*[\"'](?:%s)[\"'][^>]*)>"
_FORMAT: Final = re.compile(
    rb"<(?:\w+:)?numFmt\b[^>]*numFmtId=\"(\d+)\"[^>]*formatCode=\"([^\"]*)\""
)
_STYLE: Final = re.compile(rb"<(?:\w+:)?xf\b[^>]*?numFmtId=\"(\d+)\"")
_PERCENT_FORMATS: Final = frozenset((b"9", b"10"))  # ECMA-376, part 1, 18.8.30: 0% and 0.00%
_SHEET: Final = re.compile(rb"<(?:\w+:)?sheet\b([^>]*)/?>")
_RELATION: Final = re.compile(rb"<(?:\w+:)?Relationship\b([^>]*)/?>")
_ATTRIBUTE: Final = re.compile(rb"([\w:]+)\s*=\s*\"([^\"]*)\"")
_ODS_TAG: Final = re.compile(rb"<table:(table-row|(?:covered-)?table-cell|table)\b([^>]*?)(/?)>")
_ODS_ROWS: Final = re.compile(rb"number-rows-repeated=\"(\d+)\"")
_ODS_COLUMNS: Final = re.compile(rb"number-columns-repeated=\"(\d+)\"")


@dataclass(slots=True)
class Part:
    """Hold what was noted of a sheet: rows and columns count from 1."""

    rows: int = 0
    columns: int = 0
    cells: int = 0  # that are written down
    hidden: set[int] = field(default_factory=set)
    percent: set[tuple[int, int]] = field(default_factory=set)
    broken: dict[tuple[int, int], Broken] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Package:
    """Hold what was noted of a workbook: its sheets by name, and whether it has macros."""

    sheets: dict[str, Part]
    has_macros: bool


def look(data: bytes, *, may_be_full: bool = False) -> Package:
    """Measure a zipped workbook, or raise Unread for one that must not be opened.

    `may_be_full` lets sheets pass whose many cells are really there, as those of measured data.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        return _look(archive, may_be_full=may_be_full)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, ValueError):
        raise no_workbook(message("it is damaged")) from None
    except RuntimeError:  # an encrypted member
        raise protected() from None


def _look(archive: zipfile.ZipFile, *, may_be_full: bool) -> Package:
    names = {info.filename for info in archive.infolist()}
    _require_workbook(names)
    styles = _percent_styles(archive) if "xl/styles.xml" in names else frozenset()
    parts: dict[str, Part] = {}
    budget = MAX_INSIDE
    cells = 0
    for info in archive.infolist():
        part = Part()
        with archive.open(info) as stream:
            pieces = _Pieces(stream, budget)
            if info.filename == "content.xml":
                _measure_ods(pieces, part)
            elif info.filename.endswith(".bin"):
                _measure_bin(pieces, part, info.filename)
            else:
                _measure(pieces, part, styles)
        budget -= pieces.count
        if not may_be_full or part.rows * part.columns > part.cells * _EMPTY_SHARE:
            cells += part.rows * part.columns
        if cells > MAX_CELLS:
            raise too_large(
                message(
                    "its sheets reach over {cells} cells, and {most} are read",
                    cells=cells,
                    most=MAX_CELLS,
                )
            )
        parts[info.filename] = part
    if "META-INF/manifest.xml" in names and b"encryption-data" in archive.read(
        "META-INF/manifest.xml"
    ):
        raise protected()
    sheets = {name: parts[path] for name, path in _sheets(archive, names) if path in parts}
    return Package(sheets, any(name.endswith("vbaProject.bin") for name in names))


def _require_workbook(names: set[str]) -> None:
    if {"xl/workbook.xml", "xl/workbook.bin"} & names or "content.xml" in names:
        return
    if "EncryptedPackage" in names:
        raise protected()
    if "word/document.xml" in names:
        raise no_workbook(message("it is a Word document"))
    if "ppt/presentation.xml" in names:
        raise no_workbook(message("it is a presentation"))
    raise no_workbook(message("it is a zip archive of other files"))


class _Pieces:
    """Unpack a part in pieces, counting its bytes; raises Unread beyond the budget."""

    def __init__(self, stream: IO[bytes], budget: int) -> None:
        self._stream, self._budget = stream, budget
        self.count = 0

    def __iter__(self) -> Iterator[bytes]:
        while piece := self._stream.read(_PIECE):
            self.count += len(piece)
            if self.count > self._budget:
                raise too_large(
                    message("unpacked, it has more than {most} MB", most=MAX_INSIDE // 2**20)
                )
            yield piece


def _measure(pieces: _Pieces, part: Part, styles: frozenset[bytes]) -> None:
    """Note what a part in SpreadsheetML holds; of any other part, nothing."""
    styled = re.compile(_STYLED % b"|".join(sorted(styles))) if styles else None
    rest = b""
    is_sheet = False
    longest = since = 0
    for piece in pieces:
        if not rest and piece.startswith(_MARKS_16):
            raise no_workbook(message("its parts are written in UTF-16"))
        text = rest + piece
        # Cut where a cell or a shared text ends, so that no tag is cut through.
        cut = max(text.rfind(b"c>"), text.rfind(b"si>")) + 3
        if cut < 3:  # noqa: PLR2004 - none found
            cut = 0
            if len(text) > _LONGEST_CELL:
                raise too_large(message("one of its cells or texts is larger than any in Excel"))
        body, rest = text[:cut], text[cut:]
        is_sheet = is_sheet or b"sheetData" in body
        since = (
            max((len(each) for each in body.split(b"</si>")), default=0) if b"</si>" in body else 0
        )
        longest = max(longest, since)
        if is_sheet:
            _note(body, part, styled)
    if is_sheet or b"sheetData" in rest:
        _note(rest, part, styled)
    if longest > MAX_TEXT + _PIECE:
        raise too_large(message("one of its cells or texts is larger than any in Excel"))


def _note(text: bytes, part: Part, styled: re.Pattern[bytes] | None) -> None:
    """Note how far the cells of a piece reach, and which of them are special."""
    rows = _ROW.findall(text)
    places = _PLACE.findall(text)
    letters = Counter(letters for letters, _ in places)
    farthest = max((int(each[:8]) for each in {number for _, number in places}), default=0)
    part.columns = max(part.columns, *map(_column, letters), 0)
    known = letters.total() - letters[b""]  # cells with a reference; rows have no letters
    tags = sum(map(text.count, _CELL_STARTS))
    part.cells += tags
    if letters[b""] < len(rows) or known < tags:
        # Without references, rows and cells stand one after another.
        part.rows += len(rows)
        widest = max((len(_CELL.findall(row)) for row in _ROW.split(text)), default=0)
        part.columns = max(part.columns, widest)
    part.rows = max(part.rows, farthest)
    if b"hidden" in text:
        part.hidden.update(
            int(found[2]) for row in rows if _HIDDEN.search(row) and (found := _PLACE.search(row))
        )
    if styled is not None:
        part.percent.update(_places(styled.findall(text)))
    if b't="e"' in text or b"t='e'" in text:
        broken = dict.fromkeys(_places(_ERROR.findall(text)), Broken(Fault.ERROR))
        part.broken.update(broken)
    if b"<f" in text or b":f" in text:
        unsaved = [each for each in _UNSAVED.findall(text) if not _EMPTY_TEXT.search(each)]
        part.broken.update(dict.fromkeys(_places(unsaved), Broken(Fault.FORMULA)))


def _places(attributes: list[bytes]) -> Iterator[tuple[int, int]]:
    for each in attributes:
        if (found := _PLACE.search(each)) is not None:
            yield int(found[2][:8]), _column(found[1])


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters[:8].upper():
        number = number * 26 + letter - ord("A") + 1
    return number


def _percent_styles(archive: zipfile.ZipFile) -> frozenset[bytes]:
    """Return the numbers of the styles that show a value in percent."""
    with archive.open("xl/styles.xml") as stream:
        text = stream.read(_PIECE * 8)
    formats = {number for number, form in _FORMAT.findall(text) if b"%" in form} | _PERCENT_FORMATS
    used = text.partition(b"<cellXfs")[2].partition(b"</cellXfs>")[0]
    return frozenset(
        str(index).encode()
        for index, number in enumerate(_STYLE.findall(used))
        if number in formats
    )


def _sheets(archive: zipfile.ZipFile, names: set[str]) -> Iterator[tuple[str, str]]:
    """Yield the names of the sheets of an .xlsx file with the parts that hold them."""
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return
    targets = {}
    for attributes in _RELATION.findall(archive.read("xl/_rels/workbook.xml.rels")):
        said = dict(_ATTRIBUTE.findall(attributes))
        targets[said.get(b"Id", b"")] = said.get(b"Target", b"").decode("utf-8", "replace")
    for attributes in _SHEET.findall(archive.read("xl/workbook.xml")):
        said = dict(_ATTRIBUTE.findall(attributes))
        name = html.unescape(said.get(b"name", b"").decode("utf-8", "replace"))
        target = next((targets.get(v, "") for k, v in said.items() if k.endswith(b":id")), "")
        yield name, target.removeprefix("/") if target.startswith("/") else f"xl/{target}"


def _measure_ods(pieces: _Pieces, part: Part) -> None:
    """Note how many cells the repetitions of an OpenDocument sheet stand for.

    Rows and cells that are repeated and empty are what programs write to the end of a sheet; they
    make no cells unless something follows.
    """
    rest = b""
    rows = columns = repeat = 0
    for piece in pieces:
        text = rest + piece
        cut = text.rfind(b">") + 1
        body, rest = text[:cut], text[cut:]
        for kind, attributes, closed in _ODS_TAG.findall(body):
            if kind == b"table":
                rows = 0
            elif kind == b"table-row":
                found = _ODS_ROWS.search(attributes)
                repeat, columns = int(found[1][:8]) if found else 1, 0
                rows += repeat
            else:
                found = _ODS_COLUMNS.search(attributes)
                columns += int(found[1][:8]) if found else 1
                if not closed or b"value" in attributes:
                    part.columns = max(part.columns, columns)
                    part.rows = max(part.rows, rows)
                    part.cells += 1


def _measure_bin(pieces: _Pieces, part: Part, name: str) -> None:
    """Note how far the cells of a binary sheet reach ([MS-XLSB], 2.1.4: records)."""
    if "worksheets/" not in name:
        for _ in pieces:
            pass
        return
    data = b"".join(pieces)
    at = row = 0
    while at < len(data):
        kind, at = _variable(data, at, 2)
        size, at = _variable(data, at, 4)
        if kind == 0:  # BrtRowHdr: the number of the row
            row = int.from_bytes(data[at : at + 4], "little") + 1
        elif kind <= 11:  # noqa: PLR2004 - BrtCellBlank to BrtFmlaError: the column
            part.columns = max(part.columns, int.from_bytes(data[at : at + 4], "little") + 1)
            part.rows = max(part.rows, row)
            part.cells += 1
        at += size


def _variable(data: bytes, at: int, most: int) -> tuple[int, int]:
    number = 0
    for index in range(most):
        byte = data[at] if at < len(data) else 0
        at += 1
        number |= (byte & 0x7F) << (7 * index)
        if not byte & 0x80:
            break
    return number, at
