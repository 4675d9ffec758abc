"""The whole validation of a record: shape, then rules, and its texts; no network, ever."""

from collections.abc import Iterator, Mapping
from itertools import count
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from openquality_validator import catalogue as catalogues
from openquality_validator import kinds, rules, structure, survey, text
from openquality_validator.catalogue import Catalogue
from openquality_validator.documents import Record
from openquality_validator.findings import Finding, Report
from openquality_validator.kinds import Kind
from openquality_validator.records import InvalidRecord, ValidRecord

if TYPE_CHECKING:
    from openquality_validator.metric_sets import MetricSet

__all__ = ["NO_SCHEMAS", "InvalidRecord", "require_valid", "validate"]

NO_SCHEMAS: Final[Mapping[str, bytes]] = MappingProxyType({})

_NOTHING: Final = Report()
# Compiling the survey takes as long as the slower looks at so many records; whoever validates a
# single file is not kept waiting for it.
_UNSURVEYED: Final = 10
_asked = count()


def validate(
    record: Record,
    *,
    catalogue: Catalogue | None = None,
    schemas: Mapping[str, bytes] = NO_SCHEMAS,
) -> Report:
    """Find everything that is wrong with a record, or worth a warning.

    `catalogue` is by default the shipped one that the record names. Where the record names a later
    one, its metrics are not judged, and warnings say so. `schemas` are the bytes of what
    `extensionSchemas` pins, by digest (`sha256-…`). Rules are only asked about a record whose shape
    holds; the texts are looked at in any case.
    """
    # What has no known type is measured against the record that most people mean.
    kind = kinds.find(record.value) or kinds.DEFAULT
    is_plain = next(_asked) >= _UNSURVEYED and survey.is_plain(record)
    shape = structure.check(record.value, schema=kind.schema, has_floats=not is_plain)
    texts = () if is_plain else tuple(text.check(_told(record.value, kind)))
    if shape.valid and kind.name == kinds.SCHEMA:
        from openquality_validator.governance import checking

        return Report.of((*shape.findings, *checking.check(record.value), *texts))
    if shape.valid and kind.name == kinds.ASSESSMENT:
        from openquality_validator.rules import assessments

        return Report.of((*shape.findings, *assessments.check(record.value), *texts))
    if not shape.valid or kind is not kinds.DEFAULT:
        return Report.of((*shape.findings, *texts))
    version = record.value["catalogueVersion"]
    chosen = catalogue or catalogues.load(*(() if catalogues.is_later(version) else (version,)))
    sets = _sets(record, schemas)
    if sets:
        from openquality_validator.metric_sets import stated

        judged = stated.check(record.value, chosen, sets=sets)
    else:
        judged = rules.check(record.value, chosen)
    found = (*shape.findings, *judged, *_extended(record, schemas), *texts)
    return Report.of(found) if found else _NOTHING


def require_valid(record: Record, *, schemas: Mapping[str, bytes] = NO_SCHEMAS) -> ValidRecord:
    """Return the record as valid, with its warnings, or raise InvalidRecord with all findings."""
    report = validate(record, schemas=schemas)
    if not report.valid:
        raise InvalidRecord(report)
    return ValidRecord(record, report, _sets(record, schemas))


def _told(value: dict[str, Any], kind: Kind) -> dict[str, Any]:
    """Leave out what is a document of its own, and no text that people read."""
    subject = value.get("credentialSubject")
    if kind.name != kinds.SCHEMA or not isinstance(subject, dict):
        return value
    return value | {"credentialSubject": subject | {"content": ""}}


def _extended(record: Record, schemas: Mapping[str, bytes]) -> Iterator[Finding]:
    if "extensionSchemas" in record.value:
        from openquality_validator.governance import extension

        yield from extension.check(record.value, schemas)


def _sets(record: Record, schemas: Mapping[str, bytes]) -> "tuple[MetricSet, ...]":
    """Return the metric sets that a record pins, of those whose bytes are at hand."""
    if "extensionSchemas" not in record.value:
        return ()
    from openquality_validator import metric_sets

    return metric_sets.pinned(record.value, schemas)
