"""Versions of schemas, wherever they come from: published in the log, or shipped with the language.

`publications.md` says what a publication holds; this is what its readers are shown of it.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

BUILT_IN: Final = "openquality"  # the group of what is shipped; every other group is an owner's DID
JSON_SCHEMA: Final = "JsonSchema/draft/2020-12"  # as the xRegistry schema specification names it
LANGUAGE: Final = "language"  # the kind of what is shipped and is neither metrics nor a profile
EXTENSION, METRICS, PROFILE = "extension", "metrics", "profile"
KINDS: Final = (EXTENSION, METRICS, PROFILE, LANGUAGE)
FORMATS: Final = {METRICS: "OpenQualityMetrics/1", PROFILE: "OpenQualityProfile/1"}
ACTIVE, DEPRECATED = "active", "deprecated"


@dataclass(frozen=True, slots=True)
class Deprecated:
    """Hold what its owner says against using a version, from which day on, and what to use instead.

    `statement` is the digest of the word itself.
    """

    effective: dt.date
    reason: str
    statement: str
    removal: dt.date | None = None
    alternative: str | None = None


@dataclass(frozen=True, slots=True)
class Logged:
    """Say where a publication stands in the log: digest of the statement, index, time."""

    statement: str
    index: int
    admitted_at: str


@dataclass(frozen=True, slots=True)
class Version:
    """Hold one version of a schema; `digest` is that of the document's exact bytes.

    `uri` is the name by which records refer to it, None for a document without one. `ancestor` is
    the version that it was compared with last, None for the first of its major version; `mode` is
    in force for what came after it in the log, None where nothing is asked. What comes with the
    language is `logged` nowhere.
    """

    group: str
    name: str
    version: str
    kind: str
    uri: str | None
    title: str
    description: str
    digest: str
    ancestor: str | None = None
    mode: str | None = None
    sectors: tuple[str, ...] = ()
    logged: Logged | None = None
    deprecated: Deprecated | None = None

    @property
    def format(self) -> str:
        """What the document is, by xRegistry's name."""
        return FORMATS.get(self.kind, JSON_SCHEMA)

    @property
    def media_type(self) -> str:
        """The media type of the document."""
        is_schema = self.format == JSON_SCHEMA
        return "application/schema+json" if is_schema else "application/json"

    @property
    def status(self) -> str:
        """`deprecated` from the moment its owner says so, whatever day it names; else `active`."""
        return ACTIVE if self.deprecated is None else DEPRECATED

    @property
    def reference(self) -> str:
        """How commands name it: NAME@OWNER."""
        return f"{self.name}@{self.group}"


@dataclass(frozen=True, slots=True)
class Schema:
    """Hold every version of one schema, the oldest first; there is at least one."""

    versions: Sequence[Version]

    @property
    def default(self) -> Version:
        """The version that is meant where none is named: the highest."""
        return self.versions[-1]

    @property
    def mode(self) -> str | None:
        """What the next version must keep to: the newest word in the log counts."""
        logged = [each for each in self.versions if each.logged is not None]
        newest = max(
            logged, key=lambda each: each.logged.index if each.logged else -1, default=None
        )
        return None if newest is None else newest.mode

    def find(self, version: str) -> Version | None:
        """Return a version by its number; None if there is none."""
        return next((each for each in self.versions if each.version == version), None)


@dataclass(frozen=True, slots=True)
class Group:
    """Hold how many schemas an owner has published."""

    id: str
    schemas: int
