"""Diagnostics as people read them at a terminal, like those of a good compiler.

bolt.json:12:21: error A001 The value is 98 %, its data give 97.7181. (at /claims/0/value/amount)
    12 |           "amount": "98",
       |                     ^^^^
    Compute the value from the counts again, and round it only as far as you write it.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from openquality.checking import Checked
from openquality.diagnostics.diagnostic import Diagnostic
from openquality.diagnostics.excerpt import visible
from openquality.diagnostics.repeats import Kind, Repeats
from openquality.diagnostics.style import Style
from openquality.diagnostics.writer import Write
from openquality.language import local
from openquality.sources import Unreadable
from openquality_validator.fixes import Fix
from openquality_validator.message import message
from openquality_validator.sheets.cells import is_of_record

_INDENT: Final = "    "


class TextWriter:
    """Write each finding in full, with its line; repeated ones in groups."""

    def __init__(self, write: Write, style: Style, *, everything: bool = False) -> None:
        self._write = write
        self._style = style
        self._repeats = Repeats(everything=everything)

    def add(self, checked: Checked) -> None:
        """Write the findings of one document."""
        for fix in checked.fixed:
            self._lines(fixed(checked, fix, self._style))
        shown = None
        for diagnostic in checked.diagnostics:
            if self._repeats.shows(diagnostic):
                # One line is enough for all that is said about it.
                again = diagnostic.place == shown
                self._lines(lines(diagnostic, self._style, with_excerpt=not again))
                shown = diagnostic.place

    def unread(self, unread: Unreadable) -> None:
        """Write nothing: the command says it on standard error."""

    def end(self, summary: Mapping[str, Any]) -> None:
        """Write the groups of what was not shown in full."""
        del summary
        for kind in self._repeats.rest():
            self._lines(_group(kind, self._style))

    def _lines(self, found: Iterator[str]) -> None:
        for line in found:
            self._write(self._style.fit(line) + "\n")


def lines(diagnostic: Diagnostic, style: Style, *, with_excerpt: bool = True) -> Iterator[str]:
    """Write one finding as lines of text."""
    finding, paint = diagnostic.finding, style.paint
    at = f" ({_where(diagnostic)})" if is_of_record(finding.pointer) else ""
    severity = paint(finding.severity.value, f"{finding.severity} {finding.code}")
    said = local(finding.message)
    yield f"{visible(str(diagnostic.place))}: {severity} {visible(said)}{paint('dim', at)}"
    if diagnostic.excerpt is not None and with_excerpt:
        gutter = f"{_INDENT}{diagnostic.excerpt.number}"
        yield f"{paint('dim', f'{gutter} |')} {diagnostic.excerpt.text}"
        margin = paint("dim", f"{' ' * len(gutter)} |")
        yield f"{margin} {paint('mark', diagnostic.excerpt.marks)}"
    hint = local(finding.hint)
    if hint:
        yield _INDENT + visible(hint)
    near = diagnostic.suggestion
    if near and near not in said and near not in hint:
        yield _INDENT + local(message("Did you mean {near}?", near=near))
    if diagnostic.fix is not None:
        fix = diagnostic.fix
        written = (
            message("`--fix` mends it: {after} ({what}).", after=fix.after, what=fix.what)
            if fix.after
            else message("`--fix` takes it out ({what}).", what=fix.what)
        )
        yield _INDENT + paint("fixed", visible(local(written)))


def _where(diagnostic: Diagnostic) -> str:
    """Name the part of the record: to those who fill in cells, by what stands above them."""
    heading = diagnostic.place.heading
    if heading:
        return visible(local(message("column {heading}", heading=heading)))
    return f"at {visible(diagnostic.finding.pointer)}"


def fixed(checked: Checked, fix: Fix, style: Style) -> Iterator[str]:
    """Write one fix that was made, as a line of text."""
    line = (checked.line or 1) + fix.place.line - 1
    place = f"{visible(checked.path)}:{line}:{fix.place.column}"
    label = style.paint("fixed", local(message("fixed")))
    change = f"{visible(fix.before)} → {visible(fix.after)}"
    yield f"{place}: {label} {fix.code} {change} ({local(fix.what)})"


def _group(kind: Kind, style: Style) -> Iterator[str]:
    where = f" at {visible(kind.where)}" if kind.where else ""
    head = style.paint(kind.severity, kind.code)
    more = message("{count} more like these:", count=kind.hidden)
    yield f"{head}{where}: {local(more)}"
    for place in kind.places:
        yield _INDENT + visible(place)
    left = kind.hidden - len(kind.places)
    if left:
        said = message("… and {left} more. `--all` shows each in full.", left=left)
    else:
        said = message("`--all` shows each in full.")
    yield _INDENT + local(said)
