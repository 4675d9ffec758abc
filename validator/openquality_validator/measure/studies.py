"""Studies with a plan: acceptance sampling of one lot, and gauge R&R of one measuring system.

What rows cannot say stands in the mapping. `plan` of an inspection: the members of the claim's
`inspection` without what is found, for a single sample. `study` of a gauge: `basis` `tolerance` or
`totalVariation`, `sigmaMultiplier`, and the `tolerance` (width) if that is the basis.
"""

from collections.abc import Mapping as Members
from typing import Any, Final

from openquality_validator.errors import UnusableData
from openquality_validator.measure.amounts import DIGITS, parse_amount, plain
from openquality_validator.measure.cells import Reader
from openquality_validator.measure.days import Days
from openquality_validator.measure.mapping import Mapping
from openquality_validator.measure.sums import Count, Sums
from openquality_validator.message import message
from openquality_validator.statistics.gauge import gauge_study

_PLAN: Final = frozenset(
    {
        *("level", "severity", "planType", "aql", "lotSize", "codeLetter"),
        *("n", "ac", "re"),
    }
)
_NUMBERS: Final = ("lotSize", "n", "ac", "re")
_BASES: Final = frozenset({"tolerance", "totalVariation"})


class Inspection(Count):
    """Count nonconforming units, or the nonconformities on them: one row is one inspected unit."""

    def __init__(self, reader: Reader, days: Days, mapping: Mapping) -> None:
        super().__init__(reader, days, mapping)
        self.units = 0

    def _add(self, cells: Members[str, str], number: int) -> tuple[int, ...]:
        self.units += 1
        return super()._add(cells, number)


class Gauge(Sums):
    """Keep the trials of each operator on each part."""

    def __init__(self, reader: Reader, days: Days, mapping: Mapping) -> None:
        super().__init__(reader, days, mapping)
        self.readings: dict[tuple[str, str], list[float]] = {}

    def _add(self, cells: Members[str, str], number: int) -> tuple[int, ...]:
        value = float(self._reader.number("value", cells["value"], number))
        self.readings.setdefault((cells["part"], cells["operator"]), []).append(value)
        return ()  # a month of a study is none


def inspection_members(tally: Inspection, mapping: Mapping) -> dict[str, Any]:
    """Write what the plan decides; raises UnusableData M002 for the plan, M010 for its sample."""
    plan = dict(mapping.plan or {})
    whole = all(type(plan.get(name)) is int for name in _NUMBERS)
    if set(plan) != _PLAN or not whole or plan["planType"] != "single":
        raise UnusableData(
            "M002",
            message("The mapping's member `plan` does not say how the lot is judged."),
            message(
                "It holds {plan}; of plan types `single` is measured here.",
                plan=", ".join(sorted(_PLAN)),
            ),
        )
    if tally.units != plan["n"]:
        raise UnusableData(
            "M010",
            message(
                "{units} units were inspected, and the plan draws {n}.",
                units=tally.units,
                n=plan["n"],
            ),
            message("Give the rows of one sample of one lot, and the plan by which it was drawn."),
        )
    result = "accepted" if tally.total <= plan["ac"] else "rejected"
    return {
        "value": {"amount": str(int(result == "accepted")), "unit": "1"},
        "inspection": {**plan, "found": tally.total, "result": result},
    }


def gauge_members(tally: Gauge, mapping: Mapping) -> dict[str, Any]:
    """Write the share of the gauge in percent; raises UnusableData M002, and as `gauge_study`."""
    stated = dict(mapping.study or {})
    multiplier = parse_amount(stated.get("sigmaMultiplier"))
    tolerance = parse_amount(stated.get("tolerance", "1"))
    basis = stated.get("basis")
    if (
        not {"basis", "sigmaMultiplier"} <= set(stated) <= {"basis", "sigmaMultiplier", "tolerance"}
        or basis not in _BASES
        or (basis == "tolerance") != ("tolerance" in stated)
        or not (multiplier and multiplier > 0 and tolerance and tolerance > 0)
    ):
        raise UnusableData(
            "M002",
            message("The mapping's member `study` does not say what the gauge is compared with."),
            message(
                "It holds `basis` (totalVariation, or tolerance and the `tolerance` itself) and "
                "`sigmaMultiplier` (6, or 5.15)."
            ),
        )
    found = gauge_study(tally.readings)
    width = float(tolerance) / float(multiplier) if basis == "tolerance" else found.total
    return {
        "value": {
            "amount": plain(DIGITS.create_decimal(repr(100 * found.gauge / width))),
            "unit": "%",
        },
        "study": {
            "basis": basis,
            "method": "anova",
            "parts": found.parts,
            "operators": found.operators,
            "trials": found.trials,
            "ndc": found.categories,
            "sigmaMultiplier": stated["sigmaMultiplier"],
        },
    }
