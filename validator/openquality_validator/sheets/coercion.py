"""One cell to one value of a record, with a note of everything that was changed on the way.

A value that cannot be read stays as its text, and the rules of the schema then say what is wrong
with it, in the same words as of a JSON record. Only what cells alone can have is noted here.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Context
from typing import Final, TypeAlias

from openquality_validator import spelling
from openquality_validator.catalogue import Catalogue
from openquality_validator.measure.amounts import plain
from openquality_validator.nearest import same
from openquality_validator.sheets import notes, spelled
from openquality_validator.sheets.column import Column, Kind
from openquality_validator.sheets.notes import Note
from openquality_validator.sheets.values import Broken, CommaText, Percentage, Value
from openquality_validator.unit_names import unit

Scalar: TypeAlias = str | int | bool
SEPARATOR: Final = ";"  # between the items of a list in one cell
LAST_MOMENT: Final = "validUntil"  # a day that ends something lasts until its last second
_SHOWN: Final = Context(prec=15)  # digits that a spreadsheet keeps
_PERCENT: Final = "%"
_FORMULA: Final = "="
_NUMBERS: Final = frozenset((Kind.NUMBER, Kind.COUNT))
_GROUP: Final = re.compile(r"-?[1-9][0-9]{0,2}\.[0-9]{3}")
_GTIN_LENGTHS: Final = frozenset((8, 12, 13, 14))


@dataclass(frozen=True, slots=True)
class Reading:
    """Hold the value of a cell, the unit that stood in it, and the notes; None is an empty cell."""

    value: Scalar | tuple[Scalar, ...] | None
    unit: str = ""
    notes: tuple[Note, ...] = ()


_EMPTY: Final = Reading(None)


def read(cell: Value, column: Column, *, catalogue: Catalogue) -> Reading:
    """Read a cell as its column says; never raises."""
    if cell is None:
        return _EMPTY
    if isinstance(cell, Broken):
        return Reading(None, notes=(notes.FAULTS[cell.fault],))
    if not isinstance(cell, str):
        return _READERS[column.kind](cell, column, catalogue)
    text = cell.strip()
    return _text_cell(cell, text, column, catalogue) if text else _EMPTY


def _text_cell(cell: str, text: str, column: Column, catalogue: Catalogue) -> Reading:
    if text.startswith(_FORMULA):
        return Reading(text, notes=(notes.typed_formula(text),))
    if type(cell) is CommaText and column.kind in _NUMBERS and _GROUP.fullmatch(text):
        return Reading(text, notes=(notes.point_or_group(text),))
    reader = _many if column.many else _READERS[column.kind]
    found = reader(text, column, catalogue)
    if text != cell:
        return Reading(found.value, found.unit, (notes.trimmed(text), *found.notes))
    return found


def _many(text: str, column: Column, catalogue: Catalogue) -> Reading:
    values: list[Scalar] = []
    said: list[Note] = []
    for item in text.split(SEPARATOR):
        found = _READERS[column.kind](item.strip(), column, catalogue) if item.strip() else _EMPTY
        if found.value is not None and not isinstance(found.value, tuple):
            values.append(found.value)
        said += found.notes
    return Reading(tuple(values), notes=tuple(said))


def _shown(cell: Value) -> str:
    """Write a cell as a spreadsheet shows it."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float | int):
        return plain(_SHOWN.create_decimal(repr(float(cell))))
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def _text(cell: Value, column: Column, _: Catalogue) -> Reading:
    if isinstance(cell, str):
        return Reading(cell)
    shown = _shown(cell)
    values = (shown,) if column.many else shown
    if isinstance(cell, date):
        return Reading(values, notes=(notes.turned_into_date(shown),))
    return Reading(values, notes=(notes.made_text(shown),))


def _digits(cell: Value, column: Column, catalogue: Catalogue) -> Reading:
    if isinstance(cell, str):
        if spelled.is_shortened(cell) and not column.choices:
            return Reading(cell, notes=(notes.shortened(cell),))
        return Reading(cell)
    found = _text(cell, column, catalogue)
    if isinstance(cell, float) and cell.is_integer() and abs(cell) >= 10**15:
        return Reading(found.value, notes=(notes.shortened(_shown(cell)),))
    is_gtin = any(token.endswith(":gtin") for token in column.path)
    if is_gtin and isinstance(cell, float) and len(_shown(cell)) not in _GTIN_LENGTHS:
        return Reading(found.value, notes=(notes.lost_zeros(_shown(cell)),))
    return found


def _number(cell: Value, _: Column, __: Catalogue) -> Reading:
    if isinstance(cell, Percentage):
        shown = plain(_SHOWN.create_decimal(f"{float(cell) * 100:.13g}"))
        return Reading(shown, _PERCENT, (notes.percent(f"{shown} %", shown),))
    if isinstance(cell, str):
        return _written_number(cell)
    said = (notes.turned_into_date(_shown(cell)),) if isinstance(cell, date) else ()
    return Reading(_shown(cell), notes=said)


def _written_number(cell: str) -> Reading:
    found = spelled.amount(cell)
    if found is None:
        return Reading(cell)
    if isinstance(found, spelled.Ambiguous):
        return Reading(cell, notes=(notes.two_numbers(cell, found.readings),))
    if found.unit:
        tell = notes.percent if found.unit == _PERCENT else notes.unit_in_cell
        return Reading(found.number, found.unit, (tell(cell, found.number),))
    said = () if found.number == cell else (notes.respelled(cell, found.number),)
    return Reading(found.number, notes=said)


def _count(cell: Value, column: Column, catalogue: Catalogue) -> Reading:
    found = _number(cell, column, catalogue)
    text = found.value
    if not isinstance(text, str) or any(note.is_error for note in found.notes):
        return found
    whole, _, rest = text.partition(".")
    if isinstance(cell, str) and not found.notes and _GROUP.fullmatch(text):
        return Reading(cell, notes=(notes.two_numbers(cell, (text, whole + rest)),))
    if not whole.lstrip("-").isdecimal() or rest.strip("0") or len(whole) > len(str(2**53)):
        return found
    said = found.notes or ((notes.respelled(str(cell), whole),) if rest else ())
    return Reading(int(whole), found.unit, said)


def _answer(cell: Value, _: Column, __: Catalogue) -> Reading:
    if isinstance(cell, bool):
        return Reading(cell)
    text = _shown(cell)
    said = spelled.answer(text)
    if said is None:
        return Reading(text)
    canonical = "yes" if said else "no"
    return Reading(said, notes=() if text == canonical else (notes.answered(text, canonical),))


def _day(cell: Value, _: Column, __: Catalogue) -> Reading:
    if isinstance(cell, datetime):
        return Reading(cell.date().isoformat())
    if isinstance(cell, date):
        return Reading(cell.isoformat())
    if not isinstance(cell, str):
        return Reading(_shown(cell), notes=(notes.number_of_a_day(_shown(cell)),))
    said = spelled.day(cell)
    if said is None:
        return Reading(cell)
    if isinstance(said, spelled.Ambiguous):
        return Reading(cell, notes=(notes.two_days(cell, said.readings),))
    return Reading(said, notes=() if said == cell else (notes.other_day(cell, said),))


def _moment(cell: Value, column: Column, catalogue: Catalogue) -> Reading:
    if isinstance(cell, datetime) and cell.time() != time.min:
        utc = f"{cell.isoformat(timespec='seconds')}Z"  # a workbook knows no time zones
        return Reading(utc, notes=(notes.other_day(_shown(cell), utc),))
    said = spelling.moment(cell) if isinstance(cell, str) else None
    if said is not None:
        return Reading(said, notes=() if cell == said else (notes.other_day(str(cell), said),))
    found = _day(cell, column, catalogue)
    if any(note.is_error for note in found.notes) or spelled.day(str(found.value)) is None:
        return found
    clock = "23:59:59" if column.path[-1] == LAST_MOMENT else "00:00:00"
    return Reading(f"{found.value}T{clock}Z", notes=found.notes)


def _choice(cell: Value, column: Column, _: Catalogue) -> Reading:
    text = _shown(cell)
    if text in column.choices:
        return Reading(text)
    found = same(text, column.choices)
    return Reading(text) if found is None else Reading(found, notes=(notes.recoded(text, found),))


def _letters(cell: Value, column: Column, catalogue: Catalogue) -> Reading:
    text = _shown(cell)
    named = unit(text, catalogue=catalogue) if column.titles[-1] == "Currency" else None
    found = named or text.upper()
    is_code = found.isascii() and found.isalpha() and len(found) in {2, 3}
    return (
        Reading(found, notes=(notes.recoded(text, found),))
        if is_code and found != text
        else Reading(text)
    )


def _unit(cell: Value, _: Column, catalogue: Catalogue) -> Reading:
    text = _shown(cell)
    found = unit(text, catalogue=catalogue)
    if found is None or found == text:
        return Reading(text)
    return Reading(found, notes=(notes.other_unit(text, found),))


_READERS: Final[Mapping[Kind, Callable[[Value, Column, Catalogue], Reading]]] = {
    Kind.TEXT: _text,
    Kind.NUMBER: _number,
    Kind.COUNT: _count,
    Kind.ANSWER: _answer,
    Kind.DAY: _day,
    Kind.MOMENT: _moment,
    Kind.CHOICE: _choice,
    Kind.METRIC: _choice,
    Kind.LETTERS: _letters,
    Kind.UNIT: _unit,
    Kind.DIGITS: _digits,
    Kind.PART: _digits,
}
