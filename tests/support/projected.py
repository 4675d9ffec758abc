"""What becomes of every single value of a document when it is converted, by changing it."""

import copy
import re
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias

from openquality_validator.errors import OpenQualityError
from openquality_validator.projections.terms import CARRIERS

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | Decimal | bool | None"
Convert = Callable[[Json], tuple[object, Iterable[str]]]  # to a result and pointers of losses
VECTORS = Path(__file__).parents[1] / "vectors/projections"
KEPT, PARTLY, LOST, SILENT = "kept", "partly", "lost", "silent"


def leaves(value: Json, pointer: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, below in value.items():
            escaped = name.replace("~", "~0").replace("/", "~1")
            yield from leaves(below, f"{pointer}/{escaped}")
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from leaves(below, f"{pointer}/{index}")
    elif value is not None:
        yield pointer


def fates(document: Json, convert: Convert) -> dict[str, str]:
    """Return, for each value, whether it is kept, kept in part, lost, or lost in silence."""
    result, lost = convert(document)
    before = (result, set(lost))
    found = {}
    for pointer in leaves(document):
        named = any(above in before[1] for above in _with_those_above(pointer))
        seen = _differs(document, pointer, convert, before)
        found[pointer] = {
            (True, False): KEPT,
            (True, True): PARTLY,
            (False, True): LOST,
            (False, False): SILENT,
        }[seen, named]
    return found


def general(document: Json, pointer: str) -> str:
    """Return a pointer as docs/spec/projections.md writes it.

    A claim is called by its type, a measured one `claim`; a place in a list is [].
    """
    claims = "/credentialSubject/claims/"
    if pointer.startswith(claims):
        index, _, rest = pointer.removeprefix(claims).partition("/")
        kind = document["credentialSubject"]["claims"][int(index)]["type"]
        pointer = f"/{'claim' if kind in CARRIERS else kind}/{rest}"
    path = re.sub(r"/\d+(?=/|$)", "[]", pointer).strip("/").replace("/", ".")
    return re.sub(r"\.C\d+\.", ".C*.", path).removeprefix("[].")


def _differs(
    document: Json, pointer: str, convert: Convert, before: tuple[object, set[str]]
) -> bool:
    """Tell whether another value gives another result, or at least other losses."""
    changed = copy.deepcopy(document)
    names = pointer[1:].split("/")
    *above, last = (name.replace("~1", "/").replace("~0", "~") for name in names)
    place = changed
    for name in above:
        place = place[int(name) if isinstance(place, list) else name]
    key = int(last) if isinstance(place, list) else last
    place[key] = _other(place[key])
    try:
        result, lost = convert(changed)
    except (OpenQualityError, KeyError, ValueError):
        return True  # refused, which nobody overlooks
    return result != before[0] or set(lost) != before[1]


def _other(value: Json) -> Json:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | Decimal):
        return value + 1
    if re.fullmatch(r"-?\d+(\.\d+)?", value):
        return f"{value}7" if "." in value else f"{value}.7"
    if re.match(r"\d{4}-\d\d-\d\d", value):
        return f"{int(value[:4]) - 1}{value[4:8]}01{value[10:]}"
    return f"{value}x"


def _with_those_above(pointer: str) -> Iterator[str]:
    while pointer:
        yield pointer
        pointer = pointer.rpartition("/")[0]
    yield ""
