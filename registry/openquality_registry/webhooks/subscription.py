"""A subscription: where events go, which, how far it has come, and how it stands. Pure."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from openquality_registry.events.event import MAX_TYPE, TYPE, full_type, short_type
from openquality_registry.events.ports import Asked
from openquality_registry.problems import Refused
from openquality_validator.message import message

MAX_URL = 2_048
MAX_KEY = 2_048
MAX_TYPES = 20
MAX_SEQUENCE = 10**15 - 1
MEMBERS = frozenset({"url", "types", "subject", "issuer", "after"})
EXAMPLE = {
    "url": "https://buyer.example/openquality",
    "types": ["certificate.suspended", "certificate.revoked"],
    "subject": "gtin:09506000134352",
}
_SEQUENCE = {"type": "integer", "minimum": 0, "maximum": MAX_SEQUENCE}
_KEY = {"type": "string", "minLength": 1, "maxLength": MAX_KEY}
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["url"],
    "properties": {
        "url": {"type": "string", "minLength": 1, "maxLength": MAX_URL},
        "types": {
            "type": "array",
            "maxItems": MAX_TYPES,
            "items": {"type": "string", "pattern": f"^{TYPE}$", "maxLength": MAX_TYPE},
        },
        "subject": _KEY,
        "issuer": _KEY,
        "after": _SEQUENCE,
    },
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Hold what somebody asks for; `after` is the sequence to begin behind, None for the newest."""

    url: str
    asked: Asked
    after: int | None = None


@dataclass(frozen=True, slots=True)
class Subscription:
    """Hold a subscription.

    `token` is the id of the token that made it, `after` the sequence of the last event that has
    arrived or was none of its. `failures` counts attempts since the last one that succeeded,
    `failing_since` says since when, `next_at` when the next attempt is due, and `problem` what went
    wrong last. It is brought nothing while it is not `active`. Times are RFC 3339 in UTC.
    """

    id: str
    token: str
    url: str
    asked: Asked
    created_at: str
    after: int
    active: bool = True
    failures: int = 0
    failing_since: str | None = None
    next_at: str | None = None
    problem: str = ""

    def to_json(self) -> dict[str, Any]:
        """Show the subscription to its owner."""
        return {
            "id": self.id,
            "url": self.url,
            "types": [full_type(each) for each in self.asked.types],
            "subject": self.asked.subject,
            "issuer": self.asked.issuer,
            "createdAt": self.created_at,
            "after": self.after,
            "state": "active" if self.active else "disabled",
            "failures": self.failures,
            "failingSince": self.failing_since,
            "nextAttempt": self.next_at,
            "problem": self.problem or None,
        }


def new_id() -> str:
    """Make the name of a subscription."""
    return secrets.token_hex(8)


def read(value: Mapping[str, Any], *, spell: Callable[[str], str]) -> Wanted:
    """Read what somebody asks for, or raise Refused (invalid-parameter).

    `spell` gives the key that a subject's name stands for.
    """
    for unknown in sorted(value.keys() - MEMBERS):
        raise wrong(message("There is no member {unknown!r}.", unknown=unknown[:60]))
    url: object = value.get("url")
    if not isinstance(url, str) or not 1 <= len(url) <= MAX_URL:
        raise wrong(
            message("{name} is not a text of 1 to {most} characters.", name="url", most=MAX_URL)
        )
    subject = _text(value, "subject")
    return Wanted(
        url,
        Asked(_types(value), None if subject is None else spell(subject), _text(value, "issuer")),
        read_after(value),
    )


def read_after(value: Mapping[str, Any]) -> int | None:
    """Read the sequence to begin behind, if there is one, or raise Refused."""
    after: object = value.get("after")
    if after is not None and (type(after) is not int or not 0 <= after <= MAX_SEQUENCE):
        raise wrong(message("after is not a sequence of the feed."))
    return after


def read_again(value: Mapping[str, Any]) -> int | None:
    """Read where a subscription shall go on, or raise Refused."""
    for unknown in sorted(value.keys() - {"after"}):
        raise wrong(message("There is no member {unknown!r}.", unknown=unknown[:60]))
    return read_after(value)


def wrong(what: str) -> Refused:
    """Make the refusal of a body that does not say what it should."""
    return Refused(
        "invalid-parameter", message("{what} docs/spec/events.md says what to send.", what=what)
    )


def _types(value: Mapping[str, Any]) -> tuple[str, ...]:
    listed: object = value.get("types", [])
    if not isinstance(listed, list) or len(listed) > MAX_TYPES:
        raise wrong(message("types is not a list of up to {most} types.", most=MAX_TYPES))
    found = [short_type(each) if isinstance(each, str) else None for each in listed]
    if None in found:
        raise wrong(message("types holds something that is no type of events."))
    return tuple(dict.fromkeys(each for each in found if each is not None))


def _text(value: Mapping[str, Any], name: str) -> str | None:
    text: object = value.get(name)
    if text is not None and not (isinstance(text, str) and 1 <= len(text) <= MAX_KEY):
        raise _no_text(name, MAX_KEY)
    return text


def _no_text(name: str, most: int) -> Refused:
    return wrong(message("{name} is not a text of 1 to {most} characters.", name=name, most=most))
