"""`openquality measure` with something missing or too much says what to state, all at once."""

import json
from pathlib import Path

import pytest

import openquality_schemas
from openquality.cli.main import main

ROWS = """\
Day,Result,Asked,Start,End,Part,Whole,mm
2026-03-02,ok,9,2026-03-02T08:00,2026-03-02T09:00,1,2,12.01
2026-03-03,bad,3,2026-03-03T08:00,2026-03-03T09:30,3,6,11.99
"""
DAY = ("--column", "date=Day")
REPAIR = (
    *("--metric", "mttr", "--start", "Start", "--end", "End"),
    *("--date-format", "%Y-%m-%dT%H:%M", "--qualifier", "startEvent=failure"),
    *("--qualifier", "endEvent=repaired", "--qualifier", "cohort=closed"),
)
ENERGY = (
    *("--metric", "renewable-energy-share", "--value", "Part", "--column", "per=Whole", *DAY),
    *("--qualifier", "energyScope=electricity", "--qualifier", "proof=directContract"),
)
SCORE = (
    *("--metric", "net-promoter-score", "--value", "Asked", *DAY),
    *("--qualifier", "occasion=transaction", "--qualifier", "channel=email"),
)
YIELD = (
    *("--metric", "first-pass-yield", "--outcome", "Result"),
    *("--qualifier", "processStep=test", "--qualifier", "retest=notCounted"),
)
PROBE = (
    *("--qualifier", "measurementPoint=customer", "--qualifier", "plannedMaintenance=excluded"),
    *("--from", "2026-03-01", "--to", "2026-03-31"),
)
OUTCOMES = ("--counted", "ok", "--not-counted", "bad")


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "rows.csv"
    path.write_text(ROWS)
    return path


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["--metric", "mttr", "--start", "Start", "--end", "End"],
            ["startEvent as one of: failure, report; endEvent as one of:", "; cohort as one of:"],
        ),
        ([*SCORE], ["invited", "an amount with a unit of: 1", "--qualifier invited="]),
        ([*YIELD, *DAY], ["--counted", "--not-counted"]),
        ([*YIELD, *OUTCOMES], ["--from", "--to", "date=COLUMN"]),
        ([*YIELD, *OUTCOMES, *DAY, "--unit", "[ppm]"], ["[ppm]", "comes in %"]),
        ([*REPAIR, "--unit", "min"], ["Leave it out: mttr comes in h", "a column for value"]),
        ([*REPAIR, "--unit", "minutes"], ["Unknown unit 'minutes'"]),
        ([*ENERGY], ["--unit"]),
        ([*ENERGY, "--unit", "kW.h"], ["--unit 1", "comes in %"]),
        ([*ENERGY, "--unit", "%"], ["--unit 1", "comes in %"]),
        (["--metric", "ppk", "--value", "mm", *DAY, "--lsl", "11"], ["--characteristic", "--unit"]),
        (
            ["--metric", "ppk", "--value", "mm", *DAY, "--characteristic", "d", "--unit", "metres"],
            ["Unknown unit 'metres'"],
        ),
        (
            [*("--metric", "availability", "--start", "Start", "--end", "End"), *PROBE],
            ["--date-format", "%Y-%m-%d %H:%M"],
        ),
        (
            [*YIELD, *OUTCOMES, *DAY, "--where", "Result=OK"],
            ["None of the 2 rows can be used; 2 belong elsewhere. Check"],
        ),
    ],
)
def test_a_hint_names_what_to_state(
    rows: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: list[str]
) -> None:
    assert main(["measure", str(rows), *arguments]) in {1, 2}
    shown = capsys.readouterr().err
    assert [part for part in said if part not in shown] == []


def test_a_quantity_without_a_unit_has_the_only_one_that_is_allowed(
    rows: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        main(["measure", str(rows), *SCORE, "--qualifier", "invited=60", "--format", "json"]) == 0
    )
    claim = json.loads(capsys.readouterr().out)["claims"][0]
    invited = next(each for each in claim["qualifiers"] if each["qualifier"] == "invited")
    assert (invited["amount"], invited["unit"]) == ("60", "1")


def test_a_count_that_is_no_whole_number_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    complaints = (
        *("--metric", "complaint-rate", "--events", "Complaints", "--exposure", "Deliveries"),
        *("--unit", "1", "--from", "2026-03-01", "--to", "2026-03-31"),
        *("--qualifier", "basis=delivery", "--qualifier", "complaintStatus=received"),
    )
    path = tmp_path / "weeks.csv"
    path.write_text("Complaints,Deliveries\n1,900\n2,1.300\n")
    assert main(["measure", str(path), *complaints]) == 0
    shown = capsys.readouterr().out
    assert "(3 events in 901.3)" in shown
    assert "901.3 is no whole number" in shown
    path.write_text("Complaints,Deliveries\n1,900\n2,1300\n")
    assert main(["measure", str(path), *complaints]) == 0
    assert "whole number" not in capsys.readouterr().out


def record(path: Path, **members: object) -> Path:
    stated: dict[str, object] = {
        "id": "urn:uuid:11111111-2222-4333-8444-555555555555",
        "issuer": {"id": "did:key:z6MkemxqDUFb6P1jrWw4iYfUWsS9V56eH9ort6PLsn6UP5r3"},
        "credentialSubject": {},
    }
    path.write_text(json.dumps(stated | members))
    return path


def test_a_claim_that_stays_beside_the_new_one_is_told(
    rows: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    into = record(tmp_path / "record.json")
    measure = ["measure", str(rows), *YIELD, *OUTCOMES, *DAY, "--into", str(into)]
    assert main(measure) == 0
    assert "holds 1 new claim and the digest" in capsys.readouterr().err
    assert main([*measure, "--where", "Result=ok"]) == 0
    assert "holds 1 new claim, 1 that was there before, and the" in capsys.readouterr().err


@pytest.mark.parametrize(("version", "times"), [("1.0-draft.1", 1), ("1.0", 0)])
def test_a_record_of_an_older_schema_is_told_before_it_is_refused(
    rows: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], version: str, times: int
) -> None:
    pinned = {"digestSRI": openquality_schemas.attestation_sri(version=version)}
    into = record(tmp_path / "record.json", credentialSchema=pinned)
    assert main(["measure", str(rows), *YIELD, *OUTCOMES, *DAY, "--into", str(into)]) == 0
    assert capsys.readouterr().err.count("names an older schema") == times


def test_a_quantity_of_several_units_is_not_guessed(
    rows: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outages = ["--metric", "availability", "--start", "Start", "--end", "End"]
    assert main(["measure", str(rows), *outages, "--qualifier", "leastOutage=5"]) == 1
    assert "with a unit of: s, min" in capsys.readouterr().err
