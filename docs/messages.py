"""Bring the catalogues of translations up to date: `make messages`.

Collects every template from the source, the pages and the schemas, takes it into each catalogue,
drops what nobody says any more, and writes the `.mo` files that programs read. With a language
as its argument it starts that language's catalogue first.
"""

import datetime as dt
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from babel.messages import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from docs.schema_texts import schema_texts

LOCALE: Final = Path("validator/openquality_validator/locale")
PACKAGES: Final = (Path("validator"), Path("sdk"), Path("registry"))
TEMPLATES: Final = Path("registry/openquality_registry/pages/templates")
_HEADER: Final = """\
# Translations of OpenQuality: messages, hints, workbooks and pages.
# Written by people; `make messages` adds what is missing (docs/guide/translate.md).
"""
_WIDTH: Final = 100


def main() -> None:
    """Update every catalogue, and start the one that is asked for."""
    for language in sys.argv[1:]:
        place(language).parent.mkdir(parents=True, exist_ok=True)
        place(language).touch()
    template = extracted()
    for language in languages():
        catalogue = read(language)
        catalogue.update(template, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        catalogue.header_comment = _HEADER.rstrip()
        catalogue.project, catalogue.version, catalogue.fuzzy = "openquality", "", False
        place(language).write_bytes(to_po(catalogue))
        catalogue = read(language)
        compiled_place(language).write_bytes(to_mo(catalogue))
        empty = sum(not each.string for each in catalogue if each.id)
        print(f"{language}: {len(catalogue)} texts, {empty} without translation")  # noqa: T201 - a program that prints


def languages() -> tuple[str, ...]:
    """Return the languages that have a catalogue."""
    return tuple(sorted(each.name for each in LOCALE.iterdir() if each.is_dir()))


def place(language: str) -> Path:
    """Return where the catalogue of a language is written by people."""
    return LOCALE / language / "LC_MESSAGES" / "openquality.po"


def compiled_place(language: str) -> Path:
    """Return where programs read it."""
    return place(language).with_suffix(".mo")


def read(language: str) -> Catalog:
    """Read a catalogue."""
    return read_po(io.BytesIO(place(language).read_bytes()), locale=language)


def extracted() -> Catalog:
    """Return every text that is shown to people, from the source."""
    found = Catalog(charset="utf-8")
    for where, text, comments in _texts():
        found.add(text, locations=[(where, None)], auto_comments=comments)
    return found


def to_po(catalogue: Catalog) -> bytes:
    """Write a catalogue for people: sorted, with the files of each text, without dates."""
    file = io.BytesIO()
    write_po(file, catalogue, width=_WIDTH, sort_output=True, include_lineno=False)
    text = file.getvalue().decode()
    kept = (line for line in text.splitlines(keepends=True) if not line.startswith(_CHANGING))
    return "".join(kept).encode()


_NEVER: Final = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)  # for the same bytes on every day
# What changes with the day, the machine or the version of Babel.
_CHANGING: Final = (
    '"POT-Creation-Date',
    '"PO-Revision-Date',
    '"Generated-By',
    '"Last-Translator',
    '"Language-Team',
    '"Report-Msgid-Bugs-To',
)


def to_mo(catalogue: Catalog) -> bytes:
    """Write a catalogue for programs; the same bytes for the same texts."""
    bare = Catalog(
        locale=catalogue.locale, charset="utf-8", creation_date=_NEVER, revision_date=_NEVER
    )
    for each in catalogue:
        if each.id and each.string:
            bare.add(each.id, each.string)
    file = io.BytesIO()
    write_mo(file, bare)
    return file.getvalue()


def _texts() -> Iterator[tuple[str, str | tuple[str, ...], list[str]]]:
    for folder in PACKAGES:
        for path in sorted(folder.rglob("*.py")):
            yield from _found(path, "python", {"message": None})
    for path in sorted(TEMPLATES.rglob("*.html")):
        yield from _found(path, "jinja2", {"_": None, "gettext": None, "ngettext": (1, 2)})
    for path, text in schema_texts():
        yield path.as_posix(), text, []


def _found(
    path: Path, method: str, keywords: dict[str, tuple[int, ...] | None]
) -> Iterator[tuple[str, str | tuple[str, ...], list[str]]]:
    options = {"encoding": "utf-8", "trimmed": "true"}
    with path.open("rb") as file:
        for _, text, comments, _ in extract(
            method, file, keywords=keywords, comment_tags=("translators:",), options=options
        ):
            yield path.as_posix(), text, comments


if __name__ == "__main__":
    main()
