"""Several schemas as one: what they have in common stands once, and the rest keeps apart.

A statement's schema repeats the definitions that it shares with the attestation's, since a schema
is pinned by its bytes. One that is the same is one class; any other gets its root's name before
its own: `Subject` of a `StatusStatement` becomes `StatusStatementSubject`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

Schema = dict[str, Any]


class SourceError(Exception):
    """The schema cannot be turned into RDF as it stands; `place` says where, `problem` what."""

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(f"{place}: {problem}")
        self.place: Final = place
        self.problem: Final = problem


def joined(schemas: Sequence[Schema]) -> dict[str, Schema]:
    """Return the schemas by the type of credential, none with a definition of another's name.

    The first one keeps its names. Raises SourceError where two would have one name.
    """
    found: dict[str, Schema] = {}
    known: dict[str, Schema] = {}
    for schema in schemas:
        root = schema["properties"]["type"]["const"][-1]
        own: Schema = schema["$defs"]
        names = {
            name: name if not found or known.get(name) == each else f"{root}{name}"
            for name, each in own.items()
        }
        kept = {names[name]: _renamed(each, names) for name, each in own.items()}
        kept = {name: each for name, each in kept.items() if known.get(name) != each}
        if clash := kept.keys() & known.keys():
            raise SourceError(root, f"defines {', '.join(sorted(clash))} a second time")
        known |= kept
        found[root] = {**_renamed(schema, names), "$defs": kept}
    return found


def _renamed(value: Any, names: Mapping[str, str]) -> Any:  # noqa: ANN401 - any part of a schema
    if isinstance(value, list):
        return [_renamed(each, names) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: f"#/$defs/{names[below.removeprefix('#/$defs/')]}"
        if key == "$ref"
        else _renamed(below, names)
        for key, below in value.items()
    }
