"""How much of the variation in measured values comes from measuring: gauge R&R by ANOVA.

AIAG, "Measurement Systems Analysis", 4th edition, chapter III: p parts, o operators and r trials of
each operator on each part, all crossed, parts and operators random. With the mean squares of parts
P, operators O, their interaction I and repetition E, variances (none below zero) are

    repetition E     interaction (I−E)/r     operators (O−I)/pr     parts (P−I)/or

An interaction that is not significant (5 %) is pooled with the repetition, and takes its place in
the others. GRR² is the sum of the first three, TV² = GRR² + PV², ndc = ⌊1.41·PV/GRR⌋.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from openquality_validator.message import message
from openquality_validator.statistics.estimates import unusable

SIGNIFICANT = 0.05  # of the interaction
PER_CATEGORY = 1.41  # √2 as the manual writes it: parts of one category overlap


@dataclass(frozen=True, slots=True)
class GaugeStudy:
    """Hold standard deviations: repeatability, reproducibility, both, parts, and all."""

    parts: int
    operators: int
    trials: int
    repeatability: float
    reproducibility: float
    gauge: float
    part: float
    total: float

    @property
    def categories(self) -> int:
        """The number of distinct categories (ndc)."""
        return math.floor(PER_CATEGORY * self.part / self.gauge)


def gauge_study(readings: Mapping[tuple[str, str], Sequence[float]]) -> GaugeStudy:
    """Analyse the trials of each operator on each part, by (part, operator).

    Raises InvalidInput (A090) unless there are two parts, two operators and two trials at least,
    all crossed and alike in number, or if repetition shows no variation at all.
    """
    parts = sorted({part for part, _ in readings})
    operators = sorted({operator for _, operator in readings})
    trials = {len(each) for each in readings.values()}
    p, o, r = len(parts), len(operators), min(trials, default=0)
    if len(trials) != 1 or len(readings) != p * o or min(p, o, r) < 2:  # noqa: PLR2004 - to compare
        raise unusable(
            message(
                "{p} parts and {o} operators do not have the same number of trials each, two or "
                "more.",
                p=p,
                o=o,
            ),
            message("Let every operator measure every part equally often."),
        )
    cell = {key: math.fsum(each) / r for key, each in readings.items()}
    of_part = [math.fsum(cell[part, each] for each in operators) / o for part in parts]
    of_operator = [math.fsum(cell[each, operator] for each in parts) / p for operator in operators]
    all_mean = math.fsum(of_part) / p
    part = o * r * _squares(of_part, all_mean) / (p - 1)
    operator = p * r * _squares(of_operator, all_mean) / (o - 1)
    crossed = r * math.fsum(
        (cell[parts[i], operators[j]] - of_part[i] - of_operator[j] + all_mean) ** 2
        for i, j in product(range(p), range(o))
    )
    within = math.fsum(_squares(each, cell[key]) for key, each in readings.items())
    if within <= 0:
        raise unusable(
            message("Every trial repeats the reading before."),
            message("Check the resolution of the gauge: repetition must show some variation."),
        )
    return _study((p, o, r), part, operator, crossed, within)


def _study(
    counts: tuple[int, int, int], part: float, operator: float, crossed: float, within: float
) -> GaugeStudy:
    from scipy.special import fdtrc

    p, o, r = counts
    free_crossed, free_within = (p - 1) * (o - 1), p * o * (r - 1)
    repeated, between = within / free_within, crossed / free_crossed
    if fdtrc(free_crossed, free_within, between / repeated) > SIGNIFICANT:
        repeated = between = (within + crossed) / (free_within + free_crossed)
    variance_of_operators = max(operator - between, 0.0) / (p * r)
    reproducibility = variance_of_operators + max(between - repeated, 0.0) / r
    variance_of_parts = max(part - between, 0.0) / (o * r)
    gauge = repeated + reproducibility
    return GaugeStudy(
        *counts,
        *(
            math.sqrt(each)
            for each in (
                *(repeated, reproducibility, gauge),
                *(variance_of_parts, gauge + variance_of_parts),
            )
        ),
    )


def _squares(values: Sequence[float], centre: float) -> float:
    return math.fsum((value - centre) ** 2 for value in values)
