"""`openquality measure`: from a file to claims, and plain words where it cannot."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from openquality.cli.main import main
from openquality_validator.catalogue import load
from openquality_validator.recompute import Outcome, recompute_all

DELIVERIES = """\
Order;Promised;Delivered;Customer
1;01.03.2026;01.03.2026;North
2;02.03.2026;04.03.2026;North
3;03.03.2026;02.03.2026;North
4;04.03.2026;n/a;North
5;05.03.2026;05.03.2026;South
"""
ON_TIME = (
    *("--metric", "on-time-delivery", "--due", "Promised", "--event", "Delivered"),
    *("--date-format", "%d.%m.%Y", "--anchor", "lastConfirmed", "--level", "line"),
    *("--qualifier", "event=receipt", "--qualifier", "denominatorBasis=deliveredInPeriod"),
)
NO_VALUE = ("--unusable", "Delivered=n/a")


@pytest.fixture
def deliveries(tmp_path: Path) -> Path:
    path = tmp_path / "deliveries.csv"
    path.write_text(DELIVERIES)
    return path


def record(path: Path, role: str = "producer") -> Path:
    value: dict[str, Any] = {
        "id": "urn:uuid:11111111-2222-4333-8444-555555555555",
        "issuer": {"id": "did:key:z6MkemxqDUFb6P1jrWw4iYfUWsS9V56eH9ort6PLsn6UP5r3", "name": "Us"},
        "credentialSubject": {"issuerRole": role},
    }
    path.write_text(json.dumps(value))
    return path


def test_it_prints_value_counts_bound_and_what_was_left_out(
    deliveries: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["measure", str(deliveries), *ON_TIME, *NO_VALUE]) == 0
    shown = capsys.readouterr().out
    assert "on-time-delivery: 75 % (3 of 4)" in shown
    # scipy.stats.beta.ppf(.05, 3, 2) = .2486046…
    assert "at least 24.8605 %" in shown
    assert "5 in the file, 4 used, 0 of others" in shown
    assert "1 left out: Delivered: declared unusable (n/a) (first in row 5: 'n/a')." in shown
    assert "4 is below the metric's least sample of 30" in shown


def test_json_holds_the_same_for_programs(
    deliveries: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [*ON_TIME, *NO_VALUE, "--where", "Customer=North", "--format", "json"]
    assert main(["measure", str(deliveries), *arguments]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["claims"][0]["counts"] == {"numerator": 2, "denominator": 3}
    assert found["claims"][0]["period"] == {"start": "2026-03-01", "end": "2026-03-04"}
    assert found["usage"]["other"] == 1
    evidence = found["evidence"][0]
    assert evidence["digest"] == f"sha256:{hashlib.sha256(DELIVERIES.encode()).hexdigest()}"
    assert evidence["columns"] == ["Order", "Promised", "Delivered", "Customer"]
    assert evidence["rowCount"] == 5
    assert evidence["mapping"]["table"]["delimiter"] == ";"


def test_a_mapping_file_says_the_same_as_the_options(
    deliveries: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    assert main(["measure", str(deliveries), *ON_TIME, *NO_VALUE, "-o", str(first)]) == 0
    mapping = tmp_path / "mapping.json"
    mapping.write_text(json.dumps(json.loads(first.read_text())["evidence"][0]["mapping"]))
    by_file = ["--metric", "on-time-delivery", "--mapping", str(mapping), "-o", str(second)]
    assert main(["measure", str(deliveries), *by_file]) == 0
    assert first.read_bytes() == second.read_bytes()
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("role", "level"), [("producer", "self"), ("observer", "buyer"), ("assessor", "thirdParty")]
)
def test_claims_go_into_a_record_and_recompute_from_there(
    deliveries: Path, tmp_path: Path, role: str, level: str
) -> None:
    path = record(tmp_path / "record.json", role)
    for _ in range(2):  # measuring again replaces, and adds nothing
        assert main(["measure", str(deliveries), *ON_TIME, *NO_VALUE, "--into", str(path)]) == 0
    value = json.loads(path.read_text())
    (claim,), (evidence,) = value["credentialSubject"]["claims"], value["evidence"]
    assert claim["id"] == f"{value['id']}#c1"
    assert claim["evidenceRefs"] == [evidence["id"]] == [f"{value['id']}#e1"]
    assert claim["assessor"]["assessorLevel"] == level
    answers = recompute_all(value, {evidence["digest"]: deliveries.read_bytes()}, load())
    assert answers[claim["id"]].outcome is Outcome.RECOMPUTED


def test_another_measurement_keeps_the_first(deliveries: Path, tmp_path: Path) -> None:
    path = record(tmp_path / "record.json")
    for customer in ("North", "South"):
        where = ["--where", f"Customer={customer}", "--into", str(path)]
        assert main(["measure", str(deliveries), *ON_TIME, *NO_VALUE, *where]) == 0
    value = json.loads(path.read_text())
    assert [each["id"][-3:] for each in value["credentialSubject"]["claims"]] == ["#c1", "#c2"]
    assert [each["id"][-3:] for each in value["evidence"]] == ["#e1", "#e2"]


def test_capability_comes_from_readings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "shafts.csv"
    readings = ["11,99", "12,01", "12,00", "12,02", "11,98"] * 6
    path.write_text("Diameter;Part\n" + "".join(f"{each};x\n" for each in readings))
    arguments = [
        *("--metric", "cpk", "--metric", "cp", "--value", "Diameter", "--unit", "mm"),
        *("--characteristic", "diameter", "--class", "critical", "--lsl", "11.9", "--usl", "12.1"),
        *("--estimator", "rBar", "--subgroup-size", "5", "--decimal-comma"),
        *("--from", "2026-03-02", "--to", "2026-03-06"),
    ]
    assert main(["measure", str(path), *arguments]) == 0
    # Every range is 0.04 and the mean 12: Cp = Cpk = 0.2 / 6 / (0.04 / 2.32593) = 1.93827.
    shown = capsys.readouterr().out
    assert "cpk: 1.93827 (n = 30)" in shown
    assert "cp: 1.93827 (n = 30)" in shown


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("--due", "Due"), "The columns are: Order, Promised, Delivered, Customer"),
        (("--date-format", "due=%Y-%m-%d"), "It reads as %d.%m.%Y"),
        (("--date-format", "%m.%d.%Y"), "M005"),
        (("--date-format", "start=%Y-%m-%d"), "M002"),
        (("--unusable", "Delivered"), "has no name and '='"),
        (("--where", "Customer=East"), "None of the 5 rows can be used; 5 belong elsewhere"),
        (("--qualifier", "event=ship"), "comes twice"),
        (("--level", "row"), "Use one of: line, order, unit"),
        (("--qualifier", "colour=red"), "colour"),
        (("--metric", "no-such"), "no-such"),
        (("--from", "2026-03-01"), "M009"),
        (("--from", "2026-03-02", "--to", "2026-03-01"), "M009"),
        (("--encoding", "klingon"), "M002"),
        (("--mapping", "nowhere.json"), "nowhere.json"),
        (("--into", "nowhere.json"), "nowhere.json"),
    ],
)
def test_a_wrong_input_is_told_in_a_sentence(
    deliveries: Path,
    capsys: pytest.CaptureFixture[str],
    change: tuple[str, ...],
    words: str,
) -> None:
    code = main(["measure", str(deliveries), *ON_TIME, *NO_VALUE, *change])
    captured = capsys.readouterr()
    assert code in {1, 2}
    assert captured.err.startswith("error: ")
    assert words in captured.err
    assert "defect" not in captured.err


def test_a_wrong_date_shows_its_row_and_text(
    deliveries: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["measure", str(deliveries), *ON_TIME]) == 1
    assert "M004: Row 5, 'Delivered': 'n/a' is not a date" in capsys.readouterr().err


def test_a_record_is_kept_when_measuring_fails(deliveries: Path, tmp_path: Path) -> None:
    path = record(tmp_path / "record.json")
    before = path.read_bytes()
    assert main(["measure", str(deliveries), *ON_TIME, "--into", str(path)]) == 1
    assert path.read_bytes() == before
    assert sorted(each.name for each in tmp_path.iterdir()) == ["deliveries.csv", "record.json"]


def test_what_is_no_record_is_not_written_to(deliveries: Path, tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_text('{"a": 1}')
    assert main(["measure", str(deliveries), *ON_TIME, *NO_VALUE, "--into", str(path)]) == 2
    assert path.read_text() == '{"a": 1}'
