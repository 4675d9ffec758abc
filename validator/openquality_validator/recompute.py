"""A claim computed again from the data it names: the strongest thing a verifier can do alone.

(1) the bytes have the digest that the evidence states, (2) the mapping reads, (3) the table has the
stated columns and rows, (4) measuring gives a claim, and (5) what the claim states agrees with it,
amounts within their own rounding.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from openquality_validator.catalogue import Catalogue
from openquality_validator.errors import OpenQualityError
from openquality_validator.findings import Finding, Severity
from openquality_validator.measure import Dialect, Table, measure, parse_csv
from openquality_validator.measure import Mapping as DataMapping
from openquality_validator.measure.amounts import DIGITS, parse_amount, plain
from openquality_validator.measure.mapping import VERSION
from openquality_validator.message import message
from openquality_validator.quantities import with_unit

CODES: Final[Mapping[str, str]] = {
    "E001": "The data are not the file whose digest the evidence states.",
    "E002": "The data have other columns, or another number of rows, than the evidence states.",
    "E003": "The data give another value than the claim states.",
    "E004": "The data give other counts than the claim states.",
    "E005": "The claim states a qualifier, limit or study that data and mapping do not give.",
    "E006": "The mapping does not give the claim from the data.",
    "E007": "The claim cannot be recomputed here; it stays evidenced.",
}
ReadTable = Callable[[bytes, Dialect], Table]
FINGERPRINT: Final = "sha256:"
_COUNTED: Final = (
    *("counts", "steps", "sampling", "events", "failures", "outages"),
    *("exposure", "durations"),
)
_STATED: Final = (
    *("qualifiers", "orderStatistic", "interval", "moments", "termination", "uncertainty"),
    *("characteristic", "characteristics", "capability", "inspection", "study"),
)
# Amounts in the unit of the value, and amounts that have a unit of their own.
_OF_VALUE: Final = ("value", "orderStatistic", "interval", "moments", "uncertainty", "study")
# A mapping from which the metric is not measured, and a file that is larger than what is read: what
# cannot be computed here does not differ.
_NOT_HERE: Final = frozenset({"M008", "M014"})
_LENGTHS: Final = frozenset(
    {"amount", "lower", "upper", "standardDeviation", "expanded", "scale", "up", "down"}
)


class Outcome(StrEnum):
    """Say how a recomputation ended."""

    RECOMPUTED = "recomputed"
    DIFFERS = "differs"
    NOT_RECOMPUTABLE = "notRecomputable"


@dataclass(frozen=True, slots=True)
class Recomputation:
    """Hold the outcome for one claim, and the findings that explain it."""

    outcome: Outcome
    findings: tuple[Finding, ...] = ()


def recompute(
    claim: Mapping[str, Any],
    evidence: Mapping[str, Any],
    data: bytes,
    catalogue: Catalogue,
    *,
    read_table: ReadTable = parse_csv,
    claim_pointer: str = "",
    evidence_pointer: str = "",
) -> Recomputation:
    """Compute one claim again from the exact bytes of its data.

    `read_table` reads the bytes by their dialect: CSV unless told otherwise. The pointers are put
    before those of the findings (E001 to E007). Never raises for what the record or data hold.
    """
    try:
        again = _measure_again(claim, evidence, data, catalogue, read_table, evidence_pointer)
    except _Ended as ended:
        return ended.answer
    # (5) what is stated agrees
    findings = tuple(_differences(claim, again, catalogue, claim_pointer))
    return Recomputation(Outcome.DIFFERS if findings else Outcome.RECOMPUTED, findings)


def recompute_all(
    document: Mapping[str, Any],
    files: Mapping[str, bytes],
    catalogue: Catalogue,
    *,
    read_table: ReadTable = parse_csv,
) -> dict[str, Recomputation]:
    """Recompute every claim of a structurally valid record whose data are at hand.

    `files` holds data by digest (`sha256:…`). The answer is by claim id, and leaves out claims that
    name no dataset among them. Where a claim names several, one that differs decides.
    """
    datasets = {
        entry["id"]: (f"/evidence/{place}", entry, files[entry["digest"]])
        for place, entry in enumerate(document.get("evidence", []))
        if entry["type"] == "Dataset" and entry["digest"] in files
    }
    answers: dict[str, Recomputation] = {}
    for place, claim in enumerate(document["credentialSubject"]["claims"]):
        tries = [
            recompute(
                claim,
                entry,
                data,
                catalogue,
                read_table=read_table,
                claim_pointer=f"/credentialSubject/claims/{place}",
                evidence_pointer=pointer,
            )
            for pointer, entry, data in (
                datasets[ref] for ref in claim.get("evidenceRefs", []) if ref in datasets
            )
        ]
        for outcome in (Outcome.DIFFERS, Outcome.RECOMPUTED, Outcome.NOT_RECOMPUTABLE):
            found = next((each for each in tries if each.outcome is outcome), None)
            if found is not None:
                answers[claim["id"]] = found
                break
    return answers


class _Ended(Exception):
    """Carry an answer out of the steps before the comparison."""

    def __init__(self, answer: Recomputation) -> None:
        super().__init__(answer)
        self.answer = answer


def _measure_again(
    claim: Mapping[str, Any],
    evidence: Mapping[str, Any],
    data: bytes,
    catalogue: Catalogue,
    read_table: ReadTable,
    pointer: str,
) -> dict[str, Any]:
    # (1) the exact bytes
    digest = FINGERPRINT + hashlib.sha256(data).hexdigest()
    if digest != evidence.get("digest"):
        raise _differs(
            "E001",
            f"{pointer}/digest",
            message(
                "The data have the digest {digest}, and the evidence states {evidence}.",
                digest=digest,
                evidence=evidence.get("digest"),
            ),
            message(
                "Use the exact file that was measured; opening and saving it changes its bytes."
            ),
        )
    try:
        # (2) what the columns mean
        if evidence.get("mapping", {}).get("v") != VERSION:
            raise _cannot(
                pointer,
                message("The evidence has no mapping of version {version}.", version=VERSION),
            )
        if "metric" not in claim:
            raise _cannot(
                pointer, message("A {claim} is not measured from rows.", claim=claim.get("type"))
            )
        mapping = DataMapping.from_json(evidence["mapping"])
        if not mapping.table.is_text and read_table is parse_csv:
            raise _cannot(pointer, message("The data are no text, and only text is read here."))
        # (3) and (4): the table, and the claim that it gives
        table = read_table(data, mapping.table)
        metrics = (claim["metric"],)
        found = measure(table, mapping, metrics=metrics, catalogue=catalogue, period=_period(claim))
    except (OpenQualityError, KeyError, ValueError, TypeError) as error:
        if getattr(error, "code", "") in _NOT_HERE:
            raise _cannot(pointer, str(error)) from None
        raise _differs(
            "E006",
            f"{pointer}/mapping",
            message("The mapping does not give the claim: {error}", error=error),
            message(
                "Measure again with `openquality measure`, which writes claim and mapping together."
            ),
        ) from None
    stated = (evidence.get("columns"), evidence.get("rowCount"))
    if stated != (list(table.columns), found.usage.rows):
        raise _differs(
            "E002",
            f"{pointer}/columns",
            message(
                "The data have {rows} rows of {columns}.",
                rows=found.usage.rows,
                columns=", ".join(table.columns),
            ),
            message(
                "State the columns of the file in their order, and the rows without the headings."
            ),
        )
    return found.claims[0]


def _differences(
    claim: Mapping[str, Any], again: Mapping[str, Any], catalogue: Catalogue, pointer: str
) -> Iterator[Finding]:
    stated = claim.get("value")
    if stated is not None and "value" not in again:
        yield _finding("E003", f"{pointer}/value", message("The data give a bound and no value."))
    elif stated is not None:
        again = _in_unit(again, _OF_VALUE, stated["unit"], catalogue)
        found = again["value"]
        if found["unit"] != stated["unit"] or not _agree(stated["amount"], found["amount"]):
            yield _finding(
                "E003",
                f"{pointer}/value",
                message(
                    "The claim states {with_unit}; the data give {with_unit2}.",
                    with_unit=with_unit(stated["amount"], stated["unit"]),
                    with_unit2=with_unit(found["amount"], found["unit"]),
                ),
            )
    for name in ("exposure", "durations"):
        if name in claim and name in again:
            again = _in_unit(again, (name,), claim[name]["unit"], catalogue)
    for code, names in (("E004", _COUNTED), ("E005", _STATED)):
        for name in names:
            if name in claim and not _same(claim[name], again.get(name, {}), name):
                yield _finding(
                    code,
                    f"{pointer}/{name}",
                    message(
                        "The claim states {claim}; the data and mapping give {again}.",
                        claim=claim[name],
                        again=again.get(name),
                    ),
                )


def _in_unit(
    again: Mapping[str, Any], members: Sequence[str], unit: str, catalogue: Catalogue
) -> dict[str, Any]:
    """Express what the first of these members and the others state in its unit in another one.

    All stays as it is where the units do not convert.
    """
    source = again[members[0]]["unit"]
    try:
        catalogue.factor(source, unit)
    except OpenQualityError:
        return dict(again)

    def converted(text: str) -> str:
        return plain(DIGITS.plus(catalogue.convert(Decimal(text), source, unit)))

    parts = {
        member: {
            name: converted(part) if name in _LENGTHS else part
            for name, part in again[member].items()
        }
        | ({"unit": unit} if "unit" in again[member] else {})
        for member in members
        if member in again
    }
    return {**again, **parts}


def _same(stated: Any, computed: Any, name: str) -> bool:  # noqa: ANN401 - any JSON value
    if name == "qualifiers":
        return _by_name(stated) == _by_name(computed)
    if name == "sampling":
        return bool(stated["n"] == computed.get("n", stated["n"]))
    if name == "interval" and stated.get("sided") != "one":
        return True  # another interval than the one that is computed here
    if isinstance(stated, dict) and isinstance(computed, dict):
        return all(_same(part, computed.get(key), key) for key, part in stated.items())
    if isinstance(stated, str) and isinstance(computed, str):
        return stated == computed or _agree(stated, computed)
    return bool(stated == computed)


def _by_name(qualifiers: Sequence[Mapping[str, str]]) -> dict[str, Mapping[str, str]]:
    return {each["qualifier"]: each for each in qualifiers}


def _agree(stated: str, computed: str) -> bool:
    """Tell whether a stated amount is the computed one, each within its own rounding."""
    one, other = parse_amount(stated), parse_amount(computed)
    if one is None or other is None:
        return False
    exponent = one.as_tuple().exponent
    steps = Decimal(1).scaleb(exponent if isinstance(exponent, int) else 0)
    if other:
        steps += Decimal(1).scaleb(other.adjusted() - DIGITS.prec + 1)
    return abs(one - other) <= steps / 2


def _period(claim: Mapping[str, Any]) -> tuple[date, date]:
    period = claim["period"]
    return date.fromisoformat(period["start"]), date.fromisoformat(period["end"])


def _differs(code: str, pointer: str, message: str, hint: str) -> _Ended:
    finding = Finding(code, Severity.ERROR, pointer, message, hint)
    return _Ended(Recomputation(Outcome.DIFFERS, (finding,)))


def _cannot(pointer: str, said: str) -> _Ended:
    hint = message("The claim stays evidenced by the digest of its data; nothing more is proved.")
    finding = Finding("E007", Severity.WARNING, pointer, said, hint)
    return _Ended(Recomputation(Outcome.NOT_RECOMPUTABLE, (finding,)))


def _finding(code: str, pointer: str, said: str) -> Finding:
    hint = message("Measure again from this file, or name the file that the claim was made from.")
    return Finding(code, Severity.ERROR, pointer, said, hint)
