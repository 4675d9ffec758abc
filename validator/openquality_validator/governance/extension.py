"""Extensions of a record, held to the schemas that it pins (docs/spec/governance.md).

    "extensionSchemas": [{"id": "<URI>", "digestSRI": "sha256-…"}]
    "extensions": {"<URI>": {…}}        of the subject, or of a claim

    (1) the pins        each URI once, and each of them used
    (2) what is pinned  a schema or metric set that could be published, and that names itself so
    (3) each extension  fits the schema that its URI pins

What pins nothing is said by the shape of the record (S032); what a metric set says of its
measurements, by `metric_sets`. A pin whose bytes nobody has at hand is a warning: nobody looked.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any, Final

from openquality_validator import documents, engines, metric_sets
from openquality_validator.compatibility import Schema, lint
from openquality_validator.compatibility.effort import TooMuch, at_most
from openquality_validator.compatibility.reading import parsed
from openquality_validator.compatibility.values import size
from openquality_validator.engines import Engine
from openquality_validator.errors import InvalidInput
from openquality_validator.findings import Finding, Severity, pointer
from openquality_validator.governance.checking import MAX_WEIGHT, STEPS
from openquality_validator.keywords import Problem, shown
from openquality_validator.message import message

MAX_WORK: Final = 5_000_000  # subschemas that judge parts of one extension: some tenths of a second
MAX_PROBLEMS: Final = 50  # of one extension
_NAMED: Final = 10  # members that a message names
_LIMIT: Final = 200  # characters of a rule that a message repeats

Json = Mapping[str, Any]
Findings = Iterator[Finding]


@dataclass(frozen=True, slots=True)
class Usable:
    """Hold a pinned document that can be used: its own name, and the engine of a schema.

    `engine` is None for a metric set.
    """

    id: str
    engine: Engine | None
    weight: int = 0


def check(credential: Json, schemas: Mapping[str, bytes]) -> Findings:
    """Yield what is wrong with the extensions of a record whose shape is valid.

    `schemas` holds bytes by their digest (`sha256-…`).
    """
    pins = credential.get("extensionSchemas", ())
    used = list(_extensions(credential))
    # (1) The pins.
    seen: set[str] = set()
    for at, pin in enumerate(pins):
        uri = pin["id"]
        if uri in seen:
            yield _error(
                "S038",
                ("extensionSchemas", at, "id"),
                message("The extension {uri} is pinned twice.", uri=shown(uri)),
                message("Keep the digest of the version that the extension follows."),
            )
            continue
        seen.add(uri)
        own = [(path, value) for path, name, value in used if name == uri]
        if not own:
            yield _error(
                "S035",
                ("extensionSchemas", at),
                message("Nothing in the record uses the extension {uri}.", uri=shown(uri)),
                message("Take the pin out, or add the extension."),
            )
        data = schemas.get(pin["digestSRI"])
        if data is None:
            yield Finding(
                "S033",
                Severity.WARNING,
                pointer(("extensionSchemas", at)),
                message(
                    "The extension {uri} was not checked: its schema is not at hand.",
                    uri=shown(uri),
                ),
                message(
                    "Bring the file of the schema that has this digest, with --schema FILE; a "
                    "registry takes what is published there."
                ),
            )
            continue
        # (2) What is pinned.
        found = read(data)
        if not isinstance(found, Usable) or found.id != uri:
            reason = found if isinstance(found, str) else message("it is {id}", id=shown(found.id))
            yield _error(
                "S036",
                ("extensionSchemas", at),
                message(
                    "What is pinned is no schema of {uri}: {reason}.", uri=shown(uri), reason=reason
                ),
                message("Pin the digest of a published version of that schema or metric set."),
            )
            continue
        # (3) Each extension.
        for path, value in own:
            yield from _held(found, path, value)


@lru_cache(maxsize=64)
def read(data: bytes) -> Usable | str:
    """Read a document that records pin; return why it cannot be used if it cannot."""
    try:
        with at_most(STEPS):
            return _read(data)
    except InvalidInput as error:
        return error.message
    except (TooMuch, RecursionError):
        return message("it is too entangled")
    except ValueError as error:
        return str(error)[:_LIMIT]


def _read(data: bytes) -> Usable | str:
    value = parsed(data)
    if metric_sets.is_metric_set(value):
        return Usable(metric_sets.parse(data).id, None)
    for found in lint(data).errors:
        return found.message
    weight = Schema(value, side="new").weight
    if weight > MAX_WEIGHT:
        return message("it is too entangled")
    return Usable(value["$id"], engines.published(data), weight)


def _held(schema: Usable, path: tuple[str | int, ...], value: object) -> Findings:
    if schema.engine is None:
        return  # measurements, which have rules of their own
    if size(value) * schema.weight > MAX_WORK:
        yield _error(
            "S039",
            path,
            message("The extension is too large for what its schema asks of each value."),
            message("Put bulk data into evidence files, and name them by digest."),
        )
        return
    if schema.engine.is_valid(value):
        return
    for problem in islice(schema.engine.problems(value), MAX_PROBLEMS):
        yield _error("S034", (*path, *problem.path), _said(problem), _asked(problem))


def _said(problem: Problem) -> str:
    known = problem.schema.get("properties", {}) if isinstance(problem.schema, dict) else {}
    if problem.keyword == "additionalProperties" and isinstance(problem.instance, dict):
        unknown = [shown(name) for name in problem.instance if name not in known]
        return message(
            "The extension's schema knows no {names} here.", names=", ".join(unknown[:_NAMED])
        )
    return message(
        "{found} does not keep the rule `{keyword}` of the extension's schema.",
        found=shown(problem.instance),
        keyword=problem.keyword[:_LIMIT],
    )


def _asked(problem: Problem) -> str:
    rule = problem.schema.get(problem.keyword) if isinstance(problem.schema, dict) else None
    text = documents.canonical_any(rule).decode()
    return message(
        "The schema says: {keyword} {rule}",
        keyword=problem.keyword[:_LIMIT],
        rule=text if len(text) <= _LIMIT else f"{text[:_LIMIT]}…",
    )


def _extensions(credential: Json) -> Iterator[tuple[tuple[str | int, ...], str, object]]:
    """Yield where each extension of a record stands, its URI and its value."""
    subject = credential["credentialSubject"]
    holders: list[tuple[tuple[str | int, ...], Json]] = [(("credentialSubject",), subject)]
    holders += [
        (("credentialSubject", "claims", at), claim) for at, claim in enumerate(subject["claims"])
    ]
    for path, holder in holders:
        for uri, value in holder.get("extensions", {}).items():
            yield (*path, "extensions", uri), uri, value


def _error(code: str, path: tuple[str | int, ...], said: str, hint: str) -> Finding:
    return Finding(code, Severity.ERROR, pointer(path), said, hint)
