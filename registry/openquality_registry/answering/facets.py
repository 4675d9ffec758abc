"""The rows of a whole answer counted by a member, the most frequent value first."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from openquality_registry.answering.found import Found
from openquality_registry.answering.index import Index
from openquality_validator.compare.answer import Row
from openquality_validator.compare.measurement import Measurement
from openquality_validator.evidence import Standing
from openquality_validator.query import Query

LIMIT = 100  # values of one facet

Counts = Sequence[tuple[str | None, int]]


def of_group(question: Query, found: Found, index: Index) -> dict[str, Any]:
    """Count in the index: the rows are the values of one metric's group."""
    if found.group is None:
        return {name: [] for name in question.facets}
    return {
        name: _json(
            index.facet(
                found.scope,
                found.conditions,
                found.group,
                name=name,
                accreditors=question.accreditors,
                limit=LIMIT,
            )
        )
        for name in question.facets
    }


def of_rows(question: Query, rows: Sequence[Row], index: Index) -> dict[str, Any]:
    """Count in memory, by the first value of each row."""
    values = [row.values[0] for row in rows]
    counted: dict[str, Any] = {}
    for name in question.facets:
        if name == "category":
            nodes = index.nodes(sorted({value.index for value in values}))
            counts = Counter[str | None](
                node for value in values for node in nodes.get(value.index, ())
            )
        elif name == "relation":
            counts = Counter(_relation(value.measurement, question) for value in values)
        else:
            counts = Counter(_MEMBERS[name](value.measurement) for value in values)
        first = sorted(counts.items(), key=lambda each: (-each[1], each[0] or ""))
        counted[name] = _json(first[:LIMIT])
    return counted


def _json(counts: Counts) -> list[dict[str, Any]]:
    return [{"value": value, "count": number} for value, number in counts]


def _relation(m: Measurement, question: Query) -> str:
    stands = Standing(m.relation, m.assessed_under)
    return stands.relation_for(m.issuer, question.accreditors).value


_MEMBERS: Mapping[str, Callable[[Measurement], str | None]] = {
    "country": lambda m: m.country,
    "granularity": lambda m: m.granularity,
    "identity": lambda m: m.identity,
    "issuer": lambda m: m.issuer,
    "sizeClass": lambda m: m.size_class,
    "subjectType": lambda m: m.subject_type,
    "verification": lambda m: m.verification.value,
}
