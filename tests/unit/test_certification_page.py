"""The examples of docs/spec/certification.md are what the software says."""

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

from openquality import credentials
from openquality_validator import certification, documents, status, validate
from openquality_validator.certification import Case, Event, Kind, Measure, Outcome
from openquality_validator.status import StatusStatement, Voice

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/spec/certification.md"
TEXT = PAGE.read_text("utf-8")
LOG = "log.example/2026"
NOW = dt.datetime(2027, 1, 11, 9, tzinfo=dt.UTC)


def block(name: str) -> str:
    found = re.search(rf"```\w+ {name}\n(.*?)\n```", TEXT, re.DOTALL)
    assert found is not None, name
    return found[1]


def test_the_key_is_that_of_scheme_and_number() -> None:
    assert status.certificate_key("ISO-9001", "01 100 012345") == block("key")


def test_the_measure_is_one_that_is_read() -> None:
    said = json.loads(block("measure"))
    value = credentials.make("CertificationMeasure", said, issuer="did:key:z6Mk", name="A", now=NOW)
    record = documents.parse_object(documents.canonical(value))
    assert validate.validate(record).valid
    found = certification.read_admitted(record.value, digest="sha256:00")
    assert (found.kind, found.deadline) == (Kind.REQUEST, dt.date(2027, 2, 28))
    assert found.target == block("key")


def digest(number: int) -> str:
    return f"sha256:{number:064x}"


def event(at: int, row: dict[str, Any]) -> Event:
    day = dt.date.fromisoformat(row["day"])
    common = {"digest": digest(at), "issuer": row["by"], "target": block("key"), "log": LOG}
    if row["said"] in set(Voice):
        previous = digest(row["previous"]) if "previous" in row else None
        word = StatusStatement(**common, voice=Voice(row["said"]), reason="why", previous=previous)
        return Event(at, day, word)
    measure = Measure(
        **common,
        kind=Kind(row["said"]),
        reason="why",
        issued=day,
        about=digest(row["about"]) if "about" in row else None,
        deadline=dt.date.fromisoformat(row["deadline"]) if "deadline" in row else None,
        outcome=Outcome(row["outcome"]) if "outcome" in row else None,
    )
    return Event(at, day, measure)


def test_the_worked_case_stands_on_each_day_as_the_table_says() -> None:
    events = [event(at, row) for at, row in enumerate(json.loads(block("case")))]
    case: Case = certification.derive(block("key"), events, log=LOG)
    rows = re.findall(r"^\| (\d{4}-\d\d-\d\d) \| (\d) \| (\d) \| (\w+) \|$", TEXT, re.MULTILINE)
    assert len(rows) == 8
    for on, opened, overdue, state in rows:
        day = dt.date.fromisoformat(on)
        found = case.as_of(day)
        stood = (len(found.open), len(found.overdue(day)), found.states.of("A").value)
        assert stood == (int(opened), int(overdue), state), on


def test_every_code_of_measures_stands_on_the_page() -> None:
    folder = ROOT / "validator/openquality_validator/certification"
    used = set(re.findall(r'"(U0\d\d)"', "".join(p.read_text() for p in folder.glob("*.py"))))
    said = set(re.findall(r"^\| (U0\d\d) \|", TEXT, re.MULTILINE))
    assert said == {code for code in used if code >= "U020"}
