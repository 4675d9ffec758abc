"""What a template says about itself: on a hidden sheet, or in a file of its own beside the CSVs.

    openquality | 1                | en       |            version of the form, language
    schema      | sha256-…         | 1.0      |            the schema's digest, the catalogue
    sheet       | capability       | Capability |          id, and the name of the tab
    column      | capability       | /value/amount | Value: Amount

A row for each sheet and each column, so that a tab or a heading in another language, or of an older
template, still says which part of a record it gives.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Self

import openquality_schemas
from openquality_validator.message import SOURCE, languages, message, translate
from openquality_validator.sheets import layout
from openquality_validator.sheets.layout import Table

SHEET: Final = "_openquality"
FILE: Final = "openquality.csv"
START: Final = "start"
START_TITLE: Final = message("Start")
FINDINGS_TITLE: Final = message("Findings")
_FORM: Final = "openquality"
_WIDTH: Final = 4


@dataclass(frozen=True, slots=True)
class Marker:
    """Hold what a template says: its version, what it pins, and its tabs and headings.

    `tabs` leads from the name of a tab to the id of its sheet; `headings` from the id of a sheet to
    the pointers of its columns, by heading.
    """

    version: int
    digest: str
    catalogue: str
    tabs: Mapping[str, str] = field(default_factory=dict)
    headings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @classmethod
    def now(cls) -> Self:
        """Return what a template of this version pins."""
        digest, _ = openquality_schemas.newest()
        return cls(layout.version(), digest, openquality_schemas.CATALOGUE)

    @classmethod
    def from_rows(cls, rows: Iterable[Sequence[object]]) -> Self | None:
        """Read the rows of the hidden sheet, or return None if they are not a template's."""
        version, digest, catalogue = -1, "", ""
        tabs: dict[str, str] = {}
        headings: dict[str, dict[str, str]] = {}
        for row in rows:
            kind, first, second, third = (*map(_text, row[:_WIDTH]), "", "", "", "")[:_WIDTH]
            if kind == _FORM and first.isdecimal():
                version = int(first[:6])
            elif kind == "schema":
                digest, catalogue = first, second
            elif kind == "sheet":
                tabs[second] = first
            elif kind == "column":
                headings.setdefault(first, {})[third] = second
        return cls(version, digest, catalogue, tabs, headings) if version >= 0 and digest else None

    def to_rows(self, tables: Iterable[Table], *, language: str = SOURCE) -> Iterator[list[str]]:
        """Write the rows for a template of some sheets in a language."""
        yield [_FORM, str(self.version), language]
        yield ["schema", self.digest, self.catalogue]
        yield ["sheet", START, translate(START_TITLE, language)]
        for table in tables:
            yield ["sheet", table.id, translate(table.title, language)]
            for column in table.columns:
                yield ["column", table.id, column.pointer, translate(column.heading, language)]


def is_page(tab: str, marker: Marker | None) -> bool:
    """Tell whether a tab is for people to read: the start page, or a list of findings."""
    said = marker.tabs.get(tab) if marker else None
    pages = {translate(t, each) for t in (START_TITLE, FINDINGS_TITLE) for each in languages()}
    return said == START or tab in pages


def _text(value: object) -> str:
    return str(int(value)) if isinstance(value, float) else "" if value is None else str(value)
