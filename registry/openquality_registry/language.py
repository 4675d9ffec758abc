"""The language of whom a registry answers: `?lang=`, else the choice kept, else the browser's.

A choice made by `?lang=` is kept in a cookie that holds the language and nothing else, so that the
next page follows it. `Accept-Language` is read as in RFC 9110, section 12.5.4.
"""

from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from functools import lru_cache
from http.cookies import CookieError, SimpleCookie
from types import MappingProxyType
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode

from starlette.types import Scope

from openquality import language
from openquality_validator.message import SOURCE, languages, nearest

PARAMETER: Final = "lang"
KEPT_FOR: Final = 31_536_000  # seconds: a year
_LONGEST: Final = 500  # characters of a header that are read; browsers send some fifty
_NOBODY: Final[Mapping[str, object]] = MappingProxyType({})
_asking: ContextVar[Mapping[str, object]] = ContextVar("openquality_asking", default=_NOBODY)


def answer(scope: Scope) -> None:
    """Speak the language of whoever sent this request, until the next one in this task."""
    headers: dict[bytes, bytes] = dict(scope["headers"])
    _asking.set(scope)
    language.speak(
        _named(scope)
        or _kept(headers.get(b"cookie", b""))
        or accepted(headers.get(b"accept-language", b"").decode("latin-1"))
    )


def headers(*, keep: bool = False) -> dict[str, str]:
    """Return the fields of an answer in the reader's language; `keep` keeps a choice just made."""
    fields = {"content-language": language.chosen(), "vary": "accept-language, cookie"}
    named = _named(_asking.get()) if keep else None
    if named is not None:
        fields["set-cookie"] = f"{PARAMETER}={named}; Path=/; Max-Age={KEPT_FOR}; SameSite=Lax"
    return fields


def switches() -> tuple[tuple[str, str, str, bool], ...]:
    """Return code, own name and address of this page in every language, and whether it is shown."""
    from babel import Locale

    scope = _asking.get()
    rest = [(name, value) for name, value in _query(scope) if name != PARAMETER]
    path = quote(str(scope.get("path", "/")))
    chosen = language.chosen()
    return tuple(
        (
            each,
            str(Locale.parse(each, sep="-" if "-" in each else "_").display_name).capitalize(),
            f"{path}?{urlencode([*rest, (PARAMETER, each)])}",
            each == chosen,
        )
        for each in languages()
    )


@lru_cache(maxsize=256)
def accepted(header: str) -> str:
    """Return the language that an `Accept-Language` prefers among those there are; else English."""
    ranked = sorted(_ranges(header[:_LONGEST]), key=lambda each: -each[0])
    return next((found for _, tag in ranked if (found := nearest(tag)) is not None), SOURCE)


def _ranges(header: str) -> Iterator[tuple[float, str]]:
    for part in header.split(","):
        tag, _, rest = part.strip().partition(";")
        try:
            weight = float(rest.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        if tag and weight > 0:
            yield weight, tag.strip()


def _named(scope: Mapping[str, object]) -> str | None:
    if f"{PARAMETER}=".encode() not in _text(scope):
        return None
    found = dict(_query(scope)).get(PARAMETER)
    return None if found is None else nearest(found[:_LONGEST])


def _query(scope: Mapping[str, object]) -> list[tuple[str, str]]:
    return parse_qsl(_text(scope).decode("latin-1"), keep_blank_values=True)


def _text(scope: Mapping[str, object]) -> bytes:
    text = scope.get("query_string", b"")
    assert isinstance(text, bytes)
    return text


def _kept(header: bytes) -> str | None:
    if PARAMETER.encode() not in header:
        return None
    try:
        morsel = SimpleCookie(header.decode("latin-1")).get(PARAMETER)
    except CookieError:
        return None
    return None if morsel is None else nearest(morsel.value)
