"""Claims computed again from raw data at hand: what `validate --evidence` adds."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from openquality.sources import Document
from openquality_validator.findings import Finding, Report
from openquality_validator.message import message
from openquality_validator.validate import NO_SCHEMAS


class Recomputing:
    """Recompute the claims of records from a folder of data, and count how that went."""

    def __init__(self, folder: Path, *, schemas: Mapping[str, bytes] = NO_SCHEMAS) -> None:
        from openquality.datasets import DataFolder

        self._folder = folder
        self._schemas = schemas
        self._held = DataFolder(folder)
        self._outcomes: Counter[str] = Counter()

    def check(self, document: Document, report: Report) -> Report:
        """Return the report with what recomputation found; the record must be valid."""
        from openquality.checking import payload
        from openquality.datasets import named
        from openquality.tables import read_table
        from openquality_validator import catalogue, metric_sets
        from openquality_validator.recompute import recompute_all

        record = payload(document).value
        files = self._held.files(named(record))
        sets = metric_sets.pinned(record, self._schemas)
        whole = metric_sets.joined(record, sets)
        claims = whole.document["credentialSubject"]["claims"]
        if catalogue.is_later(record["catalogueVersion"]):
            self._outcomes["under a later catalogue than this program's"] += len(claims)
            return report
        held = metric_sets.widened(catalogue.load(record["catalogueVersion"]), sets)
        answers = recompute_all(whole.document, files, held, read_table=read_table)
        self._outcomes["without data here"] += len(claims) - len(answers)
        findings: list[Finding] = []
        for answer in answers.values():
            self._outcomes[answer.outcome.value] += 1
            findings.extend(
                replace(each, pointer=whole.place(each.pointer)) for each in answer.findings
            )
        return Report.of((*report.findings, *findings))

    def __str__(self) -> str:
        counts = ", ".join(f"{count} {name}" for name, count in self._outcomes.items() if count)
        return message(
            "Claims, from the data in {folder}: {value}.",
            folder=self._folder,
            value=counts or "none",
        )
