"""Lives of items: each failed after its time, or was still running when it was last seen.

One row is one item. With a column for the outcome, the texts that are counted are failures, and the
others are items still running; without one every item failed.
"""

from collections.abc import Mapping as Members
from decimal import ROUND_FLOOR, Context, Decimal
from typing import Any, Final

from openquality_validator.catalogue import Catalogue, Metric
from openquality_validator.errors import UnusableData
from openquality_validator.measure.amounts import DIGITS, plain
from openquality_validator.measure.cells import VALUE_SCALE, Reader
from openquality_validator.measure.days import Days
from openquality_validator.measure.mapping import Mapping
from openquality_validator.measure.sums import Sums
from openquality_validator.message import message
from openquality_validator.statistics.estimates import LEVEL
from openquality_validator.statistics.weibull import weibull_fit

MOST_ITEMS: Final = 100_000  # every step of the fit goes over all of them
_DOWN: Final = Context(prec=DIGITS.prec, rounding=ROUND_FLOOR)


class Lives(Sums):
    """Keep the times of failed and of running items, in `unit`."""

    def __init__(self, reader: Reader, days: Days, mapping: Mapping) -> None:
        super().__init__(reader, days, mapping)
        self.failed: list[float] = []
        self.running: list[float] = []

    def _add(self, cells: Members[str, str], number: int) -> tuple[int, ...]:
        if len(self.failed) + len(self.running) == MOST_ITEMS:
            raise UnusableData(
                "M010",
                message(
                    "Row {number} is one item more than {most_items}.",
                    number=number,
                    most_items=MOST_ITEMS,
                ),
                message("Fit a random sample of the items, and say so in `limitations`."),
            )
        time = float(self._reader.amount("value", cells["value"], number)) / VALUE_SCALE
        failed = not self._by_outcome or self._reader.counted(cells["outcome"], number)
        (self.failed if failed else self.running).append(time)
        return ()  # a month of a study is none


def life_members(tally: Lives, metric: Metric, catalogue: Catalogue) -> dict[str, Any]:
    """Write the life that a tenth do not reach, by a Weibull fit; raises as `weibull_fit`."""
    assert tally.unit is not None, "a mapping of lives states their unit"
    found = weibull_fit(tally.failed, tally.running)
    assert found.life.value is not None, "a fit has a life"
    assert found.life.lower is not None, "and a limit"

    def in_unit(time: float, context: Context = DIGITS) -> str:
        exact = catalogue.convert(Decimal(repr(time)), tally.unit or "", metric.canonical_unit)
        return plain(context.plus(exact))

    return {
        "value": {"amount": in_unit(found.life.value), "unit": metric.canonical_unit},
        "interval": {
            "lower": in_unit(found.life.lower, _DOWN),
            "level": str(LEVEL),
            "sided": "one",
        },
        "study": {
            "method": "maximumLikelihood",
            "distribution": "weibull",
            "shape": plain(DIGITS.create_decimal(repr(found.shape))),
            "scale": in_unit(found.scale),
            "tested": found.tested,
            "failed": found.failed,
        },
    }
