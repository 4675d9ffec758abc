"""What a text in a cell says: an amount with its unit, a day, yes or no, and what may be meant.

The readings themselves are those of `openquality_validator.spelling`; here stands what only cells
have: units beside numbers, and a question where two people would read two things.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from openquality_validator.measure.amounts import plain
from openquality_validator.spelling import date, decimal

_LONGEST: Final = 60  # characters: the longest decimal has 34, and a unit may follow
_FAR: Final = 30  # places: further than any decimal of a record
_AMOUNT: Final = re.compile(
    r"(?P<number>[-+\u2212\u2013]?[0-9](?:[0-9.,'’ \u00a0\u2009\u202f]*[0-9])?)"
    r"\s*(?P<unit>[^0-9.,\s].*)?"
)
_EXPONENT: Final = re.compile(r"([+-]?[0-9]+(?:[.,][0-9]+)?)[eE]([+-]?[0-9]{1,3})")
_SHORTENED: Final = re.compile(r"[0-9](?:[.,][0-9]+)?E\+[0-9]{2,3}")  # a batch 3E10 is none
_SLASHED: Final = re.compile(r"([0-9]{1,2})[/-]([0-9]{1,2})[/-]([0-9]{4}|[0-9]{2})")
_SHORT_YEAR: Final = re.compile(r"([0-9]{1,2})\.\s?([0-9]{1,2})\.\s?([0-9]{2})")
_NAMED: Final = re.compile(r"([0-9]{1,2})[-. ]+([A-Za-zäéû]{3,9})\.?[-, ]+([0-9]{4}|[0-9]{2})")
# In English, German and French, as far as they differ in letters.
_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            ("jan", "january", "januar", "janvier"),
            ("feb", "february", "februar", "février"),
            ("mar", "march", "märz", "mars"),
            ("apr", "april", "avril"),
            ("may", "mai"),
            ("jun", "june", "juni", "juin"),
            ("jul", "july", "juli", "juillet"),
            ("aug", "august", "août"),
            ("sep", "sept", "september", "septembre"),
            ("oct", "october", "okt", "oktober", "octobre"),
            ("nov", "november", "novembre"),
            ("dec", "december", "dez", "dezember", "décembre"),
        ),
        start=1,
    )
    for name in names
}
_YES: Final = frozenset(("yes", "ja", "oui", "true", "wahr", "vrai"))
_NO: Final = frozenset(("no", "nein", "non", "false", "falsch", "faux"))


@dataclass(frozen=True, slots=True)
class Amount:
    """Hold a number as records write it, and what stood behind it."""

    number: str
    unit: str


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Hold the two readings of a text of which its writer meant one."""

    readings: tuple[str, str]


def amount(text: str) -> Amount | Ambiguous | None:
    """Read a number with a unit behind it or none: `97,5 %`, `1 234.5`, `30 days`.

    `1,234` is ambiguous: a decimal comma, or a thousand and more. None is no number.
    """
    if (shortened := _EXPONENT.fullmatch(text.strip())) is not None:
        places = int(shortened[2])
        known = (
            Decimal(shortened[1].replace(",", ".")).scaleb(places) if abs(places) < _FAR else None
        )
        return None if known is None else Amount(plain(known), "")
    if len(text) > _LONGEST or (found := _AMOUNT.fullmatch(text.strip())) is None:
        return None
    written, unit = found["number"], (found["unit"] or "").strip()
    number = decimal(written)
    if number is not None:
        return Amount(number, unit)
    comma, point = decimal(written, mark=","), decimal(written, mark=".")
    if comma is not None and point is not None and comma != point:
        return Ambiguous((comma, point))
    return None


def is_shortened(text: str) -> bool:
    """Tell whether a text is the number that a spreadsheet has shortened, such as 9.50600E+12."""
    return _SHORTENED.fullmatch(text.strip()) is not None


def day(text: str) -> str | Ambiguous | None:
    """Read a day as YYYY-MM-DD: `1.10.2026`, `13/10/2026`, `1 Oct 2026`; two digits are 20YY.

    `03/04/2026` is ambiguous: some write the month first. None is no day.
    """
    said = text.strip()
    read = date(said)
    if read is not None:
        return read
    if (found := _SHORT_YEAR.fullmatch(said)) is not None:
        return date(f"{found[1]}.{found[2]}.20{found[3]}")
    if (found := _NAMED.fullmatch(said)) is not None:
        month = _MONTHS.get(found[2].casefold())
        return date(f"{_year(found[3])}-{month}-{found[1]}") if month else None
    if (found := _SLASHED.fullmatch(said)) is None:
        return None
    one, other, year = found[1], found[2], _year(found[3])
    day_first, month_first = date(f"{year}-{other}-{one}"), date(f"{year}-{one}-{other}")
    if day_first and month_first and day_first != month_first:
        return Ambiguous((day_first, month_first))
    return day_first or month_first


def answer(text: str) -> bool | None:
    """Read yes or no in English, German or French; None is neither."""
    said = text.strip().casefold()
    return True if said in _YES else False if said in _NO else None


def _year(text: str) -> str:
    return text if len(text) == len("2026") else f"20{text}"
