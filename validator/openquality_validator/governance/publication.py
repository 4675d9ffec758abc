"""A publication: one version of a schema, whole, by its owner (docs/spec/governance.md).

    credentialSubject: {"id": "<URI>", "kind": "extension" | "metrics" | "profile",
                        "name": "<slug>", "version": "<major>.<minor>", "compatibility"?: "<mode>",
                        "title": "…", "description": "…", "sectors"?: ["nace:25.94", …],
                        "ancestor"?: "sha256:…", "content": "<exact text>"}

The group of a schema is its owner: the issuer's DID.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, NamedTuple

import openquality_schemas
from openquality_validator.compatibility.modes import Mode

TYPE: Final = "SchemaPublication"
MAX_CONTENT: Final = 262_144  # bytes; in a signed statement, escaped and in base64, still < 1 MiB


class SchemaKind(StrEnum):
    """Say what is published."""

    EXTENSION = "extension"
    METRICS = "metrics"
    PROFILE = "profile"


class Version(NamedTuple):
    """Hold a version; versions of a schema are ordered by it."""

    major: int
    minor: int

    @classmethod
    def parse(cls, text: str) -> "Version":
        """Read `MAJOR.MINOR`. Raises ValueError for another form."""
        major, _, minor = text.partition(".")
        return cls(int(major), int(minor))

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


@dataclass(frozen=True, slots=True)
class Publication:
    """Hold a publication as its statement says it.

    `digest` is that of the statement, `owner` its issuer, `id` the URI that records name;
    `ancestor` the digest of the publication before it. `content` are the exact bytes that records
    pin. `mode` is what the owner asks of later versions, None where it says nothing.
    """

    digest: str
    owner: str
    id: str
    kind: SchemaKind
    name: str
    version: Version
    title: str
    description: str
    content: bytes
    mode: Mode | None = None
    sectors: tuple[str, ...] = ()
    ancestor: str | None = None

    @property
    def content_digest(self) -> str:
        """The SHA-256 of the content: `sha256:` and hexadecimal."""
        return openquality_schemas.digest(self.content)


def read(credential: Mapping[str, Any], *, digest: str) -> Publication:
    """Take a publication whose shape is valid as a value; `digest` is that of its statement."""
    said = credential["credentialSubject"]
    mode = said.get("compatibility")
    return Publication(
        digest=digest,
        owner=credential["issuer"]["id"],
        id=said["id"],
        kind=SchemaKind(said["kind"]),
        name=said["name"],
        version=Version.parse(said["version"]),
        title=said["title"],
        description=said["description"],
        content=said["content"].encode(),
        mode=None if mode is None else Mode(mode),
        sectors=tuple(said.get("sectors", ())),
        ancestor=said.get("ancestor"),
    )
