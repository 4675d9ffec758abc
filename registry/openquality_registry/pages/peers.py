"""Where a value stands among those that compare with it: the same rows that a query would give."""

import datetime as dt
import math
from dataclasses import dataclass

from openquality_registry.adapters.sql.peers import MOST, SqlPeers
from openquality_registry.bootstrap import Parts
from openquality_validator import query as queries
from openquality_validator.catalogue import Catalogue, Metric
from openquality_validator.compare.answer import Group
from openquality_validator.compare.conditions import eligibility, failing, scope
from openquality_validator.compare.measurement import Measurement
from openquality_validator.compare.ranking import ranking_bound
from openquality_validator.query import Query

MOST_DRAWN = 5_000  # values of a distribution


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

    def __init__(self, parts: Parts, *, today: dt.date, catalogue: Catalogue | None = None) -> None:
        self._index = parts.index
        self._sql = SqlPeers(parts.folder.store.read)
        self._catalogue = catalogue or parts.catalogue
        self._accreditors = parts.folder.accreditors
        self._today = today

    def rank(self, measurement: Measurement, *, current: bool) -> Rank | None:
        """Rank a value among those of its group, or None for a metric that is best at a target."""
        metric = self._catalogue.metrics.get(measurement.metric)
        if metric is None or metric.direction == "target":
            return None
        question = self._question(metric)
        where = question.where[0]
        conditions = eligibility(question, where)
        reason = failing(measurement, conditions, current=current)
        bound = ranking_bound(measurement, where)
        if reason is not None or bound is None:
            return Rank(0, reason=reason or "noBound")
        count, better, worse = self._sql.around(
            scope(question, where),
            conditions,
            Group(measurement.key, measurement.family, 0),
            bound if metric.direction == "higherBetter" else -bound,
        )
        return Rank(count) if count > MOST else Rank(count, better=better, worse=worse)

    def groups(self, metric: Metric) -> tuple[Group, ...]:
        """List the groups of comparable values of a metric, the largest first."""
        question = self._question(metric)
        where = question.where[0]
        found = self._index.tally(scope(question, where), eligibility(question, where)).groups
        return tuple(sorted(found, key=lambda group: (-group.count, group.key, group.family or "")))

    def bounds(self, metric: Metric, group: Group) -> tuple[float, ...]:
        """Return what ranks the values of a group: of all, or of some thousand from all over."""
        question = self._question(metric)
        where = question.where[0]
        found = self._sql.bounds(
            scope(question, where),
            eligibility(question, where),
            group,
            every=math.ceil(group.count / MOST_DRAWN),
        )
        higher = metric.direction == "higherBetter"
        return tuple(
            bound for lower, upper in found if (bound := lower if higher else upper) is not None
        )

    def _question(self, metric: Metric) -> Query:
        asked = {"metric": metric.id} | ({"target": "0"} if metric.direction == "target" else {})
        return queries.parse(
            {"where": [asked]},
            catalogue=self._catalogue,
            today=self._today,
            published=self._accreditors,
        )
