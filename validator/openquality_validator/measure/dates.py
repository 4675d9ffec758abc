"""Dates and times in stated shapes, never guessed.

A shape is written with strptime's directives `%d %m %b %Y %y %H %M %S %z`, and read the same on
every machine: `%b` is an English month whatever the locale, `%y` follows POSIX (69–99 are the
1900s, 00–68 the 2000s), day and month may have one digit, and nothing may be left over.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from openquality_validator.errors import UnusableData
from openquality_validator.message import all_of, message

ISO_DATE: Final = "%Y-%m-%d"
COMMON_FORMATS: Final = (
    ISO_DATE,
    "%d-%b-%y",
    "%d-%b-%Y",
    "%d.%m.%Y",
    "%d.%m.%y",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d/%m/%y",
    "%m/%d/%y",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S%z",
)
_MONTHS: Final = (
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
)
_DIRECTIVES: Final = {
    "%d": r"(?P<day>\d{1,2})",
    "%m": r"(?P<month>\d{1,2})",
    "%b": rf"(?P<name>(?i:{'|'.join(_MONTHS)}))",
    "%Y": r"(?P<year>\d{4})",
    "%y": r"(?P<short>\d{2})",
    "%H": r"(?P<hour>\d{2})",
    "%M": r"(?P<minute>\d{2})",
    "%S": r"(?P<second>\d{2})(?:\.(?P<fraction>\d{1,6}))?",
    "%z": r"(?P<offset>Z|[+-]\d{2}:?\d{2})",
}
_PIVOT: Final = 69  # POSIX strptime: two-digit years from here on are of the 1900s
_PARTS_OF_A_DATE: Final = 3
_CACHE_LIMIT: Final = 50_000  # distinct texts remembered: dates repeat, times do not


class DateReader:
    """Read the texts of one column in its stated shapes.

    `timed` says whether the shapes hold a time of day. Raises UnusableData M003 for a shape that
    cannot be used.
    """

    def __init__(self, formats: Sequence[str]) -> None:
        if not formats:
            raise UnusableData(
                "M003",
                message("No date format is stated."),
                message("State one, such as %Y-%m-%d or %d-%b-%y."),
            )
        self.formats = tuple(formats)
        self._patterns = tuple(_compile(form) for form in self.formats)
        if len({(timed, zoned) for _, timed, zoned in self._patterns}) > 1:
            raise UnusableData(
                "M003",
                message(
                    "The formats {formats} mix dates with times, or times with and without an "
                    "offset.",
                    formats=", ".join(self.formats),
                ),
                message("Keep to one kind in a column: their difference would mean nothing."),
            )
        _, self.timed, self.zoned = self._patterns[0]
        self._known: dict[str, datetime] = {}

    def read(self, text: str) -> datetime | None:
        """Return the moment that `text` states, or None if no shape reads it.

        A date alone is its midnight. Raises UnusableData M005 when two shapes read the text as
        different moments.
        """
        known = self._known.get(text)
        if known is not None:
            return known
        moments = {
            moment: form
            for form, (pattern, _, _) in zip(self.formats, self._patterns, strict=True)
            if (moment := _moment(pattern.fullmatch(text))) is not None
        }
        if len(moments) > 1:
            readings = all_of(
                message("{day:%Y-%m-%d} by {form}", day=m, form=form) for m, form in moments.items()
            )
            raise UnusableData(
                "M005",
                message("{text!r} reads as {readings}.", text=text, readings=readings),
                message("State the one format that this column has."),
            )
        if not moments:
            return None
        (moment,) = moments
        if len(self._known) < _CACHE_LIMIT:
            self._known[text] = moment
        return moment


def fitting(text: str) -> tuple[str, ...]:
    """Name the common formats that read `text`: a hint for a person, never a choice made."""
    return tuple(form for form in COMMON_FORMATS if DateReader((form,)).read(text) is not None)


def _compile(form: str) -> tuple[re.Pattern[str], bool, bool]:
    parts = re.split(r"(%.?)", form)
    unknown = [part for part in parts if part.startswith("%") and part not in _DIRECTIVES]
    used = [part for part in parts if part in _DIRECTIVES]
    a_day = ("%d" in used) + ("%m" in used or "%b" in used) + ("%Y" in used or "%y" in used)
    minute_without_hour = {"%M", "%S", "%z"} & set(used) and "%H" not in used
    twice = len(used) != len(set(used)) or {"%m", "%b"} <= set(used) or {"%y", "%Y"} <= set(used)
    if unknown or twice or a_day != _PARTS_OF_A_DATE or minute_without_hour:
        raise UnusableData(
            "M003",
            message("The date format {form!r} cannot be used.", form=form),
            message(
                "Use each of day, month and year once, out of {directives}; for example %d-%b-%y "
                "for 02-Jun-06.",
                directives=" ".join(_DIRECTIVES),
            ),
        )
    pattern = "".join(_DIRECTIVES.get(part) or re.escape(part) for part in parts)
    return re.compile(pattern, re.ASCII), "%H" in used, "%z" in used


def _moment(match: re.Match[str] | None) -> datetime | None:
    if match is None:
        return None
    found = match.groupdict()
    year = int(found.get("year") or found["short"])
    if found.get("year") is None:
        year += 1900 if year >= _PIVOT else 2000
    name = found.get("name")
    try:
        return datetime(
            year,
            _MONTHS.index(name.lower()) + 1 if name else int(found["month"]),
            int(found["day"]),
            int(found.get("hour") or 0),
            int(found.get("minute") or 0),
            int(found.get("second") or 0),
            int((found.get("fraction") or "0").ljust(6, "0")),
            tzinfo=_offset(found.get("offset")),
        )
    except ValueError:  # the 31st of February
        return None


def _offset(text: str | None) -> timezone | None:
    if text is None:
        return None
    if text == "Z":
        return UTC
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(text[1:3]), minutes=int(text[-2:])))
