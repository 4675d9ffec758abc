"""A decoded record as typed facts, and the texts that are withheld from them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from openquality.mcp import checked
from openquality.mcp.results import Fact, UntrustedText
from openquality_validator.findings import escape
from openquality_validator.text import labels
from openquality_validator.vocabulary import words

if TYPE_CHECKING:
    from openquality.mcp.checked import Kind

MAX_TEXT = 2_000  # characters of one text; the schema allows no more
_EXTENSIONS = "extensions"  # anything that a pinned schema allows: not ours to type


@dataclass(frozen=True, slots=True)
class Found:
    """Hold one fact, and the supplier's words where they are withheld."""

    fact: Fact
    text: str | None = None


def of_record(view: Mapping[str, Any]) -> tuple[Found, ...]:
    """List what a decoded statement holds, in the order of the document.

    `view` is the answer of `GET /v1/statements/<digest>`: its credential, or its key event.
    """
    return tuple(_walk("", "", view.get("credential", view.get("event", {}))))


def untrusted(found: Sequence[Found]) -> list[UntrustedText]:
    """Return the withheld texts, in the supplier's words, under their label of untrusted."""
    return [
        UntrustedText(at=each.fact.at, text=each.text) for each in found if each.text is not None
    ]


def _walk(pointer: str, member: str, value: Any) -> Iterator[Found]:  # noqa: ANN401 - any JSON value
    if isinstance(value, Mapping):
        for name, inner in value.items():
            here = f"{pointer}/{_name(name)}"
            if name == _EXTENSIONS:
                shown = labels.digest(repr(inner))
                yield Found(Fact(at=here, kind="withheld", value=shown))
            else:
                yield from _walk(here, name, inner)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _walk(f"{pointer}/{place}", member, inner)
    elif pointer == "/issuer/id" and isinstance(value, str):
        shown = checked.issuer(value) or ""
        is_whole = shown == value
        kind: Kind = "identifier" if is_whole else "withheld"
        yield Found(Fact(at=pointer, kind=kind, value=shown), None if is_whole else value)
    else:
        kind, shown = checked.fact(value, member)
        text = value[:MAX_TEXT] if kind == "withheld" and isinstance(value, str) else None
        yield Found(Fact(at=pointer, kind=kind, value=shown), text)


def _name(name: str) -> str:
    """Write a member's name into a pointer; one that no schema of ours has is a supplier's."""
    return escape(name if name in words() else labels.label(name))
