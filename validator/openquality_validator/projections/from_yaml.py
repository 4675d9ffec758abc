"""YAML files of others to values: the part that JSON can say, and nothing that costs or runs.

YAML 1.1 as PyYAML's safe loader reads it, without aliases (a few lines of them unfold to
gigabytes), tags, dates (they stay texts) and repeated keys; numbers stay exact.
"""

import re
from decimal import Decimal
from typing import Any

from openquality_validator.documents import MAX_DEPTH
from openquality_validator.errors import ConversionError
from openquality_validator.message import message

MAX_BYTES = 262_144  # the parser reads some 100 kilobytes a second
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")
_INTEGER = re.compile(r"0|[1-9][0-9]{0,17}")
_CONSTANTS = {"": None, "~": None, "null": None, "true": True, "false": False}
_LONG = 64  # characters of a number; no decimal that a record holds is longer


def from_yaml(data: bytes) -> list[Any]:
    """Read the documents of a YAML file.

    Raises ConversionError: F006 where it does not read within these limits, F007 where the library
    that reads YAML is not installed.
    """
    try:
        import yaml  # type: ignore[import-untyped]  # it has no types; an extra, not always there
    except ImportError:
        raise ConversionError(
            "F007",
            message("Reading YAML needs a library that is not installed."),
            message(
                "Install it with pip install 'openquality[yaml]', or convert the file to JSON."
            ),
        ) from None
    if len(data) > MAX_BYTES:
        raise _unreadable(f"it has {len(data)} bytes, more than {MAX_BYTES}")
    try:
        return _documents(yaml, yaml.parse(data, Loader=yaml.SafeLoader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise _unreadable(f"{where}{getattr(error, 'problem', None) or error}") from None
    except UnicodeDecodeError:
        raise _unreadable("it is not UTF-8") from None


def _documents(yaml: Any, events: Any) -> list[Any]:  # noqa: ANN401 - the library has no types
    """Build the values from the events, so that depth and aliases are seen before they cost."""
    found: list[Any] = []
    open_: list[Any] = [found]  # the containers around the next value
    keys: list[Any] = [None]  # of each, the key that waits for its value; _NO_KEY for none
    for event in events:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _unreadable(f"line {event.start_mark.line + 1} has an anchor or alias")
        if getattr(event, "tag", None):
            raise _unreadable(f"line {event.start_mark.line + 1} has a tag")
        if isinstance(event, yaml.ScalarEvent):
            _add(open_, keys, _scalar(event), event)
        elif isinstance(event, yaml.CollectionStartEvent):
            container: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
            _add(open_, keys, container, event)
            open_.append(container)
            keys.append(_NO_KEY)
            if len(open_) > MAX_DEPTH:
                raise _unreadable(f"it is nested deeper than {MAX_DEPTH} levels")
        elif isinstance(event, yaml.CollectionEndEvent):
            open_.pop()
            keys.pop()
    return found


_NO_KEY = object()


def _add(open_: list[Any], keys: list[Any], value: Any, event: Any) -> None:  # noqa: ANN401 - any
    container = open_[-1]
    if isinstance(container, list):
        container.append(value)
    elif keys[-1] is _NO_KEY:
        if not isinstance(value, str | int | bool | Decimal) or str(value) in container:
            raise _unreadable(f"line {event.start_mark.line + 1} has a key twice, or no plain key")
        keys[-1] = str(event.value)
    else:
        container[keys[-1]] = value
        keys[-1] = _NO_KEY


def _scalar(event: Any) -> Any:  # noqa: ANN401 - a text, number, true, false or null
    text: str = event.value
    if not event.implicit[0]:
        return text  # quoted
    if text.lower() in _CONSTANTS:
        return _CONSTANTS[text.lower()]
    if len(text) <= _LONG and _NUMBER.fullmatch(text):
        return int(text) if _INTEGER.fullmatch(text) else Decimal(text)
    return text


def _unreadable(why: str) -> ConversionError:
    return ConversionError(
        "F006",
        message("The YAML file does not read: {why}.", why=why),
        message("Write it without anchors, aliases and tags, or convert it to JSON."),
    )
