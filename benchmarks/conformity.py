"""Entries evaluated per second, behind 1, 1,000 and 10,000 earlier records of the same subject.

Each entry is a month of one metric under one promise, evaluated from the tables of a registry and
written to them, as the feed of events does. The floor writes the same number of empty turns: the
transaction of each entry without any evaluation.
"""

import datetime as dt
import tempfile
import time
from pathlib import Path

from benchmarks import harness
from openquality import credentials
from openquality.signing import SigningKey, generate, sign
from openquality_registry.adapters.sql.events import SqlEvents
from openquality_registry.adapters.sql.opening import open_store
from openquality_registry.conformity.evaluation import SqlEvaluation
from openquality_registry.events.ports import Follows, Position, Seen
from openquality_validator.entry import Entry
from openquality_validator.entry import digest as digest_of

BEHIND = (1, 1_000, 10_000)
MEASURED = 200
ORIGIN = "log.example/bench"
FIRST = dt.date(1990, 1, 1)
CONDITIONS = [
    {"qualifier": "anchor", "code": "firstConfirmed"},
    {"qualifier": "lateLimit", "amount": "0", "unit": "d"},
    {"qualifier": "level", "code": "line"},
    {"qualifier": "event", "code": "receipt"},
    {"qualifier": "denominatorBasis", "code": "dueInPeriod"},
]


def run() -> None:
    """Print entries per second by the number of earlier records."""
    harness.heading("Conformity: entries evaluated and written, by earlier records of the subject")
    harness.machine("sqlalchemy", "orjson")
    key = generate()
    for behind in BEHIND:
        entries = [_entry(key, number) for number in range(behind + MEASURED)]
        with tempfile.TemporaryDirectory() as folder:
            store = open_store(Path(folder) / "registry.sqlite")
            events = SqlEvents(write=store.write, read=store.read)
            evaluation = SqlEvaluation(store, log=ORIGIN, operator="did:key:z6Mk", accreditors=())
            position = Position()

            def follow(
                seen: Seen,
                *,
                evaluated: bool = True,
                to: SqlEvents = events,
                by: SqlEvaluation = evaluation,
            ) -> float:
                nonlocal position
                start = time.process_time()
                found = by.on_entry(seen) if evaluated else Follows()
                taken = time.process_time() - start
                day = seen.entry.admitted_at[:10]
                after = Position(position.entries + 1, position.sequence + len(found.events), day)
                to.write(position, after, found.events, found.rows)
                position = after
                return taken

            for seen in entries[:behind]:
                follow(seen)
            start = time.perf_counter()
            evaluating = sum(follow(seen) for seen in entries[behind:])
            whole = time.perf_counter() - start
            start = time.perf_counter()
            for seen in entries[behind:]:
                follow(seen, evaluated=False)
            floor = time.perf_counter() - start
            store.close()
        print(
            f"  {behind:6,} earlier records: {MEASURED / whole:7,.0f} entries/s"
            f"   (evaluating alone {MEASURED / evaluating:7,.0f} /s of CPU,"
            f" empty turns {MEASURED / floor:7,.0f} /s)"
        )


def _entry(key: SigningKey, number: int) -> Seen:
    start = FIRST + dt.timedelta(days=number)
    claims = [
        {
            "id": f"c{number}",
            "type": "MeasurementClaim",
            "metric": "on-time-delivery",
            "period": {"start": start.isoformat(), "end": start.isoformat()},
            "counts": {"numerator": 95 - number % 3, "denominator": 100},
            "value": {"amount": str(95 - number % 3), "unit": "%"},
            "qualifiers": CONDITIONS,
        }
    ]
    if number == 0:
        claims.append(
            {
                "id": "p",
                "type": "ServiceLevelClaim",
                "indicator": "on-time-delivery",
                "objective": {"amount": "94", "unit": "%"},
                "comparator": "atLeast",
                "window": {"amount": "1", "unit": "d"},
                "period": {"start": FIRST.isoformat(), "end": "2100-12-31"},
                "qualifiers": CONDITIONS,
            }
        )
    subject = {
        "id": f"{key.did}#delivery",
        "type": "Service",
        "issuerRole": "producer",
        "name": "Delivery",
        "producer": {"party": {"id": key.did, "name": "A carrier"}},
        "claims": claims,
    }
    admitted = start + dt.timedelta(days=1)
    now = dt.datetime.combine(admitted, dt.time(6), dt.UTC)
    made = credentials.make("QualityAttestation", subject, issuer=key.did, name="A", now=now)
    statement = sign({**made, "catalogueVersion": "1.0"}, key)
    entry = Entry(
        f"{admitted.isoformat()}T12:00:00.000Z",
        digest_of(statement),
        key.did,
        "attestation",
        (subject["id"],),
    )
    return Seen(number, entry, statement)
