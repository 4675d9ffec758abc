"""Send statements in groups, check each receipt, keep it; resumable at every point."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from openquality import wire
from openquality.client import BUSY, Client, pause
from openquality.wire import Outcome

GROUP_STATEMENTS = 500  # a group is what a broken connection makes one send again
GROUP_BYTES = 4 * 1024 * 1024
ATTEMPTS = 5  # for lines of a batch that the registry was too busy to take


@dataclass(frozen=True, slots=True)
class Parcel:
    """Hold one statement to send: what to call it, its bytes, and what to do with its receipt."""

    name: str
    statement: bytes
    keep: Callable[[bytes], None]


@dataclass(frozen=True, slots=True)
class Limits:
    """Say how much goes into one request."""

    statements: int = GROUP_STATEMENTS
    size: int = GROUP_BYTES

    @classmethod
    def of(cls, well_known: dict[str, Any]) -> "Limits":
        """Take the registry's own limits where they are smaller than ours."""
        limits = well_known.get("limits")
        limits = limits if isinstance(limits, dict) else {}
        return cls(
            min(GROUP_STATEMENTS, int(limits.get("batchLines") or GROUP_STATEMENTS)),
            min(GROUP_BYTES, int(limits.get("batchBytes") or GROUP_BYTES)),
        )


def group(parcels: Iterable[Parcel], limits: Limits) -> Iterator[list[Parcel]]:
    """Split a stream of parcels into groups that fit one request."""
    current: list[Parcel] = []
    size = 0
    for parcel in parcels:
        length = len(parcel.statement) + 1
        if current and (len(current) == limits.statements or size + length > limits.size):
            yield current
            current, size = [], 0
        current.append(parcel)
        size += length
    if current:
        yield current


def send(client: Client, parcels: list[Parcel]) -> list[Outcome]:
    """Publish a group and return an outcome for each parcel, in order.

    Sends again what the registry was too busy to take. Raises RegistryError or NetworkError if the
    group as a whole got no answer; it may then be sent again.
    """
    outcomes = _post(client, parcels)
    for attempt in range(2, ATTEMPTS + 1):
        waiting = [n for n, outcome in enumerate(outcomes) if outcome.status in BUSY]
        if not waiting:
            break
        time.sleep(pause(attempt, None))
        again = _post(client, [parcels[n] for n in waiting])
        for n, outcome in zip(waiting, again, strict=True):
            outcomes[n] = outcome
    return outcomes


def _post(client: Client, parcels: list[Parcel]) -> list[Outcome]:
    if len(parcels) == 1:
        return [wire.read_outcome(client.send(wire.publish(parcels[0].statement)))]
    return list(client.publish_many([parcel.statement for parcel in parcels]))
