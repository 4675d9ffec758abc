"""Results to standard output, messages to standard error."""

import sys
import time
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Self

import orjson

from openquality.fitting import fit
from openquality.language import local

if TYPE_CHECKING:
    from openquality.cli.progress import Bar

PATIENCE = 1.0  # seconds without a progress bar; loading its library takes a tenth of one


class Format(StrEnum):
    """Choose how a command shows its result to a person or a program."""

    TEXT = "text"
    JSON = "json"


class TableFormat(StrEnum):
    """Choose how a command shows rows."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def show(text: str) -> None:
    """Write one line of the result; a Message is said in the reader's language."""
    sys.stdout.write(fit(local(text), sys.stdout.encoding or "ascii") + "\n")


def printable(text: str) -> str:
    """Return a stranger's text without what a terminal would obey."""
    return "".join(each if each.isprintable() else " " for each in text)


def show_bytes(data: bytes) -> None:
    """Write the result as it is."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def show_json(value: object) -> None:
    """Write the result as JSON, indented, with stable member order."""
    show_bytes(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def say(text: str) -> None:
    """Tell the person at the terminal, in their language, something that is not the result."""
    sys.stderr.write(fit(local(text), sys.stderr.encoding or "ascii") + "\n")
    sys.stderr.flush()


class Rows:
    """Write results one by one, as lines of text or as one JSON object; memory stays flat."""

    def __init__(self, form: Format) -> None:
        self._form = form
        self._is_open = False

    def add(self, member: str, value: object, text: str | None) -> None:
        """Write one result: `value` into the list `member` of the object, or `text` if any."""
        if self._form is Format.JSON:
            start = b",\n" if self._is_open else b'{"v":1,"%s":[\n' % member.encode()
            self._is_open = True
            show_bytes(start + orjson.dumps(value))
        elif text is not None:
            show(text)

    def end(self, member: str, summary: object) -> None:
        """Close the object, with a summary."""
        if self._form is Format.JSON:
            start = b"" if self._is_open else b'{"v":1,"%s":[' % member.encode()
            show_bytes(start + b'\n],"summary":' + orjson.dumps(summary) + b"}\n")


def show_table(head: Sequence[str], rows: Iterable[Sequence[str]], *, right: set[int]) -> None:
    """Write aligned columns; those numbered in `right` are aligned to the right."""
    lines = [list(head), *map(list, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    for line in lines:
        cells = (
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        show("  ".join(cells).rstrip())


def show_csv(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write comma-separated values (RFC 4180); a cell that a spreadsheet would run is quoted."""
    import csv
    import io

    text = io.StringIO(newline="")
    # Its line ends are the standard's: with others the library leaves a bare CR unquoted, and what
    # stands after it would begin a line.
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows([_inert(cell) for cell in row] for row in rows)
    show_bytes(text.getvalue().encode())


def progress(total: int | None, label: str) -> "Progress":
    """Start counting a long piece of work of `total` records, if that is known."""
    return Progress(total, label)


class Progress:
    """Count records; show a bar on standard error if it is a terminal and the work takes long.

    Use it as a context.
    """

    def __init__(self, total: int | None, label: str) -> None:
        self._total = total
        self._label = label
        self._count = 0
        self._due = time.monotonic() + PATIENCE if sys.stderr.isatty() else float("inf")
        self._bar: Bar | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def advance(self, count: int = 1) -> None:
        """Count so many records as done."""
        self._count += count
        if self._bar is not None:
            self._bar.show(self._count)
        elif time.monotonic() >= self._due:
            from openquality.cli.progress import Bar

            self._bar = Bar(self._total, self._label)
            self._bar.show(self._count)


def _inert(cell: str) -> str:
    # Texts come from other people's records; a leading = + - @ makes spreadsheets compute.
    if cell[:1] in {"=", "+", "-", "@", "\t", "\r"} and not _is_number(cell):
        return "'" + cell
    return cell


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
