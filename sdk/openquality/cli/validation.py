"""The work of `openquality validate`: documents in, findings and an exit code out."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from openquality.checking import check
from openquality.cli.output import Format, Rows, progress, say
from openquality.cli.report import lines, locate
from openquality.sources import Document, Unreadable, expand, load
from openquality_validator.findings import Finding, Report

MOST_CODES = 10  # in the summary of a long run


def run(files: Iterable[Path], *, form: Format, evidence: Path | None) -> int:
    """Check every document, show what was found, and return the exit code."""
    again = None
    if evidence is not None:
        from openquality.cli.recomputing import Recomputing

        again = Recomputing(evidence)
    summary = Summary()
    rows = Rows(form)
    with progress(None, "validate") as bar:
        for document in _documents(files):
            report = check(document)
            if again is not None and report.valid:
                report = again.check(document, report)
            summary.count(report)
            if report.findings or form is Format.JSON:
                _write(rows, document, report)
            bar.advance()
    rows.end("documents", summary.to_json())
    say(str(summary))
    if again is not None:
        say(str(again))
    return 0 if summary.refused == 0 else 1


class Summary:
    """Count what was seen, in constant memory."""

    def __init__(self) -> None:
        self.checked = 0
        self.refused = 0
        self.codes: Counter[str] = Counter()

    def count(self, report: Report) -> None:
        """Add one document."""
        self.checked += 1
        if report.findings:
            self.refused += not report.valid
            self.codes.update(f.code for f in report.findings)

    def to_json(self) -> dict[str, Any]:
        """Return the counts."""
        codes = dict(sorted(self.codes.items()))
        return {"checked": self.checked, "refused": self.refused, "codes": codes}

    def __str__(self) -> str:
        text = f"{self.checked} checked: {self.checked - self.refused} valid, {self.refused} not."
        if self.checked > 1 and self.codes:
            most = self.codes.most_common(MOST_CODES)
            text += " Findings: " + ", ".join(f"{code} ×{count}" for code, count in most) + "."
        return text


def _write(rows: Rows, document: Document, report: Report) -> None:
    places = locate(document, report)
    value = {
        "path": str(document.path),
        "line": document.line,
        "form": document.form,
        "valid": report.valid,
        "findings": [_with_place(f, places) for f in report.findings],
    }
    rows.add("documents", value, "\n".join(lines(document, report)) or None)


def _documents(files: Iterable[Path]) -> Iterator[Document]:
    for path in expand(files):
        empty = True
        for document in load(path):
            empty = False
            yield document
        if empty:
            raise Unreadable(path, "It holds no record; one JSON object on each line is expected.")


def _with_place(finding: Finding, places: Mapping[str, tuple[int, int]]) -> dict[str, Any]:
    line, column = places[finding.pointer]
    return {**finding.to_json(), "line": line, "column": column}
