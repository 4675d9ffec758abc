"""How an order gives way to small, local or different suppliers; off unless a query asks for it.

docs/spec/query.md has the formula in words:

    weighed = (1 - d) × merit + d / (1 + before)                                       diversity
    of the first p rows at least floor(share × p) are reserved ones, while there are any  reserve
"""

import heapq
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from openquality_validator.compare.measurement import Measurement
from openquality_validator.message import message
from openquality_validator.wanted import Fairness, Reserve

FORMULA = message(
    "Rows are placed one after the other. Next comes the row with the greatest (1 - d) × "
    "merit + d / (1 + before), where d is the diversity weight, merit is the score (without "
    "`rank` the normalised bound) and before is how many rows of the same supplier are "
    "placed already; among equals the order without the section decides. Then places are "
    "reserved: of the first p rows at least floor(share × p) are of the suppliers named "
    "under `reserve`, while there are any; a row moves up for that and the rows between move "
    "down by one."
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Hold what the order depends on: the row's supplier, its merit from 0 to 1, its claim."""

    supplier: str
    merit: float
    reserved: bool


@dataclass(frozen=True, slots=True)
class Placed:
    """Say which candidate stands at a place (its number in the order before, from 0), and why."""

    number: int
    before: int
    weighed: float


def is_reserved(m: Measurement, reserve: Reserve | None) -> bool:
    """Say whether places are kept for the subject's producer: small by its own word, or local."""
    if reserve is None:
        return False
    return m.size_class in reserve.size_classes or m.country in reserve.countries


def arrange(candidates: Sequence[Candidate], fairness: Fairness) -> list[Placed]:
    """Order candidates, which come best first, anew."""
    placed = _diverse(candidates, float(fairness.diversity))
    if fairness.reserve is None:
        return placed
    return _reserved(placed, candidates, Fraction(fairness.reserve.share))


def _diverse(candidates: Sequence[Candidate], weight: float) -> list[Placed]:
    """Place by merit and by how many rows the same supplier has already.

    Within one supplier merit falls, so only its first row that waits can come next.
    """
    waiting: defaultdict[str, deque[int]] = defaultdict(deque)
    for number, candidate in enumerate(candidates):
        waiting[candidate.supplier].append(number)

    def weighed(number: int, before: int) -> float:
        return (1.0 - weight) * candidates[number].merit + weight / (1 + before)

    heap = [(-weighed(numbers[0], 0), numbers[0], 0) for numbers in waiting.values()]
    heapq.heapify(heap)
    placed = []
    while heap:
        value, number, before = heap[0]
        placed.append(Placed(number, before, -value))
        numbers = waiting[candidates[number].supplier]
        numbers.popleft()
        if numbers:
            following = (-weighed(numbers[0], before + 1), numbers[0], before + 1)
            heapq.heapreplace(heap, following)
        else:
            heapq.heappop(heap)
    return placed


def _reserved(
    placed: Sequence[Placed], candidates: Sequence[Candidate], share: Fraction
) -> list[Placed]:
    named = deque(each for each in placed if candidates[each.number].reserved)
    others = deque(each for each in placed if not candidates[each.number].reserved)
    position = {each.number: place for place, each in enumerate(placed)}
    found: list[Placed] = []
    taken = 0
    for place in range(1, len(placed) + 1):
        due = named and taken < share * place // 1
        first = named and (not others or position[named[0].number] < position[others[0].number])
        if due or first:
            taken += 1
            found.append(named.popleft())
        else:
            found.append(others.popleft())
    return found
