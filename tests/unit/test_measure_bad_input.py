"""Bad data files: each oddity is refused with its row and text, or means one thing only."""

from datetime import date
from typing import Any

import pytest

from openquality_validator.catalogue import load
from openquality_validator.errors import UnusableData
from openquality_validator.measure import Dialect, Mapping, Measured, measure, parse_csv

DAYS = (date(2026, 1, 1), date(2026, 12, 31))


def codes(**given: str) -> tuple[dict[str, str], ...]:
    return tuple({"qualifier": name, "code": code} for name, code in given.items())


RATE = Mapping(
    kind="rate",
    columns={"events": "N", "exposure": "Hours"},
    unit="h",
    qualifiers=codes(workforce="employees", recordability="osha1904"),
    table=Dialect(delimiter=";"),
)
SHARE = Mapping(
    kind="share",
    columns={"numerator": "N", "denominator": "Hours"},
    qualifiers=codes(setupPieces="excluded", countUnit="piece"),
    table=Dialect(delimiter=";"),
)
SAMPLE = Mapping(
    kind="sample",
    columns={"value": "Hours"},
    capability={
        "characteristic": {"id": "d", "class": "other", "usl": "10000", "unit": "h"},
        "estimator": "overall",
        "convention": "aiag",
        "distribution": "normal",
    },
    table=Dialect(delimiter=";"),
)
LEAD = Mapping(
    kind="duration",
    columns={"start": "Sent", "end": "Done"},
    date_formats={"start": ("%d.%m.%Y",), "end": ("%d.%m.%Y",)},
    qualifiers=codes(
        startEvent="orderSent",
        endEvent="delivered",
        dayCount="calendar",
        cohort="closed",
        level="line",
    ),
)
METRICS = {"rate": "recordable-injury-rate", "share": "scrap-rate", "sample": "ppk"}


def run(data: str | bytes, mapping: Mapping, metric: str | None = None) -> Measured:
    raw = data.encode() if isinstance(data, str) else data
    name = metric or METRICS[mapping.kind]
    table = parse_csv(raw, mapping.table)
    return measure(table, mapping, metrics=(name,), catalogue=load(), period=DAYS)


NO_NUMBERS = {
    "an exponent": "1e3",
    "an exponent, capital": "1E+3",
    "an exponent that would fill the memory": "1e999999999",
    "a thousands comma": "1,000",
    "a thousands comma and a point": "1,000.5",
    "a thousands point and a comma": "1.000,5",
    "a decimal comma": "12,5",
    "a thousands blank": "1 000",
    "a thousands no-break space": "1\u00a0000",
    "a thousands thin space": "1\u202f000",
    "a thousands apostrophe": "1'000",
    "a thousands underscore": "1_000",
    "Arabic-Indic digits": "١٢٣",
    "full-width digits": "１２３",
    "superscript digits": "12²",
    "a fraction": "½",
    "a typographic minus": "\u22125",
    "two signs": "--5",
    "a sign behind": "5-",
    "brackets for a loss": "(5)",
    "a unit": "12 h",
    "a currency": "€12",
    "a percent sign": "12%",
    "no number": "NaN",
    "no end": "inf",
    "a spreadsheet error": "#DIV/0!",
    "a hexadecimal number": "0x10",
    "a truth": "TRUE",
    "a text": "twelve",
    "a bare point": ".",
    "a point behind": "5.",
    "a point before": ".5",
    "two points": "1.2.3",
    "a zero-width space": "1\u200b2",
    "a null character": "1\x00",
    "more digits than anything has": "9" * 31,
}


@pytest.mark.parametrize("mapping", [RATE, SHARE, SAMPLE], ids=lambda each: each.kind)
@pytest.mark.parametrize("text", NO_NUMBERS.values(), ids=NO_NUMBERS.keys())
def test_what_is_no_plain_number_is_refused_with_its_row(text: str, mapping: Mapping) -> None:
    with pytest.raises(UnusableData) as caught:
        run(f'N;Hours\n1;20\n2;"{text}"\n', mapping)
    assert caught.value.code == "M004"
    assert f"Row 3, 'Hours': {text!r}" in caught.value.message


@pytest.mark.parametrize(
    ("text", "hours"),
    [("5", "25"), ("+5", "25"), ("-0", "20"), ("0005", "25"), ("5.0", "25"), (" 5.250 ", "25.25")],
)
def test_what_is_a_plain_number_means_one_thing(text: str, hours: str) -> None:
    (claim,) = run(f"N;Hours\n1;20\n0;{text}\n", RATE).claims
    assert claim["exposure"] == {"amount": hours, "unit": "h"}


def test_a_zero_with_a_minus_is_never_written_with_one() -> None:
    mapping = Mapping(
        kind="amount",
        columns={"value": "V"},
        unit="%",
        qualifiers=codes(energyScope="all", proof="gridMix"),
    )
    (claim,) = run("V,W\n-0,x\n-0.0,x\n", mapping, "renewable-energy-share").claims
    assert claim["value"]["amount"] == "0"


@pytest.mark.parametrize(
    ("text", "hours"), [("12,5", "12.5"), ("12", "12"), ("-0,0", "0"), ("0,250", "0.25")]
)
def test_a_stated_decimal_comma_is_read_and_nothing_beside_it(text: str, hours: str) -> None:
    mapping = Mapping(
        **{
            **{name: getattr(RATE, name) for name in ("kind", "columns", "unit", "qualifiers")},
            "table": Dialect(delimiter=";", decimal=","),
        }
    )
    (claim,) = run(f"N;Hours\n0;1\n1;{text}\n", mapping).claims
    assert float(claim["exposure"]["amount"]) == float(hours) + 1
    for grouped in ("1.000,5", "12.5", "1.000", "1 000,5", "1,000,5", ","):
        with pytest.raises(UnusableData, match=r"M004: Row 2, 'Hours'"):
            run(f"N;Hours\n1;{grouped}\n", mapping)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("-1", "M010"),
        ("9300000000", "M010"),  # beyond what is kept exactly
        ("0.0000000001", "M010"),
    ],
)
def test_a_number_that_cannot_be_an_exposure_is_refused(text: str, code: str) -> None:
    with pytest.raises(UnusableData, match=rf"{code}: Row 2, 'Hours': '{text}'"):
        run(f"N;Hours\n1;{text}\n", RATE)


@pytest.mark.parametrize("text", ["-1", "1.5", "1000000000001"])
def test_a_number_that_counts_nothing_is_refused(text: str) -> None:
    with pytest.raises(UnusableData, match=rf"M010: Row 2, 'N': '{text}' is not a count"):
        run(f"N;Hours\n{text};20\n", RATE)


DATES = "Sent,Done\n01.03.2026,05.03.2026\n02.03.2026,{}\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2026-03-05", "It reads as %Y-%m-%d"),
        ("03/05/2026", "It reads as %d/%m/%Y or %m/%d/%Y"),
        ("5.3.26", "is not a date"),
        ("31.02.2026", "is not a date"),
        ("05.03.2026 08:00", "is not a date"),
        ("46086", "is not a date"),  # how spreadsheets keep it
        ("٠٥.٠٣.٢٠٢٦", "is not a date"),
        ("０５.０３.２０２６", "is not a date"),
        ("05.03.-2026", "is not a date"),
        ("TBC", "Mend it, or declare"),
    ],
)
def test_a_date_of_another_shape_is_refused_with_its_row(text: str, words: str) -> None:
    with pytest.raises(UnusableData) as caught:
        run(DATES.format(text), LEAD, "lead-time-median")
    assert caught.value.code == "M004"
    assert f"Row 3, 'Done': {text!r}" in caught.value.message
    assert words in str(caught.value)


def test_two_stated_shapes_are_read_where_they_agree_on_the_day() -> None:
    both = ("%d.%m.%Y", "%Y-%m-%d")
    mapping = Mapping(
        kind="duration",
        columns=LEAD.columns,
        date_formats={"start": both, "end": both},
        qualifiers=LEAD.qualifiers,
    )
    (claim,) = run(DATES.format("2026-03-08"), mapping, "lead-time-median").claims
    assert claim["sampling"]["n"] == 2
    swapped = ("%d/%m/%Y", "%m/%d/%Y")
    mapping = Mapping(
        kind="duration",
        columns=LEAD.columns,
        date_formats={"start": swapped, "end": swapped},
        qualifiers=LEAD.qualifiers,
    )
    run("Sent,Done\n13/03/2026,03/14/2026\n", mapping, "lead-time-median")
    with pytest.raises(UnusableData, match=r"M005: Row 2, 'Sent'.*2026-03-02.*2026-02-03"):
        run("Sent,Done\n02/03/2026,03/14/2026\n", mapping, "lead-time-median")


@pytest.mark.parametrize("blank", ["\n", "\r\n", ";\n", '"";""\n', "\n\n;\n\n"], ids=repr)
def test_a_blank_row_is_none_and_keeps_the_numbers_of_others(blank: str) -> None:
    found = run(f"N;Hours\n1;20\n{blank}2;30\n{blank}", RATE)
    assert (found.usage.rows, found.usage.used, found.usage.left_out) == (2, 2, ())
    with pytest.raises(UnusableData) as caught:
        run(f"N;Hours\n1;20\n{blank}2;x\n", RATE)
    lines = 1 if blank == "\n\n;\n\n" else 0
    assert caught.value.message.startswith(f"Row {4 + 3 * lines}, 'Hours'")


def test_a_row_of_spaces_is_left_out_and_said() -> None:
    found = run("N;Hours\n1;20\n ;  \n", RATE)
    assert [(each.reason, each.first_row) for each in found.usage.left_out] == [("N: empty", 3)]


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        ("", "M007", "The table is empty"),
        ("\n\n", "M007", "The table is empty"),
        ("N;Hours\n", "M006", "None of the 0 rows"),
        ("N;Stunden\n1;2\n", "M001", "There is no column 'Hours'. The columns are: N, Stunden."),
        ("n;hours\n1;2\n", "M001", "There is no column 'N'"),
        ("N,Hours\n1,2\n", "M001", "The columns are: N,Hours."),
        ("N;Hours;\n1;2;\n", "M007", "Column 3 has no heading"),
        ("N;Hours;N\n1;2;3\n", "M007", "'N' stands more than once"),
        ("N;Hours\n1\n", "M007", "Row 2 has 1 cells and there are 2 columns"),
        ("N;Hours\n1;2;3\n", "M007", "Row 2 has 3 cells"),
        ('N;Hours\n1;"2\n', "M007", "is not CSV"),
        ("N;Hours\n1;2\n".encode("utf-16"), "M007", "not in the stated encoding"),
        (b"\xff\xfeN;Hours\n", "M007", "not in the stated encoding"),
        ("N;Hours\nn/a;n/a\n", "M004", "Row 2, 'N': 'n/a'"),
        ("Report of 2026;\nN;Hours\n1;2\n", "M007", "Column 2 has no heading"),
    ],
)
def test_a_table_that_is_none_is_refused(data: str | bytes, code: str, words: str) -> None:
    with pytest.raises(UnusableData) as caught:
        run(data, RATE)
    assert caught.value.code == code
    assert words in str(caught.value)


def test_a_declared_text_is_left_out_and_counted() -> None:
    from openquality_validator.measure import Unusable

    declared: dict[str, Any] = {name: getattr(RATE, name) for name in RATE.__slots__}
    declared["unusable"] = (Unusable("Hours", "not recorded", equals="n/a"),)
    found = run("N;Hours\n1;20\n2;n/a\n", Mapping(**declared))
    assert found.usage.left_out[0].reason == "Hours: not recorded"
    with pytest.raises(UnusableData, match=r"M004: Row 3, 'Hours': 'N/A'"):
        run("N;Hours\n1;20\n3;N/A\n", Mapping(**declared))
