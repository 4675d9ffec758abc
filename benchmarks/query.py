"""Queries over a million measurements, against SQL written by hand for the same answer.

Of 100,000 suppliers and half a million products, on SQLite and on PostgreSQL: a tenth of the values
are of one common metric, the rest of all others alike. Each kind of question is asked with many
thresholds, categories or products; and look-up of 100 identifiers.
The hand-written SQL gives the same three things: what was left out and why, the largest group, its
first page; the registry also parses, grades and writes.

    OPENQUALITY_BENCH_MEASUREMENTS=100000 python -m benchmarks query     fewer, for a quick look
"""

import datetime as dt
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, text

from benchmarks import databases, harness
from openquality.cli.output import progress
from openquality_registry import lookup
from openquality_registry.adapters.sql.dialects import filler
from openquality_registry.adapters.sql.index import SqlIndex
from openquality_registry.adapters.sql.index_tables import categories, measurements
from openquality_registry.adapters.sql.opening import open_store
from openquality_registry.adapters.sql.store import SqlStore
from openquality_registry.adapters.sql.tables import entries, subjects
from openquality_registry.answering import answer
from openquality_validator import catalogue as catalogues
from openquality_validator import query

COUNT = int(os.environ.get("OPENQUALITY_BENCH_MEASUREMENTS", "1000000"))
COMMON_EVERY = 10  # one value in ten is of the common metric
BATCH = 10_000
ROUNDS = 60
TODAY = dt.date(2026, 11, 20)
GROUPS = ("a", "a", "a", "b", "c")
CODES = tuple(f"3116{n:02d}00" for n in range(20))

# What is left out and why, and how large each group is.
_TALLY = """
    SELECT CASE WHEN NOT m.current THEN 'notCurrent'
                WHEN m.relation <> 'producer' THEN 'relation'
                WHEN m.verification NOT IN ('evidenced', 'recomputed') THEN 'verification'
                WHEN coalesce(m.n, -1) < 30 THEN 'sampleTooSmall'
                WHEN coalesce(m."end", '9') > '2026-11-20' THEN 'periodAhead'
                WHEN m."end" < '2025-11-20' THEN 'tooOld'
                WHEN m.valid_until < '2026-11-20' THEN 'expired'
                WHEN m.lower IS NULL THEN 'noBound'
                WHEN m.lower < :least THEN 'threshold' END AS reason,
           CASE WHEN m.current AND m.relation = 'producer'
                 AND m.verification IN ('evidenced', 'recomputed') AND m.n >= 30
                 AND m."end" BETWEEN '2025-11-20' AND '2026-11-20'
                 AND (m.valid_until IS NULL OR m.valid_until >= '2026-11-20')
                 AND m.lower >= :least THEN m.key || m.family END AS whole, count(*)
    FROM measurements AS m WHERE m.metric = :metric AND m.subject_type = 'Product' {narrow}
    GROUP BY 1, 2
"""
_PAGE = """
    SELECT m.* FROM measurements AS m
    WHERE m.metric = :metric AND m.subject_type = 'Product' {narrow} AND m.current
      AND m.relation = 'producer' AND m.verification IN ('evidenced', 'recomputed') AND m.n >= 30
      AND m."end" BETWEEN '2025-11-20' AND '2026-11-20'
      AND (m.valid_until IS NULL OR m.valid_until >= '2026-11-20')
      AND m.lower >= :least AND m.key || m.family = :whole
    ORDER BY m.lower DESC, m.log_index LIMIT 51
"""
_IN_CATEGORY = (
    "AND EXISTS (SELECT 1 FROM categories AS c WHERE c.node = :node AND c.log_index = m.log_index)"
)
NARROW = {
    "a metric, all products": "",
    "a metric, one category": _IN_CATEGORY,
    "a metric, 100 products": "AND m.subject IN ({products})",
    "the common metric, all products": "",
}

Ask = Callable[[int], object]


def run() -> None:
    """Print p50 and p99 of each kind, ours and by hand, for each database."""
    harness.heading(f"Queries over {COUNT:,} measurements of {len(_metrics())} metrics")
    harness.machine("sqlalchemy", "psycopg")
    with ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="oqquery")))
        server = stack.enter_context(databases._postgresql())  # noqa: SLF001 - of this package
        places = {
            "SQLite": work / "registry.sqlite",
            "PostgreSQL": databases._database(server, 999),  # noqa: SLF001 - of this package
        }
        for name, place in places.items():
            store = stack.enter_context(closing(open_store(place)))
            _load(store, name)
            _measure(store, name)


def _measure(store: SqlStore, name: str) -> None:
    index = SqlIndex(store.read)
    for kind in NARROW:
        ours, theirs = _ours(index, kind), _by_hand(store.read, kind)
        _compare(ours(0), theirs(0), kind)
        found: dict[str, list[float]] = {"ours": [], "by hand": []}
        for number in range(ROUNDS):
            for who, ask in (("ours", ours), ("by hand", theirs)):
                begin = time.perf_counter()
                ask(number)
                found[who].append(time.perf_counter() - begin)
        _print(f"{name}: {kind}", found)
        harness.ratio(
            f"{name}: {kind}: ours / by hand, p50",
            statistics.median(found["ours"]),
            statistics.median(found["by hand"]),
            "at most 1.5",
        )
    seconds = []
    for number in range(ROUNDS):
        keys = tuple(sorted({f"gtin:{_gtin(at)}" for at in _some(number, 100)}))
        asked = lookup.Lookup(keys, (), 1_000)
        begin = time.perf_counter()
        page = lookup.page(store, asked, size=_entries())
        seconds.append(time.perf_counter() - begin)
        assert len(page.items) == len(keys)
    _print(f"{name}: look-up of 100 identifiers", {"ours": seconds})


def _print(label: str, found: dict[str, list[float]]) -> None:
    for who, seconds in found.items():
        ordered = sorted(seconds)
        p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
        print(
            f"  {label:45} {who:8} p50 {statistics.median(ordered) * 1e3:7.1f} ms"
            f"   p99 {p99 * 1e3:7.1f} ms"
        )


def _ours(index: SqlIndex, kind: str) -> Ask:
    held = catalogues.load()

    def ask(number: int) -> dict[str, Any]:
        subject: dict[str, Any] = {"type": "Product"}
        if "category" in kind:
            subject["category"] = {"scheme": "unspsc", "code": _node(number)}
        if "100" in kind:
            subject["ids"] = _products(number)
        document = {
            "subject": subject,
            "where": [
                {
                    "metric": _asked(kind),
                    "comparator": "atLeast",
                    "value": f"{_least(number)}",
                    "unit": "%",
                }
            ],
            "floors": {"verification": "evidenced"},
            "maxAgeDays": 365,
            "minSample": 30,
            "asOf": TODAY.isoformat(),
        }
        question = query.parse(document, catalogue=held, today=TODAY)
        return answer.query(question, index, origin="bench", size=COUNT)

    return ask


def _by_hand(read: Engine, kind: str) -> Ask:
    listed = ", ".join(f":p{n}" for n in range(100))
    narrow = NARROW[kind].format(products=listed)
    tally, page = (text(each.format(narrow=narrow)) for each in (_TALLY, _PAGE))
    # In a category families are not told apart.
    by_key = "category" in kind

    def ask(number: int) -> tuple[dict[str, int], list[int]]:
        values: dict[str, Any] = {"least": float(_least(number)), "metric": _asked(kind)}
        if by_key:
            values["node"] = f"unspsc:{_node(number)}"
        if "100" in kind:
            values |= {f"p{n}": each for n, each in enumerate(_products(number))}
        with read.connect() as connection:
            rows = connection.execute(tally, values).all()
            reasons = {reason: count for reason, _, count in rows if reason}
            groups = [(-count, whole) for _, whole, count in rows if whole]
            whole = min(groups)[1] if groups else ""
            found = connection.execute(page, values | {"whole": whole}).all()
        return reasons, [row.log_index for row in found[:50]]

    return ask


def _compare(ours: Any, theirs: Any, kind: str) -> None:  # noqa: ANN401 - what each ask returns
    left = {each["reason"]: each["count"] for each in ours["leftOut"]}
    left.pop("notComparable", None)
    assert left == theirs[0], (kind, left, theirs[0])
    rows = [row["values"][0]["index"] for row in ours["rows"]]
    assert rows == theirs[1], (kind, rows[:5], theirs[1][:5])


@cache
def _metrics() -> tuple[str, ...]:
    """List every metric, the common one and another share first."""
    held = catalogues.load().metrics.values()
    shares = [m.id for m in held if m.form == "binomialRatio" and m.direction == "higherBetter"]
    return (*shares, *(m.id for m in held if m.id not in shares))


def _metric(number: int) -> str:
    if number % COMMON_EVERY == 0:
        return _metrics()[0]
    return _metrics()[1 + number % (len(_metrics()) - 1)]


def _asked(kind: str) -> str:
    return _metrics()[0 if "common" in kind else 1]


def _least(number: int) -> int:
    return 88 + number % 10


def _node(number: int) -> str:
    return CODES[number % len(CODES)]


def _entries() -> int:
    return COUNT // 2


def _some(number: int, count: int) -> Sequence[int]:
    """Choose entries with a value of the metric that is asked for."""
    draw = random.Random(number)  # noqa: S311 - a fixture
    step = len(_metrics()) - 1
    places = [n for n in range(0, COUNT, step) if n % COMMON_EVERY]
    return sorted({draw.choice(places) // 2 for _ in range(count)})


def _products(number: int) -> list[str]:
    found = [_subject(at) for at in _some(number, 100)]
    return found + found[:1] * (100 - len(found))  # the statement by hand has 100 places


def _gtin(at: int) -> str:
    return f"{at:014d}"


def _subject(at: int) -> str:
    return f"https://id.gs1.org/01/{_gtin(at)}"


def _load(store: SqlStore, name: str) -> None:
    """Write the rows as admission would, in large commits."""
    begin = time.perf_counter()
    fill = filler(store.write.dialect)
    with progress(COUNT, f"{name}: measurements") as bar:
        for start in range(0, _entries(), BATCH // 2):
            stop = min(_entries(), start + BATCH // 2)
            with store.write.begin() as connection:
                for table, rows in _rows(start, stop):
                    fill(connection, table, rows)
            bar.advance(2 * (stop - start))
    _analyse(store)
    seconds = time.perf_counter() - begin
    print(f"  {name}: loaded in {seconds:.0f} s, {COUNT / seconds:,.0f} measurements/s")


def _analyse(store: SqlStore) -> None:
    def work(connection: Connection) -> None:
        if store.write.dialect.name == "postgresql":
            connection.exec_driver_sql("VACUUM ANALYZE")
        else:
            connection.exec_driver_sql("ANALYZE")

    if store.write.dialect.name == "postgresql":
        with store.write.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            work(connection)
    else:
        with store.write.begin() as connection:
            work(connection)


def _rows(start: int, stop: int) -> Iterator[tuple[Any, list[dict[str, Any]]]]:
    draw = random.Random(start)  # noqa: S311 - a fixture
    yield (
        entries,
        [
            {
                "log_index": at,
                "digest": at.to_bytes(32, "big"),
                "issuer": _issuer(at),
                "credential_id": f"urn:uuid:{at}",
                "kind": "attestation",
                "entry": b"{}",
                "leaf_hash": b"\0" * 32,
            }
            for at in range(start, stop)
        ],
    )
    yield subjects, [{"key": f"gtin:{_gtin(at)}", "log_index": at} for at in range(start, stop)]
    yield (
        categories,
        [
            {"node": f"unspsc:{_node(draw.randrange(100))}", "log_index": at}
            for at in range(start, stop)
        ],
    )
    yield (
        measurements,
        [_measurement(at, position, draw) for at in range(start, stop) for position in (0, 1)],
    )


def _issuer(at: int) -> str:
    return f"did:key:z6Mk{at // 5:044d}"


def _measurement(at: int, position: int, draw: random.Random) -> dict[str, Any]:
    number = 2 * at + position
    metric = _metric(number)
    lower = draw.uniform(80, 100)
    day = dt.date(2025, 6, 1) + dt.timedelta(days=draw.randrange(530))
    return dict.fromkeys(measurements.c.keys()) | {
        "log_index": at,
        "position": position,
        "series": number.to_bytes(16, "big"),
        "digest": at.to_bytes(32, "big"),
        "claim": f"urn:uuid:{at}#c{position}",
        "issuer": _issuer(at),
        "subject": _subject(at),
        "subject_type": "Product",
        "granularity": "model",
        "producer": _issuer(at),
        "country": draw.choice(("DE", "FR", "IN")),
        "size_class": draw.choice(("micro", "small", "medium", "large")),
        "family": "unspsc:31160000",
        "metric": metric,
        "key": f"{metric}@1|Product|model|anchor=requested|{draw.choice(GROUPS)}",
        "value": lower + 1,
        "lower": lower,
        "upper": min(lower + 2, 100.0),
        "goodness": lower,
        "n": draw.randrange(10, 900),
        "start": "2025-01-01",
        "end": day.isoformat(),
        "qualifiers": "\x1fanchor=requested\x1f",
        "verification": draw.choice(("declared", "evidenced", "evidenced")),
        "relation": draw.choice(("producer", "producer", "buyer", "other")),
        "identity": "L0",
        "days": 90,
        "valid_until": draw.choice((None, None, "2025-12-31", "2027-12-31")),
        "latest": True,
        "current": True,
        "withdrawn": False,
    }
