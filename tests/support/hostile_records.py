"""Records with one hostile text in every place that the language leaves open.

The places are found by trying, not by a list: a string of an example is open if the example stays
valid with another string in it. So a member that is added later is tried as well.
"""

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import openquality_schemas
from openquality import validate
from openquality.signing import SigningKey

VECTORS = Path(__file__).parents[1] / "vectors" / "text"
MARK = "zqxj"  # stands in no word of ours; where it turns up, a free text has come through
NAMESPACE = 0xA6E27
MAX_TOKEN = 40  # characters: the shortest place takes no more

Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Base:
    """Hold an example, and its open places by the form of what they take."""

    name: str
    text: str
    places: tuple[tuple[Place, str], ...]


def cases() -> list[dict[str, Any]]:
    """Read every hostile text."""
    return [
        case
        for name in ("hostile", "steering")
        for case in json.loads((VECTORS / f"{name}.json").read_bytes())
    ]


def slug(text: str) -> str:
    """Spell a text with the characters of an identifier."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-")[:MAX_TOKEN].strip("-") or "x"


def forms(text: str) -> dict[str, str]:
    """Write a text in each form that a place may ask for; `text` is marked."""
    name = slug(text)
    return {
        "text": f"{text} {MARK}",
        "printable": text,
        "token": name,
        "url": f"https://supplier.example/{name}",
        "did": f"did:web:supplier.example:{name}",
    }


@cache
def bases() -> tuple[Base, ...]:
    """Find the open places of the examples; one that an earlier example has is left out."""
    *_, version = [
        v for v in openquality_schemas.VERSIONS if openquality_schemas.examples("valid", version=v)
    ]
    found, seen = [], set()
    for name, data in openquality_schemas.examples("valid", version=version).items():
        if name.endswith(".expected.json"):
            continue
        record = json.loads(data)
        places = []
        for place, held in _strings(record):
            shape = _shape(record, place)
            if shape in seen or held == record["issuer"]["id"]:
                continue
            seen.add(shape)
            form = _open(record, place)
            if form is not None:
                places.append((place, form))
        found.append(Base(name, data.decode(), tuple(places)))
    return tuple(found)


def record(base: Base, text: str, number: int, key: SigningKey) -> dict[str, Any]:
    """Put a text into every open place of an example, in the name of the key's owner."""
    value = json.loads(base.text)
    whole = base.text.replace(value["issuer"]["id"], key.did)
    whole = whole.replace(value["id"], f"urn:uuid:{UUID(int=(NAMESPACE << 64) + number)}")
    made: dict[str, Any] = json.loads(whole)
    written = forms(text)
    for place, form in base.places:
        set_at(made, place, written[form])
    # The own names of the parts, wherever they are referred to.
    part = re.sub(r"[^A-Za-z0-9]", "-", slug(text))[:50]
    renamed = re.sub(
        r'(urn:uuid:[0-9a-f-]{36}#)([A-Za-z0-9._-]+)"', rf'\g<1>{part}-\g<2>"', json.dumps(made)
    )
    named: dict[str, Any] = json.loads(renamed)
    return named


def set_at(value: Any, place: Place, text: str) -> None:  # noqa: ANN401 - any JSON value
    """Write a string at a place."""
    for step in place[:-1]:
        value = value[step]
    value[place[-1]] = text


def at(value: Any, place: Place) -> Any:  # noqa: ANN401 - any JSON value
    """Read what stands at a place."""
    for step in place:
        value = value[step]
    return value


def pointer(place: Place) -> str:
    """Write a place as a JSON Pointer."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in place)


def _open(record: dict[str, Any], place: Place) -> str | None:
    for form, text in forms("Probe text of 7").items():
        tried = json.loads(json.dumps(record))
        set_at(tried, place, text)
        if not validate(tried).errors:
            return form
    return None


def _shape(record: dict[str, Any], place: Place) -> tuple[str, ...]:
    """Name a place without its numbers, but with the type of its claim."""
    steps = tuple("*" if isinstance(step, int) else step for step in place)
    if place[:2] == ("credentialSubject", "claims"):
        return (at(record, place[:3])["type"], *steps)
    return steps


def _strings(value: Any, place: Place = ()) -> Iterator[tuple[Place, str]]:  # noqa: ANN401 - any JSON value
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _strings(inner, (*place, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _strings(inner, (*place, index))
