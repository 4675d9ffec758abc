"""Schemas under governance in the registry: what was published, and how it is found.

    Schemas   the port: what the log says of published schemas, as of any of its sizes

A group is an owner, a schema a name within it, and a version one publication. The rows follow from
the statements (`rows`, `deprecated`), and go in with the entry, in one transaction.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from openquality_registry.answering import names
from openquality_validator.compatibility.modes import Mode
from openquality_validator.governance import Publication, SchemaKind, Version
from openquality_validator.governance.deprecation import Deprecation
from openquality_validator.governance.terms import metrics

SECTOR, METRIC, WORD = "sector:", "metric:", "word:"
Rows = Mapping[str, Sequence[Mapping[str, object]]]


@dataclass(frozen=True, slots=True)
class Deprecated:
    """Hold the newest word of an owner against a publication of its own."""

    digest: str
    reason: str
    effective: dt.date
    removal: dt.date | None
    alternative: str | None


@dataclass(frozen=True, slots=True)
class Published:
    """Hold one publication, without its content.

    `digest` is that of the statement, `content` that of what it holds: `sha256:` and hexadecimal.
    `mode` is in force for what comes after it. `metrics` are those that it defines or asks for,
    `admitted_at` the text of its entry.
    """

    index: int
    admitted_at: str
    digest: str
    owner: str
    name: str
    id: str
    kind: SchemaKind
    version: Version
    content: str
    mode: Mode
    title: str
    description: str
    ancestor: str | None
    sectors: tuple[str, ...]
    metrics: tuple[str, ...]
    deprecated: Deprecated | None


class Standing(StrEnum):
    """Say whether a publication should be used."""

    ACTIVE = "active"
    DEPRECATED = "deprecated"


@dataclass(frozen=True, slots=True)
class Filter:
    """Ask for schemas; what is None asks for nothing. `words` are the beginnings of words."""

    owner: str | None = None
    kind: SchemaKind | None = None
    standing: Standing | None = None
    sector: str | None = None
    metric: str | None = None
    words: str | None = None


class Schemas(Protocol):
    """Answer from what is committed; every method may be called from any thread.

    `size` asks for the state of the log at that many entries; without it, for the newest. A reader
    sees a publication at once after the commit that took it.
    """

    def find(
        self,
        wanted: Filter,
        *,
        limit: int,
        after: tuple[str, str] | None = None,
        size: int | None = None,
    ) -> Sequence[Published]:
        """Return the highest version of each schema that fits, ordered by owner and name.

        `after` is the owner and name where the page before ended.
        """
        ...

    def versions(self, owner: str, name: str, *, size: int | None = None) -> Sequence[Published]:
        """Return the versions of a schema, the lowest first."""
        ...

    def one(self, digest: str, *, size: int | None = None) -> Published | None:
        """Return the publication whose statement has this digest."""
        ...

    def named(self, identifier: str, *, size: int | None = None) -> Sequence[Published]:
        """Return the publications under a URI, by any owner, in the order of the log."""
        ...

    def by_content(self, digest: str, *, size: int | None = None) -> Sequence[Published]:
        """Return the publications of content with this digest, the newest in the log first."""
        ...

    def content(self, digest: str) -> bytes | None:
        """Return the exact content of the publication whose statement has this digest."""
        ...

    def owners(
        self, *, limit: int, after: str | None = None, size: int | None = None
    ) -> Sequence[tuple[str, int]]:
        """Return owners in order, each with the number of its schemas."""
        ...

    def count(self, wanted: Filter, *, size: int | None = None) -> int:
        """Count the schemas that fit."""
        ...


def rows(publication: Publication, *, mode: Mode) -> Rows:
    """Return the index rows of a publication; `mode` is in force for what comes after it."""
    terms = {f"{SECTOR}{each}" for each in publication.sectors}
    terms |= {f"{METRIC}{each}" for each in metrics(publication)}
    said = f"{publication.name} {publication.title} {publication.description}"
    tokens = dict.fromkeys(token for token in names.tokens(said))
    terms |= {f"{WORD}{token}" for token in list(tokens)[: names.MOST]}
    version = {
        "digest": _raw(publication.digest),
        "owner": publication.owner,
        "name": publication.name,
        "id": publication.id,
        "kind": publication.kind.value,
        "major": publication.version.major,
        "minor": publication.version.minor,
        "content": _raw(publication.content_digest),
        "mode": mode.value,
        "title": publication.title,
        "description": publication.description,
        "ancestor": publication.ancestor,
    }
    return {
        "schema_versions": [version],
        "schema_terms": [{"term": term} for term in sorted(terms)],
    }


def deprecated(said: Deprecation) -> Rows:
    """Return the index rows of a deprecation."""
    row = {
        "digest": _raw(said.digest),
        "target": _raw(said.target),
        "reason": said.reason,
        "effective": said.effective.isoformat(),
        "removal": None if said.removal is None else said.removal.isoformat(),
        "alternative": said.alternative,
    }
    return {"schema_deprecations": [row]}


def _raw(digest: str) -> bytes:
    return bytes.fromhex(digest.removeprefix("sha256:"))
