"""Readings of one characteristic to a capability or performance index.

The member `capability` of a mapping states what the data cannot: `characteristic` and, for the
claim, `characteristics`; `estimator`, `convention` and `distribution` as in the claim; and
`subgroupSize` where consecutive readings form subgroups that no column names.
"""

from collections.abc import Mapping as Members
from decimal import ROUND_HALF_EVEN, Context
from typing import Any, Final

from openquality_validator.catalogue import Metric
from openquality_validator.errors import UnusableData
from openquality_validator.measure.amounts import DIGITS, parse_amount, plain
from openquality_validator.measure.mapping import Mapping
from openquality_validator.measure.values import Samples
from openquality_validator.statistics.samples import SampleStudy, study
from openquality_validator.statistics.stability import Signal, subgroup_signals

NEED_STABILITY: Final = frozenset({"cp", "cpk"})
BOTH_SIDES: Final = "capabilityIndexBothSides"  # the catalogue's bound of Cp and Pp
_MEMBERS: Final = frozenset({"characteristic", "estimator", "convention", "distribution"})
_OPTIONAL: Final = frozenset({"characteristics", "subgroupSize"})
_READING_DIGITS: Final = Context(prec=9, rounding=ROUND_HALF_EVEN)  # means sit close to nominal


def capability_members(metric: Metric, tally: Samples, mapping: Mapping) -> dict[str, Any]:
    """Write the value, the study and the characteristic of an index.

    Stability is judged by the Western Electric rules on the readings in their order. Raises
    UnusableData M011 when `cp` or `cpk` is asked of a process that is not stable, M010 when order
    and subgroups do not fit, M002 when the mapping lacks what the data cannot say, and InvalidInput
    A090 when the readings do not fit the estimator.
    """
    stated = _stated(mapping)
    characteristic = stated["characteristic"]
    groups = _subgroups(tally, stated.get("subgroupSize"))
    found = study(
        groups,
        estimator=stated["estimator"],
        lsl=_limit(characteristic, "lsl"),
        usl=_limit(characteristic, "usl"),
    )
    index = found.both_sides if metric.bound == BOTH_SIDES else found.worst_side
    if index is None:
        raise UnusableData(
            "M008",
            f"{metric.id} needs both specification limits.",
            "With one limit only, measure cpk or ppk.",
        )
    signals = subgroup_signals(groups, estimator=stated["estimator"])
    if signals and metric.id in NEED_STABILITY:
        raise _unstable(metric, signals)
    members: dict[str, Any] = {
        "value": {"amount": _round(index, DIGITS), "unit": metric.canonical_unit},
        "sampling": {"n": found.n, "design": "consecutive"},
        "characteristic": dict(characteristic),
        "capability": _block(found, stated, stable=not signals),
    }
    if "characteristics" in stated:
        members["characteristics"] = stated["characteristics"]
    return members


def _stated(mapping: Mapping) -> Members[str, Any]:
    stated = mapping.capability or {}
    characteristic = stated.get("characteristic")
    if (
        not _MEMBERS <= set(stated) <= _MEMBERS | _OPTIONAL
        or not isinstance(characteristic, dict)
        or stated["distribution"] != "normal"
        or not isinstance(stated.get("subgroupSize", 1), int)
    ):
        raise UnusableData(
            "M002",
            "The mapping's member `capability` does not say what the index needs.",
            f"It holds {', '.join(sorted(_MEMBERS))} and may hold {', '.join(sorted(_OPTIONAL))}; "
            "the distribution is normal, since no other is measured here.",
        )
    return stated


def _limit(characteristic: Members[str, Any], name: str) -> float | None:
    text = characteristic.get(name)
    if text is None:
        return None
    limit = parse_amount(text)
    if limit is None:
        raise UnusableData(
            "M002",
            f"The characteristic's {name} is {text!r}.",
            'Write limits as decimal strings, such as "11.950".',
        )
    return float(limit)


def _subgroups(tally: Samples, size: int | None) -> list[list[float]]:
    """Put the readings in order of production, then into their subgroups."""
    places = list(range(len(tally.values)))
    if tally.order:
        if len(set(tally.order)) < len(tally.order):
            raise UnusableData(
                "M010",
                "Two readings have the same place in the order of production.",
                "Map an order column whose numbers are unique.",
            )
        places.sort(key=tally.order.__getitem__)
    readings = [tally.values[place] for place in places]
    if tally.subgroups:
        named: dict[str, list[float]] = {}
        for place, reading in zip(places, readings, strict=True):
            named.setdefault(tally.subgroups[place], []).append(reading)
        return list(named.values())
    if size is None:
        return [readings]
    if size < 1 or len(readings) % size:
        raise UnusableData(
            "M010",
            f"{len(readings)} readings do not divide into subgroups of {size}.",
            "Check the subgroup size, or map a column that names the subgroup.",
        )
    return [readings[start : start + size] for start in range(0, len(readings), size)]


def _block(found: SampleStudy, stated: Members[str, Any], *, stable: bool) -> dict[str, Any]:
    block: dict[str, Any] = {
        "n": found.n,
        "estimator": stated["estimator"],
        "convention": stated["convention"],
        "stable": stable,
        "distribution": stated["distribution"],
        "mean": _round(found.mean, _READING_DIGITS),
        "sigma": _round(found.sigma, _READING_DIGITS),
    }
    if found.subgroups is not None:
        block["subgroups"] = found.subgroups
    if found.size is not None:
        block["subgroupSize"] = found.size
    return block


def _unstable(metric: Metric, signals: tuple[Signal, ...]) -> UnusableData:
    shown = ", ".join(f"rule {each.rule} at point {each.point + 1}" for each in signals[:5])
    more = f" and {len(signals) - 5} more" if len(signals) > 5 else ""  # noqa: PLR2004 - same five
    return UnusableData(
        "M011",
        f"The process is not stable: {shown}{more} (Western Electric).",
        f"{metric.id} describes a stable process. Find and remove the cause, or measure "
        "pp or ppk, which say what was seen and promise nothing.",
    )


def _round(value: float, digits: Context) -> str:
    return plain(digits.create_decimal(repr(value)))
