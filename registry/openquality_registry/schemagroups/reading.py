"""Read groups, schemas and versions: those that the published log holds, and the built-in ones.

In every list the owners come first, by their DIDs, and the built-in group last.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from openquality_registry.answering import names
from openquality_registry.schemagroups import shipped
from openquality_registry.schemagroups.version import (
    ACTIVE,
    BUILT_IN,
    LANGUAGE,
    Deprecated,
    Group,
    Logged,
    Schema,
    Version,
)
from openquality_registry.schemas import Filter, Published, Schemas, Standing
from openquality_validator.compatibility.modes import Mode
from openquality_validator.governance import SchemaKind

Place = tuple[str, str]  # group and name of the last schema of a page


@dataclass(frozen=True, slots=True)
class Asked:
    """Hold what is looked for; what is None asks for nothing.

    `kind` and `status` are those of a Version, `words` the beginnings of words of names, titles and
    descriptions, `digest` that of a document.
    """

    owner: str | None = None
    kind: str | None = None
    status: str | None = None
    sector: str | None = None
    metric: str | None = None
    words: str | None = None
    digest: str | None = None


class Groups:
    """Answer from the log as it is published; safe from any thread."""

    def __init__(self, published: Schemas, size: Callable[[], int]) -> None:
        self._published = published
        self._size = size

    def page(self, *, limit: int, after: str | None = None) -> Sequence[Group]:
        """Return groups in order, those behind `after`."""
        found = []
        if after != BUILT_IN:
            owners = self._published.owners(limit=limit, after=after, size=self._size())
            found = [Group(owner, count) for owner, count in owners]
            if len(found) < limit:
                found.append(shipped.group())
        return found

    def group(self, name: str) -> Group | None:
        """Return a group; None for an owner that has published nothing."""
        if name == BUILT_IN:
            return shipped.group()
        count = self._published.count(Filter(owner=name), size=self._size())
        return Group(name, count) if count else None

    def schema(self, group: str, name: str) -> Schema | None:
        """Return a schema with all its versions."""
        if group == BUILT_IN:
            return shipped.schemas().get(name)
        versions = self._published.versions(group, name, size=self._size())
        return _schema(versions) if versions else None

    def find(self, asked: Asked, *, limit: int, after: Place | None = None) -> Sequence[Version]:
        """Return the default versions of schemas that fit, ordered by group and name.

        Asked for a digest: every version of any schema whose document has it.
        """
        if asked.digest is not None:
            return self._with_digest(asked.digest)
        found: list[Version] = []
        behind = after[1] if after is not None and after[0] == BUILT_IN else ""
        if asked.owner != BUILT_IN and asked.kind != LANGUAGE and not behind:
            wanted = _filter(asked)
            rows = self._published.find(wanted, limit=limit, after=after, size=self._size())
            found = [_version(row) for row in rows]
        if asked.owner in {None, BUILT_IN}:
            found += [each for each in _built_in(asked) if each.name > behind]
        return found[:limit]

    def count(self, asked: Asked) -> int:
        """Count the schemas that fit."""
        if asked.digest is not None:
            return len(self._with_digest(asked.digest))
        count = 0
        if asked.owner != BUILT_IN and asked.kind != LANGUAGE:
            count = self._published.count(_filter(asked), size=self._size())
        return count + (len(_built_in(asked)) if asked.owner in {None, BUILT_IN} else 0)

    def content(self, version: Version) -> bytes:
        """Return the exact bytes of a version's document."""
        if version.logged is None:
            return shipped.contents()[version.digest]
        found = self._published.content(version.logged.statement)
        assert found is not None  # a row follows from a statement that is kept
        return found

    def named(self, name: str) -> Version | None:
        """Return what a deprecation names: by the URI of a schema, or by a publication's digest."""
        if name.startswith("sha256:"):
            one = self._published.one(name, size=self._size())
            return None if one is None else _version(one)
        rows = self._published.named(name, size=self._size())
        return _version(max(rows, key=lambda row: row.version)) if rows else None

    def by_digest(self, digest: str) -> Version | None:
        """Return a version whose document has these bytes: what is shipped, else the newest."""
        return next(iter(self._with_digest(digest)), None)

    def _with_digest(self, digest: str) -> Sequence[Version]:
        own = shipped.by_digest(digest)
        rows = self._published.by_content(digest, size=self._size())
        return (*(() if own is None else (own,)), *map(_version, rows))


def _built_in(asked: Asked) -> list[Version]:
    """Filter what is shipped, which is active, of no sector, and named by no metric."""
    if asked.status not in {None, ACTIVE} or asked.sector is not None:
        return []
    tokens = names.asked(asked.words or "")
    return [
        version
        for schema in shipped.schemas().values()
        if (version := schema.default).kind == (asked.kind or version.kind)
        and (asked.metric is None or asked.metric in shipped.metrics(version.digest))
        and _has(version, tokens)
    ]


def _has(version: Version, tokens: Sequence[str]) -> bool:
    words = [*names.tokens(f"{version.name} {version.title} {version.description}")]
    return all(any(word.startswith(token) for word in words) for token in tokens)


def _filter(asked: Asked) -> Filter:
    return Filter(
        owner=asked.owner,
        kind=None if asked.kind is None else SchemaKind(asked.kind),
        standing=None if asked.status is None else Standing(asked.status),
        sector=asked.sector,
        metric=asked.metric,
        words=asked.words,
    )


def _schema(rows: Sequence[Published]) -> Schema:
    """Join the versions of a schema, the lowest first, each to the one before in its major."""
    last: dict[int, str] = {}
    versions = []
    for row in rows:
        versions.append(_version(row, ancestor=last.get(row.version.major)))
        last[row.version.major] = str(row.version)
    return Schema(tuple(versions))


def _version(row: Published, *, ancestor: str | None = None) -> Version:
    said = row.deprecated
    return Version(
        group=row.owner,
        name=row.name,
        version=str(row.version),
        kind=row.kind.value,
        uri=row.id,
        title=row.title,
        description=row.description,
        digest=row.content,
        ancestor=ancestor,
        mode=None if row.kind is SchemaKind.PROFILE or row.mode is Mode.NONE else row.mode.value,
        sectors=row.sectors,
        logged=Logged(row.digest, row.index, row.admitted_at),
        deprecated=None
        if said is None
        else Deprecated(said.effective, said.reason, said.digest, said.removal, said.alternative),
    )
