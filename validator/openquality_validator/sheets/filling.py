"""Records to the rows of a template, and what of a record no cell can hold.

A value goes into a cell only if reading the cell gives the same value again without a note; all
else is named in `left`, so that nothing is lost in silence.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from openquality_validator import catalogue as catalogues
from openquality_validator.findings import escape
from openquality_validator.sheets.coercion import SEPARATOR, Scalar, read
from openquality_validator.sheets.column import Column, Kind, key_of
from openquality_validator.sheets.deriving import URN
from openquality_validator.sheets.layout import CLAIM, RECORD, Row, Table

Filled: TypeAlias = dict[str, Scalar]
"""A row: values by the pointers of their columns."""

# What every record has alike, and what reading makes again by itself.
_SAME: Final = ("/@context", "/type", "/credentialSchema", "/catalogueVersion")


@dataclass(slots=True)
class Filling:
    """Hold the rows for each sheet by its id, and the pointers of what was left out."""

    rows: dict[str, list[Filled]] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)


def fill(records: Sequence[Mapping[str, Any]], tables: Sequence[Table]) -> Filling:
    """Write records as rows; the sheet of the supplier takes what the first of them says."""
    filling = Filling({each.id: [] for each in tables})
    for number, record in enumerate(records, start=1):
        _Record(record, tables, filling, str(number) if len(records) > 1 else "").fill()
    return filling


class _Record:
    """Write one record."""

    def __init__(
        self, record: Mapping[str, Any], tables: Sequence[Table], filling: Filling, name: str
    ) -> None:
        self._record, self._tables, self._filling, self._name = record, tables, filling, name
        self._prefix = f"{record.get('id')}#"
        self._done: set[str] = set()

    def fill(self) -> None:
        for table in self._of(Row.WORKBOOK):
            row, done = self._row(table, self._record, "")
            rows = self._filling.rows[table.id]
            if not rows:
                rows.append(row)
            if rows[0] == row:
                self._done |= done
        for table in self._of(Row.RECORD):
            self._add(table, self._record, "")
        subject = self._record.get("credentialSubject")
        claims = subject.get("claims") if isinstance(subject, Mapping) else None
        for index, claim in enumerate(claims if isinstance(claims, list) else ()):
            if isinstance(claim, Mapping):
                self._claim(claim, f"/credentialSubject/claims/{index}")
        self._parts(self._record, "", self._name, None)
        evidence = self._record.get("evidence")
        for table in self._of(Row.EVIDENCE):
            for index, each in enumerate(evidence if isinstance(evidence, list) else ()):
                self._add(table, each, f"/evidence/{index}")
        left = [
            pointer
            for pointer in _leaves(self._record, "")
            if pointer not in self._done
            and not any(pointer == same or pointer.startswith(f"{same}/") for same in _SAME)
        ]
        self._filling.left += left

    def _of(self, row: Row) -> Iterator[Table]:
        return (each for each in self._tables if each.row is row)

    def _add(self, table: Table, value: Any, pointer: str, *, claim: str | None = None) -> None:  # noqa: ANN401 - any JSON value
        row, done = self._row(table, value, pointer)
        if not done and table.row is not Row.RECORD:
            return  # a row of keys alone would be read as something empty
        self._filling.rows[table.id].append(self._keys(claim) | row)
        self._done |= done

    def _keys(self, claim: str | None) -> Filled:
        keys: Filled = {RECORD.pointer: self._name} if self._name else {}
        return keys | ({CLAIM.pointer: claim} if claim else {})

    def _claim(self, claim: Mapping[str, Any], pointer: str) -> None:
        fitting = [each for each in self._of(Row.CLAIM) if each.type == claim.get("type")]
        if not fitting:
            return
        # The sheet of its metric; of a metric that none knows, the one that takes most of it.
        metric = claim.get("metric")
        known = [each for each in fitting if metric in each.metrics]
        if not known and metric in catalogues.load().metrics:
            return  # none of these sheets is for it
        known = known or fitting
        table = max(known, key=lambda each: len(self._row(each, claim, pointer)[1]))
        row, done = self._row(table, claim, pointer)
        identifier = claim.get("id")
        name = self._short(identifier) or "" if isinstance(identifier, str) else ""
        self._filling.rows[table.id].append(self._keys(name) | row)
        self._done |= done | {f"{pointer}/type", *([f"{pointer}/id"] if name else [])}
        self._parts(claim, pointer, self._name, name)

    def _parts(self, holder: Any, pointer: str, name: str, claim: str | None) -> None:  # noqa: ANN401, ARG002 - any JSON value
        for table in self._of(Row.PART):
            if table.of_record is not (claim is None):
                continue
            found, at = holder, pointer
            for token in table.place:
                found, at = (
                    found.get(token) if isinstance(found, Mapping) else None,
                    f"{at}/{token}",
                )
            for index, each in enumerate(found if isinstance(found, list) else ()):
                below = set(_leaves(each, f"{at}/{index}"))
                if below and not below & self._done:
                    self._add(table, each, f"{at}/{index}", claim=claim)

    def _row(self, table: Table, value: Any, pointer: str) -> tuple[Filled, set[str]]:  # noqa: ANN401 - any JSON value
        """Return what a row holds of a value, and the pointers of it."""
        row: Filled = {}
        done: set[str] = set()
        for column in table.columns:
            if column in {RECORD, CLAIM}:
                continue
            for found, pointers in self._at(value, column.path, pointer):
                cell = self._cell(found, column)
                if cell is not None:
                    row[column.pointer] = cell
                    done |= pointers
        return row, done

    def _at(
        self,
        value: object,
        path: tuple[str, ...],
        pointer: str,
    ) -> Iterator[tuple[Any, set[str]]]:
        pointers: set[str] = set()
        for token in path:
            key = key_of(token)
            if key is None:
                if not isinstance(value, Mapping) or token not in value:
                    return
                value, pointer = value[token], f"{pointer}/{escape(token)}"
                continue
            member, wanted = key
            items = value if isinstance(value, list) else []
            at = next((i for i, e in enumerate(items) if _is_keyed(e, member, wanted)), None)
            if at is None:
                return
            value, pointer = items[at], f"{pointer}/{at}"
            pointers.add(f"{pointer}/{member}")
        yield value, pointers | set(_leaves(value, pointer))

    def _cell(self, value: object, column: Column) -> Scalar | None:
        """Return the cell that reads as this value, or None if none does."""
        cell, expected = self._written(value, column)
        if cell is None:
            return None
        typed = float(cell) if type(cell) is int else cell
        found = read(typed, column, catalogue=catalogues.load())
        same = found.value == expected and type(found.value) is type(expected)
        return cell if same and not found.notes and not found.unit else None

    def _written(self, value: object, column: Column) -> tuple[Scalar | None, object]:
        """Return how a value is written, and what reading should give."""
        if column.many:
            items = value if isinstance(value, list) else []
            texts = [text for each in items if (text := self._text(each, column)) is not None]
            whole = bool(texts) and len(texts) == len(items)
            return (f"{SEPARATOR} ".join(texts) if whole else None), tuple(texts)
        if isinstance(value, bool):
            return (value if column.kind is Kind.ANSWER else None), value
        if isinstance(value, int):
            return value, value
        text = self._text(value, column)
        return text, text

    def _text(self, value: object, column: Column) -> str | None:
        if not isinstance(value, str):
            return None
        return self._short(value) if column.kind is Kind.PART else value

    def _short(self, identifier: str) -> str | None:
        """Return the short name of a part of this record, an id elsewhere as it is, else None."""
        if identifier.startswith(self._prefix):
            name = identifier.removeprefix(self._prefix)
            return name if name and name == name.strip() and not name.startswith(URN) else None
        return identifier if identifier.startswith(URN) else None


def _is_keyed(value: object, member: str, wanted: str) -> bool:
    return isinstance(value, Mapping) and value.get(member) == wanted


def _leaves(value: object, pointer: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, below in value.items():
            yield from _leaves(below, f"{pointer}/{escape(name)}")
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from _leaves(below, f"{pointer}/{index}")
    else:
        yield pointer
