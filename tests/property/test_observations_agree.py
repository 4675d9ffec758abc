"""Observations over random logs: the rules, the filter in SQL and a count by brute force agree.

The brute force works on the statements alone and follows docs/spec/observations.md sentence by
sentence; of the project it uses nothing. It is held against both databases, for the log as it is
and as it stood, and against the filter of a query.
"""

import datetime as dt
import random
from collections import defaultdict
from dataclasses import dataclass
from statistics import median
from typing import Any
from uuid import UUID

from emptied_store import empty
from scipy.stats import beta

from openquality_registry.adapters.sql.around import SqlSurroundings
from openquality_registry.adapters.sql.index import SqlIndex
from openquality_registry.adapters.sql.opening import EMPTY
from openquality_registry.adapters.sql.states import Past
from openquality_registry.adapters.sql.store import SqlStore
from openquality_registry.answering import answer, facts_rows, index
from openquality_registry.ports import Commit, LogState, Pending, Placed
from openquality_validator import catalogue as catalogues
from openquality_validator import query as queries
from openquality_validator.documents import Record
from openquality_validator.findings import Report
from openquality_validator.observations import CODES, observe
from openquality_validator.records import ValidRecord, VerifiedRecord
from openquality_validator.status import StatusStatement, Voice
from openquality_validator.status.statement import statement_target

CATALOGUE = catalogues.load()
ORIGIN = "log.example/observed"
METRIC = "on-time-delivery"
START = dt.date(2025, 1, 1)
MAKERS = [f"did:key:zM{n}" for n in range(8)]
BUYER = "did:key:zBuyer"
PARTS = [f"https://parts.example/{name}" for name in ("bolt", "nut", "pin", "key")]
GTIN = "09506000134352"
FILES = [f"sha256:{letter * 64}" for letter in "abcdef"]

Json = dict[str, Any]
Found = dict[tuple[int, str], set[str]]


@dataclass(frozen=True)
class Line:
    """One entry: a record, or the issuer's word that revokes the record at `target`."""

    day: dt.date
    issuer: str
    digest: str
    record: Json | None = None
    target: int | None = None


# ---------------------------------------------------------------- random logs


def log(seed: int, length: int) -> list[Line]:
    draw = random.Random(seed)  # noqa: S311 - a fixture
    lines: list[Line] = []
    day = START
    withdrawn: set[int] = set()
    for number in range(length):
        day += dt.timedelta(days=draw.choice([0, 0, 1, 4, 9]))
        digest = f"sha256:{draw.getrandbits(224):056x}{number:08x}"
        told = [at for at, line in enumerate(lines) if line.record and at not in withdrawn]
        kind = draw.random()
        if told and kind < 0.12:
            target = draw.choice(told)
            withdrawn.add(target)
            lines.append(Line(day, lines[target].issuer, digest, target=target))
            continue
        old = draw.choice(told[-3:]) if told and kind < 0.45 else None
        if old is not None:
            withdrawn.add(old)
        made = record(draw, number, day, None if old is None else lines[old])
        lines.append(Line(day, made["issuer"]["id"], digest, made))
    return lines


def record(draw: random.Random, number: int, day: dt.date, old: Line | None) -> Json:
    name = f"urn:uuid:{UUID(int=number)}"
    before = None if old is None else old.record
    if before is not None:
        issuer, subject = before["issuer"]["id"], dict(before["credentialSubject"])
    else:
        producer = draw.choice(MAKERS)
        issuer, role = draw.choice([(producer, "producer")] * 5 + [(BUYER, "observer")])
        subject = {
            "id": draw.choice([*PARTS, *(f"{part}/{producer[-2:]}" for part in PARTS)]),
            "name": "N",
            "type": "Product",
            "granularity": "model",
            "issuerRole": role,
            "producer": {"party": {"id": producer, "name": "N"}},
        }
        if draw.random() < 0.2:
            subject["identifiers"] = [{"scheme": "gtin", "value": GTIN}]
        if draw.random() < 0.15:
            del subject["producer"]
    evidence = [
        {
            "id": f"{name}#e{at}",
            "type": draw.choice(["Dataset", "Dataset", "Dataset", "Report"]),
            "digest": draw.choice(FILES),
            "mediaType": "text/csv",
            "columns": draw.choice([["lot"], ["order"]]),
            "rowCount": draw.choice([1483, 1483, 20]),
        }
        for at in range(draw.choice([0, 0, 1]))
    ]
    names = draw.sample([None, "d1", "d2"], draw.choice([1, 1, 2]))
    subject["claims"] = [
        claim(draw, f"{name}#c{at}", day, each, evidence) for at, each in enumerate(names)
    ]
    made: Json = {
        "id": name,
        "issuer": {"id": issuer, "name": "N"},
        "validFrom": f"{day - dt.timedelta(days=draw.choice([0, 0, 0, 90, 91, 400]))}T08:00:00Z",
        "credentialSubject": subject,
        "evidence": evidence,
    }
    if old is not None:
        made["supersedes"] = old.digest
    return made


def claim(
    draw: random.Random, name: str, day: dt.date, characteristic: str | None, evidence: list[Json]
) -> Json:
    end = dt.date(2024, 12, 31) if draw.random() < 0.4 else dt.date(day.year, day.month, 1)
    end -= dt.timedelta(days=draw.choice([0, 0, 100, 181]))
    trials, good = draw.choice([(1483, 1410), (1483, 1409), (100, 10), (200, 190)])
    if trials == 200:
        good -= draw.randint(0, 8)
    made: Json = {
        "id": name,
        "type": "MeasurementClaim",
        "metric": METRIC,
        "period": {"start": str(end - dt.timedelta(days=30)), "end": str(end)},
        "counts": {"numerator": good, "denominator": trials},
        "qualifiers": [
            {"qualifier": "anchor", "code": "requested"},
            {"qualifier": "level", "code": "line"},
        ],
        "evidenceRefs": [each["id"] for each in evidence],
    }
    if characteristic is not None:
        made["characteristic"] = {"id": characteristic, "class": "other", "unit": "mm"}
    return made


# ---------------------------------------------------------------- by brute force


@dataclass(frozen=True)
class Row:
    """One claim with what follows from its record alone."""

    index: int
    line: Line
    claim: Json
    position: int

    @property
    def record(self) -> Json:
        assert self.line.record is not None
        return self.line.record

    @property
    def subject(self) -> str:
        return str(self.record["credentialSubject"]["id"])

    @property
    def series(self) -> tuple[str, str]:
        return (self.line.issuer, self.subject)

    @property
    def end(self) -> str:
        return str(self.claim["period"]["end"])

    @property
    def name(self) -> str:
        return str(self.claim.get("characteristic", {}).get("id", ""))

    @property
    def is_producers(self) -> bool:
        return producer_of(self.line) == self.line.issuer

    @property
    def is_buyers(self) -> bool:
        role = self.record["credentialSubject"]["issuerRole"]
        return role == "observer" and not self.is_producers

    @property
    def value(self) -> float:
        counts = self.claim["counts"]
        return float(counts["numerator"] / counts["denominator"])

    @property
    def bounds(self) -> tuple[float, float]:
        """Clopper and Pearson's one-sided 95 % limits."""
        x, n = self.claim["counts"]["numerator"], self.claim["counts"]["denominator"]
        low = 0.0 if x == 0 else float(beta.ppf(0.05, x, n - x + 1))
        return low, 1.0 if x == n else float(beta.ppf(0.95, x + 1, n - x))


def producer_of(line: Line) -> str | None:
    assert line.record is not None
    party = line.record["credentialSubject"].get("producer", {}).get("party", {})
    found: str | None = party.get("id")
    return found


def withdrawn(lines: list[Line]) -> set[int]:
    places = {line.digest: at for at, line in enumerate(lines)}
    gone = {line.target for line in lines if line.target is not None}
    olds = (line.record.get("supersedes") for line in lines if line.record)
    return {at for at in gone if at is not None} | {places[old] for old in olds if old}


def rows_of(lines: list[Line]) -> list[Row]:
    return [
        Row(at, line, each, place)
        for at, line in enumerate(lines)
        if line.record
        for place, each in enumerate(line.record["credentialSubject"]["claims"])
    ]


def files(line: Line) -> set[str]:
    assert line.record is not None
    return {e["digest"] for e in line.record["evidence"] if e["type"] == "Dataset"}


def figures(line: Line) -> set[str]:
    assert line.record is not None
    found = set()
    data = {e["id"]: e for e in line.record["evidence"] if e["type"] == "Dataset"}
    for each in line.record["credentialSubject"]["claims"]:
        counts = each["counts"]
        long = sum(len(str(count).rstrip("0")) for count in counts.values()) >= 6
        for reference in each["evidenceRefs"]:
            item = data.get(reference)
            if item is not None and long and item["rowCount"] >= 30:
                shape = (item["columns"], item["rowCount"], each["period"], counts)
                found.add(repr(shape))
    return found


def keys(line: Line) -> set[str]:
    assert line.record is not None
    subject = line.record["credentialSubject"]
    return {subject["id"], *(each["value"] for each in subject.get("identifiers", ()))}


def brute(lines: list[Line]) -> Found:
    rows = rows_of(lines)
    told = [(at, line) for at, line in enumerate(lines) if line.record]
    gone = withdrawn(lines)
    standing = current(rows, gone)
    found: Found = defaultdict(set)
    for row in rows:
        seen = found[row.index, row.claim["id"]]
        seen |= of_data(row.line, told)
        seen |= of_claimants(row.line, told, gone)
        seen |= of_dates(row, rows)
        if is_rewritten(row, rows, lines):
            seen.add("O007")
        if is_outlying(row, standing):
            seen.add("O008")
        if is_contradicted(row, standing):
            seen.add("O011")
    return found


def of_data(line: Line, told: list[tuple[int, Line]]) -> set[str]:
    seen = set()
    about = subject_of(line)
    for kind, names in ((files, files(line)), (figures, figures(line))):
        for name in names:
            here = [(at, each) for at, each in told if name in kind(each)]
            first = min(at for at, each in here if each.issuer == line.issuer)
            for at, each in here:
                if subject_of(each) == about:
                    continue
                if each.issuer == line.issuer:
                    seen |= {"O003"} if kind is files else set()
                elif kind is files:
                    seen.add("O001" if at < first else "O002")
                elif at < first:
                    seen.add("O004")
    return seen


def of_claimants(line: Line, told: list[tuple[int, Line]], gone: set[int]) -> set[str]:
    own, seen = producer_of(line), set()
    if own is None:
        return set()
    for key in keys(line):
        first: dict[str, int] = {}
        still = set()
        for at, each in told:
            who = producer_of(each)
            if who is not None and key in keys(each):
                first.setdefault(who, at)
                still |= set() if at in gone else {who}
        seen |= {"O005" if first[who] < first[own] else "O006" for who in still - {own}}
    return seen


def of_dates(row: Row, rows: list[Row]) -> set[str]:
    seen = set()
    if (row.line.day - dt.date.fromisoformat(row.record["validFrom"][:10])).days > 90:
        seen.add("O010")
    late = (row.line.day - dt.date.fromisoformat(row.end)).days > 180
    if late and any(
        (r.series, r.name) == (row.series, row.name) and r.index < row.index and r.end > row.end
        for r in rows
    ):
        seen.add("O009")
    return seen


def subject_of(line: Line) -> str:
    assert line.record is not None
    return str(line.record["credentialSubject"]["id"])


def is_rewritten(row: Row, rows: list[Row], lines: list[Line]) -> bool:
    places = {line.digest: at for at, line in enumerate(lines)}
    days = []
    for at, line in enumerate(lines):
        if line.issuer != row.line.issuer:
            continue
        old = line.target
        if line.record is not None and "supersedes" in line.record:
            old = places[line.record["supersedes"]]
        taken = [r for r in rows if r.index == old and r.series == row.series]
        given = [r.end for r in rows if r.index == at and r.series == row.series]
        if any(not any(end > r.end for end in given) for r in taken):
            days.append(line.day)
    return any(sum(0 <= (b - a).days < 30 for b in days[at:]) >= 3 for at, a in enumerate(days))


def current(rows: list[Row], gone: set[int]) -> list[Row]:
    """Pick what stands for each series: the newest of each characteristic, the worst of those."""
    latest: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        name = (row.series, row.name)
        if row.index not in gone and (name not in latest or row.end >= latest[name].end):
            latest[name] = row
    worst: dict[tuple[str, str], Row] = {}
    for row in latest.values():
        known = worst.get(row.series)
        place = (row.bounds[0], row.index, row.position)
        if known is None or place < (known.bounds[0], known.index, known.position):
            worst[row.series] = row
    return list(worst.values())


def is_outlying(row: Row, standing: list[Row]) -> bool:
    peers = [r for r in standing if r.is_producers]
    if not row.is_producers or len(peers) < 10 or len({r.line.issuer for r in peers}) < 5:
        return False
    middle = median(r.value for r in peers)
    mad = median(abs(r.value - middle) for r in peers)
    return bool(mad) and 0.6745 * abs(row.value - middle) / mad > 3.5


def is_contradicted(row: Row, standing: list[Row]) -> bool:
    low, high = row.bounds
    return row.is_producers and any(
        r.is_buyers
        and (r.subject, r.name) == (row.subject, row.name)
        and (r.bounds[1] < low or r.bounds[0] > high)
        for r in standing
    )


# ---------------------------------------------------------------- the two held together


def write(store: SqlStore, lines: list[Line]) -> None:
    empty(store)
    state = EMPTY
    for at in range(len(lines)):
        placed = Placed(
            at, pending(lines, at), f"{lines[at].day}T12:00:00.000Z", b"%d" % at, bytes(32)
        )
        new = LogState(at + 1, (at + 1).to_bytes(32, "big"))
        store.commit(Commit(old=state, new=new, rows=(placed,)))
        state = new


def pending(lines: list[Line], at: int) -> Pending:
    line = lines[at]
    if line.record is None:
        assert line.target is not None
        target = statement_target(lines[line.target].digest)
        said = StatusStatement(line.digest, line.issuer, target, ORIGIN, Voice.REVOKED, "", None)
        rows: dict[str, Any] = {"words": facts_rows.of_status(said)}
    else:
        verified = VerifiedRecord(
            valid=ValidRecord(Record(b"", line.record), Report(())),
            issuer=line.issuer,
            digest=line.digest,
            key_id="",
        )
        rows = index.rows(verified, catalogue=CATALOGUE)
    changed = withdrawn(lines[: at + 1]) - withdrawn(lines[:at])
    return Pending(
        statement=b"",
        digest=line.digest,
        issuer=line.issuer,
        credential_id=str(at),
        kind="attestation",
        subjects=(),
        index_rows=rows,
        withdraws={lines[each].digest: True for each in changed},
    )


def by_rules(around: SqlSurroundings, lines: list[Line], state: Past | None) -> Found:
    said = {}
    for at, line in enumerate(lines):
        seen = around.of(at, state=state) if line.record else None
        said[at] = () if seen is None else observe(seen)
    return {
        (row.index, row.claim["id"]): {
            each.code for each in said[row.index] if each.claim in {None, row.claim["id"]}
        }
        for row in rows_of(lines)
    }


def by_sql(around: SqlSurroundings, lines: list[Line], state: Past | None) -> Found:
    codes = around.codes(range(len(lines)), metrics=[METRIC], state=state)
    return {place: set(each) for place, each in codes.items()}


def test_rules_sql_and_brute_force_see_the_same(store: SqlStore) -> None:
    seen: set[str] = set()
    for seed in (4, 6):
        lines = log(seed, 90)
        write(store, lines)
        around = SqlSurroundings(store.read)
        for size, state in ((90, None), (90, Past(ORIGIN, 90)), (45, Past(ORIGIN, 45))):
            expected = brute(lines[:size])
            assert by_rules(around, lines[:size], state) == expected, (seed, size)
            assert by_sql(around, lines[:size], state) == expected, (seed, size)
            seen |= {code for codes in expected.values() for code in codes}
    assert seen == set(CODES), "the logs do not show every observation"


def test_a_filter_leaves_out_what_is_observed_and_nothing_else(store: SqlStore) -> None:
    left_out = set()
    for seed in (4, 6):
        lines = log(seed, 90)
        write(store, lines)
        for size in (len(lines), 45):
            expected = brute(lines[:size])
            every = ask(store, len(lines), size)
            assert every
            for code in CODES:
                kept = [claim for claim in every if code not in expected[claim]]
                assert ask(store, len(lines), size, code) == kept, (seed, size, code)
                left_out |= {code} if kept != every else set()
    assert len(left_out) > 7


def ask(store: SqlStore, length: int, size: int, *without: str) -> list[tuple[int, str]]:
    document: Json = {
        "where": [{"metric": METRIC}],
        "minSample": 0,
        "relations": ["producer", "assessor", "buyer", "other"],
        "limit": 500,
        "atCheckpoint": {"size": size},
        "explain": True,
    }
    if size == length:
        del document["atCheckpoint"]
    if without:
        document["without"] = list(without)
    question = queries.parse(document, catalogue=CATALOGUE, today=dt.date(2030, 1, 1))
    found = answer.query(question, SqlIndex(store.read), origin=ORIGIN, size=length)
    reasons = {item["reason"] for item in found["excluded"]["items"]} - {"notCurrent"}
    assert reasons <= {f"observation:{code}" for code in without}
    return [(v["index"], v["claim"]) for row in found["rows"] for v in row["values"]]


def test_records_about_other_things_change_nothing(store: SqlStore) -> None:
    lines = log(7, 60)
    write(store, lines)
    around = SqlSurroundings(store.read)
    before = by_rules(around, lines, None)
    draw = random.Random(1)  # noqa: S311 - a fixture
    more = list(lines)
    for number in range(12):
        made = record(draw, 1_000 + number, lines[-1].day, None)
        made["issuer"]["id"] = f"did:key:zStranger{number}"
        made["credentialSubject"] |= {
            "id": f"https://elsewhere.example/{number}",
            "producer": {"party": {"id": "did:key:zElsewhere", "name": "N"}},
            "identifiers": [],
            "granularity": "batch",  # another group
        }
        made["evidence"] = []
        digest = f"sha256:{number:064x}"
        more.append(Line(lines[-1].day, made["issuer"]["id"], digest, made))
    write(store, more)
    assert by_rules(around, lines, None) == before
