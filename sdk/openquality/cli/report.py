"""How `validate` reports, and how other commands show the findings of a document."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from openquality.sources import Document
from openquality_validator.findings import Report

if TYPE_CHECKING:
    from openquality.diagnostics.writer import Write, Writer


class ReportFormat(StrEnum):
    """Choose who reads a report: people, editors and programs, build servers, code hosts."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    JUNIT = "junit"
    GITHUB = "github"
    MARKDOWN = "markdown"


def writer(form: ReportFormat, *, everything: bool = False) -> "Writer":
    """Return what writes a report of this format to standard output."""
    # Each format is loaded only where it is asked for.
    if form is ReportFormat.TEXT:
        from openquality.diagnostics.style import Style
        from openquality.diagnostics.text import TextWriter

        return TextWriter(sys.stdout.write, Style.of(sys.stdout), everything=everything)
    if form is ReportFormat.JSON:
        from openquality.diagnostics.jsonform import JsonWriter

        return JsonWriter(_bytes())
    if form is ReportFormat.SARIF:
        from openquality.diagnostics.sarif import SarifWriter

        return SarifWriter(_bytes())
    if form is ReportFormat.JUNIT:
        from openquality.diagnostics.junit import JunitWriter

        started = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")
        return JunitWriter(_bytes(), started=started)
    if form is ReportFormat.GITHUB:
        from openquality.diagnostics.github import GithubWriter

        return GithubWriter(_bytes())
    from openquality.diagnostics.markdown import MarkdownWriter

    return MarkdownWriter(_bytes(), everything=everything)


def lines(document: Document, report: Report) -> Iterator[str]:
    """Write each finding of a document as lines of text, for standard error."""
    if not report.findings:
        return
    from openquality.diagnostics import diagnose, text
    from openquality.diagnostics.style import Style

    style = Style.of(sys.stderr)
    for diagnostic in diagnose(document, report):
        yield from map(style.fit, text.lines(diagnostic, style))


def _bytes() -> "Write":
    """Return what writes text as UTF-8, whatever the terminal's own encoding is."""
    sys.stdout.flush()

    def write(text: str) -> None:
        sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))

    return write
