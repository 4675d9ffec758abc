"""Schemas, metric sets and profiles that somebody published: named, fetched, and proved.

    NAME@DID            the newest version of what an owner publishes under a name
    NAME:1.2@DID        that version
    sha256:…            the document with these exact bytes, whoever published it
    NAME@openquality    what comes with the language

What a registry sends counts only as far as its bundle proves it: who signed the publication, and
that it stands in the log. Which version is the newest is the registry's word.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import quote, urlencode

import openquality_schemas
from openquality.receipts import NOT_VALID_NOW
from openquality.refused import RefusedInput
from openquality_validator import bundle as bundles
from openquality_validator import envelope, kinds
from openquality_validator.bundle import Outcome
from openquality_validator.errors import OpenQualityError
from openquality_validator.governance import Deprecation, Publication, deprecation, publication
from openquality_validator.message import message
from openquality_validator.records import VerifiedRecord
from openquality_validator.trust import Trust

if TYPE_CHECKING:
    from openquality.client import Client

_REFERENCE: Final = re.compile(
    r"(?P<name>[a-z][a-z0-9-]{0,63})(?::(?P<version>[0-9]{1,4}\.[0-9]{1,4}(?:-draft\.[0-9]{1,3})?))?"
    r"@(?P<owner>openquality|did:[a-z0-9]{1,32}:[A-Za-z0-9._:%-]{1,1000})",
    re.ASCII,
)
BUILT_IN: Final = "openquality"
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)


@dataclass(eq=False)
class NotPublished(OpenQualityError):
    """A registry knows nothing of this name or digest."""

    reference: "Reference"
    registry: str

    def __str__(self) -> str:
        return message(
            "{registry} holds no publication {reference}. `openquality schema list` shows what it "
            "holds.",
            registry=self.registry,
            reference=self.reference,
        )


@dataclass(eq=False)
class NotProved(RefusedInput):
    """What was fetched or read is not what it says it is."""

    what: str
    why: str

    def __str__(self) -> str:
        return message(
            "{what} is not proved: {why} Do not use it as it is.",
            what=self.what,
            why=self.why,
        )


@dataclass(frozen=True, slots=True)
class Fetched:
    """Hold a publication that a bundle proves, and what the registry told of it besides.

    `told` is the registry's word: its details in the shape of xRegistry, `deprecated` among them.
    """

    publication: Publication
    bundle: bytes
    told: Mapping[str, Any]

    @property
    def index(self) -> int:
        """Where the publication stands in the log."""
        return bundles.Bundle.from_bytes(self.bundle).index


@dataclass(frozen=True, slots=True)
class Reference:
    """Name a publication: by owner, name and perhaps version, or by the digest of its document."""

    name: str = ""
    owner: str = ""
    version: str | None = None
    digest: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read one of the forms above; None for any other text."""
        if _DIGEST.fullmatch(text):
            return cls(digest=text)
        found = _REFERENCE.fullmatch(text)
        return None if found is None else cls(**found.groupdict())

    @property
    def address(self) -> str:
        """Where a registry tells of it."""
        if self.digest is not None:
            return "v1/schemas?" + urlencode({"digest": self.digest, "limit": 1})
        step = quote(self.owner, safe=":")
        versions = "" if self.version is None else f"/versions/{self.version}"
        return f"v1/schemagroups/{step}/schemas/{self.name}{versions}$details"

    def __str__(self) -> str:
        if self.digest is not None:
            return self.digest
        version = "" if self.version is None else f":{self.version}"
        return f"{self.name}{version}@{self.owner}"


def of_record(record: VerifiedRecord, *, where: str) -> Publication:
    """Read a verified publication; raises NotProved for any other statement."""
    kind = kinds.find(record.value)
    if kind is None or kind.type != publication.TYPE:
        raise NotProved(where, message("It is no publication of a schema."))
    return publication.read(record.value, digest=record.digest)


def of_bundle(data: bytes, *, trust: Trust, now: datetime, where: str) -> Publication:
    """Verify the bundle of a publication; raises NotProved.

    Its days do not matter: a document is what it is, also where its owner's clock was ahead.
    """
    return of_record(_verified(data, trust=trust, now=now, where=where), where=where)


def _verified(data: bytes, *, trust: Trust, now: datetime, where: str) -> VerifiedRecord:
    verdict = bundles.verify(data, trust=trust, now=now)
    failed = [
        step
        for step in verdict.steps
        if step.outcome is Outcome.FAIL and step.code not in NOT_VALID_NOW
    ]
    if verdict.record is None or failed:
        first = (failed or list(verdict.steps))[0]
        raise NotProved(where, first.message)
    return verdict.record


def read(path: Path, *, trust: Trust, now: datetime) -> bytes:
    """Return the document in a file: of a publication, verified, what it publishes; else all of it.

    Raises NotProved, InvalidInput or OSError.
    """
    data = path.read_bytes()
    if path.name.endswith(".bundle.json"):
        return of_bundle(data, trust=trust, now=now, where=str(path)).content
    if path.suffix == ".jwt":
        return of_record(envelope.verify_statement(data.strip()), where=str(path)).content
    return data


def fetch(client: "Client", reference: Reference, *, trust: Trust, now: datetime) -> Fetched:
    """Fetch a publication with its bundle, and verify it.

    Raises NotPublished, NotProved, RegistryError or NetworkError.
    """
    told = _told(client, reference)
    data = client.bundle(str(told["statement"]))
    found = of_bundle(data, trust=trust, now=now, where=str(reference))
    version = str(found.version)
    asked = (reference.name, reference.owner, reference.version or version)
    if reference.digest is not None:
        is_asked = found.content_digest == reference.digest
    else:
        is_asked = (found.name, found.owner, version) == asked
    if not is_asked:
        raise NotProved(str(reference), message("The registry sent another publication."))
    return Fetched(found, data, told)


def deprecation_of(
    client: "Client", found: Fetched, *, trust: Trust, now: datetime
) -> Deprecation | None:
    """Fetch what its owner says against a publication, if the registry tells of it, and verify it.

    Raises NotProved, RegistryError or NetworkError.
    """
    told, target = found.told.get("deprecated"), found.publication
    if not isinstance(told, Mapping):
        return None
    digest = "sha256:" + str(told.get("documentation")).rpartition("/")[2]
    where = message("The deprecation of {name}", name=target.name)
    if not _DIGEST.fullmatch(digest):
        raise NotProved(where, message("The registry names no statement."))
    record = _verified(client.bundle(digest), trust=trust, now=now, where=where)
    kind = kinds.find(record.value)
    if kind is None or kind.type != deprecation.TYPE:
        raise NotProved(where, message("It is no deprecation of a schema."))
    word = deprecation.read(record.value, digest=record.digest)
    if (word.digest, record.issuer, word.target) != (digest, target.owner, target.digest):
        raise NotProved(where, message("It is about something else, or by somebody else."))
    return word


def built_in(client: "Client", reference: Reference) -> bytes:
    """Fetch a document that comes with the language; this program must come with it too.

    Nobody signed it. Raises NotPublished, NotProved, RegistryError or NetworkError.
    """
    from openquality import wire
    from openquality_validator.errors import RegistryError

    address = reference.address.removesuffix("$details")
    try:
        data = wire.read(client.send(wire.fetch(address, accept="*/*")))
    except RegistryError as error:
        if error.status in {400, 404}:
            raise NotPublished(reference, client.url) from None
        raise
    if data not in _shipped():
        raise NotProved(
            str(reference), message("This version of the program does not come with these bytes.")
        )
    return data


def _shipped() -> Iterator[bytes]:
    for version in openquality_schemas.VERSIONS:
        for file in openquality_schemas.files(version=version):
            yield openquality_schemas.read(file, version=version)
    for name, versions in openquality_schemas.profiles().items():
        for number in versions:
            yield openquality_schemas.profile(name, version=number)


def _told(client: "Client", reference: Reference) -> Mapping[str, Any]:
    """Ask which statement it is; the answer is believed only as far as the bundle bears it out."""
    from openquality import wire
    from openquality_validator.errors import RegistryError

    try:
        told = wire.read_json(client.send(wire.fetch(reference.address)))
    except RegistryError as error:
        if error.status in {400, 404}:
            raise NotPublished(reference, client.url) from None
        raise
    if reference.digest is not None:
        items = told.get("items") or [{}]
        told = items[0]
    if not _DIGEST.fullmatch(str(told.get("statement", ""))):
        raise NotPublished(reference, client.url)
    return told
