"""Dates are read in the stated shape, the same everywhere, or not at all."""
# ruff: noqa: DTZ001 - dates without an offset are what most files hold

from datetime import UTC, datetime, timedelta, timezone

import pytest

from openquality_validator.errors import UnusableData
from openquality_validator.measure.dates import DateReader, fitting


@pytest.mark.parametrize(
    ("form", "text", "expected"),
    [
        ("%d-%b-%y", "02-Jun-06", datetime(2006, 6, 2)),
        ("%d-%b-%y", "2-JUN-06", datetime(2006, 6, 2)),
        ("%m/%d/%y", "8/27/14", datetime(2014, 8, 27)),
        ("%d.%m.%Y", "01.10.2026", datetime(2026, 10, 1)),
        ("%d/%m/%y", "31/12/69", datetime(1969, 12, 31)),
        ("%d/%m/%y", "31/12/68", datetime(2068, 12, 31)),
        ("%Y-%m-%d", "2024-02-29", datetime(2024, 2, 29)),
        ("%Y-%m-%dT%H:%M:%S", "2026-01-02T03:04:05.25", datetime(2026, 1, 2, 3, 4, 5, 250000)),
        ("%Y-%m-%dT%H:%M:%S%z", "2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        (
            "%Y-%m-%d %H:%M%z",
            "2026-01-02 03:04-05:30",
            datetime(2026, 1, 2, 3, 4, tzinfo=timezone(-timedelta(hours=5, minutes=30))),
        ),
    ],
)
def test_a_date_reads_in_its_stated_shape(form: str, text: str, expected: datetime) -> None:
    assert DateReader((form,)).read(text) == expected


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("%Y-%m-%d", "2023-02-29"),
        ("%Y-%m-%d", "2023-02-28 "),
        ("%Y-%m-%d", "02-Jun-06"),
        ("%d-%b-%y", "02-Juni-06"),
        ("%d.%m.%Y", "01x10x2026"),
        ("%m/%d/%y", "13/01/14"),
        ("%Y-%m-%d", "٢٠٢٤-٠١-٠١"),
        ("%Y-%m-%d", ""),
    ],
)
def test_what_has_another_shape_does_not_read(form: str, text: str) -> None:
    assert DateReader((form,)).read(text) is None


def test_a_text_that_two_formats_read_differently_is_refused() -> None:
    reader = DateReader(("%d/%m/%y", "%m/%d/%y"))
    assert reader.read("27/08/14") == reader.read("8/27/14") == datetime(2014, 8, 27)
    assert reader.read("05/05/14") == datetime(2014, 5, 5)
    with pytest.raises(UnusableData, match=r"M005.*2014-04-03.*2014-03-04"):
        reader.read("03/04/14")


@pytest.mark.parametrize(
    "forms",
    [
        (),
        ("%Y-%m",),
        ("%x",),
        ("%d-%m-%b-%Y",),
        ("%d-%d-%Y",),
        ("%Y-%m-%d %M",),
        ("%Y-%m-%d %",),
        ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S"),
        ("%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"),
    ],
)
def test_a_format_that_cannot_name_a_day_is_refused(forms: tuple[str, ...]) -> None:
    with pytest.raises(UnusableData, match="M003"):
        DateReader(forms)


def test_a_hint_names_every_common_format_that_would_read_a_text() -> None:
    assert fitting("03/04/14") == ("%d/%m/%y", "%m/%d/%y")
    assert fitting("8/27/14") == ("%m/%d/%y",)
    assert fitting("27.08.14") == ("%d.%m.%y",)
    assert fitting("03.08.2026 08:05") == ("%d.%m.%Y %H:%M",)
    assert fitting("03.08.2026 08:05:00") == ("%d.%m.%Y %H:%M:%S",)
    assert fitting("2026-08-03 08:05") == ("%Y-%m-%d %H:%M",)
    assert fitting("soon") == ()
