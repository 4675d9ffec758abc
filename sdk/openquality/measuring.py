"""Data files to claims, and claims into a record."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from openquality.starter import EXAMPLE
from openquality.tables import DataFile, open_table
from openquality_validator import measure as core
from openquality_validator.catalogue import Catalogue, load

ASSESSED = ("MeasurementClaim", "FootprintClaim", "CircularityClaim")
ASSESSOR_LEVELS = {"producer": "self", "observer": "buyer", "assessor": "thirdParty"}


class Found(Protocol):
    """Be what a file gave: claims, and the file itself as an entry of the evidence."""

    @property
    def claims(self) -> tuple[dict[str, Any], ...]:
        """Return claims without `id`, and often without `assessor`."""

    @property
    def evidence(self) -> dict[str, Any]:
        """Return the entry without `id`."""


@dataclass(frozen=True, slots=True)
class FromFile:
    """Hold what one subject's rows of a file gave: claims, account, and the evidence entry.

    `measured` is the measurement itself, without the file.

    Claims have no `id`, `assessor` and `evidenceRefs`, and the evidence no `id`, until `add_to`
    puts them into a record.
    """

    claims: tuple[dict[str, Any], ...]
    usage: core.Usage
    evidence: dict[str, Any]
    measured: core.Measured = field(repr=False)


def measure_file(
    path: Path,
    mapping: core.Mapping,
    *,
    metrics: Sequence[str],
    period: tuple[date, date] | None = None,
    limitations: str | None = None,
    catalogue: Catalogue | None = None,
) -> FromFile:
    """Measure one subject from a data file, read once, by the dialect of the mapping.

    Raises OSError and what `openquality_validator.measure.measure` raises.
    """
    with open_table(path, mapping.table) as file:
        measured = core.measure(
            file.table,
            mapping,
            metrics=metrics,
            catalogue=catalogue or load(),
            period=period,
            limitations=limitations,
        )
    return _from_file(file, measured)


def measure_file_groups(
    path: Path,
    mapping: core.Mapping,
    *,
    by: str,
    metrics: Sequence[str],
    period: tuple[date, date] | None = None,
    limitations: str | None = None,
    catalogue: Catalogue | None = None,
) -> dict[str, FromFile]:
    """Measure every subject that the column `by` names, reading the file once."""
    with open_table(path, mapping.table) as file:
        groups = core.measure_groups(
            file.table,
            mapping,
            by=by,
            metrics=metrics,
            catalogue=catalogue or load(),
            period=period,
            limitations=limitations,
        )
    return {subject: _from_file(file, measured) for subject, measured in groups.items()}


def add_to(record: Mapping[str, Any], results: Iterable[Found]) -> dict[str, Any]:
    """Return the record with the claims and their evidence added.

    Ids are the record's own (`…#c1`, `…#e1`); an assessor that a claim does not state follows from
    the issuer's role. Claims that came from the same bytes by the same mapping are replaced, so
    that doing it again is harmless; the starter's made-up example claim gives way.
    """
    claims = [
        claim
        for claim in record["credentialSubject"].get("claims", [])
        if not claim["id"].endswith(EXAMPLE)
    ]
    evidence = list(record.get("evidence", []))
    assessor = _assessor(record)
    for result in results:
        same = [entry["id"] for entry in evidence if _is_same(entry, result.evidence)]
        claims = [each for each in claims if not set(each.get("evidenceRefs", [])) & set(same)]
        evidence = [each for each in evidence if each["id"] not in same]
        evidence_id = _free_id(record["id"], "e", evidence)
        evidence.append({"id": evidence_id, **result.evidence})
        for claim in result.claims:
            claim_id = _free_id(record["id"], "c", claims)
            refs = {"evidenceRefs": [evidence_id]}
            stated = {"assessor": assessor} if claim["type"] in ASSESSED else {}
            claims.append({"id": claim_id, **stated, **claim, **refs})
    subject = {**record["credentialSubject"], "claims": claims}
    return {**record, "credentialSubject": subject, "evidence": evidence}


def _from_file(file: DataFile, measured: core.Measured) -> FromFile:
    evidence = {
        "type": "Dataset",
        "digest": file.digest,
        "mediaType": file.media_type,
        "name": file.name,
        "columns": list(file.table.columns),
        "rowCount": file.table.read,
        "mapping": measured.mapping.to_json(),
    }
    return FromFile(measured.claims, measured.usage, evidence, measured)


def _assessor(record: Mapping[str, Any]) -> dict[str, Any]:
    level = ASSESSOR_LEVELS[record["credentialSubject"].get("issuerRole", "producer")]
    if level == "self":
        return {"assessorLevel": level}
    return {"party": dict(record["issuer"]), "assessorLevel": level}


def _is_same(entry: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return all(entry.get(name) == other.get(name) for name in ("digest", "mapping"))


def _free_id(record_id: str, letter: str, taken: Sequence[Mapping[str, Any]]) -> str:
    used = {each["id"] for each in taken}
    number = 1
    while f"{record_id}#{letter}{number}" in used:
        number += 1
    return f"{record_id}#{letter}{number}"
