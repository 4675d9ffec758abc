"""Two engines for JSON Schema 2020-12 that find the same: one fast, one everywhere.

`jsonschema-rs` where its wheel is there, else `jsonschema`. Where they would differ, they are given
the same function: dates and times, the end of a pattern, equal items of a list.
"""

import json
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from functools import cache, cached_property, lru_cache, partial
from typing import Any, Final, Protocol

import orjson

from openquality_validator.keywords import Problem
from openquality_validator.message import message

# RFC 3339 without its leap second, which neither Python nor XML Schema can hold.
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATE_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?"
    r"(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)
# The library's own formats are lax: they take year 0, leap seconds, and `.016-02-28`. Beside such a
# pattern they take exactly what is taken here, and many times faster than through a call to Python.
_DAY = "([1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])-[0-9]{2}-[0-9]{2}"
_NARROWED = {
    "date": f"^{_DAY}$",
    "date-time": rf"^{_DAY}T[0-9]{{2}}:[0-9]{{2}}:[0-5][0-9](\.[0-9]{{1,6}})?"
    "(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$",
}


class Engine(Protocol):
    """Check values against one compiled schema."""

    def is_valid(self, value: object) -> bool:
        """Tell whether the value fits, as fast as possible."""
        ...

    def problems(self, value: object) -> Iterator[Problem]:
        """Yield every failed keyword; the order is the engine's own."""
        ...


@cache
def compiled(schema: bytes) -> Engine:
    """Compile a schema, once for its bytes, with the fastest engine there is."""
    try:
        return RustEngine(schema)
    except ImportError:
        return PythonEngine(schema)


@lru_cache(maxsize=64)
def published(schema: bytes) -> Engine:
    """Compile a schema that somebody published; the last ones asked for are kept.

    Raises ValueError for one that the engine cannot use.
    """
    try:
        return RustEngine(schema)
    except ImportError:
        return PythonEngine(schema)


def is_date(text: object) -> bool:
    """Tell whether a text is a calendar date in the one form YYYY-MM-DD; non-texts pass."""
    return not isinstance(text, str) or _parses(_DATE, date.fromisoformat, text)


def is_date_time(text: object) -> bool:
    """Tell whether a text is an RFC 3339 time with seconds and an offset; non-texts pass."""
    return not isinstance(text, str) or _parses(_DATE_TIME, datetime.fromisoformat, text)


def _parses(form: re.Pattern[str], read: Callable[[str], object], text: str) -> bool:
    if form.fullmatch(text) is None:
        return False
    try:
        read(text)
    except ValueError:
        return False
    return True


_FORMATS: Final = {"date": is_date, "date-time": is_date_time}


class RustEngine:
    """Check with `jsonschema-rs`; raises ImportError where its wheel is absent."""

    def __init__(self, schema: bytes) -> None:
        from jsonschema_rs import Draft202012Validator, RegexOptions

        self._schema = schema
        self._root = orjson.loads(schema)
        # The linear-time engine: no pattern of ours needs look-around or back-references.
        self._compile = partial(
            Draft202012Validator,
            validate_formats=True,
            pattern_options=RegexOptions(),
            offline=True,
        )
        self.is_valid: Callable[[object], bool] = self._compile(_narrowed(self._root)).is_valid

    @cached_property
    def _explaining(self) -> Any:  # noqa: ANN401 - the library's class has no name without it
        """Compile the schema as it is, so that each problem names a keyword that stands in it."""
        return self._compile(self._root, formats=_FORMATS)

    def problems(self, value: object) -> Iterator[Problem]:
        """Yield every failed keyword."""
        if _has_empty_name(value):
            # The library drops an empty member name from the paths it reports.
            yield from _python_engine(self._schema).problems(value)
            return
        for error in self._explaining.iter_errors(value):
            *above, keyword = error.schema_path
            instance = error.instance
            if above and above[-1] == "propertyNames":
                keyword, instance = "propertyNames", error.kind.as_dict()["error"].instance
            schema = self._root
            for part in above:
                schema = schema[part]
            if keyword == "propertyNames":
                schema = {keyword: schema}
            yield Problem(str(keyword), tuple(error.instance_path), instance, schema)


def _narrowed(schema: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Copy a schema, and put beside each date and time what narrows the library's to ours."""
    if isinstance(schema, list):
        return [_narrowed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    copied = {
        name: each if name in {"const", "enum"} else _narrowed(each)
        for name, each in schema.items()
    }
    form = schema.get("format")
    if isinstance(form, str) and form in _NARROWED:
        copied["allOf"] = [*copied.get("allOf", ()), {"pattern": _NARROWED[form]}]
    return copied


class PythonEngine:
    """Check with `jsonschema`, made to read patterns and lists as the other engine does."""

    def __init__(self, schema: bytes) -> None:
        from jsonschema import (  # type: ignore[import-untyped]
            Draft202012Validator,
            FormatChecker,
            validators,
        )

        checker = FormatChecker(formats=())
        for name, holds in _FORMATS.items():
            checker.checks(name)(holds)
        adapted = validators.extend(
            Draft202012Validator, {"pattern": _pattern, "uniqueItems": _unique}
        )
        self._validator = adapted(orjson.loads(schema), format_checker=checker)

    def is_valid(self, value: object) -> bool:
        """Tell whether the value fits."""
        return bool(self._validator.is_valid(value))

    def problems(self, value: object) -> Iterator[Problem]:
        """Yield every failed keyword."""
        for error in self._validator.iter_errors(value):
            keyword, schema = str(error.validator), error.schema
            if "propertyNames" in list(error.schema_path)[-2:]:
                keyword, schema = "propertyNames", {"propertyNames": schema}
            yield Problem(keyword, tuple(error.absolute_path), error.instance, schema)


def _has_empty_name(value: object) -> bool:
    queue = [value]
    for item in queue:  # the list grows while it is read
        if isinstance(item, dict):
            if "" in item:
                return True
            queue.extend(item.values())
        elif isinstance(item, list):
            queue.extend(item)
    return False


@cache
def _python_engine(schema: bytes) -> PythonEngine:
    return PythonEngine(schema)


def _pattern(_: object, pattern: str, instance: object, __: object) -> Iterator[Exception]:
    # Python's $ also matches before a final line break; ECMA 262's, which JSON Schema means, not.
    from jsonschema import ValidationError

    if isinstance(instance, str) and _translated(pattern).search(instance) is None:
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


@cache
def _translated(pattern: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\$$", r"\\Z", pattern))


def _unique(_: object, unique: object, instance: object, __: object) -> Iterator[Exception]:
    # The library compares each item with each other: an hour for a list of a hundred thousand.
    from jsonschema import ValidationError

    if unique is True and isinstance(instance, list):
        written = {json.dumps(item, sort_keys=True) for item in instance}
        if len(written) < len(instance):
            yield ValidationError(message("An item stands twice."))
