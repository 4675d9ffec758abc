"""Findings of a document to diagnostics: where each stands, and what is known about its mend."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from openquality.checking import check, payload
from openquality.diagnostics.diagnostic import Diagnostic
from openquality.diagnostics.excerpt import Excerpt, excerpt
from openquality.diagnostics.place import Place
from openquality.sources import Document, Form, name_of
from openquality_validator import fixes, positions, suggestions
from openquality_validator.errors import InvalidInput
from openquality_validator.findings import Finding, Report, at
from openquality_validator.keywords import shown
from openquality_validator.message import SOURCE, translate

_SAID_PLACE: Final = re.compile(r"line (\d+), column (\d+)")
_SAID_BYTE: Final = re.compile(r"Byte (\d+) ")
_UNREADABLE: Final = 4  # of so many characters one that cannot be shown
# These are about the name of a member, not about its value.
_ABOUT_NAMES: Final = frozenset({"S003", "S019", "C007"})


def of(document: Document, *, language: str = SOURCE) -> tuple[Diagnostic, ...]:
    """Check one document, and say all that is known of each finding, fixes included.

    `language` is one of `openquality_validator.message.languages`.
    """
    return diagnose(document, check(document), language=language, with_fixes=True)


def diagnose(
    document: Document, report: Report, *, language: str = SOURCE, with_fixes: bool = False
) -> tuple[Diagnostic, ...]:
    """Say where each finding of a checked document stands, and what helps to mend it.

    What stands inside a signed statement has no place in its file, so its start is given.
    `with_fixes` tries the safe fixes too, which costs two more checks of a document with findings.
    """
    if not report.findings:
        return ()
    value = _value(document)
    safe: Mapping[Finding, fixes.Fix] = {}
    if with_fixes and document.form is Form.RECORD:
        safe = fixes.safe(document.data, report)
    found = (
        _said(_with_words(placed, value, safe.get(placed.finding)), language)
        for placed in _placed(document, report)
    )
    # In the order of the text, which is how people mend it, and one file of a folder after the
    # other; cells keep the order of the reading.
    return tuple(sorted(found, key=_order))


def _order(diagnostic: Diagnostic) -> tuple[str, int, int]:
    place = diagnostic.place
    return place.path, place.line or 0, place.column or 0


def _said(diagnostic: Diagnostic, language: str) -> Diagnostic:
    if language == SOURCE:
        return diagnostic
    finding, fix = diagnostic.finding, diagnostic.fix
    return replace(
        diagnostic,
        finding=replace(
            finding,
            message=translate(finding.message, language),
            hint=translate(finding.hint, language),
        ),
        expected=translate(diagnostic.expected, language),
        found=translate(diagnostic.found, language),
        fix=replace(fix, what=translate(fix.what, language)) if fix else None,
    )


def _value(document: Document) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return payload(document).value
    except InvalidInput:
        return None


def _with_words(placed: Diagnostic, value: Any, fix: fixes.Fix | None) -> Diagnostic:  # noqa: ANN401 - same
    finding = placed.finding
    held = at(value, finding.pointer) if finding.pointer else None
    return replace(
        placed,
        expected=finding.expected or (fix.expected if fix else ""),
        found=_found(finding, held),
        suggestion=finding.nearest or suggestions.nearest_word(value, finding),
        fix=fix,
    )


def _found(finding: Finding, held: Any) -> str:  # noqa: ANN401 - same
    if finding.code in _ABOUT_NAMES:
        return shown(finding.pointer.rpartition("/")[2].replace("~1", "/").replace("~0", "~"))
    return "" if held is None or isinstance(held, dict | list) else shown(held)


def _placed(document: Document, report: Report) -> Iterator[Diagnostic]:
    if document.form is Form.WORKBOOK:
        for finding in report.findings:
            yield Diagnostic(finding, _cell(document, finding))
    elif document.form is Form.RECORD:
        yield from _in_text(document, report)
    else:
        line = document.line or 1
        for finding in report.findings:
            yield Diagnostic(finding, Place(name_of(document.path), line, 1, line, 1))


def _cell(document: Document, finding: Finding) -> Place:
    cells = document.cells
    if not cells:
        return Place(name_of(document.path))
    cell = cells.of(finding)
    if cell.file is not None:
        path = name_of(document.path / cell.file)
        ends = (cell.row, cell.column + 1)
        return Place(path, cell.row, cell.column, *ends, heading=cell.heading)
    path = name_of(document.path)
    return Place(path, sheet=cell.sheet, cell=cell.reference, heading=cell.heading)


def _in_text(document: Document, report: Report) -> Iterator[Diagnostic]:
    text = document.data.decode("utf-8", "replace")
    spans = positions.spans(text, {finding.pointer for finding in report.findings})
    for finding in report.findings:
        unread = _unread(text, document.data, finding)
        start, end = unread or _range(text, spans[finding.pointer], finding.code)
        yield Diagnostic(
            finding, _place(document, text, start, end), _excerpt(document, text, start, end)
        )


def _range(text: str, span: positions.Span, code: str) -> tuple[int, int]:
    """Return what to point at: the value, or its key; of what spans lines, how it begins."""
    if span.name is not None and (span.is_missing or code in _ABOUT_NAMES):
        return span.name
    if text[span.start : span.start + 1] in {"{", "["}:
        return span.start, span.start + 1
    return span.start, span.end


def _unread(text: str, data: bytes, finding: Finding) -> tuple[int, int] | None:
    """Return where a text stops being strict JSON, if the finding is about that."""
    if finding.pointer or not finding.code.startswith("D"):
        return None
    said = _SAID_PLACE.search(finding.message)
    if said:
        line, column = int(said[1]), int(said[2])
        begin = 0
        for _ in range(line - 1):
            begin = text.find("\n", begin) + 1
        start = min(begin + column - 1, len(text))
        return start, start + 1
    said = _SAID_BYTE.search(finding.message)
    if said:
        start = len(data[: int(said[1])].decode("utf-8", "replace"))
        return start, start + 1
    return positions.fault(text, finding.code) if finding.code in positions.FAULTS else None


def _place(document: Document, text: str, start: int, end: int) -> Place:
    first = document.line or 1
    begin, stop = positions.Position.of(text, start), positions.Position.of(text, end)
    return Place(
        name_of(document.path),
        first + begin.line - 1,
        begin.column,
        first + stop.line - 1,
        stop.column,
    )


def _excerpt(document: Document, text: str, start: int, end: int) -> Excerpt | None:
    found = excerpt(text, start, end, first_line=document.line or 1)
    # Nobody can read a line of bytes that are no text.
    unseen = found.text.count("\N{REPLACEMENT CHARACTER}")
    return None if unseen * _UNREADABLE > len(found.text) or not text.strip() else found
