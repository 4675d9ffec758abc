"""Bytes to a schema: valid 2020-12, within limits, and closed in itself."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final

from openquality_validator import documents
from openquality_validator.compatibility.schema import (
    IN_PLACE,
    Place,
    Schema,
    Unresolved,
    children,
)
from openquality_validator.errors import InvalidInput
from openquality_validator.findings import Finding, Severity, pointer
from openquality_validator.message import message

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
MAX_DEPTH: Final = 64  # of brackets; our deepest schema has 17
MAX_SCHEMAS: Final = 10_000  # subschemas; our largest has 1,400
MAX_PROBLEMS: Final = 50


class SchemaError(InvalidInput):
    """A document is no schema that can be compared."""


def read(data: bytes, *, side: str = "new") -> Schema:
    """Read a schema that can be compared; `side` is its name in sentences.

    Raises MalformedDocument (D001 to D006) or SchemaError (Z001 to Z007) with the first problem.
    """
    value = parsed(data)
    schema = Schema(value, side=side)
    for finding in problems(schema):
        raise SchemaError(finding.code, finding.message, finding.hint)
    return schema


def parsed(data: bytes) -> Any:  # noqa: ANN401 - any JSON value
    """Read the bytes as strict JSON within the limits of a schema."""
    return documents.parse(data, max_depth=MAX_DEPTH)


def problems(schema: Schema) -> Iterator[Finding]:
    """Yield why a value is no schema that can be compared: what makes the next question senseless.

    In this order: (1) its form; (2) its size; (3) where references lead; (4) loops.
    """
    # (1) The form: an object of this dialect, valid against its metaschema.
    found = list(_form(schema.value))
    yield from found
    if found:
        return
    # (2) The size.
    places = list(subschemas(schema.root))
    if len(places) > MAX_SCHEMAS:
        yield _error(
            "Z007",
            "",
            message(
                "The schema holds {n} subschemas, more than {most}.",
                n=len(places),
                most=MAX_SCHEMAS,
            ),
            message("Split it, or say it in fewer."),
        )
        return
    # (3) References.
    found = list(_references(places))
    yield from found
    if found:
        return
    # (4) Loops in which a value would be judged for ever.
    yield from _loops(places)


def subschemas(root: Place) -> Iterator[Place]:
    """Yield every subschema of a document, those under `$defs` included."""
    queue = [root]
    for place in queue:  # the list grows while it is read
        yield place
        queue.extend(child.place for child in children(place))
        if isinstance(place.schema, dict):
            queue.extend(place.below("$defs", name) for name in place.schema.get("$defs", ()))
        if len(queue) > 2 * MAX_SCHEMAS:
            return


def _form(value: object) -> Iterator[Finding]:
    if not isinstance(value, dict):
        yield _error(
            "Z001",
            "",
            message("A schema that is published is a JSON object."),
            message("Write an object that begins with its $schema."),
        )
        return
    if value.get("$schema") != DIALECT:
        yield _error(
            "Z001",
            "/$schema",
            message("The schema does not say that it is of the dialect 2020-12."),
            message('Write "$schema": "{dialect}".', dialect=DIALECT),
        )
        return
    for path, reason in islice(_faults(value), MAX_PROBLEMS):
        yield _error(
            "Z001",
            pointer(path),
            message("Not valid JSON Schema 2020-12: {reason}.", reason=reason[:200]),
            message("Correct it by the specification of the keyword."),
        )


def _faults(value: object) -> Iterator[tuple[Iterable[str | int], str]]:
    """Hold the value to the metaschema, which both engines carry with them."""
    metaschema = {"$schema": DIALECT, "$ref": DIALECT}
    try:
        import jsonschema_rs
    except ImportError:
        from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

        for error in Draft202012Validator(metaschema).iter_errors(value):
            yield error.absolute_path, error.message
    else:
        for each in jsonschema_rs.Draft202012Validator(metaschema, offline=True).iter_errors(value):
            yield each.instance_path, each.message


def _references(places: list[Place]) -> Iterator[Finding]:
    known = {place.pointer for place in places}
    for place in places:
        if not isinstance(place.schema, dict):
            continue
        for keyword in ("$dynamicRef", "$recursiveRef", "$dynamicAnchor", "$anchor"):
            if keyword in place.schema:
                yield _error(
                    "Z002",
                    place.at(keyword),
                    message("{keyword} is not known here.", keyword=keyword),
                    message("Refer by $ref to a pointer such as #/$defs/Name."),
                )
        if place.pointer and "$id" in place.schema:
            yield _error(
                "Z002",
                place.at("$id"),
                message("A schema within a schema has an $id of its own."),
                message("Take it out, so that every reference means this document."),
            )
        if "$ref" in place.schema:
            yield from _reference(place, known)


def _reference(place: Place, known: set[str]) -> Iterator[Finding]:
    try:
        target = place.target()
    except Unresolved as error:
        yield _error(error.code, place.at("$ref"), error.message, error.hint)
        return
    if target.pointer not in known:
        yield _error(
            "Z003",
            place.at("$ref"),
            message("The reference leads to a place that holds no schema."),
            message("Refer to a subschema, best to one under $defs."),
        )


def _loops(places: list[Place]) -> Iterator[Finding]:
    """Find what refers to itself without a step down into the value."""
    done: set[str] = set()
    for start in places:
        if start.key in done:
            continue
        trail: list[tuple[Place, Iterator[Place]]] = [(start, _judging(start))]
        open_keys = {start.key}
        while trail:
            place, following = trail[-1]
            step = next(following, None)
            if step is None:
                trail.pop()
                open_keys.discard(place.key)
                done.add(place.key)
            elif step.key in open_keys:
                yield _error(
                    "Z004",
                    place.pointer,
                    message("The schema refers to itself without a step down into the value."),
                    message("Let it refer to itself only below properties or items."),
                )
                return
            elif step.key not in done:
                open_keys.add(step.key)
                trail.append((step, _judging(step)))


def _judging(place: Place) -> Iterator[Place]:
    if isinstance(place.schema, dict):
        if "$ref" in place.schema:
            yield place.target()
        for child in children(place):
            if child.keyword in IN_PLACE:
                yield child.place


def _error(code: str, at: str, text: str, hint: str) -> Finding:
    return Finding(code, Severity.ERROR, at, text, hint)
