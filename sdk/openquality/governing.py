"""Publish schemas, metric sets and profiles, and deprecate one's own."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import openquality_schemas
from openquality import credentials, wire
from openquality.published import NotProved
from openquality.refused import RefusedInput
from openquality_validator import documents, envelope, validate
from openquality_validator.compatibility import Mode
from openquality_validator.compatibility.reading import parsed
from openquality_validator.findings import Report
from openquality_validator.governance import (
    Publication,
    SchemaKind,
    deprecation,
    namespace,
    publication,
    succession,
)
from openquality_validator.message import message

if TYPE_CHECKING:
    from openquality.client import Client
    from openquality.signing import SigningKey

MISSING: Final = 404
_PAGE: Final = 200  # versions in one answer, the most that a registry gives
_NEXT: Final = re.compile(r"[?&]cursor=(?P<cursor>[A-Za-z0-9_-]+)[^>]*>; *rel=\"?next")


@dataclass(eq=False)
class Unsaid(RefusedInput):
    """Something about a document has to be said, for it does not say it itself."""

    path: Path
    what: str
    option: str

    def __str__(self) -> str:
        return message(
            "{path} does not say {what}. Say it with {option}.",
            path=self.path,
            what=self.what,
            option=self.option,
        )


@dataclass(eq=False)
class NotText(RefusedInput):
    """A document cannot be published as it is, since it is no UTF-8 text."""

    path: Path

    def __str__(self) -> str:
        return message(
            "{path} is not UTF-8, so its bytes cannot stand in a publication. Write it in UTF-8.",
            path=self.path,
        )


@dataclass(eq=False)
class SignedOtherwise(RefusedInput):
    """What was signed before says something else than what is to be published now."""

    kept: Path
    member: str

    def __str__(self) -> str:
        return message(
            "{kept} was signed before and says something else ({member}). If it was published, "
            "give the change a new version; if it never was, delete {kept} and sign again.",
            kept=self.kept,
            member=self.member,
        )


@dataclass(frozen=True, slots=True)
class Wish:
    """Hold what somebody says about a document that is to be published; the rest it says itself."""

    kind: SchemaKind | None = None
    name: str | None = None
    version: str | None = None
    uri: str | None = None
    title: str | None = None
    description: str | None = None
    sectors: tuple[str, ...] = ()
    mode: Mode | None = None


def subject(path: Path, wish: Wish, *, owner: str) -> dict[str, Any]:
    """Make what a publication of a file says, without its ancestor.

    A profile and a metric set hold their kind, version and title; a JSON Schema its `$id`, title
    and description. Raises Unsaid, NotText, MalformedDocument or OSError.
    """
    data = path.read_bytes()
    try:
        content = data.decode()
    except UnicodeDecodeError:
        raise NotText(path) from None
    value = parsed(data)
    said: Mapping[str, Any] = value if isinstance(value, dict) else {}
    kind = wish.kind or _kind(said)
    name = wish.name or _name(kind, said, path)
    found = {
        "id": wish.uri or _uri(kind, said, name=name, owner=owner),
        "kind": kind.value,
        "name": name,
        "version": wish.version or said.get("version"),
        "title": wish.title or said.get("title"),
        "description": wish.description or said.get("description") or said.get("basis"),
    }
    for member, value in found.items():
        if not isinstance(value, str):
            raise Unsaid(path, *_OPTIONS[member])
    if wish.mode is not None:
        found["compatibility"] = wish.mode.value
    return {
        **found,
        **({"sectors": list(wish.sectors)} if wish.sectors else {}),
        "content": content,
    }


def sign(said: Mapping[str, Any], *, name: str, key: "SigningKey", now: dt.datetime) -> bytes:
    """Sign a publication; raises InvalidRecord for one that no registry would take."""
    return _signed(publication.TYPE, said, name=name, key=key, now=now)


def deprecated(
    target: Publication,
    *,
    reason: str,
    effective: dt.date,
    removal: dt.date | None,
    alternative: str | None,
    name: str,
    key: "SigningKey",
    now: dt.datetime,
) -> bytes:
    """Sign the word that a publication of the key's owner should be used no more."""
    said: dict[str, Any] = {
        "id": target.id,
        "target": target.digest,
        "reason": reason,
        "effective": effective.isoformat(),
    }
    if removal is not None:
        said["removal"] = removal.isoformat()
    if alternative is not None:
        said["alternative"] = alternative
    return _signed(deprecation.TYPE, said, name=name, key=key, now=now)


def kept(path: Path, said: Mapping[str, Any]) -> bytes:
    """Return a statement that was signed before, if it says the same; else raise SignedOtherwise.

    The ancestor is left aside: what was sent and lost against another publication is signed anew
    only by whoever takes the old file away.
    """
    statement = path.read_bytes().strip()
    before = envelope.credential(envelope.parse_envelope(statement).payload).value[
        "credentialSubject"
    ]
    for member in sorted({*before, *said} - {"ancestor"}):
        if before.get(member) != said.get(member):
            raise SignedOtherwise(path, member)
    return statement


def released(client: "Client", owner: str, name: str) -> Sequence[Mapping[str, Any]]:
    """Return the details of every version that a registry holds of a schema, in log order."""
    first = f"v1/schemagroups/{quote(owner, safe=':')}/schemas/{name}/versions?limit={_PAGE}"
    found: list[Mapping[str, Any]] = []
    path: str | None = first
    while path is not None:
        answer = client.send(wire.fetch(path))
        if answer.status == MISSING:
            return ()
        found += wire.read_json(answer).values()
        # Of the address of the next page only the cursor is taken: the registry stays this one.
        link = _NEXT.search(answer.headers.get("link", ""))
        path = None if link is None else f"{first}&cursor={link['cursor']}"
    return sorted(found, key=lambda each: int(each["logindex"]))


def check(
    client: "Client", said: Mapping[str, Any], released: Sequence[Mapping[str, Any]], *, owner: str
) -> None:
    """Hold a publication against those that a registry holds, as the registry will.

    Raises InvalidRecord with every finding. Another owner's publication under the same URI is for
    the registry to find.
    """
    before = {str(each["statement"]): _Released(client, owner, each) for each in released}
    new = publication.read({"issuer": {"id": owner}, "credentialSubject": said}, digest="")
    named = str(released[-1]["uri"]) if released else None
    found = succession.check(
        new, [*before.values()], named=named, content=lambda each: before[each.digest].read()
    )
    report = Report.of(list(found))
    if not report.valid:
        raise validate.InvalidRecord(report)


class _Released:
    """Hold a version as a registry tells of it; its document is fetched when it is needed."""

    def __init__(self, client: "Client", owner: str, told: Mapping[str, Any]) -> None:
        self._client = client
        self.owner = owner
        self.digest = str(told["statement"])
        self.name = str(told["schemaid"])
        self.id = str(told["uri"])
        self.kind = SchemaKind(told["kind"])
        self.version = publication.Version.parse(str(told["versionid"]))
        self.content = str(told["digest"])
        self.mode = Mode(str(told.get("mode", Mode.NONE)))

    @property
    def metrics(self) -> tuple[str, ...]:
        """The qualified names of the metrics that it defines."""
        if self.kind is not SchemaKind.METRICS:
            return ()
        document = parsed(self.read())
        return tuple(f"{self.id}#{each['id']}" for each in document["metrics"])

    def read(self) -> bytes:
        """Fetch its document; raises NotProved for other bytes."""
        data = wire.read(self._client.send(wire.fetch(f"v1/schemas/{self.content}", accept="*/*")))
        if openquality_schemas.digest(data) != self.content:
            raise NotProved(self.content, message("The registry sent other bytes."))
        return data


def _signed(
    kind: str, said: Mapping[str, Any], *, name: str, key: "SigningKey", now: dt.datetime
) -> bytes:
    from openquality import signing

    value = credentials.make(kind, said, issuer=key.did, name=name, now=now)
    validate.require_valid(documents.parse_object(documents.canonical(value)))
    return signing.sign(value, key)


def _kind(said: Mapping[str, Any]) -> SchemaKind:
    if "sections" in said:
        return SchemaKind.PROFILE
    if "metrics" in said and "$schema" not in said:
        return SchemaKind.METRICS
    return SchemaKind.EXTENSION


def _name(kind: SchemaKind, said: Mapping[str, Any], path: Path) -> str:
    if kind is SchemaKind.PROFILE and isinstance(said.get("id"), str):
        return str(said["id"])
    return re.sub(r"[^a-z0-9]+", "-", path.name.partition(".")[0].lower()).strip("-")


def _uri(kind: SchemaKind, said: Mapping[str, Any], *, name: str, owner: str) -> object:
    if kind is SchemaKind.PROFILE:
        # Its own id is a name, and names nothing in the world. A URI holds no percent sign, as a
        # DID of an address with a port does.
        spaces = (each for each in namespace.of(owner) if "%" not in each)
        return f"{next(spaces, f'{owner}/')}{name}"
    return said.get("$id" if kind is SchemaKind.EXTENSION else "id")


_OPTIONS: Final[Mapping[str, tuple[str, str]]] = {
    "id": (message("its URI"), "--uri"),
    "kind": (message("its kind"), "--kind"),
    "name": (message("its name"), "--slug"),
    "version": (message("its version"), "--version 1.0"),
    "title": (message("its title"), "--title"),
    "description": (message("what it is for"), "--description"),
}
