"""Values are read in tables that fit a terminal, with no unit where there is none."""

import csv
import io
from typing import Any

import pytest

from openquality.cli import query
from openquality.cli.output import TableFormat
from openquality.cli.values import Shown, show_statements, show_values
from openquality_validator.quantities import with_unit

DIGEST = "sha256:" + "5b" * 32
KEY = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK#subject-hex-bolt-m8x40"


def value(**members: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON values
    return {
        "metric": "on-time-delivery",
        "value": "97.5",
        "rankedOn": "95.98091234567",
        "unit": "%",
        "n": 480,
        "ageDays": 38,
        "verification": "recomputed",
        "independence": "accredited",
        "relation": "producer",
        "grade": "identical",
        "statement": DIGEST,
        **members,
    }


WIDEST = value(
    metric="human-escalation-availability",
    value="-123456.789012",
    rankedOn=None,
    unit="/(200000.h)",
    n=12345678,
    ageDays=12345,
    independence="thirdParty",
    grade="notComparable",
)


def table(capsys: pytest.CaptureFixture[str], *shown: Shown) -> list[str]:
    show_values(shown, TableFormat.TABLE)
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("subject", [KEY, "Hex bolt M8x40", "x" * 500, "a\u202e\nb" * 90])
@pytest.mark.parametrize("held", [value(), WIDEST])
def test_no_line_is_wider_than_a_terminal(
    capsys: pytest.CaptureFixture[str], subject: str, held: dict[str, Any]
) -> None:
    lines = table(capsys, Shown("1", subject, held), Shown("999", "Site 2", held))
    assert len(lines) == 4  # a line feed in a name breaks none
    assert max(map(len, lines)) <= 100
    assert lines[1].split()[:4] == ["row", "subject", "value", "bound"]


def test_an_identifier_keeps_its_two_ends(capsys: pytest.CaptureFixture[str]) -> None:
    lines = table(capsys, Shown("1", KEY, value()))
    cell = lines[2].split()[1]
    start, _, end = cell.partition("…")
    assert KEY.startswith(start)
    assert KEY.endswith(end)
    assert end.endswith("bolt-m8x40")


def test_the_unit_stands_above_the_table_and_a_plain_number_has_none(
    capsys: pytest.CaptureFixture[str],
) -> None:
    index = value(metric="cpk", unit="1", value="1.34", rankedOn=None)
    lines = table(capsys, Shown("1", "bolt", value()), Shown("1", "bolt", index))
    assert lines[0] == "on-time-delivery in %"
    assert lines[4] == "cpk"
    numbers = "97.5 95.9809 480 38 d recomputed accredited identical"
    assert " ".join(lines[2].split()) == f"1 bolt {numbers}"
    assert " ".join(lines[6].split()[:5]) == "1 bolt 1.34 not stated"


def test_what_has_no_subject_has_no_such_column(capsys: pytest.CaptureFixture[str]) -> None:
    lines = table(capsys, Shown("1", "", value()))
    assert "subject" not in lines[1]


def test_every_statement_of_a_row_is_named_once(capsys: pytest.CaptureFixture[str]) -> None:
    other = DIGEST[:-1] + "c"
    first = [Shown("1", "a", value()), Shown("1", "a", value(statement=other))]
    show_statements([*first, Shown("1", "a", value()), Shown("2", "b", value())])
    lines = capsys.readouterr().out.split("\n")[2:]
    assert lines == [f"  1  {DIGEST}", f"  1  {other}", f"  2  {DIGEST}", ""]


def test_csv_holds_every_digit_and_column(capsys: pytest.CaptureFixture[str]) -> None:
    show_values([Shown("1", KEY, value())], TableFormat.CSV)
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert (row["subject"], row["bound"], row["unit"]) == (KEY, "95.98091234567", "%")
    assert (row["relation"], row["statement"]) == ("producer", DIGEST)


def test_a_plain_number_is_written_without_a_unit() -> None:
    assert with_unit("25", "1") == "25"
    assert with_unit("97.5", "%") == "97.5 %"


def answered(row: dict[str, Any]) -> dict[str, Any]:
    row = {"subject": {"id": KEY}, "values": [value()], **row}
    return {"rows": [row], "total": 1, "leftOut": [], "query": {"asOf": "2026-11-21"}}


def test_what_stands_against_a_row_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    notice = {"kind": "recall", "date": "2026-11-02", "digest": DIGEST}
    row = {
        "safetyNotices": [notice],
        "observations": ["overlaps"],
        "values": [value(stale=True, ageDays=412)],
    }
    query._show(answered(row), TableFormat.TABLE)
    said = capsys.readouterr().err.splitlines()
    assert said[:3] == [
        f"Row 1: a recall of 2026-11-02 stands open, {DIGEST}",
        "Row 1: observed: overlaps",
        "Row 1: on-time-delivery is stale, 412 days old",
    ]


@pytest.mark.parametrize("row", [{}, {"safetyNotices": [], "observations": []}])
def test_of_a_row_without_remarks_nothing_is_said(
    capsys: pytest.CaptureFixture[str], row: dict[str, Any]
) -> None:
    query._show(answered(row), TableFormat.TABLE)
    assert "Row" not in capsys.readouterr().err


def test_a_subject_is_called_by_its_name_where_the_answer_has_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    query._show(answered({"subject": {"id": KEY, "name": "Hex bolt M8x40"}}), TableFormat.TABLE)
    assert "Hex bolt M8x40" in capsys.readouterr().out
