"""The SQL index and the conditions in memory leave out the same rows, and order them alike."""

import datetime as dt
from collections import Counter
from dataclasses import replace
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert

from openquality_registry.adapters.sql.index import SqlIndex
from openquality_registry.adapters.sql.index_tables import categories, measurements
from openquality_registry.adapters.sql.series import mark_current
from openquality_registry.adapters.sql.store import SqlStore
from openquality_registry.answering import answer, index
from openquality_validator import catalogue as catalogues
from openquality_validator.compare.conditions import eligibility, failing, scope
from openquality_validator.compare.measurement import Measurement
from openquality_validator.compare.ranking import Indexed, sort_key
from openquality_validator.evidence import (
    Accreditor,
    IdentityLevel,
    Independence,
    Relation,
    Verification,
)
from openquality_validator.query import Query, Where

CATALOGUE = catalogues.load()
METRICS = ("on-time-delivery", "lead-time-median", "hardness")
BOUNDS = st.none() | st.sampled_from([88.5, 90.0, 95.0, 95.98, 99.0])
DAYS = st.sampled_from(["2026-05-31", "2026-08-31", "2026-11-20", "2026-12-31"])

VALUES = st.builds(
    Measurement,
    digest=st.just("sha256:" + "ab" * 32),
    claim=st.sampled_from(["c1", "c2"]),
    issuer=st.sampled_from(["did:key:zA", "did:key:zB"]),
    subject=st.sampled_from(["did:key:zS1", "did:key:zS2", "https://id.gs1.org/01/0"]),
    subject_type=st.sampled_from(["Organization", "Product"]),
    granularity=st.sampled_from([None, "model"]),
    producer=st.sampled_from([None, "did:key:zA"]),
    country=st.just("DE"),
    size_class=st.none(),
    family=st.sampled_from([None, "unspsc:31160000"]),
    categories=st.sampled_from([(), (("unspsc", "31161500"), ("unspsc", "31160000"))]),
    metric=st.sampled_from(METRICS),
    key=st.sampled_from(["k1|a", "k2|b"]),
    value=BOUNDS,
    lower=BOUNDS,
    upper=BOUNDS,
    amount=st.none(),
    unit=st.none(),
    n=st.none() | st.integers(0, 60),
    start=st.none(),
    end=st.none() | DAYS,
    qualifiers=st.sampled_from([(), (("anchor", "requested"),), (("anchor", "Requested"),)]),
    population=st.none(),
    characteristic=st.sampled_from([None, "d1", "d2"]),
    characteristic_class=st.sampled_from([None, "critical", "other"]),
    verification=st.sampled_from(Verification),
    relation=st.sampled_from([Relation.PRODUCER, Relation.BUYER, Relation.OTHER]),
    assessed_under=st.sampled_from([None, "ISO/IEC 17025"]),
    identity=st.sampled_from(["L0", "L1"]),
)

QUERIES = st.builds(
    Query,
    where=st.tuples(
        st.builds(
            Where,
            metric=st.sampled_from([CATALOGUE.metric(name) for name in METRICS]),
            comparator=st.sampled_from(["atLeast", "atMost"]),
            threshold=st.none() | st.sampled_from([Decimal(90), Decimal("95.98")]),
            of=st.sampled_from(["bound", "value"]),
            target=st.sampled_from([Decimal(94), Decimal("95.99")]),
            qualifiers=st.sampled_from([(), (("anchor", "requested"),)]),
        )
    ),
    as_of=st.just(dt.date(2026, 11, 20)),
    subject_type=st.sampled_from([None, "Product"]),
    category=st.sampled_from([None, ("unspsc", "31160000")]),
    ids=st.sampled_from([(), ("did:key:zS1",)]),
    verification=st.sampled_from(Verification),
    independence=st.sampled_from(Independence),
    identity=st.sampled_from(IdentityLevel),
    accreditors=st.sampled_from([(), (Accreditor("did:key:zB", ("ISO/IEC 17025",)),)]),
    relations=st.sampled_from(
        [(Relation.PRODUCER, Relation.ASSESSOR), (Relation.ASSESSOR,), tuple(Relation)]
    ),
    min_sample=st.none() | st.integers(0, 60),
    max_age_days=st.none() | st.integers(0, 200),
)


def fill(store: SqlStore, values: list[Measurement]) -> None:
    with store.write.begin() as connection:
        for table in (measurements, categories):
            connection.execute(delete(table))
        rows = []
        for place, value in enumerate(values):
            row = index._measurement(value, 0, CATALOGUE)
            rows.append({**row, "log_index": place})
            nodes = {index.category_node(node) for node in value.categories}
            for node in sorted(nodes):
                connection.execute(insert(categories), {"node": node, "log_index": place})
        half = len(rows) // 2
        for batch in (rows[:half], rows[half:]):
            if batch:
                connection.execute(insert(measurements), batch)
                mark_current(connection, batch)


def current_by_hand(values: list[Measurement]) -> set[int]:
    """Pick the row that stands for each series: newest per characteristic, then the worst."""
    found = set()
    series: dict[tuple[str, str, str], list[int]] = {}
    for place, value in enumerate(values):
        series.setdefault((value.issuer, value.subject, value.key), []).append(place)
    for places in series.values():
        newest: dict[str, int] = {}
        for place in places:
            name = values[place].characteristic or ""
            best = newest.get(name)
            if best is None or (values[place].end or "") >= (values[best].end or ""):
                newest[name] = place

        def badness(place: int) -> tuple[bool, bool, float, int]:
            value = values[place]
            lower_is_worse = CATALOGUE.metric(value.metric).direction == "higherBetter"
            bound = value.lower if lower_is_worse else value.upper
            if CATALOGUE.metric(value.metric).direction == "target":
                bound = None  # which of two is worse, only a target tells
            signed = 0.0 if bound is None else (bound if lower_is_worse else -bound)
            return (
                value.characteristic_class != "critical",
                bound is not None,
                signed,
                place,
            )

        found.add(min(newest.values(), key=badness))
    return found


@settings(max_examples=100, deadline=None)
@given(values=st.lists(VALUES, max_size=12), question=QUERIES)
def test_sql_and_memory_agree(values: list[Measurement], question: Query, store: SqlStore) -> None:
    where = question.where[0]
    fill(store, values)
    sql = SqlIndex(store.read)
    current = current_by_hand(values)
    tests, conditions = scope(question, where), eligibility(question, where)
    reasons = {
        place: failing(value, conditions, current=place in current)
        for place, value in enumerate(values)
        if failing(value, [_all(t) for t in tests]) is None
    }
    tally = sql.tally(tests, conditions)
    assert Counter(r for r in reasons.values() if r) == Counter(tally.left_out)

    eligible = [p for p, reason in reasons.items() if reason is None]
    for group in tally.groups:
        mine = [
            Indexed(p, values[p])
            for p in eligible
            if values[p].key == group.key
            and (group.family is None or values[p].family == group.family)
        ]
        ordered = sorted(mine, key=lambda row: sort_key(row, where))
        page = sql.page(tests, conditions, group, where, after=None, limit=100)
        assert [row.index for row in ordered] == [row.index for row in page]
        assert [replace(row.measurement, categories=()) for row in ordered] == [
            row.measurement for row in page
        ]

    found = answer.query(question, sql, origin="o", size=len(values))
    rows = [value["index"] for row in found["rows"] for value in row["values"]]
    small = replace(question, limit=1)
    walked, cursor = [], None
    while True:
        one = answer.query(replace(small, cursor=cursor), sql, origin="o", size=len(values))
        walked += [value["index"] for row in one["rows"] for value in row["values"]]
        cursor = one["next"]
        if cursor is None:
            break
    assert rows == walked


def _all(test: object):  # noqa: ANN202 - a condition of one test
    from openquality_validator.compare.conditions import Condition

    return Condition("scope", (test,))  # type: ignore[arg-type]
