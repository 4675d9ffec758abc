"""Diagnostics as workflow commands of GitHub Actions, which show them beside the lines of a diff.

    ::error file=bolt.json,line=12,col=21,endColumn=25,title=A001::The value is 98 % …

Source: docs.github.com, "Workflow commands for GitHub Actions", and `toCommandValue` and
`escapeProperty` of the actions toolkit for the escapes.
"""

from collections.abc import Mapping
from typing import Any

from openquality.checking import Checked
from openquality.diagnostics.diagnostic import Diagnostic
from openquality.diagnostics.writer import Write
from openquality.language import local
from openquality.sources import Unreadable, name_of


class GithubWriter:
    """Write a command for each finding."""

    def __init__(self, write: Write) -> None:
        self._write = write

    def add(self, checked: Checked) -> None:
        """Write the findings of one document."""
        for diagnostic in checked.diagnostics:
            self._write(_command(diagnostic))

    def unread(self, unread: Unreadable) -> None:
        """Write a file that could not be read."""
        self._write(_annotation("error", {"file": name_of(unread.path)}, local(unread.reason)))

    def end(self, summary: Mapping[str, Any]) -> None:
        """Write nothing."""


def _command(diagnostic: Diagnostic) -> str:
    finding, place = diagnostic.finding, diagnostic.place
    said = f"{local(finding.message)} {local(finding.hint)}".strip()
    if place.cell is not None:
        said = f"{place.sheet}!{place.cell}: {said}"
    properties: dict[str, object] = {"file": place.path}
    if place.line is not None:
        properties |= {"line": place.line, "endLine": place.end_line, "col": place.column}
        # Columns of two lines are refused.
        if place.end_line == place.line:
            properties["endColumn"] = place.end_column
    properties["title"] = finding.code
    return _annotation(finding.severity.value, properties, said)


def _annotation(kind: str, properties: Mapping[str, object], said: str) -> str:
    written = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    return f"::{kind} {written}::{_data(said)}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
