"""Numbers, days and times as people write them."""

import pytest

from openquality_validator import spelling


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("97.5", "97.5"),
        (" 97,5 ", "97.5"),
        ("0,234", "0.234"),
        ("1.234,56", "1234.56"),
        ("1,234.56", "1234.56"),
        ("1.234.567", "1234567"),
        ("1 234,5", "1234.5"),
        ("1\u202f234\u202f567", "1234567"),
        ("1'234.50", "1234.50"),
        ("+5", "5"),
        ("\u22120,5", "-0.5"),
        (".5", "0.5"),
        ("5.", "5"),
        ("007", "7"),
        ("-0", "0"),
        ("1.234", "1.234"),  # a point is a record's own decimal mark
        # What may mean two numbers, or none.
        ("1,234", None),
        ("12,345", None),
        ("1,23,4", None),
        ("1.23.4", None),
        ("1 23", None),
        ("1e5", None),
        ("12 %", None),
        ("", None),
        ("-", None),
        ("٣", None),
    ],
)
def test_a_number_is_read_if_it_can_mean_only_one(text: str, read: str | None) -> None:
    assert spelling.decimal(text) == read


@pytest.mark.parametrize(
    ("text", "mark", "read"),
    [
        ("1,234", ",", "1.234"),
        ("1,234", ".", "1234"),
        ("1.234", ",", "1234"),
        ("1.234", ".", "1.234"),
        ("1.234,5", ".", None),
        ("1.5", ",", None),
    ],
)
def test_who_knows_the_decimal_mark_reads_more(text: str, mark: str, read: str | None) -> None:
    assert spelling.decimal(text, mark=mark) == read


@pytest.mark.parametrize(
    ("text", "read"), [("2 912", 2912), ("480.0", 480), (" 7 ", 7), ("480.5", None), ("x", None)]
)
def test_a_count_is_a_whole_number(text: str, read: int | None) -> None:
    assert spelling.whole(text) == read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2026-10-01", "2026-10-01"),
        ("2026/10/1", "2026-10-01"),
        ("20261001", "2026-10-01"),
        ("1.10.2026", "2026-10-01"),
        ("01. 10. 2026", "2026-10-01"),
        ("2026-10-01 00:00:00", "2026-10-01"),
        ("31/12/2026", "2026-12-31"),
        ("12/31/2026", "2026-12-31"),
        ("04/04/2026", "2026-04-04"),
        ("03/04/2026", None),  # March in the United States, April in Europe
        ("29.02.2026", None),
        ("2026-13-01", None),
        ("1.10.26", None),
        ("46296", None),
        ("", None),
    ],
)
def test_a_day_is_read_if_it_can_mean_only_one(text: str, read: str | None) -> None:
    assert spelling.date(text) == read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2026-10-01T08:00:00Z", "2026-10-01T08:00:00Z"),
        ("2026-10-01 8:00Z", "2026-10-01T08:00:00Z"),
        ("2026-10-01t08:00:00z", "2026-10-01T08:00:00Z"),
        ("1.10.2026 08:00:00 +0200", "2026-10-01T08:00:00+02:00"),
        ("2026-10-01T08:00:00.123456789Z", "2026-10-01T08:00:00.123456Z"),
        ("2026-10-01 08:00 UTC", "2026-10-01T08:00:00Z"),
        ("2026-10-01T08:00:00-05", "2026-10-01T08:00:00-05:00"),
        ("2026-10-01T08:00:00", None),  # nobody's time
        ("2026-10-01", None),
        ("2026-10-01T25:00:00Z", None),
        ("2026-10-01T08:00:00+99:00", None),
    ],
)
def test_a_time_needs_an_offset(text: str, read: str | None) -> None:
    assert spelling.moment(text) == read
