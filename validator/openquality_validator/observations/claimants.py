"""One subject, several producers: who was named first, the order of the log tells."""

from collections.abc import Iterator, Sequence

from openquality_validator.message import message
from openquality_validator.observations.marks import NOBODY, Thing
from openquality_validator.observations.observation import Observation, listed, observed
from openquality_validator.observations.seen import Naming, Seen


def claimed_before(seen: Seen) -> Iterator[Observation]:
    """O005: another producer was named for the same subject before."""
    if found := _others(seen, before=True):
        yield observed(
            "O005",
            message(
                "Another producer was named for this subject before, first in {listed}, and "
                "still is.",
                listed=listed(found),
            ),
            found,
        )


def claimed_later(seen: Seen) -> Iterator[Observation]:
    """O006: another producer was named for the same subject later."""
    if found := _others(seen, before=False):
        yield observed(
            "O006",
            message(
                "Another producer was named for this subject later, first in {listed}, and still "
                "is.",
                listed=listed(found),
            ),
            found,
        )


def _others(seen: Seen, *, before: bool) -> tuple[int, ...]:
    found = set()
    for mark, namings in seen.namings.items():
        if mark.thing is not Thing.SUBJECT or mark.party == NOBODY:
            continue
        own = _first(mark.party, namings, default=seen.index)
        for party in {n.party for n in namings if n.stands} - {mark.party, NOBODY}:
            first = _first(party, namings, default=seen.index)
            if (first < own) is before:
                found.add(first)
    return tuple(sorted(found))


def _first(party: str, namings: Sequence[Naming], *, default: int) -> int:
    return min((n.first for n in namings if n.party == party), default=default)
