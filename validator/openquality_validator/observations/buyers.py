"""A producer's value beside what buyers observed of the same thing."""

from collections.abc import Iterator

from openquality_validator.evidence import Relation
from openquality_validator.message import message
from openquality_validator.observations.observation import Observation, listed, observed
from openquality_validator.observations.seen import Bounds, Seen, Value


def contradicted(seen: Seen) -> Iterator[Observation]:
    """O011: what buyers observed differs from what the producer states, beyond both bounds."""
    for value in seen.values:
        if value.relation is not Relation.PRODUCER:
            continue
        apart = [each for each in value.buyers if are_apart(value, each)]
        if apart:
            first = min(apart, key=lambda each: each.index)
            found = tuple(each.index for each in apart)
            yield observed(
                "O011",
                message(
                    "The producer's value lies between {written} and {written2}, what buyers "
                    "observed of the same subject does not: in entry {index} it lies between "
                    "{written3} and {written4}. Seen in {listed}.",
                    written=_written(value.lower),
                    written2=_written(value.upper),
                    index=first.index,
                    written3=_written(first.lower),
                    written4=_written(first.upper),
                    listed=listed(found),
                ),
                found,
                claim=value.claim,
            )


def are_apart(one: Value, other: Bounds) -> bool:
    """Say whether two ranges of bounds have nothing in common; what has no bound has no end."""
    above = one.lower is not None and other.upper is not None and one.lower > other.upper
    below = one.upper is not None and other.lower is not None and one.upper < other.lower
    return above or below


def _written(bound: float | None) -> str:
    return message("no bound") if bound is None else f"{bound:.6g}"
