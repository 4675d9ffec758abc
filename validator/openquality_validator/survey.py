"""One look at a whole record that proves most of them plain, and saves slower looks.

The look is a JSON Schema, so the schema engine takes it, many times faster than a walk in Python.
It is made for `jsonschema-rs`; without its wheel every record is looked at slowly. Written in draft
4, where 480.0 is no integer: since draft 6 a schema cannot tell it from 480.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import orjson

from openquality_validator import text
from openquality_validator.documents import Record
from openquality_validator.text import quick

# Letters and signs beyond ASCII that no compatibility form, look-alike or change of case turns into
# a letter of ASCII, of which the words are made that are looked for.
_HARMLESS = (
    "\u00a0-\u00a7\u00a9\u00ab\u00ac\u00ae\u00b0-\u00b3\u00b5-\u00b7\u00bb\u00bf-\u012f\u0131"
    "\u0134-\u013e\u0141-\u0148\u014a-\u017e\u0180-\u01c3\u01cd-\u01f0\u01f4-\u024f"
    "\u2010\u2012-\u2015\u2018-\u2023\u2030-\u2032\u2039-\u203b\u20ac\u2212\u2264\u2265"
    "\u3001\u3002\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3"
)
_NAMED = "characteristic"  # whose `id` is a name on a drawing, and no closed form
_MARKS = r"[<`\]~|]|__|\*\*|# |&[#a-zA-Z0-9]+;"


def is_plain(record: Record) -> bool:
    """Say whether a record surely holds nothing that the rules of texts, or S001 on numbers, find.

    True is a proof: `text.check` yields nothing, and no number is written with a point. False
    proves nothing.
    """
    try:
        written = record.data if record.is_compact else orjson.dumps(record.value)
    except orjson.JSONEncodeError:
        return False
    return text.is_clean(written) and _look()(record.value)


@cache
def _look() -> Callable[[object], bool]:
    try:
        from jsonschema_rs import Draft4Validator, RegexOptions
    except ImportError:
        return lambda _: False
    look: Callable[[object], bool] = Draft4Validator(
        _schema(), pattern_options=RegexOptions(), offline=True
    ).is_valid
    return look


def _schema() -> dict[str, Any]:
    closed, free, named = ({"$ref": f"#/definitions/{n}"} for n in ("closed", "free", "named"))
    members = {**dict.fromkeys(sorted(text.MACHINE), closed), _NAMED: named}
    inside = {
        "type": ["string", "integer", "boolean", "null", "array", "object"],
        "properties": members,
        "additionalProperties": free,
    }
    suspicious = {"type": "string", "pattern": suspicion()}
    worded = {**inside, "maxLength": quick.MAX_CHARACTERS, "not": suspicious}
    return {
        "definitions": {
            "closed": {**inside, "items": closed},
            "free": {**worded, "items": free},
            "named": {**worded, "items": named, "properties": {**members, "id": free}},
        },
        **free,
    }


def suspicion() -> str:
    """Return a pattern that matches each text of which a rule of texts could find something.

    It is made of classes and alternatives alone, which all engines read alike, and which the linear
    one reads fastest.
    """
    words = "|".join(_any_case(word.decode()) for word in sorted(quick.WORDS))
    phrases = "|".join(_any_case(phrase.decode()) for phrase in (*quick.PHRASES, b"script:"))
    speakers = "|".join(map(_any_case, quick.SPEAKERS))
    return (
        f"[^ -~{_HARMLESS}]|{_MARKS}|{phrases}|({speakers})[ \u00a0]*:"
        f"|(^|[^a-zA-Z0-9])({words})([^a-zA-Z0-9]|$)"
    )


def _any_case(words: str) -> str:
    """Write words as a pattern that takes small and capital letters, and any kind of blank."""
    both = {" ": "[ \u00a0]", ".": r"\."}
    return "".join(
        both.get(each, f"[{each}{each.upper()}]" if each.islower() else each) for each in words
    )
