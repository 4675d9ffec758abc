"""JSON Schema keywords in plain words: one code for each, what was expected, what was found."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from openquality_validator.expectations import expected
from openquality_validator.findings import Finding, Severity, pointer
from openquality_validator.message import any_of, join, message
from openquality_validator.nearest import nearest

CODES: Final[Mapping[str, str]] = {
    "S001": "A value has the wrong JSON type; decimals are strings, counts are whole numbers.",
    "S002": "A member that must be there is missing.",
    "S003": "An object holds a member that the schema does not know.",
    "S004": "A value is not one of its list.",
    "S005": "A value is not the one that is fixed here.",
    "S006": "A text does not have the form that is asked for.",
    "S007": "A text is not a date, or not a time with an offset.",
    "S008": "A text is too short.",
    "S009": "A text is too long.",
    "S010": "A list has too few items.",
    "S011": "A list has too many items.",
    "S012": "A list holds the same item twice.",
    "S013": "A number is too small.",
    "S014": "A number is too large.",
    "S015": "An object has too few members.",
    "S016": "An object has too many members.",
    "S017": "A member does not go with what is stated beside it.",
    "S018": "A member needs another one beside it.",
    "S019": "The name of a member does not have the form that is asked for.",
    "S030": "The record names a schema that this software does not ship.",
    "S031": "The record names a catalogue version that this software does not ship. "
    "Of a later one than all that are shipped this only warns: its metrics are not judged.",
    "S032": "An extension has no schema pinned in extensionSchemas.",
    "S099": "There are more findings than are listed.",
}
_TYPES: Final = {
    "string": message("a text"),
    "integer": message("a whole number"),
    "object": message("an object"),
    "array": message("a list"),
    "boolean": message("true or false"),
    "null": message("null"),
}
_LEAST: Final = message("at least")
_MOST: Final = message("at most")
_FORMS: Final = {
    "date": message("Write year-month-day, such as 2026-10-01, and a day that exists."),
    "date-time": message("Write it like 2026-10-01T08:00:00Z, or with an offset such as +02:00."),
}
_SHOWN: Final = 60  # characters of a value that a message repeats
_LISTED: Final = 12  # names that a hint lists


@dataclass(frozen=True, slots=True)
class Problem:
    """Hold one failed keyword as an engine reports it.

    `schema` is the object that holds the keyword; `path` leads to `instance`.
    """

    keyword: str
    path: tuple[str | int, ...]
    instance: Any
    schema: Mapping[str, Any]

    @property
    def limit(self) -> Any:  # noqa: ANN401 - any JSON value
        """The value of the keyword in the schema."""
        return self.schema[self.keyword]

    @property
    def name(self) -> str:
        """The member or item that the problem is about."""
        return str(self.path[-1]) if self.path else "record"


def explain(problem: Problem) -> Iterator[Finding]:
    """Turn one failed keyword into findings: one for each missing or unknown member."""
    code, say = _KEYWORDS[problem.keyword]
    for path, said, hint in say(problem):
        advice = hint or _description(problem.schema) or message("See docs/spec/attestation.md.")
        asked = expected(problem.keyword, problem.schema)
        near = _near(problem, path)
        yield Finding(code, Severity.ERROR, pointer(path), said, advice, asked, near)


def _near(problem: Problem, path: tuple[str | int, ...]) -> str:
    """Return the right word that a wrong one is most like, or an empty text."""
    found: tuple[str, ...] = ()
    if problem.keyword == "additionalProperties":
        found = nearest(str(path[-1]), problem.schema["properties"], most=1)
    elif problem.keyword == "enum" and isinstance(problem.instance, str):
        found = nearest(problem.instance, map(str, problem.limit), most=1)
    return found[0] if found else ""


def _description(schema: Mapping[str, Any]) -> str:
    """Return what a schema says of itself; the texts of schemas are in the catalogues too."""
    return message(str(schema.get("description", "")))


_Said = Iterator[tuple[tuple[str | int, ...], str, str]]
"""Where, what is wrong, and what to do; an empty hint means the schema's own description."""


def _type(problem: Problem) -> _Said:
    """S001."""
    found = problem.instance
    hint = ""
    types = problem.limit if isinstance(problem.limit, list) else [problem.limit]
    if "string" in types and isinstance(found, int | float) and not isinstance(found, bool):
        hint = message('Write it in quotes: "{found}".', found=found)
    yield (
        problem.path,
        message(
            "Expected {types}, found {found}.",
            types=any_of(_TYPES[each] for each in types),
            found=shown(found),
        ),
        hint,
    )


def _required(problem: Problem) -> _Said:
    """S002."""
    for name in problem.limit:
        if name not in problem.instance:
            about = problem.schema.get("properties", {}).get(name, {})
            hint = _description(about) or _description(problem.schema)
            yield (
                problem.path,
                message("`{name}` is missing.", name=name),
                message("Add `{name}`: {hint}", name=name, hint=hint),
            )


def _additional(problem: Problem) -> _Said:
    """S003."""
    known = problem.schema["properties"]
    for name in problem.instance:
        if name not in known:
            near = nearest(name, known, most=1)
            left = [each for each in known if each not in problem.instance]
            hint = (
                message("Did you mean `{near}`? Else take it out.", near=near[0])
                if near
                else _names(left)
            )
            yield (
                (*problem.path, name),
                message("The member {name} is not known here.", name=shown(name)),
                hint,
            )


def _enum(problem: Problem) -> _Said:
    """S004."""
    options = [str(option) for option in problem.limit]
    found = problem.instance
    near = nearest(found, options, most=1) if isinstance(found, str) else ()
    listed = ", ".join(options)
    hint = (
        message("Did you mean {near}?", near=near[0])
        if near
        else message("Take one of: {listed}.", listed=listed)
    )
    yield (
        problem.path,
        message("Expected one of {listed}; found {found}.", listed=listed, found=shown(found)),
        hint,
    )


def _const(problem: Problem) -> _Said:
    """S005."""
    fixed = problem.limit
    written = join(", ", map(shown, fixed)) if isinstance(fixed, list) else shown(fixed)
    said = message(
        "Expected exactly {written}; found {instance}.",
        written=written,
        instance=shown(problem.instance),
    )
    yield problem.path, said, message("Write {written}.", written=written)


def _pattern(problem: Problem) -> _Said:
    """S006."""
    title = problem.schema.get("title")
    form = (
        message("the form of: {title}", title=message(title))
        if title
        else message("the form that goes with it")
    )
    yield (
        problem.path,
        message("{instance} does not have {form}.", instance=shown(problem.instance), form=form),
        "",
    )


def _format(problem: Problem) -> _Said:
    """S007."""
    what = (
        message("a day of the calendar")
        if problem.limit == "date"
        else message("a time with an offset")
    )
    yield (
        problem.path,
        message("{instance} is not {what}.", instance=shown(problem.instance), what=what),
        _FORMS[problem.limit],
    )


def _length(problem: Problem) -> _Said:
    """S008 and S009."""
    size, limit = len(problem.instance), problem.limit
    bound = _LEAST if problem.keyword == "minLength" else _MOST
    said = message(
        "The text has {size} characters; expected {bound} {limit}.",
        size=size,
        bound=bound,
        limit=limit,
    )
    hint = (
        message("Leave the member out if there is nothing to say.")
        if not size
        else message("Say it shorter.")
    )
    yield problem.path, said, hint


def _items(problem: Problem) -> _Said:
    """S010 and S011."""
    bound = _LEAST if problem.keyword == "minItems" else _MOST
    said = message(
        "The list has {count} items; expected {bound} {limit}.",
        count=len(problem.instance),
        bound=bound,
        limit=problem.limit,
    )
    hint = message("Leave the member out if it is empty and may be left out.")
    yield (
        problem.path,
        said,
        hint if bound is _LEAST else message("Split it over several records."),
    )


def _unique(problem: Problem) -> _Said:
    """S012."""
    yield (
        problem.path,
        message("An item stands twice in the list."),
        message("Take the repetition out."),
    )


def _bound(problem: Problem) -> _Said:
    """S013 and S014."""
    bound = _LEAST if problem.keyword == "minimum" else _MOST
    yield (
        problem.path,
        message(
            "Expected {bound} {limit}, found {instance}.",
            bound=bound,
            limit=problem.limit,
            instance=shown(problem.instance),
        ),
        "",
    )


def _members(problem: Problem) -> _Said:
    """S015 and S016."""
    bound = _LEAST if problem.keyword == "minProperties" else _MOST
    known = problem.schema.get("properties", {})
    left = [name for name in known if name not in problem.instance]
    said = message(
        "The object has {count} members; expected {bound} {limit}.",
        count=len(problem.instance),
        bound=bound,
        limit=problem.limit,
    )
    yield problem.path, said, _names(left) if bound is _LEAST and left else ""


def _not(problem: Problem) -> _Said:
    """S017."""
    yield (
        problem.path,
        message("`{name}` does not go with what stands beside it.", name=problem.name),
        "",
    )


def _dependent(problem: Problem) -> _Said:
    """S018."""
    for name, needed in problem.limit.items():
        for other in needed if name in problem.instance else ():
            if other not in problem.instance:
                said = message("`{name}` stands without `{other}`.", name=name, other=other)
                yield (
                    problem.path,
                    said,
                    message(
                        "State both, or neither: `{name}` and `{other}`.", name=name, other=other
                    ),
                )


def _property_names(problem: Problem) -> _Said:
    """S019."""
    yield (
        (*problem.path, problem.instance),
        message(
            "The name {instance} does not have the form that is asked for.",
            instance=shown(problem.instance),
        ),
        _description(problem.limit),
    )


_KEYWORDS: Final[Mapping[str, tuple[str, Callable[[Problem], _Said]]]] = {
    "type": ("S001", _type),
    "required": ("S002", _required),
    "additionalProperties": ("S003", _additional),
    "enum": ("S004", _enum),
    "const": ("S005", _const),
    "pattern": ("S006", _pattern),
    "format": ("S007", _format),
    "minLength": ("S008", _length),
    "maxLength": ("S009", _length),
    "minItems": ("S010", _items),
    "maxItems": ("S011", _items),
    "uniqueItems": ("S012", _unique),
    "minimum": ("S013", _bound),
    "maximum": ("S014", _bound),
    "minProperties": ("S015", _members),
    "maxProperties": ("S016", _members),
    "not": ("S017", _not),
    "dependentRequired": ("S018", _dependent),
    "propertyNames": ("S019", _property_names),
}


def shown(value: object) -> str:
    """Write a found value for a message: short, and with invisible characters made visible."""
    match value:
        case str():
            cut = value if len(value) <= _SHOWN else f"{value[:_SHOWN]}…"
            return f'"{repr(cut)[1:-1]}"'
        case bool():
            return str(value).lower()
        case dict():
            return message("an object")
        case list():
            return message("a list of {count}", count=len(value))
        case None:
            return "null"
        case _:
            return message("the number {value}", value=value)


def _names(known: list[str]) -> str:
    if not known:
        return message("Take it out.")
    more = ", …" if len(known) > _LISTED else ""
    return message("Known here: {known}{more}.", known=", ".join(known[:_LISTED]), more=more)
