"""A query over 100,000 measurements, against SQL written by hand for the same answer."""

import datetime as dt
import random
import sqlite3
import tempfile
from pathlib import Path

from sqlalchemy import insert

from benchmarks import harness
from openquality_registry import answer
from openquality_registry.adapters.sql import engine
from openquality_registry.adapters.sql.index import SqlIndex
from openquality_registry.adapters.sql.index_tables import measurements
from openquality_registry.adapters.sql.tables import metadata
from openquality_validator import catalogue as catalogues
from openquality_validator import query

COUNT = 100_000
QUESTION = {
    "subject": {"type": "Organization"},
    "where": [{"metric": "on-time-delivery", "comparator": "atLeast", "value": "95", "unit": "%"}],
    "floors": {"verification": "evidenced"},
    "maxAgeDays": 365,
    "asOf": "2026-11-20",
}
# The same three answers: how many were left out and why, the largest group, its first page.
BY_HAND = (
    """
    SELECT CASE WHEN NOT current THEN 'notCurrent'
                WHEN relation <> 'producer' THEN 'relation'
                WHEN verification NOT IN ('evidenced', 'recomputed') THEN 'verification'
                WHEN coalesce(n, -1) < 30 THEN 'sampleTooSmall'
                WHEN coalesce("end", '9') > '2026-11-20' THEN 'periodAhead'
                WHEN "end" < '2025-11-20' THEN 'tooOld'
                WHEN lower IS NULL THEN 'noBound'
                WHEN lower < 95 THEN 'threshold' END AS reason, key, count(*)
    FROM measurements WHERE metric = 'on-time-delivery' AND subject_type = 'Organization'
    GROUP BY reason, CASE WHEN reason IS NULL THEN key END
    """,
    """
    SELECT * FROM measurements
    WHERE metric = 'on-time-delivery' AND subject_type = 'Organization' AND current
      AND relation = 'producer' AND verification IN ('evidenced', 'recomputed') AND n >= 30
      AND "end" BETWEEN '2025-11-20' AND '2026-11-20' AND lower >= 95 AND key = ?
    ORDER BY lower DESC, log_index LIMIT 51
    """,
)


def run() -> None:
    harness.heading(f"Query over {COUNT:,} measurements (SQLite)")
    harness.machine("sqlalchemy")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "registry.sqlite")
        _seed(path)
        read = engine.reader(engine.locate(path))
        index = SqlIndex(read)
        question = query.parse(QUESTION, catalogue=catalogues.load(), today=dt.date(2026, 11, 20))
        plain = sqlite3.connect(path)
        plain.execute("PRAGMA cache_size = -65536")

        def ours() -> object:
            return answer.query(question, index, origin="bench", size=COUNT)

        def theirs() -> object:
            counts = plain.execute(BY_HAND[0]).fetchall()
            key = max((c for c in counts if c[0] is None), key=lambda c: c[2])[1]
            return counts, plain.execute(BY_HAND[1], (key,)).fetchall()

        first, by_hand = ours(), theirs()
        assert isinstance(first, dict)
        assert isinstance(by_hand, tuple)
        mine = {item["reason"]: item["count"] for item in first["leftOut"]}
        other = {reason: n for reason, _, n in by_hand[0] if reason}
        assert {**mine, "notComparable": 0} == {**other, "notComparable": 0}, (mine, other)
        assert [row["values"][0]["index"] for row in first["rows"]] == [
            row[0] for row in by_hand[1][:50]
        ]
        found = harness.alternate(15, {"openquality": ours, "SQL by hand": theirs})
        for name, seconds in found.items():
            print(f"  {name:28} {seconds * 1000:8.1f} ms")
        print(f"  eligible {first['total']:,}, left out {sum(mine.values()):,}")
        harness.ratio("ours / by hand", found["openquality"], found["SQL by hand"], "at most 1.5")
        plain.close()
        read.dispose()


def _seed(path: Path) -> None:
    draw = random.Random(7)  # noqa: S311 - a fixture
    groups = ("a", "a", "a", "b", "c")
    rows = []
    for number in range(COUNT):
        lower = draw.uniform(80, 100)
        day = dt.date(2025, 6, 1) + dt.timedelta(days=draw.randrange(530))
        rows.append(
            {
                "log_index": number,
                "position": 0,
                "series": number.to_bytes(16, "big"),
                "digest": number.to_bytes(32, "big"),
                "claim": f"urn:uuid:{number}#c1",
                "issuer": f"did:key:z6Mk{number:044d}",
                "subject": f"did:key:z6Mk{number:044d}",
                "subject_type": "Organization",
                "metric": "on-time-delivery",
                "key": f"on-time-delivery@1|Organization||anchor=requested|{draw.choice(groups)}",
                "value": lower + 1,
                "lower": lower,
                "upper": min(lower + 2, 100.0),
                "goodness": lower,
                "amount": f"{lower + 1:.3f}",
                "unit": "%",
                "n": draw.randrange(10, 900),
                "end": day.isoformat(),
                "qualifiers": "\x1fanchor=requested\x1f",
                "verification": draw.choice(("declared", "evidenced", "evidenced")),
                "relation": draw.choice(("producer", "producer", "buyer", "other")),
                "identity": "L0",
                "latest": True,
                "current": True,
            }
        )
    write = engine.writer(engine.locate(path))
    with write.begin() as connection:
        metadata.create_all(connection)
        for start in range(0, COUNT, 10_000):
            connection.execute(insert(measurements), rows[start : start + 10_000])
        connection.exec_driver_sql("ANALYZE")
    write.dispose()
