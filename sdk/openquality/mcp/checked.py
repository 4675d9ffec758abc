"""Values of an answer, taken only in the form that they must have.

An answer may come from a registry that nobody vouches for, and it repeats identifiers that
suppliers chose. Each function here returns the value if it has its form, and None or a label for
everything else: so nothing that could be a sentence passes, whoever wrote it.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Literal

import orjson

from openquality_validator import catalogue as catalogues
from openquality_validator import subjects
from openquality_validator.catalogue import Catalogue
from openquality_validator.metric_sets import is_qualified
from openquality_validator.text import labels
from openquality_validator.vocabulary import free, words

Kind = Literal["number", "date", "digest", "code", "identifier", "withheld"]

MAX_INTEGER = 2**53 - 1
_NUMBER = re.compile(r"-?[0-9]{1,40}(?:\.[0-9]{1,40})?", re.ASCII)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)
_INTEGRITY = re.compile(r"sha256-[A-Za-z0-9+/]{43}=", re.ASCII)
_UUID = r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_ID = re.compile(f"({_UUID})(?:#(.+))?", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(?:\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:[0-9]{2})", re.ASCII
)
_COUNTRY = re.compile(r"[A-Z]{2}(?:-[A-Z0-9]{1,3})?", re.ASCII)
_POINTS = re.compile(r"[0-9]{1,18}\.[0-9]{2}", re.ASCII)
_CODE = re.compile(r"[A-Z][0-9]{3}", re.ASCII)
_CURSOR = re.compile(r"[A-Za-z0-9_-]{1,1024}", re.ASCII)
_KEY = re.compile(r"(?:gtin|gln|duns):[0-9]{8,14}", re.ASCII)


def _matching(pattern: re.Pattern[str]) -> Callable[[object], str | None]:
    def take(value: object) -> str | None:
        return value if isinstance(value, str) and pattern.fullmatch(value) else None

    return take


number = _matching(_NUMBER)
digest = _matching(_DIGEST)
points = _matching(_POINTS)
day = _matching(_DAY)
moment = _matching(_MOMENT)
country = _matching(_COUNTRY)
finding_code = _matching(_CODE)
cursor = _matching(_CURSOR)


def whole(value: object) -> int | None:
    """Return a whole number that every program can hold, else None."""
    return value if type(value) is int and abs(value) <= MAX_INTEGER else None


def truth(value: object) -> bool | None:
    """Return true or false, else None."""
    return value if isinstance(value, bool) else None


def items(value: object, most: int | None = None) -> Sequence[Any]:
    """Return the items of a list, at most so many, else none."""
    return value[:most] if isinstance(value, list) else ()


def members(value: object) -> Mapping[str, Any]:
    """Return an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def one_of(value: object, allowed: Iterable[str]) -> str | None:
    """Return a code if it is one of a closed list, else None."""
    return value if isinstance(value, str) and value in allowed else None


def metric(value: object, asked: Collection[str] = ()) -> str | None:
    """Return the id of a metric of the shipped catalogue, or one that was asked for, else None.

    The name of another metric of a metric set is an identifier that its owner chose: its label.
    """
    if isinstance(value, str) and is_qualified(value):
        return value if value in asked else labels.label(value)
    return one_of(value, catalogue().metrics)


def unit(value: object) -> str | None:
    """Return a unit of the catalogue, or a currency code, else None."""
    return one_of(value, catalogue().units) or one_of(value, catalogue().currencies)


def label(value: object) -> str | None:
    """Return the label of an identifier that a supplier chose, None if there is none."""
    if not isinstance(value, str):
        return None
    return value if value in words() else labels.label(value)


def issuer(value: object) -> str | None:
    """Return an issuer's DID as far as it may be shown."""
    return labels.issuer(value) if isinstance(value, str) else None


def claim(value: object) -> str | None:
    """Return the id of a part of a record, its own name as a label."""
    found = _ID.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return label(value)
    return found[1] if found[2] is None else f"{found[1]}#{labels.label(found[2])}"


def reason(value: object) -> str | None:
    """Return a reason code such as `differs:anchor`; what follows the colon is a label."""
    if not isinstance(value, str):
        return None
    code, colon, rest = value.partition(":")
    shown = code if code in _reasons() else labels.label(code)
    return f"{shown}:{label(rest)}" if colon else shown


def subject_keys(value: object) -> list[str]:
    """Return the numbers with a fixed form that a subject's id or key holds, such as its GTIN."""
    if not isinstance(value, str):
        return []
    keys = subjects.id_keys(value) if "://" in value else (value,)
    return [key for key in keys if _KEY.fullmatch(key)]


def fact(value: object, member: str) -> tuple[Kind, str]:
    """Return the kind of a record's value, and what may be shown of it.

    `withheld` is every text that has none of the fixed forms, and every text of a member for free
    text that is no number, date or code; its label is shown.
    """
    if value is None or isinstance(value, bool):
        return "code", orjson.dumps(value).decode()
    text = str(value)
    if text in words() or country(text) or text in catalogue().currencies:
        return "code", text
    for kind, takes in _FORMS:
        shown = takes(text)
        if shown is not None and not (kind == "identifier" and member in free()):
            return kind, shown
    return "withheld", labels.digest(text)


def _identifier(text: str) -> str | None:
    return claim(text) if _ID.fullmatch(text) or labels.is_plain(text) else None


_FORMS: tuple[tuple[Kind, Callable[[object], str | None]], ...] = (
    ("number", number),
    ("date", day),
    ("date", moment),
    ("digest", digest),
    ("digest", _matching(_INTEGRITY)),
    ("identifier", lambda value: _identifier(str(value))),
)


@cache
def catalogue() -> Catalogue:
    """Return the shipped catalogue."""
    return catalogues.load()


@cache
def _reasons() -> frozenset[str]:
    from openquality_validator.compare.answer import NEEDED

    graded = ("differs", "unknown", "unitConverted", "metricDiffers", "metricVersionDiffers")
    barred = ("subjectTypeDiffers", "granularityDiffers", "categoryDiffers")
    return frozenset((*NEEDED, *graded, *barred))
