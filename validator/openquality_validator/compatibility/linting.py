"""Whether a schema may be published: what the Bad input of a registry of schemas is."""

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit

from openquality_validator.compatibility.automaton import is_harmless
from openquality_validator.compatibility.patterns import NotPortable, parse
from openquality_validator.compatibility.reading import parsed, problems, subschemas
from openquality_validator.compatibility.schema import KNOWN, Place, Schema
from openquality_validator.compatibility.values import FORMATS
from openquality_validator.errors import InvalidInput
from openquality_validator.findings import Finding, Report, Severity
from openquality_validator.message import message

MAX_PATTERNS: Final = 200  # different ones; each takes up to a fifth of a second to prove
MAX_FINDINGS: Final = 100  # of one schema; whoever mends these asks again
_SHOWN: Final = 80  # characters of a pattern or name that a message repeats


def lint(data: bytes, *, namespace: str | None = None, released: bytes | None = None) -> Report:
    """Find everything for which a schema is not published.

    `namespace` is the URI below which its owner names things, such as `https://buyer.example/`;
    `released` are the bytes under which the same version is published already. Raises nothing for
    bad input.
    """
    # (1) Strict JSON within the limits of size and depth.
    try:
        value = parsed(data)
    except InvalidInput as error:
        return Report((Finding(error.code, Severity.ERROR, "", error.message, error.hint),))
    # (2) A schema that can be compared: dialect, size, references, loops.
    schema = Schema(value, side="new")
    found = list(problems(schema))
    if found:
        return Report.of(found)
    # (3) Each subschema: keywords, formats and patterns that every engine reads alike.
    patterns: dict[str, str] = {}
    for place in subschemas(schema.root):
        if isinstance(place.schema, dict):
            found.extend(_keywords(place))
            if len(found) > MAX_FINDINGS:
                break
            for at, pattern in _patterns(place):
                patterns.setdefault(pattern, at)
    if len(patterns) > MAX_PATTERNS:
        found.append(
            _error(
                "Z007",
                "",
                message(
                    "The schema holds {n} different patterns, more than {most}.",
                    n=len(patterns),
                    most=MAX_PATTERNS,
                ),
                message("Say the same in fewer, under $defs."),
            )
        )
    else:
        found.extend(f for pattern, at in patterns.items() for f in _pattern(pattern, at))
    # (4) Its name, and what stands under it already.
    found.extend(_name(value, namespace))
    if released is not None and released != data:
        found.append(
            _error(
                "Z011",
                "",
                message("This version is released, with other bytes."),
                message("Publish the change as a new version; a released one never changes."),
            )
        )
    return Report.of(found[:MAX_FINDINGS])


def is_inside(name: str, namespace: str) -> bool:
    """Tell whether an absolute name lies below a namespace, segment by segment.

    `https://a.example/x` is below `https://a.example` and `https://a.example/`; neither
    `https://a.example.net/x` nor `https://a.example/../b` nor any name with a percent sign or a
    backslash is.
    """
    below = namespace if namespace.endswith(("/", "#", ":")) else f"{namespace}/"
    segments = name.replace("#", "/").split("/")
    plain = not {"%", "\\"} & set(name) and not {".", ".."} & set(segments)
    return plain and name.startswith(below) and len(name) > len(below)


def _keywords(place: Place) -> Iterator[Finding]:
    schema = place.schema
    for keyword in schema:
        if keyword not in KNOWN and not keyword.startswith("x-"):
            yield _error(
                "Z008",
                place.at(keyword),
                message(
                    "The keyword {keyword!r} is not one that is used here.",
                    keyword=keyword[:_SHOWN],
                ),
                message(
                    "Take it out, or begin its name with x- if it only says something to people."
                ),
            )
    form = schema.get("format")
    if form is not None and form not in FORMATS:
        yield _error(
            "Z009",
            place.at("format"),
            message(
                "The format {form!r} is checked by some engines only.", form=str(form)[:_SHOWN]
            ),
            message("Known are: {known}. Write a pattern instead.", known=", ".join(FORMATS)),
        )


def _patterns(place: Place) -> Iterator[tuple[str, str]]:
    schema = place.schema
    if "pattern" in schema:
        yield place.at("pattern"), schema["pattern"]
    for pattern in schema.get("patternProperties", ()):
        yield place.at("patternProperties", pattern), pattern


def _pattern(pattern: str, at: str) -> Iterator[Finding]:
    shown = pattern if len(pattern) <= _SHOWN else f"{pattern[:_SHOWN]}…"
    try:
        parse(pattern)
    except NotPortable as error:
        yield _error(
            "Z005",
            at,
            message(
                "Engines do not read the pattern {shown!r} alike: {error}.",
                shown=shown,
                error=error,
            ),
            message("Write it with characters, brackets, groups, | and counts alone."),
        )
        return
    if not is_harmless(pattern):
        yield _error(
            "Z006",
            at,
            message(
                "The pattern {shown!r} may take an engine for ever on some texts.", shown=shown
            ),
            message(
                "Begin it with ^, and let no two repetitions beside or within each other match the "
                "same text."
            ),
        )


def _name(value: dict[str, Any], namespace: str | None) -> Iterator[Finding]:
    name = value.get("$id", "")
    if not _is_name(name):
        yield _error(
            "Z010",
            "/$id",
            message(
                "The schema has no $id that is an https address, or a path below a DID, without a "
                "fragment."
            ),
            message("Name it below your own namespace; records refer to it by this name."),
        )
    elif namespace is not None and not is_inside(name, namespace):
        yield _error(
            "Z010",
            "/$id",
            message(
                "{name!r} is not below {space!r}.", name=name[:_SHOWN], space=namespace[:_SHOWN]
            ),
            message("Publish only under names of your own namespace."),
        )


def _is_name(name: str) -> bool:
    if "#" in name:
        return False
    if name.startswith("did:"):
        return all(name.partition("/"))
    parts = urlsplit(name)
    return parts.scheme == "https" and bool(parts.netloc)


def _error(code: str, at: str, text: str, hint: str) -> Finding:
    return Finding(code, Severity.ERROR, at, text, hint)
