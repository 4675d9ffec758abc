"""The texts that people read in schemas and catalogues: headings, descriptions, labels."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import orjson

import openquality_schemas

_FOLDER: Final = Path("schemas/openquality_schemas")
_SHEETS: Final = Path("validator/openquality_validator/sheets/sheets.json")
_SHOWN: Final = ("title", "description")
# File, list, and the parts of an item that people are shown.
_LISTS: Final = (
    ("metrics.json", "metrics", ("label", "dimension", "definition")),
    ("metrics.json", "forms", ("label",)),
    ("units.json", "units", ("label",)),
)


def schema_texts() -> Iterator[tuple[Path, str]]:
    """Yield each text with the file that holds it: of the newest schema and catalogue."""
    name = "attestation.schema.json"
    _, version = openquality_schemas.newest(name)
    schema = orjson.loads(openquality_schemas.read(name, version=version))
    yield from ((_FOLDER / version / name, text) for text in _of_schema(schema))
    for name, member, parts in _LISTS:
        held = openquality_schemas.read(name, version=openquality_schemas.CATALOGUE)
        for each in orjson.loads(held)[member]:
            where = _FOLDER / openquality_schemas.CATALOGUE / name
            yield from ((where, each[part]) for part in parts)
    yield from ((_SHEETS, text) for text in _of_sheets(orjson.loads(_SHEETS.read_bytes())))


def _of_sheets(layout: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON value
    for sheet in layout["sheets"]:
        yield sheet["title"]
        yield sheet["about"]
    yield from layout["titles"].values()
    yield from (sector["title"] for sector in layout["sectors"].values())


def _of_schema(value: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON value
    if isinstance(value, list):
        for item in value:
            yield from _of_schema(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            if name in _SHOWN and isinstance(item, str):
                yield item
            else:
                yield from _of_schema(item)
