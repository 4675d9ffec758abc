"""Templates to responses: strict variables, everything escaped, headers that allow little."""

import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import Response

from openquality.language import chosen, local
from openquality_registry import language
from openquality_registry.pages import words
from openquality_validator.message import Message, catalogue
from openquality_validator.projections import exact

# No script or style inside a page, nothing from elsewhere, in no frame (W3C CSP 3).
POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final[Mapping[str, str]] = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
ASK_AGAIN: Final = "no-cache"
FOREVER: Final = "public, max-age=31536000, immutable"
_STATIC = files("openquality_registry.pages") / "static"
_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
# A data block ends at the first `</script`, and no escape of HTML is undone inside it.
_IN_SCRIPT = {
    ord("<"): "\\u003c",
    ord(">"): "\\u003e",
    ord("&"): "\\u0026",
    0x2028: "\\u2028",
    0x2029: "\\u2029",
}


def page(name: str, model: Mapping[str, Any], *, status: int = 200) -> Response:
    """Render a template with a view model; a variable that is not there is an error."""
    body = environment().get_template(name).render(model)
    return Response(
        body,
        status_code=status,
        media_type="text/html; charset=utf-8",
        headers={**HEADERS, "cache-control": ASK_AGAIN, **language.headers(keep=True)},
    )


def static(name: str) -> Response | None:
    """Answer with a file of ours, or None; its address holds its digest, so it never changes."""
    found = _static().get(name)
    if found is None:
        return None
    kind = _TYPES[name.rpartition(".")[2]]
    headers = {"cache-control": FOREVER, "x-content-type-options": "nosniff"}
    return Response(found[0], media_type=f"{kind}; charset=utf-8", headers=headers)


def address(name: str) -> str:
    """Return the address of a file of ours."""
    return f"/static/{name}?v={_static()[name][1]}"


def data_block(value: object) -> Markup:
    """Write JSON for a `<script type="application/ld+json">`: no text in it can end the block."""
    written = exact.to_bytes(value).decode()
    return Markup(written.translate(_IN_SCRIPT))  # noqa: S704 - no text ends the block now


@cache
def environment() -> Environment:
    """Return the one environment of all templates."""
    found = Environment(
        loader=PackageLoader("openquality_registry.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
        finalize=_say,
    )
    found.install_gettext_callables(_gettext, _ngettext, newstyle=False)  # type: ignore[attr-defined]  # of the extension
    found.policies["ext.i18n.trimmed"] = True
    found.filters["join"] = _join
    found.filters.update(words.FILTERS)
    found.globals["static"] = address
    found.globals["language"] = chosen
    found.globals["switches"] = language.switches
    found.globals["alone"] = False  # a page of a server that has no other says so
    return found


def _say(value: object) -> object:
    return local(value) if isinstance(value, Message) else value


def _gettext(text: str) -> str:
    return catalogue(chosen()).gettext(text)


def _ngettext(one: str, more: str, count: int) -> str:
    return catalogue(chosen()).ngettext(one, more, count)


def _join(parts: Iterable[object], separator: str) -> str:
    """Join parts, each of which is said in the reader's language."""
    return separator.join(str(_say(each)) for each in parts)


@cache
def _static() -> Mapping[str, tuple[bytes, str]]:
    held = {item.name: item.read_bytes() for item in _STATIC.iterdir() if item.is_file()}
    return {name: (data, hashlib.sha256(data).hexdigest()[:12]) for name, data in held.items()}
