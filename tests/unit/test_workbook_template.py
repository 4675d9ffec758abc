"""The template as another library reads it: what is there for whoever fills it in."""

import io

import openpyxl
import pytest
from filled_workbooks import codes, column, example
from openpyxl.worksheet.worksheet import Worksheet

from openquality.workbook.tables import inert
from openquality.workbook.tables import tables as csv_files
from openquality.workbook.template import template
from openquality_schemas import attestation_schema
from openquality_validator import catalogue
from openquality_validator.message import languages
from openquality_validator.sheets import layout
from openquality_validator.sheets.filling import fill
from openquality_validator.sheets.marker import SHEET

METRICS = catalogue.load().metrics
DEFS = attestation_schema()["$defs"]


def opened(*metrics: str, sheets: tuple[str, ...] = (), language: str = "en") -> openpyxl.Workbook:
    data = template(layout.choose(metrics, sheets), language=language)
    return openpyxl.load_workbook(io.BytesIO(data))


def listed(book: openpyxl.Workbook, sheet: Worksheet, heading: str) -> list[str]:
    """Return what the drop-down of a column offers."""
    at = sheet.cell(4, column(sheet, heading)).coordinate
    (rule,) = [each for each in sheet.data_validations.dataValidation if at in each.sqref]
    if rule.formula1.startswith('"'):
        return str(rule.formula1).strip('"').split(",")
    name, _, cells = rule.formula1.removeprefix("=").partition("!")
    return [str(row[0].value) for row in book[name.strip("'")][cells.replace("$", "")]]


def test_there_is_a_sheet_for_every_kind_of_claim_of_the_schema() -> None:
    kinds = set(DEFS["Claim"]["properties"]["type"]["enum"])
    assert {table.type for table in layout.tables() if table.type} == kinds


def test_every_metric_of_the_catalogue_has_one_sheet() -> None:
    found = [
        name
        for table in layout.tables()
        if table.type not in {"", "ServiceLevelClaim"}
        for name in table.metrics
    ]
    assert sorted(found) == sorted(METRICS)


def test_every_required_member_of_a_claim_has_a_column() -> None:
    made = {"id", "type"}  # from the name of the claim, and its sheet
    for table in layout.tables():
        if table.type:
            first = {each.path[0] for each in table.columns}
            assert set(DEFS[table.type]["required"]) - made <= first, table.id


def test_headings_are_the_titles_of_the_schema_and_tell_columns_apart() -> None:
    headings = [cell.value for cell in opened("cpk")["Capability"][1]]
    title = DEFS["Characteristic"]["properties"]["lsl"]["title"]
    assert f"Characteristic: {title}" in headings
    for table in layout.tables():
        names = [str(each.heading).casefold() for each in table.columns]
        assert len(names) == len(set(names)), table.id


def test_a_sheet_of_a_chosen_metric_has_its_qualifiers_with_their_codes() -> None:
    book = opened("on-time-delivery")
    anchor = METRICS["on-time-delivery"].qualifier("anchor")
    assert listed(book, book["Shares"], "Qualifier: Anchor") == list(anchor.codes)
    limit = METRICS["on-time-delivery"].qualifier("lateLimit")
    assert listed(book, book["Shares"], "Qualifier: Late limit: Unit") == list(limit.units)
    assert listed(book, book["Shares"], "Metric") == ["on-time-delivery"]
    assert "Qualifiers" not in book.sheetnames


def test_lists_come_from_the_schema_short_ones_and_long_ones() -> None:
    book = opened()
    assert (
        listed(book, book["Products and services"], "Subject type")
        == DEFS["Subject"]["properties"]["type"]["enum"]
    )
    assert listed(book, book["Capability"], "Capability: Stable") == ["yes", "no"]
    assert listed(book, book["Shares"], "Metric") == [
        name for name in METRICS if METRICS[name].form == "binomialRatio"
    ]


def test_required_columns_are_told_by_words_and_by_colour() -> None:
    sheet = opened("on-time-delivery")["Shares"]
    required, optional = column(sheet, "Period: From"), column(sheet, "Limitations")
    assert str(sheet.cell(2, required).value).startswith("Required.")
    assert str(sheet.cell(2, optional).value).startswith("Optional.")
    assert sheet.cell(1, required).fill.fgColor.rgb != sheet.cell(1, optional).fill.fgColor.rgb


def test_every_column_has_an_explanation_and_an_example() -> None:
    book = opened()
    for sheet in book:
        if sheet.sheet_state == "visible" and sheet.title != "Start":
            for cell in sheet[1]:
                assert sheet.cell(2, cell.column).value, (sheet.title, cell.value)
                assert sheet.cell(3, cell.column).value, (sheet.title, cell.value)


def test_numbers_that_name_something_are_kept_as_text() -> None:
    book = opened("cpk")
    sheet = book["Products and services"]

    def form(sheet: Worksheet, heading: str) -> str:
        letter = sheet.cell(1, column(sheet, heading)).column_letter
        group = next(
            each
            for each in sheet.column_dimensions.values()
            if each.min <= openpyxl.utils.column_index_from_string(letter) <= each.max
        )
        return str(group.number_format)

    assert form(sheet, "GTIN") == "@"
    assert form(sheet, "Batch") == "@"
    assert form(sheet, "Valid from") == "yyyy-mm-dd"
    assert form(book["Capability"], "Period: From") == "yyyy-mm-dd"
    assert form(book["Capability"], "Value: Amount") == "General"
    assert form(book["Capability"], "Capability: Readings") == "0"


def test_a_hidden_sheet_says_what_every_column_is() -> None:
    book = opened("cpk")
    sheet = book[SHEET]
    assert sheet.sheet_state == "hidden"
    rows = [[cell.value for cell in row if cell.value is not None] for row in sheet.iter_rows()]
    assert rows[0] == ["openquality", str(layout.version()), "en"]
    assert rows[1][0] == "schema"
    heading = "Characteristic: Lower specification limit"
    assert ["column", "capability", "/characteristic/lsl", heading] in rows


@pytest.mark.parametrize("sector", layout.sectors())
def test_a_sector_begins_with_its_metrics_and_sheets(sector: str) -> None:
    chosen = layout.sectors()[sector]
    tables = layout.choose(chosen.metrics, chosen.sheets)
    offered = {m for each in tables if each.type != "ServiceLevelClaim" for m in each.metrics}
    assert set(chosen.metrics) <= offered & set(METRICS)
    assert set(chosen.sheets) <= {table.id for table in tables}
    assert len(tables) < len(layout.tables())
    assert [code for code, _ in codes(template(tables))] == ["W005"]  # nothing filled in yet


def test_the_same_template_has_the_same_bytes() -> None:
    tables = layout.choose(("cpk",), ())
    assert template(tables) == template(tables)
    assert list(csv_files(tables)) == list(csv_files(tables))


def test_a_template_in_another_language_reads_the_same() -> None:
    tables = layout.choose(("cpk", "on-time-delivery"), ("categories", "evidence"))
    rows = fill([example()], tables).rows
    for language in languages():
        data = template(tables, rows=rows, language=language)
        assert codes(data) == [], language
        first = openpyxl.load_workbook(io.BytesIO(data)).worksheets[1]["A1"].value
        assert (first == "Issuer: Id") is (language == "en")


def test_texts_that_look_like_formulas_are_written_as_texts() -> None:
    record = example()
    record["credentialSubject"]["name"] = "=HYPERLINK('http://x.example')"
    record["issuer"]["name"] = "@SUM(A1)"
    tables = layout.choose(("cpk", "on-time-delivery"), ("categories", "evidence"))
    rows = fill([record], tables).rows
    rows["records"][0]["/credentialSubject/name"] = record["credentialSubject"]["name"]
    book = openpyxl.load_workbook(io.BytesIO(template(tables, rows=rows)))
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds
    files = dict(csv_files(tables, rows=rows))
    assert b"'=HYPERLINK" in files["records.csv"]
    assert b"'@SUM" in files["supplier.csv"]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1", "'=1"),
        ("-5.2", "-5.2"),
        ("-x", "'-x"),
        ("+49", "'+49"),
        ("'=1", "''=1"),
        ("a=", "a="),
    ],
)
def test_a_cell_of_csv_is_inert(text: str, written: str) -> None:
    assert inert(text) == written


def test_what_has_an_id_or_a_name_of_its_own_is_not_headed_as_the_record() -> None:
    book = opened("rolled-throughput-yield", sheets=("evidence",))
    for sheet in ("Steps", "Evidence"):
        assert not [cell.value for cell in book[sheet][1] if "record" in str(cell.value)]
        assert column(book[sheet], "Name")


def test_a_shared_condition_is_explained_by_the_metric_that_requires_it() -> None:
    name = "denominatorBasis"
    book = opened("defective-rate", "on-time-delivery")
    at = column(book["Shares"], "Qualifier: Denominator basis")
    said = book["Shares"].cell(2, at).value
    assert not METRICS["defective-rate"].named[name].required
    assert METRICS["on-time-delivery"].named[name].definition in said
