"""How far two values may be compared, and why not further.

A grade depends only on the two values; whether the buyer wants a value at all is eligibility.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from openquality_validator.catalogue import Metric
from openquality_validator.compare.measurement import Measurement


class Grade(StrEnum):
    """Name the four grades, best first."""

    IDENTICAL = "identical"
    CONVERTIBLE = "convertible"
    QUALIFIED = "qualified"
    NOT_COMPARABLE = "notComparable"


@dataclass(frozen=True, slots=True)
class Comparability:
    """Hold a grade and the reason codes that led to it, in a fixed order."""

    grade: Grade
    reasons: tuple[str, ...] = ()


def grade(
    value: Measurement, reference: Measurement, metric: Metric, *, category: bool = True
) -> Comparability:
    """Grade a value against a reference value of the same metric.

    `category` says whether the two must lie in the same family of categories; it is off when a
    query named the category under which both lie.
    """
    barred = tuple(_barriers(value, reference, category=category))
    if barred:
        return Comparability(Grade.NOT_COMPARABLE, barred)
    differing = tuple(_qualifications(value, reference, metric))
    if differing:
        return Comparability(Grade.QUALIFIED, differing)
    if value.unit != reference.unit:
        return Comparability(Grade.CONVERTIBLE, (f"unitConverted:{value.unit}",))
    return Comparability(Grade.IDENTICAL)


def _barriers(value: Measurement, reference: Measurement, *, category: bool) -> Iterator[str]:
    if value.metric != reference.metric:
        yield "metricDiffers"
        return
    if value.subject_type != reference.subject_type:
        yield "subjectTypeDiffers"
    if value.granularity != reference.granularity:
        yield "granularityDiffers"
    if category and value.subject_type == "Product" and value.family != reference.family:
        yield "categoryDiffers"
    ours, theirs = value.key.split("|"), reference.key.split("|")
    if ours[0] != theirs[0]:
        yield "metricVersionDiffers"
    # After version, type and granularity come the `name=value` parts that must be equal.
    differing = set(ours[3:]) ^ set(theirs[3:])
    yield from sorted({f"differs:{part.split('=')[0]}" for part in differing})


def _qualifications(value: Measurement, reference: Measurement, metric: Metric) -> Iterator[str]:
    ours, theirs = dict(value.qualifiers), dict(reference.qualifiers)
    for qualifier in metric.qualifiers:
        if qualifier.role != "match" or qualifier.required:
            continue
        one, other = ours.get(qualifier.name), theirs.get(qualifier.name)
        if one == other:
            continue
        unknown = one is None or other is None
        yield f"{'unknown' if unknown else 'differs'}:{qualifier.name}"
    if value is reference:
        return
    if value.population is None or reference.population is None:
        yield "unknown:population"
    elif value.population != reference.population:
        yield "differs:population"
