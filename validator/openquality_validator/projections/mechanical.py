"""Mechanical tests of an EN 10168 inspection document, read into measurement claims.

    Inspection[]: {C01: place, C02: direction, C03: temperature,
      TensileTest: {C11: proof strength, C12: tensile strength, C13: elongation},
      HardnessTest: {C30: method, C31[]: values, C32: mean},
      NotchedBarImpactTest: {C40: type, C41: width, C42[]: values, C43: mean}}

Each measurement is {Property, Value, Unit, Minimum, Maximum}. What decides whether two values
compare stands in free text. It is read where the words mean one thing alone; else the qualifier is
left out, which the list of losses says, and must be added by hand.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from openquality_validator.message import any_of
from openquality_validator.projections import mechanical_words as words
from openquality_validator.projections.mechanical_words import Words
from openquality_validator.projections.node import Node

Qualifiers = tuple[dict[str, str], ...]

_UNREAD = "The words do not say it in one way alone; add the qualifier {}."
_WARM = "The metrics of tensile tests hold for room temperature; this one is at {}."
_UNITS = "It is not in {}, or the unit is not stated."
_NO_SCALE = "Without a scale as ISO writes it (HV 10, HBW 10/3000, HRC) a number says nothing."
_PARTLY = "Only the word that decides is read."
_LEAST = "Of several values the least is stated."


@dataclass(frozen=True, slots=True)
class _Result:
    """Hold one measured value with what its place in the document says about it."""

    metric: str
    place: Node
    amount: str
    unit: str
    qualifiers: Qualifiers
    statistic: str = "single"
    n: int = 1


def claims(certificate: Node) -> tuple[dict[str, Any], ...]:
    """Draft a claim of each property: the least of several test pieces that are alike.

    Every mean is a claim of its own. Values whose unit is not one of the metric's are lost.
    """
    groups: dict[tuple[str, str, str, str], list[_Result]] = {}
    for inspection in certificate.members("Inspection", alone=True):
        for found in _inspected(inspection):
            alone = found.place.pointer if found.statistic == "mean" else ""
            key = (found.metric, found.unit, alone, repr(found.qualifiers))
            groups.setdefault(key, []).append(found)
    return tuple(_claim(_least(group)) for group in groups.values())


def _least(group: list[_Result]) -> _Result:
    least = min(group, key=lambda each: Decimal(each.amount))
    for other in group:
        if other is not least:
            other.place.lose(reason=_LEAST)
    n = sum(each.n for each in group)
    statistic = least.statistic if len(group) == 1 else "least"
    return replace(least, statistic=statistic, n=n)


def _claim(found: _Result) -> dict[str, Any]:
    statistic = {"qualifier": "statistic", "code": found.statistic}
    return {
        "type": "MeasurementClaim",
        "metric": found.metric,
        "value": {"amount": found.amount, "unit": found.unit},
        "sampling": {"n": found.n},
        "qualifiers": [*found.qualifiers, statistic],
    }


def _inspected(inspection: Node) -> Iterator[_Result]:
    direction = _code(inspection, "C02", "specimenDirection", words.DIRECTIONS)
    if inspection.has("TensileTest"):
        yield from _tensile(inspection, direction)
    if inspection.has("HardnessTest"):
        yield from _hardness(inspection)
    if inspection.has("NotchedBarImpactTest"):
        yield from _impact(inspection, direction)


def _tensile(inspection: Node, direction: Qualifiers) -> Iterator[_Result]:
    test = inspection.member("TensileTest")
    if not _at_room_temperature(inspection):
        test.lose(reason=_WARM.format(inspection.peek("C03")))
        return
    for code, metric, units, own in (
        ("C11", "proof-strength", words.STRESS, _proof),
        ("C12", "tensile-strength", words.STRESS, None),
        ("C13", "elongation-after-fracture", words.SHARE, _gauge),
    ):
        measurement = test.member(code)
        amount, unit = _measured(measurement, units)
        if amount is not None:
            first = own(measurement) if own else ()
            yield _Result(metric, measurement, amount, unit, (*first, *direction))


def _proof(measurement: Node) -> Qualifiers:
    return _code(measurement, "Property", "proofKind", words.PROOF)


def _gauge(measurement: Node) -> Qualifiers:
    if measurement.word("Property").strip() == "A":  # ISO 6892-1: no index stands for 5.65·√S₀
        measurement.text("Property")
        return ({"qualifier": "gaugeLength", "code": "proportional"},)
    return _code(measurement, "Property", "gaugeLength", words.GAUGES)


def _hardness(inspection: Node) -> Iterator[_Result]:
    test = inspection.member("HardnessTest")
    scale = words.hardness_scale(test.word("C30"))
    if scale is None:
        test.lose(reason=_NO_SCALE)
        return
    test.text("C30")
    place = _code(inspection, "C01", "testPlace", words.PLACES)
    qualifiers = ({"qualifier": "scale", "code": scale}, *place)
    values = list(test.members("C31"))
    mean = test.member("C32")
    if mean.has("Value"):
        test.lose("C31", reason="The mean is stated.")
    elif len(values) == 1:
        mean = values[0]
    else:
        test.lose("C31", reason="Neither a mean nor a single value is stated.")
        return
    amount = mean.amount("Value")
    if amount is not None:
        statistic = "mean" if mean.pointer.endswith("C32") else "single"
        yield _Result("hardness", mean, amount, "1", qualifiers, statistic, len(values) or 1)


def _impact(inspection: Node, direction: Qualifiers) -> Iterator[_Result]:
    test = inspection.member("NotchedBarImpactTest")
    qualifiers = (
        *_code(test, "C40", "notch", words.NOTCHES),
        *_temperature(inspection),
        *_width(test),
        *_striker(test),
        *direction,
    )
    values = [(place, *_measured(place, words.ENERGY)) for place in test.members("C42")]
    mean, unit = _measured(test.member("C43"), words.ENERGY)
    if mean is not None:
        place = test.member("C43")
        yield _Result("impact-energy", place, mean, unit, qualifiers, "mean", len(values) or 1)
    known = [(place, amount, unit) for place, amount, unit in values if amount is not None]
    for place, amount, unit in known:
        yield _Result("impact-energy", place, amount, unit, qualifiers)


def _measured(measurement: Node, units: Mapping[str, str]) -> tuple[str | None, str]:
    """Take a value with its unit; a value in another unit is lost."""
    if not measurement.has("Value"):
        return None, ""
    unit = units.get(measurement.word("Unit"))
    if unit is None:
        measurement.lose(reason=_UNITS.format(any_of(sorted(units))))
        return None, ""
    measurement.text("Unit")
    return measurement.amount("Value"), unit


def _code(place: Node, member: str, qualifier: str, meanings: Words) -> Qualifiers:
    """Take a text that means one code alone; otherwise it is lost."""
    code = words.meant(place.word(member), meanings)
    if code is None:
        place.lose(member, reason=_UNREAD.format(qualifier))
        return ()
    text = place.text(member) or ""
    if words.says_more(text, meanings):
        place.lose(member, reason=_PARTLY)
    return ({"qualifier": qualifier, "code": code},)


def _at_room_temperature(inspection: Node) -> bool:
    if not words.is_room(inspection.word("C03")):
        return not inspection.has("C03")
    inspection.text("C03")
    return True


def _temperature(inspection: Node) -> Qualifiers:
    celsius = words.celsius(inspection.word("C03"))
    if celsius is None:
        inspection.lose("C03", reason=_UNREAD.format("temperature"))
        return ()
    inspection.text("C03")
    return ({"qualifier": "temperature", "amount": celsius, "unit": "Cel"},)


def _width(test: Node) -> Qualifiers:
    amount, unit = _measured(test.member("C41"), words.LENGTH)
    if amount is None:
        return ()
    return ({"qualifier": "specimenWidth", "amount": amount, "unit": unit},)


def _striker(test: Node) -> Qualifiers:
    radius = words.meant(test.word("C40"), words.STRIKERS)
    return ({"qualifier": "strikerRadius", "amount": radius, "unit": "mm"},) if radius else ()
