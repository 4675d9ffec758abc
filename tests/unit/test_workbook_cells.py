"""Cells as people fill them in: what each becomes, what is said, and what is asked."""

import io
from datetime import date, datetime

import openpyxl
import orjson
import pytest
from filled_workbooks import FIRST, codes, documents, spoiled, with_cell, workbook
from filled_workbooks import column as place

from openquality_validator.catalogue import load
from openquality_validator.sheets import layout
from openquality_validator.sheets.coercion import read
from openquality_validator.sheets.column import Column, Kind
from openquality_validator.sheets.values import Broken, CommaText, Fault, Percentage, Value

CATALOGUE = load()
MIDNIGHT = datetime.fromisoformat("2026-10-01T00:00:00")  # a workbook knows no time zones
MORNING = datetime.fromisoformat("2026-10-01T08:30:00")


def column(kind: Kind, *path: str, choices: tuple[str, ...] = (), many: bool = False) -> Column:
    return Column(path or ("x",), kind, ("X",), "", choices=choices, many=many)


NUMBER, COUNT, DAY = column(Kind.NUMBER), column(Kind.COUNT), column(Kind.DAY)
MOMENT = column(Kind.MOMENT, "validFrom")
UNTIL = column(Kind.MOMENT, "validUntil")
GTIN = column(Kind.DIGITS, "identifiers", "=scheme:gtin", "value")
TEXT, YES, UNIT = column(Kind.TEXT), column(Kind.ANSWER), column(Kind.UNIT)
CODE = column(Kind.CHOICE, choices=("firstConfirmed", "requested"))
COUNTRY = column(Kind.LETTERS)


@pytest.mark.parametrize(
    ("cell", "where", "value", "said"),
    [
        # As the schema writes it, or as a spreadsheet keeps it: nothing to say.
        ("97.5", NUMBER, "97.5", []),
        ("7.160", NUMBER, "7.160", []),
        (97.5, NUMBER, "97.5", []),
        (0.1 + 0.2, NUMBER, "0.3", []),
        (1e-7, NUMBER, "0.0000001", []),
        (480.0, COUNT, 480, []),
        ("480", COUNT, 480, []),
        (True, YES, True, []),
        ("no", YES, False, []),
        (date(2026, 10, 1), DAY, "2026-10-01", []),
        (MIDNIGHT, DAY, "2026-10-01", []),
        ("2026-10-01", DAY, "2026-10-01", []),
        (date(2026, 10, 1), MOMENT, "2026-10-01T00:00:00Z", []),
        (date(2026, 10, 1), UNTIL, "2026-10-01T23:59:59Z", []),
        ("2026-10-01T08:00:00Z", MOMENT, "2026-10-01T08:00:00Z", []),
        ("09506000134352", GTIN, "09506000134352", []),
        ("a; b ;c", column(Kind.TEXT, many=True), ("a", "b", "c"), []),
        (None, NUMBER, None, []),
        ("   ", NUMBER, None, []),
        # What people write instead: read, and said.
        ("97,5", NUMBER, "97.5", ["W020"]),
        ("1.234,5", NUMBER, "1234.5", ["W020"]),
        ("1 234,5", NUMBER, "1234.5", ["W020"]),
        ("1\u202f234", NUMBER, "1234", ["W020"]),
        ("1,234,567", NUMBER, "1234567", ["W020"]),
        ("\u22125", NUMBER, "-5", ["W020"]),
        ("2 912", COUNT, 2912, ["W020"]),
        ("480,0", COUNT, 480, ["W020"]),
        (Percentage(0.998), NUMBER, "99.8", ["W021"]),
        (Percentage(0.07), NUMBER, "7", ["W021"]),
        ("30 days", NUMBER, "30", ["W022"]),
        ("Tage", UNIT, "d", ["W022"]),
        ("kWh", UNIT, "kW.h", ["W022"]),
        ("ja", YES, True, ["W023"]),
        ("OUI", YES, True, ["W023"]),
        ("nein", YES, False, ["W023"]),
        ("01.10.2026", DAY, "2026-10-01", ["W024"]),
        ("1. Oktober 2026", DAY, "2026-10-01", ["W024"]),
        ("13/10/2026", DAY, "2026-10-13", ["W024"]),
        ("1.10.2026", UNTIL, "2026-10-01T23:59:59Z", ["W024"]),
        (MORNING, MOMENT, "2026-10-01T08:30:00Z", ["W024"]),
        ("Nord AB ", TEXT, "Nord AB", ["W025"]),
        (9506000134352.0, GTIN, "9506000134352", ["W026"]),
        ("First confirmed", CODE, "firstConfirmed", ["W027"]),
        ("de", COUNTRY, "DE", ["W027"]),
        # What two people read differently, or what is lost: asked, never guessed.
        ("1,234", NUMBER, "1,234", ["W030"]),
        ("-12,345", NUMBER, "-12,345", ["W030"]),
        ("1,234", COUNT, "1,234", ["W030"]),
        ("1.234", COUNT, "1.234", ["W030"]),
        (CommaText("1.234"), NUMBER, "1.234", ["W030"]),
        ("03/04/2026", DAY, "03/04/2026", ["W031"]),
        ("3-4-26", DAY, "3-4-26", ["W031"]),
        ("1.23457E+13", GTIN, "1.23457E+13", ["W032"]),
        (1e15, GTIN, "1000000000000000", ["W032"]),
        (95060001343.0, GTIN, "95060001343", ["W032"]),  # 11 digits: zeros in front are gone
        (date(2026, 3, 1), NUMBER, "2026-03-01", ["W033"]),
        (46296.0, DAY, "46296", ["W033"]),
        ("=1+1", TEXT, "=1+1", ["W035"]),
        (Broken(Fault.FORMULA), NUMBER, None, ["W010"]),
        (Broken(Fault.ERROR), NUMBER, None, ["W011"]),
        # What no one can read stays, and the rules of the schema say so as of any record.
        ("about 5", NUMBER, "about 5", []),
        ("12 5", COUNT, "12 5", []),
        ("480.5", COUNT, "480.5", []),
        ("maybe", YES, "maybe", []),
        ("31.02.2026", DAY, "31.02.2026", []),
        ("someday", MOMENT, "someday", []),
        ("M", UNIT, "M", []),
        ("3E10", column(Kind.DIGITS), "3E10", []),  # a batch number
    ],
    ids=lambda value: value.kind if isinstance(value, Column) else repr(value),
)
def test_a_cell_becomes_a_value_and_every_change_is_said(
    cell: Value, where: Column, value: object, said: list[str]
) -> None:
    found = read(cell, where, catalogue=CATALOGUE)
    assert found.value == value
    assert type(found.value) is type(value)
    assert [note.code for note in found.notes] == said
    assert [note.is_error for note in found.notes] == [
        code >= "W030" or code in {"W010", "W011"} for code in said
    ]


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("percent", "%"),
        ("Prozent", "%"),
        ("Stunden", "h"),
        ("jours", "d"),
        ("µm", "um"),
        ("N/mm²", "N/mm2"),
        ("°C", "Cel"),
        ("€", "EUR"),
        ("MWh", "MW.h"),
        ("mWh", "mWh"),  # a thousand million times less: not taken for the other
        ("M", "M"),
        ("furlong", "furlong"),
    ],
)
def test_a_unit_is_known_by_its_names_and_never_by_a_wrong_prefix(text: str, unit: str) -> None:
    assert read(text, UNIT, catalogue=CATALOGUE).value == unit


def test_every_choice_of_the_template_reads_as_itself() -> None:
    for table in layout.tables():
        for each in table.columns:
            for choice in each.choices:
                found = read(choice, each, catalogue=CATALOGUE)
                assert (found.value, found.notes) == (choice if not each.many else (choice,), ())


@pytest.mark.parametrize(
    ("heading", "cell", "said"),
    [
        ("Value: Amount", "97,5 %", [("W021", "Shares!F4")]),
        ("Value: Amount", "97,5", [("W020", "Shares!F4")]),
        ("Value: Amount", "97.5 d", [("W022", "Shares!F4"), ("W034", "Shares!F4")]),
        ("Counts: Numerator", "468 %", [("W021", "Shares!H4"), ("W034", "Shares!H4")]),
        ("Counts: Denominator", "1,234", [("W030", "Shares!I4")]),
        ("Period: From", "03/04/2026", [("W031", "Shares!D4")]),
        ("Qualifier: Anchor", "First Confirmed", [("W027", "Shares!J4")]),
    ],
)
def test_what_is_said_of_a_cell_names_the_cell_and_is_said_once(
    heading: str, cell: str, said: list[tuple[str, str]]
) -> None:
    assert codes(with_cell("Shares", heading, cell)) == said


def test_a_unit_in_the_cell_of_its_amount_fills_the_empty_column_beside_it() -> None:
    data = with_cell("Shares", "Value: Unit", None)
    assert [code for code, _ in codes(data)] == ["S002"]

    def change(book: openpyxl.Workbook) -> None:
        sheet = book["Shares"]
        sheet.cell(FIRST, place(sheet, "Value: Amount")).value = "97.5 percent"

    data = spoiled(change, data)
    assert [code for code, _ in codes(data)] == ["W022"]
    (document,) = documents(data)
    claims = orjson.loads(document.data)["credentialSubject"]["claims"]
    assert claims[1]["value"] == {"amount": "97.5", "unit": "%"}


def test_what_is_missing_is_shown_at_the_empty_cell_where_it_belongs() -> None:
    assert codes(with_cell("Supplier", "Issuer: Name", None)) == [("S002", "Supplier!B4")]
    assert codes(with_cell("Shares", "Period: From", None)) == [("S002", "Shares!D4")]


def test_what_is_missing_as_a_whole_is_shown_where_it_cannot_be_done_without() -> None:
    # The first column of an assessor is its identifier, which it need not have.
    ((code, place),) = codes(with_cell("Shares", "Assessor: Assessor level", None))
    assert code == "S002"
    book = openpyxl.load_workbook(io.BytesIO(workbook()))
    sheet, _, cell = place.partition("!")
    assert book[sheet].cell(1, book[sheet][cell].column).value == "Assessor: Assessor level"


def test_evidence_needs_its_id_and_the_template_says_so() -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook()))
    about = book["Evidence"].cell(2, place(book["Evidence"], "Id")).value
    assert about.startswith("Required.")
    assert ("S002", "Evidence!B4") in codes(with_cell("Evidence", "Id", None))


@pytest.mark.parametrize("text", ["24.015", "-1.234"])
def test_what_is_asked_of_a_point_in_a_file_with_commas_can_be_answered(text: str) -> None:
    asked = column(Kind.NUMBER)
    (note,) = read(CommaText(text), asked, catalogue=CATALOGUE).notes
    assert note.code == "W030"
    for number in (f"{text}0", text.replace(".", "")):
        assert number in note.hint
        answered = read(CommaText(number), asked, catalogue=CATALOGUE)
        assert (answered.value, answered.notes) == (number, ())
