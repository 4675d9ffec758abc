"""The example of a metric: a claim that breaks no rule, and comes out as it was worked."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import openquality_schemas
from openquality_validator import rules
from openquality_validator.catalogue import Catalogue, Metric
from openquality_validator.errors import OpenQualityError
from openquality_validator.findings import Finding, Severity, pointer
from openquality_validator.message import message
from openquality_validator.metric_sets import stated
from openquality_validator.statistics.claims import estimate
from openquality_validator.statistics.estimates import Estimate, ranking_bound

# The record in which an example is judged; what is not of the claim holds by itself.
_ID: Final = "urn:uuid:00000000-0000-4000-8000-000000000000"
_CLAIM: Final[Mapping[str, Any]] = {
    "id": f"{_ID}#c1",
    "period": {"start": "2026-01-01", "end": "2026-06-30"},
    "assessor": {"party": {"name": "Example"}, "assessorLevel": "self"},
}
_AT: Final = "/credentialSubject/claims/0"

Json = Mapping[str, Any]
Path = tuple[str | int, ...]


def check(entry: Json, metric: Metric, whole: Catalogue, *, at: Path) -> Iterator[Finding]:
    """Find what is wrong with the example of an entry that stands at a path of its set.

    `metric` is the entry as read, under its qualified name, and `whole` the catalogue with it.
    """
    example = entry["example"]
    place = (*at, "example")
    claim = {**_CLAIM, **example["claim"]}
    wrong = list(_shape(claim, entry, (*place, "claim")))
    yield from wrong
    if wrong:
        return
    claim["metric"] = metric.id
    wrong = list(_rules(claim, whole, (*place, "claim")))
    yield from wrong
    if not wrong:
        yield from _worked(example, claim, whole, metric, place)


def _shape(claim: Json, entry: Json, path: Path) -> Iterator[Finding]:
    for found in stated.shape(
        {"measurements": [claim]}, schema=openquality_schemas.attestation_sri()
    ):
        where = found.pointer.removeprefix("/measurements/0")
        yield Finding(found.code, found.severity, pointer(path) + where, found.message, found.hint)
    if claim.get("metric") != entry["id"]:
        yield _error(
            "Z224",
            (*path, "metric"),
            message("The example is not of the metric {id}.", id=entry["id"]),
            message("Name the metric as claims do."),
        )


def _rules(claim: Json, whole: Catalogue, path: Path) -> Iterator[Finding]:
    record = {
        "id": _ID,
        "catalogueVersion": whole.version,
        "issuer": {"id": "did:web:example.com"},
        "validFrom": "2026-07-01T00:00:00Z",
        "credentialSubject": {
            "id": "did:web:example.com",
            "type": "Organization",
            "issuerRole": "producer",
            "claims": [claim],
        },
    }
    for found in rules.check(record, whole):
        if found.severity is Severity.ERROR:
            yield _error(
                "Z224",
                (),
                message("{code}: {said}", code=found.code, said=found.message),
                found.hint,
                at=pointer(path) + found.pointer.removeprefix(_AT),
            )


def _worked(
    example: Json, claim: Json, whole: Catalogue, metric: Metric, path: Path
) -> Iterator[Finding]:
    try:
        found = estimate(metric, claim, whole)
        bound = _bound(found, claim, metric, whole)
    except OpenQualityError as error:
        yield _error(
            "Z225",
            path,
            message("The example cannot be evaluated: {error}", error=error),
            message("State what the form needs."),
        )
        return
    for member, computed in (("value", found.value), ("bound", bound)):
        if _six_digits(computed) != _six_digits(example[member]):
            yield _error(
                "Z225",
                (*path, member),
                message(
                    "The example comes out as {computed}, not {said}.",
                    computed=_six_digits(computed),
                    said=example[member],
                ),
                message("Work it again; what is stated is held to six digits."),
            )


def _bound(found: Estimate, claim: Json, metric: Metric, whole: Catalogue) -> float | None:
    if metric.direction != "target":
        return ranking_bound(found, direction=metric.direction)
    for each in claim.get("qualifiers", ()):
        if each["qualifier"] == "target":
            ratio = whole.factor(each["unit"], metric.canonical_unit)
            target = float(each["amount"]) * ratio
            return ranking_bound(found, direction=metric.direction, target=target)
    return None


def _six_digits(number: float | str | None) -> str | None:
    return None if number is None else format(float(number), ".6g")


def _error(code: str, path: Path, said: str, hint: str, *, at: str = "") -> Finding:
    return Finding(code, Severity.ERROR, at or pointer(path), said, hint)
