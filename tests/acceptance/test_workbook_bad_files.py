"""Files that are not what a supplier thinks they are: a sentence, a place and a mend for each."""

import csv
import io
import subprocess
import sys
import tracemalloc
import zipfile
from pathlib import Path

import openpyxl
import pytest
from filled_workbooks import (
    FIRST,
    codes,
    column,
    documents,
    example,
    findings,
    put,
    spoiled,
    with_cell,
    workbook,
)
from workbooks import workbook as small_workbook

from openquality.checking import check
from openquality.cli.main import main
from openquality.tables import tell_dialect
from openquality.workbook import load, package
from openquality.workbook.limits import MAX_FILE
from openquality.workbook.tables import tables as csv_files
from openquality_validator.errors import UnusableData
from openquality_validator.findings import Severity
from openquality_validator.sheets import layout
from openquality_validator.sheets.filling import fill

OLE = bytes.fromhex("d0cf11e0a1b11ae1")


def packed(**parts: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return stream.getvalue()


def repacked(data: bytes, change: dict[str, bytes]) -> bytes:
    """Replace or add parts of a workbook."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    return packed(**(parts | change))


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (b"%PDF-1.7\n%\xe2\xe3", "W001", "it is a PDF"),
        (b"<html><table><tr><td>GTIN", "W001", "it is a web page"),
        (b'{"id": 1}', "W001", "it is JSON"),
        (b"", "W001", "it is empty"),
        (b"GTIN;Name\n1;2\n", "W001", "of another kind"),
        (packed(**{"word/document.xml": b"<w/>"}), "W001", "Word document"),
        (packed(**{"readme.txt": b"hello"}), "W001", "zip archive of other files"),
        (b"PK\x03\x04 cut off", "W001", "damaged"),
        (OLE + b"\x00" * 504 + "EncryptedPackage".encode("utf-16-le"), "W002", "password"),
        (OLE + b"\x00" * 504, "W001", "damaged"),
        (b"x" * (MAX_FILE + 1), "W003", "more than 100 MB"),
    ],
    ids=["pdf", "html", "json", "empty", "csv", "word", "zip", "cut", "password", "ole", "large"],
)
def test_what_is_no_workbook_is_named_and_told_what_to_do(
    data: bytes, code: str, words: str
) -> None:
    ((found, _, finding),) = findings(data)
    assert found == code
    assert words in finding.message
    assert finding.severity is Severity.ERROR
    assert finding.hint


def test_a_cut_or_damaged_workbook_is_never_an_exception() -> None:
    whole = workbook()
    for end in range(0, len(whole), max(1, len(whole) // 60)):
        said = codes(whole[:end])
        assert [code for code, _ in said] in (["W001"], ["W003"])
    for at in range(0, len(whole), max(1, len(whole) // 60)):
        codes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])


def test_a_zip_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "MAX_INSIDE", 8 * 2**20)  # so that the bomb is soon built
    data = repacked(workbook(), {"xl/media/image1.xml": b"<c></c>" * (8 * 2**20)})
    assert len(data) < 2**20
    tracemalloc.start()
    try:
        assert codes(data) == [("W003", "")]
        assert tracemalloc.get_traced_memory()[1] < 20 * 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("far", ["XFD1048576", "xfd1048576", "B9999999", "ZZ99999"])
def test_a_far_cell_does_not_make_room_for_all_cells_before_it(far: str) -> None:
    row = far.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
    sheet = f'<row r="1"><c r="A1"><v>1</v></c></row><row r="{row}"><c r="{far}"><v>1</v></c></row>'
    assert codes(small_workbook({"Shares": sheet})) == [("W003", "")]


def test_far_cells_without_references_are_counted_too() -> None:
    wide = "<row>" + "<c><v>1</v></c>" * 11 + "</row>"
    assert codes(small_workbook({"Shares": wide + "<row></row>" * 1_000_000}))[0][0] == "W003"


def test_an_opendocument_sheet_of_repeated_cells_is_refused() -> None:
    content = (
        '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body>'
        '<office:spreadsheet><table:table table:name="Shares">'
        '<table:table-row table:number-rows-repeated="1048576">'
        '<table:table-cell office:value-type="string" table:number-columns-repeated="16384">'
        "<text:p>x</text:p></table:table-cell></table:table-row></table:table>"
        "</office:spreadsheet></office:body></office:document-content>"
    )
    data = packed(
        **{
            "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": content.encode(),
        }
    )
    assert codes(data, name="claims.ods") == [("W003", "")]


def test_a_shared_text_that_is_larger_than_any_cell_is_refused() -> None:
    text = b"<sst><si><t>" + b"x" * (8 * 2**20) + b"</t></si></sst>"
    assert codes(repacked(workbook(), {"xl/sharedStrings.xml": text})) == [("W003", "")]


def test_merged_cells_are_named() -> None:
    def change(book: openpyxl.Workbook) -> None:
        book["Shares"].merge_cells("D4:D6")

    assert ("W008", "Shares!D4") in codes(spoiled(change))


def test_a_merged_title_above_the_headings_does_not_matter() -> None:
    def change(book: openpyxl.Workbook) -> None:
        for title in ("Shares", "Capability"):
            book[title].insert_rows(1, 2)
            book[title].cell(1, 1).value = "Quality of our bolts"
            book[title].merge_cells("A1:F1")

    assert codes(spoiled(change)) == []


def test_a_hidden_row_is_read_and_named() -> None:
    def change(book: openpyxl.Workbook) -> None:
        book["Shares"].row_dimensions[FIRST].hidden = True

    data = spoiled(change)
    assert codes(data) == [("W009", "Shares!A4")]
    assert len(documents(data)) == 1


def test_a_formula_without_a_saved_result_is_named() -> None:
    # openpyxl writes formulas without results, as other programs do that cannot compute.
    assert ("W010", "Shares!F4") in codes(with_cell("Shares", "Value: Amount", "=H4/I4*100"))


def test_a_formula_that_ends_in_an_error_is_named() -> None:
    data = with_cell("Shares", "Value: Amount", "#DIV/0!")
    assert ("W011", "Shares!F4") in codes(data)


def test_a_percentage_of_the_spreadsheet_is_read_as_it_is_shown() -> None:
    def change(book: openpyxl.Workbook) -> None:
        sheet = book["Shares"]
        cell = sheet.cell(FIRST, column(sheet, "Value: Amount"))
        cell.value, cell.number_format = 0.975, "0.0%"

    assert codes(spoiled(change)) == [("W021", "Shares!F4")]


def test_macros_are_named_and_not_needed() -> None:
    data = repacked(workbook(), {"xl/vbaProject.bin": OLE})
    assert codes(data, name="claims.xlsm") == [("W012", "Start!A1")]


def test_a_second_row_of_headings_is_skipped_and_named() -> None:
    def change(book: openpyxl.Workbook) -> None:
        sheet = book["Shares"]
        sheet.insert_rows(FIRST)
        for at, cell in enumerate(sheet[1], start=1):
            sheet.cell(FIRST, at).value = cell.value

    assert codes(spoiled(change)) == [("W017", "Shares!A4")]


def test_headings_over_two_rows_are_asked_for_in_one() -> None:
    def change(book: openpyxl.Workbook) -> None:
        sheet = book["Shares"]
        sheet.insert_rows(2)
        for at, cell in enumerate(sheet[1], start=1):
            group, _, name = str(cell.value).partition(": ")
            sheet.cell(1, at).value, sheet.cell(2, at).value = f"{group} group", name or None

    said = codes(spoiled(change))
    assert ("W004", "Shares!A1") in said


def test_a_renamed_heading_is_named_with_the_one_that_was_meant() -> None:
    def change(book: openpyxl.Workbook) -> None:
        sheet = book["Shares"]
        sheet.cell(1, column(sheet, "Counts: Numerator")).value = "Counts: Numerater"

    said = findings(spoiled(change))
    (renamed,) = [finding for code, _, finding in said if code == "W006"]
    assert ("W006", "Shares!H1") in [(code, place) for code, place, _ in said]
    assert "Counts: Numerator" in renamed.hint


def test_an_added_column_and_moved_columns_do_no_harm_while_they_are_empty_or_known() -> None:
    def change(book: openpyxl.Workbook) -> None:
        sheet = book["Shares"]
        sheet.cell(1, sheet.max_column + 1).value = "Remarks of our own"
        first, other = column(sheet, "Counts: Numerator"), column(sheet, "Counts: Denominator")
        for row in range(1, FIRST + 1):
            one, two = sheet.cell(row, first), sheet.cell(row, other)
            one.value, two.value = two.value, one.value

    assert codes(spoiled(change)) == []


def test_missing_sheets_are_named() -> None:
    def change(book: openpyxl.Workbook) -> None:
        del book["Products and services"]

    assert "W005" in {code for code, _ in codes(spoiled(change))}

    def without_supplier(book: openpyxl.Workbook) -> None:
        del book["Supplier"]

    assert "S002" in {code for code, _ in codes(spoiled(without_supplier))}


def test_a_sheet_of_somebody_s_own_is_left_alone_and_named() -> None:
    def change(book: openpyxl.Workbook) -> None:
        book.create_sheet("Our notes").cell(1, 1).value = "call Anna"

    assert codes(spoiled(change)) == [("W018", "Our notes!A1")]


@pytest.mark.parametrize(("version", "said"), [("0", "warning"), ("99", "error")])
def test_a_template_of_another_version_is_told(version: str, said: str) -> None:
    def change(book: openpyxl.Workbook) -> None:
        book["_openquality"].cell(1, 2).value = version

    ((code, _, finding),) = findings(spoiled(change))
    assert (code, finding.severity) == ("W007", said)


def test_a_workbook_without_its_hidden_sheet_reads_the_same() -> None:
    def change(book: openpyxl.Workbook) -> None:
        del book["_openquality"]

    (before,), (after,) = documents(workbook()), documents(spoiled(change))
    assert after.data == before.data
    assert check(after).findings == ()


def test_the_row_of_examples_is_not_data_and_a_changed_one_is_named() -> None:
    assert codes(with_cell("Shares", "Counts: Numerator", 999, row=3)) == [("W016", "Shares!H3")]


def test_the_explanations_may_be_taken_out() -> None:
    def change(book: openpyxl.Workbook) -> None:
        for sheet in book:
            if not sheet.title.startswith("_") and sheet.title != "Start":
                sheet.delete_rows(2, 2)

    assert codes(spoiled(change)) == []


def test_a_row_of_an_unknown_record_or_claim_is_named_with_the_one_that_was_meant() -> None:
    one, other = example(), example()
    other["id"] = "urn:uuid:11111111-2222-4333-8444-555555555555"

    def renamed(value: object) -> object:
        if isinstance(value, dict):
            return {name: renamed(below) for name, below in value.items()}
        if isinstance(value, list):
            return [renamed(below) for below in value]
        return value.replace(one["id"], other["id"]) if isinstance(value, str) else value

    data = workbook(one, renamed(other))  # type: ignore[arg-type]
    assert codes(data) == []

    def change(book: openpyxl.Workbook) -> None:
        book["Shares"].cell(FIRST, 1).value = None
        book["Capability"].cell(FIRST, 1).value = "11"

    said = codes(spoiled(change, data))
    assert ("W013", "Shares!A4") in said
    assert ("W013", "Capability!A4") in said


def test_two_records_of_one_name_are_named() -> None:
    data = with_cell("Products and services", "Name", "Another", row=FIRST + 1)
    assert ("W015", "Products and services!A5") in codes(data)


# CSV


def folder(path: Path, encode: str = "utf-8-sig", delimiter: str = ",") -> Path:
    tables = layout.choose(("cpk", "on-time-delivery"), ("categories", "evidence"))
    path.mkdir()
    for name, data in csv_files(tables, rows=fill([example()], tables).rows):
        rows = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=delimiter).writerows(rows)
        # What Windows-1252 has no sign for is in the explanations alone.
        (path / name).write_bytes(text.getvalue().encode(encode, "replace"))
    return path


@pytest.mark.parametrize(
    ("encoding", "delimiter", "said"),
    [
        ("utf-8-sig", ",", set()),
        ("utf-8", ";", set()),
        ("utf-16", "\t", set()),
        ("cp1252", ";", {"W028"}),
    ],
)
def test_csv_files_are_read_as_spreadsheets_save_them(
    tmp_path: Path, encoding: str, delimiter: str, said: set[str]
) -> None:
    (document,) = load(folder(tmp_path / "claims", encoding, delimiter))
    assert "M8 × 30" in document.data.decode()
    assert {finding.code for finding in check(document).findings} == said


def test_a_number_with_a_point_is_asked_about_where_a_file_has_semicolons(tmp_path: Path) -> None:
    path = folder(tmp_path / "claims", "utf-8", ";") / "shares.csv"
    path.write_text(path.read_text("utf-8").replace(";97.5;", ";1.234;"), "utf-8", newline="")
    (document,) = load(path.parent)
    assert "W030" in {finding.code for finding in check(document).findings}


def test_a_quote_that_is_not_closed_is_named_and_the_other_files_are_read(tmp_path: Path) -> None:
    path = folder(tmp_path / "claims") / "shares.csv"
    path.write_bytes(path.read_bytes() + b'1,"never closed\r\n')
    (document,) = load(path.parent)
    assert "W037" in {finding.code for finding in check(document).findings}
    assert b"cpk" in document.data


def test_a_row_with_more_cells_than_headings_is_named(tmp_path: Path) -> None:
    path = folder(tmp_path / "claims") / "evidence.csv"
    path.write_bytes(path.read_bytes().replace(b"Order lines", b"Order lines,a,b,c,d,e,f,g,h,i"))
    (document,) = load(path.parent)
    found = {finding.code: document.cells.of(finding) for finding in check(document).findings}  # type: ignore[union-attr]
    assert found["W036"].file == "evidence.csv"


def test_one_bad_workbook_stops_no_other_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path, workbook(), name="good.xlsx")
    put(tmp_path, b"%PDF-1.7", name="bad.xlsx")
    assert main(["validate", str(tmp_path)]) == 1
    shown = capsys.readouterr()
    assert "bad.xlsx: error W001" in shown.out
    assert "2 checked: 1 valid, 1 not." in shown.err


def test_a_file_of_two_gigabytes_is_refused_without_being_read(tmp_path: Path) -> None:
    path = tmp_path / "claims.xlsx"
    with path.open("wb") as file:
        file.truncate(2 * 2**30)
    ran = subprocess.run(
        [sys.executable, "-c", _IN_LITTLE_MEMORY, str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "W003" in ran.stdout, ran.stderr


_IN_LITTLE_MEMORY = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))
from openquality.cli.main import main
main(["validate", sys.argv[1]])
"""


def test_a_far_cell_in_measured_data_is_refused_as_well(tmp_path: Path) -> None:
    sheet = '<row r="1"><c r="A1"><v>1</v></c></row><row r="9"><c r="XFD1048576"><v>1</v></c></row>'
    path = put(tmp_path, small_workbook({"data": sheet}), name="data.xlsx")
    with pytest.raises(UnusableData, match="too large"):
        tell_dialect(path)
