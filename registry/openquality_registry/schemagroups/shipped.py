"""The built-in group: schemas, catalogues and profiles that come with the language.

Nobody publishes into it; what is in it is the same wherever the same version runs.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

import orjson

import openquality_schemas
from openquality_registry.schemagroups.version import (
    BUILT_IN,
    LANGUAGE,
    METRICS,
    PROFILE,
    Group,
    Schema,
    Version,
)
from openquality_validator.message import message

# Catalogues have no name inside; the schemas among the files name themselves.
CATALOGUES: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "metrics": (METRICS, message("The catalogue of metrics")),
        "units": (LANGUAGE, message("The catalogue of units")),
    }
)
_SUFFIX: Final = ".schema.json"


def group() -> Group:
    """Return the built-in group."""
    return Group(BUILT_IN, len(schemas()))


@cache
def schemas() -> Mapping[str, Schema]:
    """Return what is shipped, by name, ordered by name; versions from the oldest."""
    found: dict[str, list[Version]] = {}
    for version, _ in _all():
        found.setdefault(version.name, []).append(version)
    return MappingProxyType({name: Schema(tuple(each)) for name, each in sorted(found.items())})


@cache
def contents() -> Mapping[str, bytes]:
    """Return the exact bytes of what is shipped, by digest."""
    return MappingProxyType({version.digest: data for version, data in _all()})


def by_digest(digest: str) -> Version | None:
    """Return the newest version that has these bytes; None if nothing shipped has them."""
    every = (each for schema in schemas().values() for each in reversed(schema.versions))
    return next((each for each in every if each.digest == digest), None)


@cache
def metrics(digest: str) -> frozenset[str]:
    """Return the metrics that a shipped profile asks for, or that a shipped catalogue holds."""
    value = orjson.loads(contents()[digest])
    sections = value.get("sections", ())
    asked = (each["asks"].get("metric") for section in sections for each in section["indicators"])
    held = (each["id"] for each in value.get("metrics", ()))
    return frozenset(each for each in (*asked, *held) if each is not None)


def _all() -> Iterator[tuple[Version, bytes]]:
    for folder in openquality_schemas.VERSIONS:
        for file in openquality_schemas.files(version=folder):
            data = openquality_schemas.read(file, version=folder)
            yield _version(file, folder, data), data
    for name, versions in openquality_schemas.profiles().items():
        for number in versions:
            data = openquality_schemas.profile(name, version=number)
            value = orjson.loads(data)
            yield _made(name, number, PROFILE, data, value["title"], value["basis"]), data


def _version(file: str, folder: str, data: bytes) -> Version:
    value = orjson.loads(data)
    if file.endswith(_SUFFIX):
        name = file.removesuffix(_SUFFIX)
        title = value["title"]
        return _made(name, folder, LANGUAGE, data, title, value["description"], value["$id"])
    name = file.removesuffix(".json")
    kind, title = CATALOGUES[name]
    return _made(name, folder, kind, data, title, "")


def _made(
    name: str,
    number: str,
    kind: str,
    data: bytes,
    title: str,
    description: str,
    uri: str | None = None,
) -> Version:
    return Version(
        group=BUILT_IN,
        name=name,
        version=number,
        kind=kind,
        uri=uri,
        title=title,
        description=description,
        digest=openquality_schemas.digest(data),
    )
