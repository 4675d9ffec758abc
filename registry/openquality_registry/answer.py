"""The buyer's questions, answered over the index: queries and comparisons."""

import base64
import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from openquality_registry.index import Index
from openquality_validator.catalogue import Catalogue
from openquality_validator.compare import answer as answers
from openquality_validator.compare.answer import Group, LeftOut, Row
from openquality_validator.compare.conditions import eligibility, scope
from openquality_validator.compare.ranking import Indexed, SortKey, scores, sort_key
from openquality_validator.compare.side import side_by_side
from openquality_validator.errors import InvalidInput
from openquality_validator.query import Query, Where

# Several metrics are joined, and scores normalised, over all eligible rows: more than this is a
# question to narrow, not to compute.
MAX_JOINED = 20_000


@dataclass(frozen=True, slots=True)
class Found:
    """Hold what the index knows of one metric asked for."""

    where: Where
    group: Group | None
    left_out: tuple[LeftOut, ...]


def query(question: Query, index: Index, *, origin: str, size: int) -> dict[str, Any]:
    """Answer a query. Raises InvalidInput (Q009 wrong cursor, Q010 too broad)."""
    found = tuple(_found(question, where, index) for where in question.where)
    after = _read_cursor(question)
    left_out = [item for one in found for item in one.left_out]
    if any(one.group is None for one in found):
        rows: list[Row] = []
        total, reference, last = 0, None, None
    elif len(found) == 1 and not question.rank:
        rows, reference, last = _single(question, found[0], index, after)
        total = found[0].group.count if found[0].group else 0
    else:
        joined, missing = _joined(question, found, index)
        left_out.extend(missing)
        total, reference = len(joined), joined[0] if joined else None
        rows, last = _cut(question, joined, after)
    return {
        "query": _echo(question),
        "log": {"origin": origin, "size": size},
        "order": answers.ORDER_RANKED if question.rank else answers.ORDER,
        "groups": [_group_json(one) for one in found],
        "total": total,
        "rows": [answers.row_json(row, question, reference or row) for row in rows],
        "leftOut": answers.left_out_json(left_out),
        "fairness": {"applied": False, "reserve": None, "diversityWeight": "0", "formula": None},
        "facets": {},
        "excluded": None,
        "bundles": None,
        "next": None if last is None else _write_cursor(question, last),
    }


def _found(question: Query, where: Where, index: Index) -> Found:
    tally = index.tally(scope(question, where), eligibility(question, where))
    group = answers.choose_group(tally.groups, by_category=question.category is None)
    counts = dict(tally.left_out)
    outside = sum(g.count for g in tally.groups) - (group.count if group else 0)
    if outside:
        counts["notComparable"] = outside
    metric = where.metric.id
    return Found(where, group, tuple(LeftOut(metric, r, n) for r, n in counts.items()))


def _single(
    question: Query, found: Found, index: Index, after: SortKey | None
) -> tuple[list[Row], Row | None, SortKey | None]:
    """Let the index order and cut: only the rows of the page are read."""
    where = found.where
    assert found.group is not None
    tests, conditions = scope(question, where), eligibility(question, where)

    def page(after: SortKey | None, limit: int) -> tuple[Indexed, ...]:
        assert found.group is not None
        return index.page(tests, conditions, found.group, where, after=after, limit=limit)

    values = page(after, question.limit + 1)
    first = values[:1] if after is None else page(None, 1)
    rows = [Row((value,)) for value in values[: question.limit]]
    more = len(values) > question.limit
    last = sort_key(rows[-1].values[0], where) if more else None
    return rows, Row(first) if first else None, last


def _joined(
    question: Query, found: Sequence[Found], index: Index
) -> tuple[list[Row], list[LeftOut]]:
    """Join several metrics by (issuer, subject), in memory, and rank."""
    tables: list[dict[tuple[str, str], Indexed]] = []
    for one in found:
        assert one.group is not None
        if one.group.count > MAX_JOINED:
            raise InvalidInput(
                "Q010",
                f"{one.group.count} values of {one.where.metric.id} are eligible; "
                f"at most {MAX_JOINED} can be joined or ranked by weights.",
                "Narrow by category, subject type, threshold or age.",
            )
        values = index.page(
            scope(question, one.where),
            eligibility(question, one.where),
            one.group,
            one.where,
            after=None,
            limit=MAX_JOINED,
        )
        tables.append({(v.measurement.issuer, v.measurement.subject): v for v in values})
    shared = [name for name in tables[0] if all(name in table for table in tables[1:])]
    missing = [
        LeftOut(one.where.metric.id, "metricMissing", len(table) - len(shared))
        for one, table in zip(found, tables, strict=True)
        if len(table) > len(shared)
    ]
    rows = [Row(tuple(table[name] for table in tables)) for name in shared]
    if question.rank:
        terms = scores([row.values for row in rows], question.where, dict(question.rank))
        rows = [replace(row, terms=shown) for row, shown in zip(rows, terms, strict=True)]
    return sorted(rows, key=lambda row: _row_key(question, row)), missing


def _row_key(question: Query, row: Row) -> SortKey:
    if not question.rank:
        return sort_key(row.values[0], question.where[0])
    return (0, -row.score, row.values[0].index, row.values[0].measurement.claim)


def _cut(
    question: Query, rows: Sequence[Row], after: SortKey | None
) -> tuple[list[Row], SortKey | None]:
    rest = [row for row in rows if after is None or _row_key(question, row) > after]
    page = rest[: question.limit]
    return page, _row_key(question, page[-1]) if len(rest) > len(page) else None


def compare(
    digests: Sequence[str], index: Index, *, catalogue: Catalogue, as_of: dt.date
) -> dict[str, Any]:
    """Put the values of named statements side by side, each graded against the first one's."""
    values = index.of(digests)
    return side_by_side(digests, values, catalogue=catalogue, as_of=as_of)


def _group_json(found: Found) -> dict[str, Any]:
    group = found.group
    return {
        "metric": found.where.metric.id,
        "key": group.key if group else None,
        "family": group.family if group else None,
        "count": group.count if group else 0,
    }


def _echo(question: Query) -> dict[str, Any]:
    """Repeat how the query was understood, defaults included."""
    return {
        "asOf": question.as_of.isoformat(),
        "accreditors": {
            "from": question.accreditors_from,
            "list": [{"did": a.did, "schemes": list(a.schemes)} for a in question.accreditors],
        },
        "relations": [relation.value for relation in question.relations],
        "floors": {
            "verification": question.verification.value,
            "independence": question.independence.value,
            "identity": question.identity.value,
        },
        "maxAgeDays": question.max_age_days,
        "where": [
            {
                "metric": where.metric.id,
                "direction": where.metric.direction,
                "unit": where.unit,
                "comparator": where.comparator,
                "threshold": None if where.threshold is None else f"{where.threshold:f}",
                "of": where.of,
                "minSample": where.metric.min_sample
                if question.min_sample is None
                else question.min_sample,
            }
            for where in question.where
        ],
    }


def _fingerprint(question: Query) -> str:
    asked = repr(replace(question, cursor=None, limit=0)).encode()
    return hashlib.sha256(asked).hexdigest()[:16]


def _write_cursor(question: Query, last: SortKey) -> str:
    data = orjson.dumps([_fingerprint(question), *last])
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _read_cursor(question: Query) -> SortKey | None:
    if question.cursor is None:
        return None
    try:
        padded = question.cursor + "=" * (-len(question.cursor) % 4)
        fingerprint, unbound, goodness, place, claim = orjson.loads(
            base64.b64decode(padded, altchars=b"-_", validate=True)
        )
        key = (int(unbound), float(goodness), int(place), str(claim))
    except (ValueError, TypeError) as error:
        raise _wrong_cursor() from error
    if fingerprint != _fingerprint(question):
        raise _wrong_cursor()
    return key


def _wrong_cursor() -> InvalidInput:
    return InvalidInput(
        "Q009",
        "The cursor does not continue this query.",
        "Repeat the query of the first page unchanged, with the `next` of the page before.",
    )
