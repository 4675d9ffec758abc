"""The buyer's question, answered over the index."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from openquality_registry.answering import cursors, echo, facets, found
from openquality_registry.answering.explaining import excluded_json
from openquality_registry.answering.found import MAX_JOINED, Found
from openquality_registry.answering.index import Excluded, Index
from openquality_validator.compare import answer as answers
from openquality_validator.compare import fairness
from openquality_validator.compare.answer import Fair, LeftOut, Row
from openquality_validator.compare.fairness import Candidate
from openquality_validator.compare.ranking import Indexed, SortKey, merits, scores, sort_key
from openquality_validator.errors import InvalidInput
from openquality_validator.message import message
from openquality_validator.query import Query
from openquality_validator.vocabulary import shown_key

__all__ = ["MAX_JOINED", "query"]


@dataclass(frozen=True, slots=True)
class _Page:
    """Hold the rows of a page, the first row of all, and what else an answer says of them."""

    rows: Sequence[Row]
    reference: Row | None
    last: SortKey | None
    total: int
    facets: Mapping[str, Any]
    reserved: int = 0
    left_out: Sequence[LeftOut] = ()
    missing: Mapping[int, Sequence[Excluded]] = field(default_factory=dict)


def query(question: Query, index: Index, *, origin: str, size: int) -> dict[str, Any]:
    """Answer a query over the published log of `size` entries.

    Raises InvalidInput: Q009 wrong cursor, Q010 too broad, Q017 no such checkpoint.
    """
    if question.size is not None:
        if question.size > size:
            raise InvalidInput(
                "Q017",
                message(
                    "The log has no checkpoint of size {size}; it has {size2} entries.",
                    size=question.size,
                    size2=size,
                ),
                message(
                    "Take the size of a checkpoint that you have seen, or leave `atCheckpoint` out."
                ),
            )
        index, size = index.at(question.size, origin=origin), question.size
    asked = [found.find(question, where, index) for where in question.where]
    page = _page(question, asked, index)
    left_out = [item for one in asked for item in one.left_out]
    return {
        "query": echo.echo(question),
        "log": {"origin": origin, "size": size},
        "order": answers.order(ranked=bool(question.rank), fair=question.fairness is not None),
        "groups": [_group_json(one) for one in asked],
        "total": page.total,
        "rows": [answers.row_json(row, question, page.reference or row) for row in page.rows],
        "leftOut": answers.left_out_json([*left_out, *page.left_out]),
        "fairness": _fairness_json(question, page),
        "facets": page.facets,
        "excluded": excluded_json(question, asked, index, missing=page.missing)
        if question.explain
        else None,
        "bundles": None,
        "next": None if page.last is None else cursors.write(question, page.last),
    }


def _page(question: Query, asked: Sequence[Found], index: Index) -> _Page:
    after = cursors.rows(question)
    alone = len(asked) == 1 and not question.rank and question.fairness is None
    if alone and asked[0].priced is None:
        return _single(question, asked[0], index, after)
    return _whole(question, asked, index, after)


def _single(question: Query, one: Found, index: Index, after: SortKey | None) -> _Page:
    """Let the index order and cut: only the rows of the page are read."""
    group, where = one.group, one.where
    counted = facets.of_group(question, one, index)
    if group is None:
        return _Page((), None, None, 0, counted)

    def page(after: SortKey | None, limit: int) -> tuple[Indexed, ...]:
        return index.page(one.scope, one.conditions, group, where, after=after, limit=limit)

    values = page(after, question.limit + 1)
    first = values[:1] if after is None else page(None, 1)
    rows = [Row((value,)) for value in values[: question.limit]]
    more = len(values) > question.limit
    last = sort_key(rows[-1].values[0], where) if more else None
    return _Page(rows, Row(first) if first else None, last, group.count, counted)


def _whole(question: Query, asked: Sequence[Found], index: Index, after: SortKey | None) -> _Page:
    """Join, rank and arrange all eligible rows in memory, then cut."""
    rows, missing = _joined(question, asked, index)
    counted = facets.of_rows(question, rows, index)
    reserved = 0
    if question.fairness is not None:
        rows = _arranged(question, rows)
        reserved = sum(row.fair is not None and row.fair.reserved for row in rows)
    keys = [_row_key(question, row, place) for place, row in enumerate(rows)]
    start = 0 if after is None else sum(key <= after for key in keys)
    stop = start + question.limit
    return _Page(
        rows[start:stop],
        rows[0] if rows else None,
        keys[stop - 1] if stop < len(rows) else None,
        len(rows),
        counted,
        reserved=reserved,
        left_out=_left_out(asked, missing),
        missing=missing,
    )


def _left_out(asked: Sequence[Found], missing: Mapping[int, Sequence[Excluded]]) -> list[LeftOut]:
    """Count what the join left out; where a metric has no value at all that is everything."""
    counts = {number: len(each) for number, each in missing.items()}
    if any(one.group is None for one in asked):
        counts = {number: one.group.count for number, one in enumerate(asked) if one.group}
    return [
        LeftOut(asked[number].where.metric.id, "metricMissing", count)
        for number, count in counts.items()
        if count
    ]


def _joined(
    question: Query, asked: Sequence[Found], index: Index
) -> tuple[list[Row], dict[int, list[Excluded]]]:
    """Join several metrics by (issuer, subject), and rank."""
    if any(one.group is None for one in asked) and not question.explain:
        return [], {}  # nothing can be joined; `_left_out` counts the others
    tables = [
        {(v.measurement.issuer, v.measurement.subject): v for v in one.values(index)}
        for one in asked
    ]
    shared = [name for name in tables[0] if all(name in table for table in tables[1:])]
    missing = {
        number: [
            found.excluded(value, "metricMissing")
            for name, value in table.items()
            if not all(name in other for other in tables)
        ]
        for number, table in enumerate(tables)
    }
    rows = [Row(tuple(table[name] for table in tables)) for name in shared]
    if question.rank:
        terms = scores([row.values for row in rows], question.where, dict(question.rank))
        rows = [replace(row, terms=shown) for row, shown in zip(rows, terms, strict=True)]
    return sorted(rows, key=lambda row: _row_key(replace(question, fairness=None), row, 0)), missing


def _arranged(question: Query, rows: Sequence[Row]) -> list[Row]:
    """Let the order give way as the fairness section asks."""
    asked = question.fairness
    assert asked is not None
    firsts = [row.values[0] for row in rows]
    worth = [row.score for row in rows] if question.rank else merits(firsts, question.where[0])
    candidates = [
        Candidate(
            supplier=value.measurement.producer or value.measurement.issuer,
            merit=merit,
            reserved=fairness.is_reserved(value.measurement, asked.reserve),
        )
        for value, merit in zip(firsts, worth, strict=True)
    ]
    return [
        replace(
            rows[placed.number],
            fair=Fair(
                rank=placed.number + 1,
                reserved=candidates[placed.number].reserved,
                merit=candidates[placed.number].merit,
                before=placed.before,
                weighed=placed.weighed,
            ),
        )
        for placed in fairness.arrange(candidates, asked)
    ]


def _row_key(question: Query, row: Row, place: int) -> SortKey:
    if question.fairness is not None:
        return (0, float(place), 0, "")
    if not question.rank:
        return sort_key(row.values[0], question.where[0])
    return (0, -row.score, row.values[0].index, row.values[0].measurement.claim)


def _group_json(one: Found) -> dict[str, Any]:
    group = one.group
    return {
        "metric": one.where.metric.id,
        "key": shown_key(group.key) if group else None,
        "family": group.family if group else None,
        "count": group.count if group else 0,
    }


def _fairness_json(question: Query, page: _Page) -> dict[str, Any]:
    """Say whether anything but the values has moved rows; the same member stands in all answers."""
    asked = question.fairness
    if asked is None:
        return {"applied": False, "reserve": None, "diversityWeight": "0", "formula": None}
    said = echo.fairness(asked)
    if said["reserve"] is not None:
        said["reserve"]["suppliers"] = page.reserved
    return {"applied": True, **said, "formula": fairness.FORMULA}
