"""The guide to spreadsheets and the page of the workbook show what really happens."""

import re
import shlex
from pathlib import Path

import openpyxl
import orjson
import pytest
from fenced_blocks import blocks
from filled_workbooks import column, put, spoiled

from openquality.checking import check
from openquality.cli.main import main
from openquality.workbook import limits, load
from openquality_validator.sheets import layout
from openquality_validator.sheets.codes import CODES
from openquality_validator.sheets.marker import Marker

DOCS = Path(__file__).parents[2] / "docs"
GUIDE = (DOCS / "guide" / "spreadsheets.md").read_text("utf-8")
PAGE = (DOCS / "spec" / "workbook.md").read_text("utf-8")


def mistaken(book: openpyxl.Workbook) -> None:
    for sheet, heading, value in (
        ("Shares", "Period: From", "03/04/2026"),
        ("Shares", "Value: Amount", "97,5 %"),
        ("Shares", "Counts: Denominator", "1,234"),
        ("Supplier", "Issuer: Name", None),
    ):
        book[sheet].cell(4, column(book[sheet], heading)).value = value


def test_the_findings_of_the_guide_are_those_of_such_a_workbook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    put(tmp_path, spoiled(mistaken))
    (block,) = blocks(GUIDE, "console")
    command, _, expected = block.partition("\n")
    assert main(shlex.split(command)[2:]) == 1
    captured = capsys.readouterr()
    assert captured.out + captured.err == expected


def test_every_command_that_makes_a_template_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["init", ".", "--name", "Nordbolt"]) == 0
    for line in blocks(GUIDE, "sh")[0].splitlines():
        (tmp_path / "claims.xlsx").unlink(missing_ok=True)
        assert main(shlex.split(line)[1:]) == 0, line


def test_the_guide_names_every_sector_and_the_codes_that_it_shows() -> None:
    for sector in layout.sectors():
        assert f"`{sector}`" in GUIDE
    assert set(re.findall(r"W\d{3}", GUIDE)) <= set(CODES)


def test_the_page_names_every_sheet() -> None:
    for table in layout.tables():
        if table.metrics and table.type == "MeasurementClaim":
            assert str(table.title) in PAGE
        elif not table.type:
            assert str(table.title) in PAGE, table.title


def test_the_page_shows_the_hidden_sheet_as_it_is_written() -> None:
    rows = [",".join(row) for row in Marker.now().to_rows(layout.tables())]
    for line in blocks(PAGE, "csv")[0].splitlines():
        assert line in rows


def test_the_bounds_of_the_page_are_those_of_the_code() -> None:
    assert f"{limits.MAX_FILE // 2**20} MB" in PAGE
    assert f"{limits.MAX_INSIDE // 2**20} MB" in PAGE
    assert f"{limits.MAX_CELLS:,}" in PAGE
    assert limits.MAX_TEXT == 2**20


def test_the_example_of_the_page_gives_its_record(tmp_path: Path) -> None:
    marker = "".join(",".join(row) + "\n" for row in Marker.now().to_rows(()))
    (tmp_path / "openquality.csv").write_text(marker, "utf-8")
    for name, text in zip(("supplier", "records", "shares"), blocks(PAGE, "csv")[1:], strict=True):
        (tmp_path / f"{name}.csv").write_text(text, "utf-8")
    (document,) = load(tmp_path)
    assert document.name == "bolt"
    assert not check(document).findings
    (shown,) = blocks(PAGE, "json")
    assert orjson.loads(document.data) == orjson.loads(shown)
