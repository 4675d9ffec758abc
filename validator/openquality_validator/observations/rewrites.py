"""Values that their issuer replaced or revoked again and again."""

from collections.abc import Iterator

from openquality_validator.message import message
from openquality_validator.observations.observation import Observation, observed
from openquality_validator.observations.seen import Rewrite, Seen

LEAST = 3  # rewrites
WITHIN = 30  # days, the first and the last one included


def rewritten(seen: Seen) -> Iterator[Observation]:
    """O007: values of the series were replaced or revoked several times within 30 days."""
    for value in seen.values:
        ordered = sorted(value.rewrites, key=lambda each: each.index)
        windows = [_window(ordered, at) for at in range(len(ordered))]
        most = max(windows, key=len, default=[])
        if len(most) >= LEAST:
            days = most[-1].day - most[0].day + 1
            yield observed(
                "O007",
                message(
                    "Values of this series were replaced or revoked {count} times within {days}, "
                    "from entry {index} to entry {index2}, and no later period was reported by "
                    "that.",
                    count=len(most),
                    days=message("1 day") if days == 1 else message("{days} days", days=days),
                    index=most[0].index,
                    index2=most[-1].index,
                ),
                tuple(each.index for each in most),
                claim=value.claim,
            )


def _window(ordered: list[Rewrite], start: int) -> list[Rewrite]:
    """Return the rewrites from one on, as far as they lie within the days."""
    end = ordered[start].day + WITHIN
    return [each for each in ordered[start:] if each.day < end]
