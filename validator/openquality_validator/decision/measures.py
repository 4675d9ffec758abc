"""Measure a decision log: review, suppliers, incidents, reconstruction, diversity.

share of x            x / all, over the decisions proposed in the time, unless stated otherwise
review offered        the policy demanded a review, or the proposer asked for one
review used           a listed person approved or overrode
small                 the size class of the chosen supplier's record is micro or small
local                 its country is among the policy's `localCountries`
diversity             1 − Σ sᵢ², with sᵢ the share of supplier i in the value of what is in
                      force or was executed, for each currency (1 − Herfindahl; Gini–Simpson)
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import median
from typing import Any, Final

from openquality_validator.decision.book import Book
from openquality_validator.decision.transaction import Executed, Transaction

SMALL: Final = {"micro", "small"}
HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Reconstruction:
    """Hold what one reconstruction came to (`same`, `differs`, `unknown`) and its seconds."""

    transaction: str
    result: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Share:
    """Hold a part of a whole, as counts; `unknown` of the whole cannot be judged."""

    part: int
    whole: int
    unknown: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return the counts, and the share with four digits, None of nothing."""
        share = None if not self.whole else f"{self.part / self.whole:.4f}"
        return {"part": self.part, "whole": self.whole, "unknown": self.unknown, "share": share}


def measure(
    book: Book,
    *,
    now: datetime,
    since: datetime | None = None,
    reconstructions: Sequence[Reconstruction] = (),
) -> dict[str, Any]:
    """Return all measures as JSON, over the decisions proposed from `since` until `now`."""
    states = [
        state for state in book.transactions.values() if since is None or state.proposed >= since
    ]
    executed = [done for state in states if (done := _final(state)) is not None]
    local = book.policy.local_countries if book.policy else ()
    return {
        "asOf": now.isoformat(),
        "since": since.isoformat() if since else None,
        "decisions": len(states),
        "byStatus": _count(state.status.value for state in states),
        "refusedAttempts": sum(state.attempts for state in states),
        "executed": {
            "count": len(executed),
            "byCompliance": _count(done.compliance for done in executed),
        },
        "humanReview": {
            "offered": Share(sum(s.asked for s in states), len(states)).to_json(),
            "used": Share(sum(s.used for s in states), len(states)).to_json(),
            "usedWhereOffered": Share(
                sum(s.used for s in states if s.asked), sum(s.asked for s in states)
            ).to_json(),
        },
        "suppliers": _suppliers(executed, local),
        "diversity": _diversity(executed),
        "incidents": _incidents(states, book, now),
        "reconstruction": _reconstruction(reconstructions),
        "overrideTests": {
            "count": len(book.tests),
            "passed": sum(test.passed for test in book.tests),
            "last": _last_test(book),
        },
    }


def _final(state: Transaction) -> Executed | None:
    return state.executions[-1] if state.executions else None


def _count(names: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for name in names:
        found[name] = found.get(name, 0) + 1
    return dict(sorted(found.items()))


def _last_test(book: Book) -> str | None:
    last = max((test.time for test in book.tests), default=None)
    return last.isoformat() if last else None


def _supplier(done: Executed) -> Mapping[str, Any]:
    chosen = done.alternative
    return chosen["supplier"] if chosen else {}


def _suppliers(executed: Sequence[Executed], local: Sequence[str]) -> dict[str, Any]:
    """Share the executed decisions, and their value for each currency, by size and place."""
    facts = [(_is_small(done), _is_local(done, local), _value(done)) for done in executed]
    tests = {
        "small": [small for small, _, _ in facts],
        "local": [near for _, near, _ in facts],
        "smallOrLocal": [_either(small, near) for small, near, _ in facts],
    }
    return {
        name: {
            "byCount": _tri(found).to_json(),
            "byValue": _by_value(found, [value for _, _, value in facts]),
        }
        for name, found in tests.items()
    }


def _is_small(done: Executed) -> bool | None:
    size = _supplier(done).get("sizeClass")
    return None if size is None else size in SMALL


def _is_local(done: Executed, local: Sequence[str]) -> bool | None:
    country = _supplier(done).get("country")
    return None if country is None or not local else country in local


def _either(one: bool | None, other: bool | None) -> bool | None:  # noqa: FBT001 - private
    if one or other:
        return True
    return None if one is None or other is None else False


def _tri(found: Sequence[bool | None]) -> Share:
    return Share(sum(each is True for each in found), len(found), sum(e is None for e in found))


def _by_value(
    found: Sequence[bool | None], values: Sequence[tuple[str, Decimal] | None]
) -> dict[str, str | None]:
    totals: dict[str, list[Decimal]] = {}
    for holds, value in zip(found, values, strict=True):
        if value is not None:
            currency, amount = value
            sums = totals.setdefault(currency, [Decimal(0), Decimal(0)])
            sums[0] += amount if holds else 0
            sums[1] += amount
    return {
        currency: f"{part / whole:.4f}" if whole else None
        for currency, (part, whole) in sorted(totals.items())
    }


def _value(done: Executed) -> tuple[str, Decimal] | None:
    if done.terms is None:
        return None
    value = done.terms["value"]
    return value["currency"], Decimal(value["amount"])


def _diversity(executed: Sequence[Executed]) -> dict[str, Any]:
    spent: dict[str, dict[str, Decimal]] = {}
    for done in executed:
        value, supplier = _value(done), _supplier(done).get("id")
        if value is not None and supplier is not None:
            by = spent.setdefault(value[0], {})
            by[supplier] = by.get(supplier, Decimal(0)) + value[1]
    return {
        currency: {"suppliers": len(by), "index": _simpson(list(by.values()))}
        for currency, by in sorted(spent.items())
    }


def _simpson(values: Sequence[Decimal]) -> str | None:
    total = sum(values, Decimal(0))
    if not total:
        return None
    return f"{1 - sum((value / total) ** 2 for value in values):.4f}"


def _incidents(states: Sequence[Transaction], book: Book, now: datetime) -> dict[str, Any]:
    every = [incident for state in states for incident in state.incidents]
    limit = book.policy.incident if book.policy else timedelta()
    in_time = [each for each in every if each.stated and each.stated <= each.detected + limit]
    overdue = [each for each in every if not each.stated and now > each.detected + limit]
    hours = [(each.resolved - each.detected) / HOUR for each in every if each.resolved]
    return {
        "count": len(every),
        "statedInTime": len(in_time),
        "overdue": len(overdue),
        "resolved": len(hours),
        "medianHoursToResolution": f"{median(hours):.1f}" if hours else None,
    }


def _reconstruction(done: Sequence[Reconstruction]) -> dict[str, Any]:
    seconds = [each.seconds for each in done]
    return {
        "byResult": _count(each.result for each in done),
        "medianSeconds": f"{median(seconds):.3f}" if seconds else None,
        "greatestSeconds": f"{max(seconds):.3f}" if seconds else None,
    }
