"""What the index knows of one metric asked for: the group, its values, what was left out."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from openquality_registry.answering.index import Excluded, Index
from openquality_validator.compare import money
from openquality_validator.compare.answer import Group, LeftOut, choose_group
from openquality_validator.compare.conditions import (
    CURRENCY_DIFFERS,
    Condition,
    Test,
    eligibility,
    scope,
    unpriced,
)
from openquality_validator.compare.ranking import Indexed, sort_key
from openquality_validator.errors import InvalidInput
from openquality_validator.message import message
from openquality_validator.query import Query, Where

# Several metrics are joined, scores normalised, and money converted over all eligible rows: more
# than this is a question to narrow, not to compute.
MAX_JOINED = 20_000
NOT_COMPARABLE = "notComparable"
NOT_CURRENT = "notCurrent"


@dataclass(frozen=True, slots=True)
class Found:
    """Hold what an answer needs of one metric.

    `conditions` are those that the index judges. Where amounts are converted `priced` holds the
    values of the group, best first, and `besides` what the conversion left out.
    """

    where: Where
    scope: tuple[Test, ...]
    conditions: tuple[Condition, ...]
    group: Group | None
    left_out: tuple[LeftOut, ...]
    priced: tuple[Indexed, ...] | None = None
    besides: tuple[Excluded, ...] = ()

    def values(self, index: Index) -> tuple[Indexed, ...]:
        """Return all values of the group, best first; raises InvalidInput (Q010)."""
        if self.priced is not None:
            return self.priced
        if self.group is None:
            return ()
        check(self.group.count, self.where)
        return index.page(
            self.scope, self.conditions, self.group, self.where, after=None, limit=MAX_JOINED
        )


def find(question: Query, where: Where, index: Index) -> Found:
    """Find one metric's values; raises InvalidInput (Q010) if amounts are too many to convert."""
    if where.rates:
        return _priced(question, where, index)
    tests, conditions = scope(question, where), eligibility(question, where)
    tally = index.tally(tests, conditions)
    group = choose_group(tally.groups, by_category=question.category is None)
    counts = dict(tally.left_out)
    outside = sum(g.count for g in tally.groups) - (group.count if group else 0)
    if outside:
        counts[NOT_COMPARABLE] = outside
    return Found(where, tests, conditions, group, _left_out(where, counts))


def check(count: int, where: Where) -> None:
    """Raise InvalidInput (Q010) for more values than are joined, ranked or converted."""
    if count > MAX_JOINED:
        raise InvalidInput(
            "Q010",
            message(
                "{count} values of {id} are eligible; at most {max_joined} can be joined, ranked "
                "by weights, arranged or converted.",
                count=count,
                id=where.metric.id,
                max_joined=MAX_JOINED,
            ),
            message("Narrow by category, subject type, threshold or age."),
        )


def excluded(value: Indexed, reason: str) -> Excluded:
    """Name a value that something else than the index left out."""
    m = value.measurement
    return Excluded(value.index, m.claim, m.digest, m.issuer, m.subject, reason)


def _priced(question: Query, where: Where, index: Index) -> Found:
    tests, conditions = scope(question, where), unpriced(question, where)
    tally = index.tally(tests, conditions)
    count = sum(group.count for group in tally.groups)
    check(count, where)
    besides: list[Excluded] = []
    found: list[money.Priced] = []
    for value in index.eligible(tests, conditions, limit=MAX_JOINED):
        priced = money.price(value, where)
        if priced is None:
            besides.append(excluded(value, CURRENCY_DIFFERS))
        else:
            found.append(priced)
    kept: list[Indexed] = []
    standing = money.newest(found)
    for each in found:
        reason = NOT_CURRENT if each not in standing else money.left_out(each, where)
        if reason is None:
            kept.append(each.indexed)
        else:
            besides.append(excluded(each.indexed, reason))
    by_category = question.category is None
    counted = Counter((v.measurement.key, v.measurement.family) for v in kept)
    groups = [Group(key, family, number) for (key, family), number in counted.items()]
    group = choose_group(groups, by_category=by_category)
    inside: list[Indexed] = []
    for value in kept:
        if group is not None and _lies_in(value, group):
            inside.append(value)
        else:
            besides.append(excluded(value, NOT_COMPARABLE))
    counts = Counter(tally.left_out) + Counter(each.reason for each in besides)
    return Found(
        where,
        tests,
        conditions,
        group,
        _left_out(where, counts),
        priced=tuple(sorted(inside, key=lambda value: sort_key(value, where))),
        besides=tuple(besides),
    )


def _lies_in(value: Indexed, group: Group) -> bool:
    m = value.measurement
    return m.key == group.key and (group.family is None or m.family == group.family)


def _left_out(where: Where, counts: Mapping[str, int]) -> tuple[LeftOut, ...]:
    return tuple(LeftOut(where.metric.id, reason, n) for reason, n in counts.items())
