"""The shape of a record: JSON Schema 2020-12, formats asserted, as findings in plain words."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import chain, islice
from typing import Final

import openquality_schemas
from openquality_validator import kinds
from openquality_validator.catalogue import is_later
from openquality_validator.engines import Engine, compiled
from openquality_validator.findings import Finding, Report, Severity, pointer
from openquality_validator.keywords import CODES, explain, shown
from openquality_validator.message import message

__all__ = ["CODES", "MAX_PROBLEMS", "NOT_CHECKED", "check", "check_document", "check_query"]

NOT_CHECKED: Final = "S033"  # the warning of an extension whose schema nobody has at hand
MAX_PROBLEMS: Final = 1_000  # bounds the answer to hostile input; no honest mistake makes as many


def check(value: object, *, schema: str = kinds.DEFAULT.schema, has_floats: bool = True) -> Report:
    """Find every place where a value does not have the shape of a credential of this schema file.

    The schema is the shipped one that `credentialSchema.digestSRI` pins; a digest that is not
    shipped is itself a finding, and the newest schema is then used. `has_floats` is False where it
    is known that no number is written with a point.
    """
    known = openquality_schemas.known_schemas(schema)
    newest = next(reversed(known.values()))
    version = known.get(_text(value, "credentialSchema", "digestSRI"), newest)
    return _report(_engine(schema, version), value, _pins(value, known), has_floats=has_floats)


def check_query(value: object) -> Report:
    """Find every place where a value does not have the shape of a query."""
    _, version = openquality_schemas.newest(_QUERY)
    return _report(_engine(_QUERY, version), value, ())


def check_document(value: object, *, schema: str) -> Report:
    """Find every place where a value does not have the shape of a schema file, the newest one."""
    _, version = openquality_schemas.newest(schema)
    return _report(_engine(schema, version), value, ())


_NOTHING: Final = Report()
_QUERY: Final = "query.schema.json"


@cache
def _engine(name: str, version: str) -> Engine:
    return compiled(openquality_schemas.read(name, version=version))


def _report(
    engine: Engine, value: object, pins: Iterable[Finding], *, has_floats: bool = True
) -> Report:
    # What the schema cannot say.
    late = (*pins, *(_floats(value) if has_floats else ()))
    if engine.is_valid(value):
        return Report.of(late) if late else _NOTHING
    # One problem of an object has a finding for each of its members.
    every = chain.from_iterable(map(explain, engine.problems(value)))
    found = list(islice(every, MAX_PROBLEMS))
    if next(every, None) is not None:
        said = message(
            "Only the first {max_problems} problems of the shape are listed.",
            max_problems=MAX_PROBLEMS,
        )
        found.append(Finding("S099", Severity.ERROR, "", said, message("Mend those first.")))
    # What does not even have the right form needs no second word about its content.
    places = frozenset(finding.pointer for finding in found)
    more = (finding for finding in late if finding.pointer not in places)
    return Report.of((*found, *more))


def _pins(value: object, known: Mapping[str, str]) -> Iterator[Finding]:
    """Check what a record pins against what is shipped: schema, catalogue, extension schemas."""
    digest = _text(value, "credentialSchema", "digestSRI")
    if digest and digest not in known:
        shipped = ", ".join(f"{version} ({sri})" for sri, version in known.items())
        yield Finding(
            "S030",
            Severity.ERROR,
            "/credentialSchema/digestSRI",
            message("No shipped schema has the digest {digest}.", digest=shown(digest)),
            message(
                "Known are: {shipped}. Take the digest of the version that you mean.",
                shipped=shipped,
            ),
        )
    version = _text(value, "catalogueVersion")
    if version and version not in openquality_schemas.CATALOGUES:
        # Whoever reads with an older program than the writer's has found no fault in the record.
        severity = Severity.WARNING if is_later(version) else Severity.ERROR
        yield Finding(
            "S031",
            severity,
            "/catalogueVersion",
            message("The catalogue version {version} is not shipped.", version=shown(version)),
            message(
                "Known are: {shipped}. Update, or name one of them.",
                shipped=", ".join(openquality_schemas.CATALOGUES),
            ),
        )
    if isinstance(value, dict) and "extensionSchemas" in value:
        yield from _unpinned(value)


def _unpinned(value: dict[str, object]) -> Iterator[Finding]:
    schemas = value["extensionSchemas"]
    listed = schemas if isinstance(schemas, list) else []
    pinned = {each["id"] for each in listed if isinstance(each, dict) and _text(each, "id")}
    if not pinned or len(pinned) < len(listed):
        return  # the list itself is at fault, and said to be
    subject = value.get("credentialSubject")
    holders: list[tuple[tuple[str | int, ...], object]] = [(("credentialSubject",), subject)]
    claims = subject.get("claims") if isinstance(subject, dict) else None
    for index, claim in enumerate(claims if isinstance(claims, list) else ()):
        holders.append((("credentialSubject", "claims", index), claim))
    for path, holder in holders:
        extensions = holder.get("extensions") if isinstance(holder, dict) else None
        for uri in extensions if isinstance(extensions, dict) else ():
            if uri not in pinned:
                yield Finding(
                    "S032",
                    Severity.ERROR,
                    pointer((*path, "extensions", uri)),
                    message(
                        "No entry of `extensionSchemas` pins the extension {uri}.", uri=shown(uri)
                    ),
                    message("Add its id and the digest of its schema, or take the extension out."),
                )


def _floats(value: object) -> Iterator[Finding]:
    """Find numbers written with a point: JSON Schema takes 480.0 for 480, programs do not."""
    if not _holds_float(value):
        return
    layer: list[tuple[tuple[str | int, ...], object]] = [((), value)]
    for path, item in layer:
        if isinstance(item, dict):
            layer.extend(((*path, name), below) for name, below in item.items())
        elif isinstance(item, list):
            layer.extend(((*path, index), below) for index, below in enumerate(item))
        elif isinstance(item, float):
            said = message("Expected a whole number or a text, found {item}.", item=shown(item))
            hint = message("Write whole numbers without a point, and decimals as strings.")
            yield Finding("S001", Severity.ERROR, pointer(path), said, hint)


def _holds_float(value: object) -> bool:
    queue = [value]
    for item in queue:  # the list grows while it is read
        kind = type(item)
        if kind is dict:
            queue.extend(item.values())  # type: ignore[attr-defined]
        elif kind is list:
            queue.extend(item)  # type: ignore[arg-type]
        elif kind is float:
            return True
    return False


def _text(value: object, *path: str) -> str:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, str) else ""
