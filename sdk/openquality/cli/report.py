"""Findings as people read them: `path:line:column: error CODE message`, then the hint."""

import re
from collections.abc import Iterator

from openquality.sources import Document, Form
from openquality_validator.findings import Report

SAID_PLACE = re.compile(r"line (\d+), column (\d+)")


def lines(document: Document, report: Report) -> Iterator[str]:
    """Write each finding in two lines of text."""
    places = locate(document, report)
    for finding in report.findings:
        line, column = places[finding.pointer]
        at = f" (at {finding.pointer})" if finding.pointer else ""
        where = f"{document.path}:{line}:{column}"
        yield f"{where}: {finding.severity} {finding.code} {finding.message}{at}"
        yield f"    {finding.hint}"


def locate(document: Document, report: Report) -> dict[str, tuple[int, int]]:
    """Find line and column, from 1, of every finding.

    What stands inside a signed statement has no place in its file, so its start is given.
    """
    if not report.findings:
        return {}
    first = document.line or 1
    places = {finding.pointer: (first, 1) for finding in report.findings}
    if document.form is not Form.RECORD:
        return places
    unread = [f for f in report.findings if f.code.startswith("D") and not f.pointer]
    if unread:
        said = SAID_PLACE.search(unread[0].message)
        if said:
            places[""] = (first + int(said[1]) - 1, int(said[2]))
        return places
    from openquality_validator import positions

    found = positions.locate(document.data, places)
    return {name: (first + place.line - 1, place.column) for name, place in found.items()}
