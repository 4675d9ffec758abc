"""How people write numbers, dates and times, read into the one spelling of a record.

Nothing is guessed: what may mean two things (`1,234`, `03/04/2026`) is None, and so is what means
nothing. Each function takes what it may be told of the writer's habits, and answers the same
without.
"""

import datetime as dt
import re
from typing import Final

# Blanks that stand between digits: plain, no-break, narrow no-break, thin; and the apostrophe.
_GROUPING: Final = "[ \u00a0\u202f\u2009'’]"
_GROUPED: Final = re.compile(rf"[0-9]{{1,3}}(?:{_GROUPING}[0-9]{{3}})+(?![0-9])")
_MINUS: Final = str.maketrans({"\u2212": "-", "\u2013": "-", "\u2011": "-"})
_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)", re.ASCII)
_YEAR_FIRST: Final = re.compile(r"([0-9]{4})[-/. ]([0-9]{1,2})[-/. ]([0-9]{1,2})\.?", re.ASCII)
_COMPACT: Final = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})", re.ASCII)
_DAY_FIRST: Final = re.compile(r"([0-9]{1,2})\.\s?([0-9]{1,2})\.\s?([0-9]{4})", re.ASCII)
_UNTOLD: Final = re.compile(r"([0-9]{1,2})[/-]([0-9]{1,2})[/-]([0-9]{4})", re.ASCII)
_CLOCK: Final = re.compile(
    r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(\.[0-9]{1,6})?[0-9]*)?\s*"
    r"(?:([Zz])|(?:UTC|GMT)|([+-])([0-9]{2}):?([0-9]{2})?)",
    re.ASCII,
)
_MONTHS: Final = 12


def decimal(text: str, *, mark: str | None = None) -> str | None:
    """Read a number as a decimal string: `1,33`, `1.234,56`, `1 234.5`, `+5`, `−0,5`, `.5`.

    `mark` is the decimal mark of the writer, "." or ",", where that is known: it settles `1,234`.
    """
    said = text.strip().translate(_MINUS)
    said = _GROUPED.sub(lambda found: re.sub(_GROUPING, "", found[0]), said)
    commas, points = said.count(","), said.count(".")
    if commas and points:
        # The one that stands last is the decimal mark; the other groups three digits each.
        last = "," if said.rfind(",") > said.rfind(".") else "."
        if mark not in {None, last} or said.count(last) > 1:
            return None
        whole, _, fraction = said.rpartition(last)
        said = f"{_ungrouped(whole, '.' if last == ',' else ',') or '?'}.{fraction}"
    elif commas or points:
        found = "," if commas else "."
        plain = _with_mark(said, found, mark)
        if plain is None:
            return None
        said = plain
    return _canonical(said) if _NUMBER.fullmatch(said) else None


def whole(text: str, *, mark: str | None = None) -> int | None:
    """Read a whole number: `2 912`, `2912.0`, ` 480 `."""
    read = decimal(text, mark=mark)
    if read is None:
        return None
    number, _, fraction = read.partition(".")
    return None if fraction.strip("0") else int(number)


def date(text: str) -> str | None:
    """Read a day as YYYY-MM-DD: `1.10.2026`, `2026/10/1`, `20261001`, `2026-10-01 00:00:00`.

    With slashes or hyphens and the year last, only a day above 12 tells the day from the month.
    """
    said = re.sub(r"[T ]00:00(?::00(?:\.0+)?)?Z?$", "", text.strip())
    for form, order in ((_YEAR_FIRST, "ymd"), (_COMPACT, "ymd"), (_DAY_FIRST, "dmy")):
        found = form.fullmatch(said)
        if found:
            parts = dict(zip(order, map(int, found.groups()), strict=True))
            return _day(parts["y"], parts["m"], parts["d"])
    found = _UNTOLD.fullmatch(said)
    if found is None:
        return None
    one, other, year = map(int, found.groups())
    if one == other or other > _MONTHS:
        return _day(year, one, other)
    return _day(year, other, one) if one > _MONTHS else None


def moment(text: str) -> str | None:
    """Read a day and time with an offset: `2026-10-01 8:00Z`, `1.10.2026 08:00:00 +0200`.

    Without an offset it is nobody's time, and None.
    """
    day, _, clock = re.sub(r"(?<=\d)[Tt](?=\d)", " ", text.strip()).partition(" ")
    read, found = date(day), _CLOCK.fullmatch(clock.strip())
    if read is None or found is None:
        return None
    hour, minute, second, fraction, _, sign, hours, minutes = found.groups(default="")
    offset = f"{sign}{hours}:{minutes or '00'}" if sign else "Z"
    written = f"{read}T{hour.zfill(2)}:{minute}:{second or '00'}{fraction}{offset}"
    try:
        dt.datetime.fromisoformat(written)
    except ValueError:
        return None
    return written


def _with_mark(said: str, found: str, mark: str | None) -> str | None:
    """Read a number in which one kind of mark stands, once or several times."""
    head, _, tail = said.rpartition(found)
    if said.count(found) > 1:  # only grouping repeats
        return _ungrouped(said, found)
    if mark is not None:
        return f"{head}.{tail}" if mark == found else _ungrouped(said, found)
    # A record is written with a point; `1,234` may be a thousand and more, `0,234` may not.
    groups = len(tail) == len("000") and head.strip("+-").lstrip("0") and len(head) <= len("-000")
    return None if found == "," and groups else f"{head}.{tail}"


def _ungrouped(said: str, by: str) -> str | None:
    form = rf"[+-]?[0-9]{{1,3}}(?:{re.escape(by)}[0-9]{{3}})+|[+-]?[0-9]+"
    return said.replace(by, "") if re.fullmatch(form, said, re.ASCII) else None


def _canonical(said: str) -> str:
    sign = "-" if said.startswith("-") else ""
    number, point, fraction = said.lstrip("+-").partition(".")
    number = number.lstrip("0") or "0"
    written = f"{number}.{fraction}" if point and fraction else number
    return f"{sign}{written}" if written.strip("0.") else written


def _day(year: int, month: int, day: int) -> str | None:
    try:
        return dt.date(year, month, day).isoformat()
    except ValueError:
        return None
