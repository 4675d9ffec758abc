"""Listings: suppliers without signed data, entered by the operator or an association.

A listing is nobody's signed word: it is in no log, proves nothing and never enters a comparison.
It lets people find whom to ask, and it is marked as what it is wherever it shows.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from openquality_registry.answering import names
from openquality_registry.problems import Refused
from openquality_validator import text
from openquality_validator.findings import Finding, Severity, escape
from openquality_validator.message import message

MAX_NAME = 200
MAX_SUMMARY = 1_000
MAX_IDENTIFIERS = 10
MEMBERS: Mapping[str, int] = {
    "name": MAX_NAME,
    "summary": MAX_SUMMARY,
    "country": 2,
    "contact": MAX_NAME,
    "source": MAX_NAME,
}
REQUIRED = ("name", "source")
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": list(REQUIRED),
    "properties": {
        **{
            member: {"type": "string", "minLength": 1, "maxLength": longest}
            for member, longest in MEMBERS.items()
        },
        "country": {"type": "string", "pattern": "^[A-Z]{2}$"},
        "identifiers": {
            "type": "array",
            "maxItems": MAX_IDENTIFIERS,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["scheme", "value"],
                "properties": {
                    "scheme": {"type": "string", "pattern": "^[a-z][a-z0-9]{1,15}$"},
                    "value": {"type": "string", "minLength": 1, "maxLength": MAX_NAME},
                },
            },
        },
    },
}


@dataclass(frozen=True, slots=True)
class Listing:
    """Hold a listing; `source` says where it is from, `entered_by` is the token's name."""

    id: str
    name: str
    source: str
    entered_by: str
    entered_at: str
    summary: str | None = None
    country: str | None = None
    contact: str | None = None
    identifiers: tuple[tuple[str, str], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Write the listing as the operator's routes do."""
        return {
            "id": self.id,
            "signed": False,
            "enteredBy": self.entered_by,
            "enteredAt": self.entered_at,
            **self.content(),
        }

    def content(self) -> dict[str, Any]:
        """Return what was entered, without what the registry added."""
        stated = {
            "name": self.name,
            "source": self.source,
            "summary": self.summary,
            "country": self.country,
            "contact": self.contact,
        }
        identifiers = [{"scheme": scheme, "value": value} for scheme, value in self.identifiers]
        found = {name: value for name, value in stated.items() if value is not None}
        return found | ({"identifiers": identifiers} if identifiers else {})

    def tokens(self) -> tuple[str, ...]:
        """Return the sorted words by which it is found."""
        texts = (self.name, *(value for _, value in self.identifiers))
        return tuple(sorted({token for each in texts for token in names.tokens(each)}))


class Listings(Protocol):
    """Keep listings, durably. Every method may be called from any thread."""

    def add(self, listing: Listing) -> None:
        """Keep a new listing."""
        ...

    def remove(self, identifier: str) -> Listing | None:
        """Remove a listing for good; return it, or None if there is none of this id."""
        ...

    def find(self, tokens: tuple[str, ...], *, limit: int) -> tuple[Listing, ...]:
        """Return listings that have all these beginnings of words, the newest first."""
        ...


def read(value: Mapping[str, Any], *, entered_by: str, entered_at: str) -> Listing:
    """Make a listing of what an operator sent, or raise Refused with every finding."""
    findings = [*_shape(value), *text.check(value)]
    wrong = tuple(each for each in findings if each.severity is Severity.ERROR)
    if wrong:
        raise Refused("invalid-listing", message("The listing was not entered."), tuple(findings))
    return from_content(value, secrets.token_hex(8), entered_by, entered_at)


def from_content(value: Mapping[str, Any], name: str, by: str, at: str) -> Listing:
    """Put a kept listing together again."""
    return Listing(
        id=name,
        name=value["name"],
        source=value["source"],
        entered_by=by,
        entered_at=at,
        summary=value.get("summary"),
        country=value.get("country"),
        contact=value.get("contact"),
        identifiers=tuple((each["scheme"], each["value"]) for each in value.get("identifiers", ())),
    )


def to_bytes(listing: Listing) -> bytes:
    """Write what was entered, as it is kept."""
    return orjson.dumps(listing.content())


def _shape(value: Mapping[str, Any]) -> list[Finding]:
    unknown = sorted(value.keys() - MEMBERS.keys() - {"identifiers"})
    found = [
        _wrong(f"/{escape(name)}", message("There is no such member."), message("Leave it out."))
        for name in unknown
    ]
    for name, longest in MEMBERS.items():
        if name in value or name in REQUIRED:
            content = value.get(name)
            if not isinstance(content, str) or not 1 <= len(content) <= longest:
                hint = message("Write 1 to {longest} characters.", longest=longest)
                found.append(_wrong(f"/{name}", message("This is not such a text."), hint))
    country = value.get("country")
    if isinstance(country, str) and not (
        len(country) == 2 and country.isascii() and country.isupper()  # noqa: PLR2004 - ISO 3166-1
    ):
        found.append(
            _wrong(
                "/country",
                message("This is no country code."),
                message("Write it as DE (ISO 3166-1)."),
            )
        )
    found.extend(_identifiers(value.get("identifiers", [])))
    return found


def _identifiers(value: object) -> list[Finding]:
    if not isinstance(value, list) or len(value) > MAX_IDENTIFIERS:
        return [
            _wrong(
                "/identifiers",
                message("This is no such list."),
                message("Name at most {max_identifiers}.", max_identifiers=MAX_IDENTIFIERS),
            )
        ]
    found = []
    for place, each in enumerate(value):
        right = (
            isinstance(each, Mapping)
            and each.keys() == {"scheme", "value"}
            and all(isinstance(text, str) and 1 <= len(text) <= MAX_NAME for text in each.values())
            and each["scheme"].isascii()
            and each["scheme"].isalnum()
        )
        if not right:
            hint = message('Write {"scheme": "lei", "value": "…"}.')
            found.append(_wrong(f"/identifiers/{place}", message("This is no identifier."), hint))
    return found


def _wrong(pointer: str, message: str, hint: str) -> Finding:
    return Finding("Q011", Severity.ERROR, pointer, message, hint)
