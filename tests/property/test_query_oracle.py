"""Answers over random logs are those that a brute-force oracle gives, on both databases.

The oracle (`query_oracle.py`) imports nothing of the project. Here its logs are written into a
database by the registry's own commit, and asked by the registry's own answer.
"""

import datetime as dt
import json
import math
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from emptied_store import empty
from query_oracle import Answer, Market, Value, answers, withdrawn
from random_market import AS_OF, Maker

import openquality_schemas
from openquality_registry.adapters.sql.index import SqlIndex
from openquality_registry.adapters.sql.opening import EMPTY
from openquality_registry.adapters.sql.store import SqlStore
from openquality_registry.answering import answer, facts_rows, index
from openquality_registry.ports import Commit, LogState, Pending, Placed
from openquality_validator import catalogue as catalogues
from openquality_validator import query as queries
from openquality_validator import subjects
from openquality_validator.compare.answer import NEEDED
from openquality_validator.documents import Record
from openquality_validator.findings import Report
from openquality_validator.metric_sets import MetricSet, widened
from openquality_validator.records import ValidRecord, VerifiedRecord
from openquality_validator.status import StatusStatement, Voice
from openquality_validator.status.statement import certificate_key, statement_target

CATALOGUE = catalogues.load()
ORIGIN = "log.example/oracle"
ADMITTED = "2026-11-20T12:00:00.000Z"


def shipped(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        openquality_schemas.read(f"{name}.json", version=openquality_schemas.CATALOGUE)
    )
    return found


METRICS = {each["id"]: each for each in shipped("metrics")["metrics"]}
UNITS = {each["code"]: each for each in shipped("units")["units"]}

# The same metrics once more, in a set of somebody's: they must be answered as the catalogue's are.
URI = "https://sets.example/copies"
COPIED = ("on-time-delivery", "defective-rate", "hardness")
COPIES = MetricSet.of(
    {"id": URI, "version": "1.0", "metrics": [METRICS[name] for name in COPIED]},
    catalogue=CATALOGUE,
)
WIDENED = widened(CATALOGUE, (COPIES,))


def moved(record: dict[str, Any]) -> dict[str, Any]:
    """Move the claims of the copied metrics into the set's extension."""
    subject = record["credentialSubject"]
    apart = [each for each in subject["claims"] if each.get("metric") in COPIED]
    rest = [each for each in subject["claims"] if each not in apart]
    return {
        **record,
        "credentialSubject": subject
        | {"claims": rest, "extensions": {URI: {"measurements": apart}}},
    }


def renamed(document: dict[str, Any]) -> dict[str, Any]:
    """Ask for the copies instead; a promise can only be of a metric of the catalogue."""

    def named(item: dict[str, Any], member: str) -> dict[str, Any]:
        name = item[member]
        asked = name in COPIED and item.get("of") != "promised"
        return item | {member: f"{URI}#{name}" if asked else name}

    new = document | {"where": [named(each, "metric") for each in document["where"]]}
    if "rank" in document:
        new["rank"] = [named(each, "metric") for each in document["rank"]]
    if "serviceLevels" in document:
        new["serviceLevels"] = [named(each, "indicator") for each in document["serviceLevels"]]
    return new


def write(store: SqlStore, market: Market, *, apart: bool = False) -> None:
    """Commit the log in batches, as the sequencer would; the first of one, the others of seven."""
    empty(store)
    start, state = 0, EMPTY
    while start < len(market.entries):
        stop = min(len(market.entries), start + (7 if start else 1))
        placed = tuple(
            Placed(at, pending(market, at, apart=apart), ADMITTED, b"%d" % at, b"\0" * 32)
            for at in range(start, stop)
        )
        new = LogState(stop, stop.to_bytes(32, "big"))
        store.commit(Commit(old=state, new=new, rows=placed))
        start, state = stop, new


def pending(market: Market, at: int, *, apart: bool) -> Pending:
    entry = market.entries[at]
    rows: dict[str, Any] = {}
    keys: tuple[str, ...] = ()
    changed: dict[str, bool] = {}
    before, after = withdrawn(market, at), withdrawn(market, at + 1)
    for each in before ^ after:
        changed[market.entries[each].digest] = each in after
    if entry.record is None:
        target = (
            certificate_key(*entry.certificate)
            if entry.certificate is not None
            else statement_target(market.entries[entry.target or 0].digest)
        )
        said = StatusStatement(
            entry.digest, entry.issuer, target, ORIGIN, Voice(entry.word or ""), "", None
        )
        rows["words"] = facts_rows.of_status(said)
        rows["certificate_words"] = facts_rows.of_certificate(said)
    else:
        verified = VerifiedRecord(
            valid=ValidRecord(Record(b"", moved(entry.record)), Report(()), (COPIES,))
            if apart
            else ValidRecord(Record(b"", entry.record), Report(())),
            issuer=entry.issuer,
            digest=entry.digest,
            key_id="",
            identity_level=entry.identity,
        )
        rows = dict(index.rows(verified, catalogue=CATALOGUE))
        keys = subjects.of_attestation(entry.record)
    return Pending(
        statement=b"",
        digest=entry.digest,
        issuer=entry.issuer,
        credential_id=str(at),
        kind="attestation",
        subjects=keys,
        index_rows=rows,
        withdraws=changed,
    )


def ask(
    store: SqlStore, market: Market, document: dict[str, Any], *, apart: bool = False
) -> dict[str, Any]:
    if apart:
        document = renamed(document)
    question = queries.parse(document, catalogue=WIDENED, today=dt.date(2030, 1, 1))
    found = answer.query(question, SqlIndex(store.read), origin=ORIGIN, size=len(market.entries))
    said: dict[str, Any] = json.loads(json.dumps(found).replace(f"{URI}#", "") if apart else "{}")
    return said or found


def same(shown: str | None, expected: object) -> bool:
    if shown is None or expected is None:
        return shown is None and expected is None
    return math.isclose(float(shown), float(expected), rel_tol=1e-9, abs_tol=1e-12)  # type: ignore[arg-type]


def fits(found: dict[str, Any], expected: Answer) -> bool:
    """Say whether an answer is the expected one: rows, order, numbers, and what was left out."""
    claims = [tuple(v["claim"] for v in row["values"]) for row in found["rows"]]
    if claims != [tuple(v.claim["id"] for v in row) for row in expected.rows]:
        return False
    pairs = [
        (shown, value)
        for row, values in zip(found["rows"], expected.rows, strict=True)
        for shown, value in zip(row["values"], values, strict=True)
    ]
    counts = {(each["metric"], each["reason"]): each["count"] for each in found["leftOut"]}
    return (
        found["total"] == len(expected.rows)
        and all(like(shown, value) for shown, value in pairs)
        and counts == dict(expected.left_out)
        and ranked_alike(found, expected)
    )


def like(shown: dict[str, Any], value: Value) -> bool:
    rate = None if shown["rate"] is None else shown["rate"]["rate"]
    return (
        same(shown["value"], value.value)
        and same(shown["lower"], value.lower)
        and same(shown["upper"], value.upper)
        and shown["index"] == value.index
        and shown["statement"] == value.entry.digest
        and rate == (None if value.rate is None else value.rate["rate"])
    )


def ranked_alike(found: dict[str, Any], expected: Answer) -> bool:
    totals = [row["score"]["total"] for row in found["rows"] if "score" in row]
    if totals and not all(map(same, totals, expected.scores)):
        return False
    placed = [
        (row["fairness"]["rank"] - 1, row["fairness"]["reserved"], row["fairness"]["before"])
        for row in found["rows"]
        if "fairness" in row
    ]
    return placed == expected.placed


def paged(store: SqlStore, market: Market, document: dict[str, Any], *, apart: bool) -> list[Any]:
    rows, cursor = [], None
    while True:
        part = document | {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = ask(store, market, part, apart=apart)
        rows += page["rows"]
        cursor = page["next"]
        if cursor is None:
            return rows


def excluded(
    store: SqlStore, market: Market, document: dict[str, Any], *, apart: bool
) -> set[tuple[str, int, str, str]]:
    """Walk all pages of exclusions: as many as are counted."""
    found = ask(store, market, document | {"explain": True}, apart=apart)
    items, cursor = list(found["excluded"]["items"]), found["excluded"]["next"]
    while cursor is not None:
        part = document | {"explain": True, "excludedCursor": cursor}
        more = ask(store, market, part, apart=apart)
        items, cursor = items + more["excluded"]["items"], more["excluded"]["next"]
    assert len(items) == sum(each["count"] for each in found["leftOut"])
    return {(i["metric"], i["index"], i["claim"], i["reason"]) for i in items}


def check(store: SqlStore, seeds: range, each: int, *, apart: bool = False) -> Counter[str]:
    """Ask and compare; count queries, answers with rows, and the reasons for leaving out."""
    seen: Counter[str] = Counter()
    for seed in seeds:
        maker = Maker(seed, Market(METRICS, UNITS))
        market = maker.fill(maker.draw.choice([12, 80, 180]))
        write(store, market, apart=apart)
        for number in range(each):
            document = maker.query() | {"limit": 500}
            found = ask(store, market, document | {"facets": ["country"]}, apart=apart)
            allowed = list(answers(market, document))
            fitting = [one for one in allowed if fits(found, one)]
            said = json.dumps(document)
            assert fitting, f"seed {seed}, query {number}: {said}"
            left = excluded(store, market, document, apart=apart)
            assert any(left == one.excluded for one in fitting), said
            counted = sum(facet["count"] for facet in found["facets"]["country"])
            assert counted == found["total"], said
            if number % 5 == 0:
                shown = [
                    row["values"][0]["claim"] for row in paged(store, market, document, apart=apart)
                ]
                assert shown == [row["values"][0]["claim"] for row in found["rows"]], said
            seen["asked"] += 1
            seen["with rows"] += bool(found["total"])
            seen.update({each["reason"].split(":")[0] for each in found["leftOut"]})
    return seen


def test_random_queries_are_answered_as_by_brute_force(store: SqlStore) -> None:
    seen = check(store, range(4), 30)
    assert seen["asked"] == 120
    assert seen["with rows"] > 30


def test_metrics_of_a_set_are_answered_as_those_of_the_catalogue(store: SqlStore) -> None:
    seen = check(store, range(10, 11), 25, apart=True)
    assert seen["asked"] == 25
    assert seen["with rows"] > 5


@pytest.mark.heavy
def test_thousands_of_random_queries_are_answered_as_by_brute_force(store: SqlStore) -> None:
    seen = check(store, range(100, 180), 50)
    assert seen["asked"] == 4_000
    # Every reason that random logs can give did occur.
    assert set(NEEDED) - {"observed"} <= set(seen)


def test_the_oracle_has_no_word_of_the_project() -> None:
    import query_oracle

    source = Path(query_oracle.__file__).read_text()
    assert "import openquality" not in source
    assert "from openquality" not in source
    assert AS_OF < dt.date(2030, 1, 1)
