"""Values far from those of their peers, by the modified z-score.

Iglewicz and Hoaglin, How to Detect and Handle Outliers (ASQC, 1993), section 3.3: with the median
m and MAD, the median of the absolute deviations from it, |0.6745 (x - m) / MAD| > 3.5. Both are
moved by no minority of the values, however far they lie; 0.6745 makes MAD a standard deviation
where the values are normal. Where more than half of the values are equal MAD is zero and tells
nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from openquality_validator.evidence import Relation
from openquality_validator.message import message
from openquality_validator.observations.observation import Observation, observed
from openquality_validator.observations.seen import Peer, Seen

LEAST_VALUES = 10
LEAST_ISSUERS = 5  # one supplier's many products are no market
MOST_VALUES = 500  # the newest ones of a group; more would not move a median
SCALE = 0.6745
LIMIT = 3.5


@dataclass(frozen=True, slots=True)
class Fence:
    """Hold the median of a group's values and their MAD, which is greater than zero."""

    median: float
    mad: float
    values: int
    issuers: int

    def is_outside(self, value: float) -> bool:
        """Say whether a value lies far from the others."""
        return SCALE * abs(value - self.median) > LIMIT * self.mad


def fence(peers: Sequence[Peer]) -> Fence | None:
    """Return what a group's values are judged by; None if they are too few or have no spread."""
    issuers = len({peer.issuer for peer in peers})
    if len(peers) < LEAST_VALUES or issuers < LEAST_ISSUERS:
        return None
    middle = median(peer.value for peer in peers)
    mad = median(abs(peer.value - middle) for peer in peers)
    return Fence(middle, mad, len(peers), issuers) if mad > 0 else None


def outlying(seen: Seen) -> Iterator[Observation]:
    """O008: the value lies far from those of its peers."""
    for value in seen.values:
        if value.relation is not Relation.PRODUCER or value.value is None:
            continue
        found = fence(value.peers)
        if found is not None and found.is_outside(value.value):
            score = SCALE * abs(value.value - found.median) / found.mad
            side = "above" if value.value > found.median else "below"
            yield observed(
                "O008",
                message(
                    "The value {value:.6g} lies far {side} the median {median:.6g} of {values} "
                    "values of {issuers} issuers: their median deviation is {mad:.6g}, which "
                    "gives a modified z-score of {score:.3g}, and {limit} is the limit.",
                    value=value.value,
                    side=side,
                    median=found.median,
                    values=found.values,
                    issuers=found.issuers,
                    mad=found.mad,
                    score=score,
                    limit=LIMIT,
                ),
                claim=value.claim,
            )
