"""Dates that lie long before the day on which the log took the record."""

from collections.abc import Iterator

from openquality_validator.message import message
from openquality_validator.observations.observation import Observation, listed, observed
from openquality_validator.observations.seen import Seen

MOST_DAYS_AFTER_PERIOD = 180  # half a year: annual figures are published within it
MOST_DAYS_AFTER_VALID = 90


def backdated_period(seen: Seen) -> Iterator[Observation]:
    """O009: the period had ended long before, and newer periods were in the log already."""
    for value in seen.values:
        if value.ended is None or not value.newer:
            continue
        days = seen.admitted - value.ended
        if days > MOST_DAYS_AFTER_PERIOD:
            found = tuple(value.newer)
            yield observed(
                "O009",
                message(
                    "The period ended {days} days before the log took the record, and newer "
                    "periods of the same series were there already, in {listed}.",
                    days=days,
                    listed=listed(found),
                ),
                found,
                claim=value.claim,
            )


def backdated_record(seen: Seen) -> Iterator[Observation]:
    """O010: the record says that it was valid long before it came into the log."""
    days = seen.admitted - seen.valid_from
    if days > MOST_DAYS_AFTER_VALID:
        yield observed(
            "O010",
            message(
                "The record says that it was valid {days} days before the log took it.", days=days
            ),
        )
