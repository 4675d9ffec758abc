"""The whole validation of a record: shape, then rules, and its texts; no network, ever."""

from openquality_validator import catalogue as catalogues
from openquality_validator import rules, structure, text
from openquality_validator.catalogue import Catalogue
from openquality_validator.documents import Record
from openquality_validator.findings import Report
from openquality_validator.records import InvalidRecord, ValidRecord

__all__ = ["InvalidRecord", "require_valid", "validate"]


def validate(record: Record, *, catalogue: Catalogue | None = None) -> Report:
    """Find everything that is wrong with a record, or worth a warning.

    `catalogue` is by default the shipped one that the record names. Rules are only asked about a
    record whose shape holds; the texts are looked at in any case.
    """
    shape = structure.check(record.value)
    texts = text.check(record.value)
    if not shape.valid:
        return Report.of((*shape.findings, *texts))
    chosen = catalogue or catalogues.load(record.value["catalogueVersion"])
    return Report.of((*rules.check(record.value, chosen), *texts))


def require_valid(record: Record) -> ValidRecord:
    """Return the record as valid, with its warnings, or raise InvalidRecord with all findings."""
    report = validate(record)
    if not report.valid:
        raise InvalidRecord(report)
    return ValidRecord(record, report)
