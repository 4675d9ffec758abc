"""Where a value stands among those that compare with it: the same rows that a query would give."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from openquality_registry.index import Index
from openquality_validator import query as queries
from openquality_validator.catalogue import Catalogue, Metric
from openquality_validator.compare.answer import Group
from openquality_validator.compare.conditions import eligibility, failing, scope
from openquality_validator.compare.measurement import Measurement
from openquality_validator.compare.ranking import ranking_bound
from openquality_validator.evidence import Accreditor
from openquality_validator.query import Query, Where

MOST = 2_000  # comparable values that a page reads; a query orders any number


@dataclass(frozen=True, slots=True)
class Rank:
    """Say where a value stands among `count` comparable ones: how many are better, how many worse.

    `reason` is the code for which it is not ranked; without any of these there are too many.
    """

    count: int
    better: int | None = None
    worse: int | None = None
    reason: str | None = None

    @property
    def place(self) -> int | None:
        """The place from the best, 1 for the best."""
        return None if self.better is None else self.better + 1


class Peers:
    """Ask the index for comparable values, under this registry's own list of accreditors."""

    def __init__(
        self,
        index: Index,
        *,
        catalogue: Catalogue,
        accreditors: Sequence[Accreditor],
        today: dt.date,
    ) -> None:
        self._index = index
        self._catalogue = catalogue
        self._accreditors = tuple(accreditors)
        self._today = today

    def rank(self, measurement: Measurement, *, current: bool) -> Rank | None:
        """Rank a value among those of its group, or None for a metric that is best at a target."""
        metric = self._catalogue.metrics.get(measurement.metric)
        if metric is None or metric.direction == "target":
            return None
        question = self._question(metric)
        where = question.where[0]
        bounds = self._bounds(question, where, Group(measurement.key, measurement.family, 0))
        own = ranking_bound(measurement, where)
        reason = failing(measurement, eligibility(question, where), current=current)
        if reason is not None or own is None:
            return Rank(len(bounds), reason=reason or "noBound")
        if len(bounds) > MOST:
            return Rank(len(bounds))
        higher = sum(bound > own for bound in bounds)
        lower = sum(bound < own for bound in bounds)
        if metric.direction == "higherBetter":
            return Rank(len(bounds), better=higher, worse=lower)
        return Rank(len(bounds), better=lower, worse=higher)

    def groups(self, metric: Metric) -> tuple[Group, ...]:
        """List the groups of comparable values of a metric, the largest first."""
        question = self._question(metric)
        where = question.where[0]
        found = self._index.tally(scope(question, where), eligibility(question, where)).groups
        return tuple(sorted(found, key=lambda group: (-group.count, group.key, group.family or "")))

    def bounds(self, metric: Metric, group: Group) -> tuple[float, ...]:
        """Return what ranks the values of a group."""
        question = self._question(metric)
        return self._bounds(question, question.where[0], group)

    def _question(self, metric: Metric) -> Query:
        asked = {"metric": metric.id} | ({"target": "0"} if metric.direction == "target" else {})
        return queries.parse(
            {"where": [asked]},
            catalogue=self._catalogue,
            today=self._today,
            published=self._accreditors,
        )

    def _bounds(self, question: Query, where: Where, group: Group) -> tuple[float, ...]:
        values = self._index.page(
            scope(question, where),
            eligibility(question, where),
            group,
            where,
            after=None,
            limit=MOST + 1,
        )
        found = (ranking_bound(value.measurement, where) for value in values)
        return tuple(bound for bound in found if bound is not None)
