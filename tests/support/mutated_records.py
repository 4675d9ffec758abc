"""Systematic damage to valid records: one change each, at every member that the schema knows."""

import copy
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from openquality_ontology.generator.joined import Schema, SourceError
from openquality_ontology.generator.source import Source


@dataclass(frozen=True, slots=True)
class Mutant:
    """A record with one change: `kind` says which, `place` where in the schema (class.member)."""

    name: str
    kind: str
    place: str
    record: dict[str, Any]


def mutants(name: str, record: dict[str, Any], source: Source) -> Iterator[Mutant]:
    """Yield the record with each member removed, of another type, off its list or off its form."""
    for path, owner, member, found in places(record, source):
        place = f"{owner}.{member}"
        whole = source.resolve(found)
        at = "/".join(map(str, (*path, member)))

        def changed(
            kind: str,
            value: Any,  # noqa: ANN401
            *,
            at: str = at,
            place: str = place,
            path: tuple[Any, ...] = path,
            member: str = member,
        ) -> Mutant:
            twin = copy.deepcopy(record)
            target = twin
            for step in path:
                target = target[step]
            if value is _REMOVED:
                del target[member]
            else:
                target[member] = value
            return Mutant(f"{name}:{at}:{kind}", kind, place, twin)

        yield changed("removed", _REMOVED)
        yield changed("type", _OTHER_TYPE[whole.get("type", _type_of(whole))])
        if "enum" in whole or "const" in whole:
            value = "nonsense" if not isinstance(whole.get("const"), list) else ["a", "b"]
            yield changed("value", value)
        elif whole.get("type") == "string":
            is_iri = found.get("x-iri") == "@id" or found.get("x-datatype") == "@id"
            yield changed("form", "ftp://x.invalid/" if is_iri else "\u0001 \u0001" * 1_000)
        if whole.get("type") == "integer":
            yield changed("bound", -1)


_REMOVED = object()
_OTHER_TYPE = {
    "string": 7,
    "integer": "seven",
    "boolean": "yes",
    "object": "something",
    "array": 7,
}


def _type_of(schema: Schema) -> str:
    return "array" if isinstance(schema.get("const"), list) else "string"


def places(
    value: Any,  # noqa: ANN401
    source: Source,
    owner: str = "QualityAttestation",
    path: tuple[Any, ...] = (),
) -> Iterator[tuple[tuple[Any, ...], str, str, Schema]]:
    """Yield the path, class, name and schema of every member of a record that is no JSON value."""
    for branch in source.classes[owner].branches:
        if branch == value["type"]:
            owner = branch
    for member, inner in value.items():
        found = source.classes[owner].schema["properties"][member]
        yield path, owner, member, found
        if member == "@context":
            continue
        try:
            targets = source.term(owner, member).targets
        except SourceError:
            continue
        for target in targets:
            items = enumerate(inner) if isinstance(inner, list) else [(None, inner)]
            for index, item in items:
                below = (*path, member) if index is None else (*path, member, index)
                yield from places(item, source, target, below)


def renamed(record: dict[str, Any], number: int) -> dict[str, Any]:
    """Give every id of a record a name of its own, so that many fit into one graph."""
    text = json.dumps(record, ensure_ascii=False)
    text = re.sub(r"urn:uuid:([0-9a-f]{8})-", f"urn:uuid:{number:08x}-", text)
    text = re.sub(r'"(did:[a-z0-9]+:[A-Za-z0-9._:%-]+)', rf'"\1.{number}', text)
    text = re.sub(r'"id": "(https://(?!w3id\.org)[^"?#]*)', rf'"id": "\1/n{number}', text)
    text = text.replace("ftp://x.invalid/", f"ftp://x.invalid/{number}")
    made: dict[str, Any] = json.loads(text)
    return made
