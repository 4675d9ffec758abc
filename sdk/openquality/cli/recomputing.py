"""Claims computed again from raw data at hand: what `validate --evidence` adds."""

from collections import Counter
from pathlib import Path

from openquality.sources import Document
from openquality_validator.findings import Finding, Report
from openquality_validator.message import message


class Recomputing:
    """Recompute the claims of records from a folder of data, and count how that went."""

    def __init__(self, folder: Path) -> None:
        from openquality.datasets import DataFolder

        self._folder = folder
        self._held = DataFolder(folder)
        self._outcomes: Counter[str] = Counter()

    def check(self, document: Document, report: Report) -> Report:
        """Return the report with what recomputation found; the record must be valid."""
        from openquality.checking import payload
        from openquality.datasets import named
        from openquality.tables import read_table
        from openquality_validator import catalogue
        from openquality_validator.recompute import recompute_all

        record = payload(document).value
        files = self._held.files(named(record))
        claims = record["credentialSubject"]["claims"]
        if catalogue.is_later(record["catalogueVersion"]):
            self._outcomes["under a later catalogue than this program's"] += len(claims)
            return report
        held = catalogue.load(record["catalogueVersion"])
        answers = recompute_all(record, files, held, read_table=read_table)
        self._outcomes["without data here"] += len(claims) - len(answers)
        findings: list[Finding] = []
        for answer in answers.values():
            self._outcomes[answer.outcome.value] += 1
            findings.extend(answer.findings)
        return Report.of((*report.findings, *findings))

    def __str__(self) -> str:
        counts = ", ".join(f"{count} {name}" for name, count in self._outcomes.items() if count)
        return message(
            "Claims, from the data in {folder}: {value}.",
            folder=self._folder,
            value=counts or "none",
        )
