"""The JSON Schemas, examples and catalogues, one folder per version: data, and how to read it."""

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Any, Literal

import orjson

__all__ = [
    "ATTESTATION_ID",
    "CATALOGUE",
    "CATALOGUES",
    "VERSION",
    "VERSIONS",
    "attestation_schema",
    "attestation_sri",
    "digest",
    "examples",
    "files",
    "known_schemas",
    "newest",
    "profile",
    "profiles",
    "read",
    "sri",
]

VERSION = "1.0"  # whose schema and examples are read unless another is named
# All, oldest first; a shipped one never leaves.
VERSIONS = ("1.0-draft.1", "1.0-draft.2", VERSION, "1.1-draft.1")
CATALOGUES = ("1.0-draft.1", VERSION)  # those with metrics and units, oldest first
CATALOGUE = CATALOGUES[-1]  # the one that new records name
ATTESTATION_ID = "https://w3id.org/openquality/schemas/1/attestation.json"
_ATTESTATION = "attestation.schema.json"
_PROFILES = Path(__file__).parent / "profiles"


def read(name: str, *, version: str = VERSION) -> bytes:
    """Return the bytes of one file of a version folder, such as `metrics.json`.

    Raises FileNotFoundError for a file or a version that is not shipped.
    """
    return _folder(version).joinpath(name).read_bytes()


def attestation_schema(*, version: str = VERSION) -> dict[str, Any]:
    """Return the attestation schema of a version, parsed; each call gives a value of its own."""
    schema: dict[str, Any] = orjson.loads(read(_ATTESTATION, version=version))
    return schema


@cache
def attestation_sri(*, version: str = VERSION) -> str:
    """Return the digest that `credentialSchema.digestSRI` of a record of this version holds."""
    return sri(read(_ATTESTATION, version=version))


def files(*, version: str = VERSION) -> tuple[str, ...]:
    """Return the names of the schemas and catalogues of a version folder, sorted."""
    return tuple(sorted(each.name for each in _folder(version).glob("*.json")))


@cache
def known_schemas(name: str = _ATTESTATION) -> dict[str, str]:
    """Return the shipped schemas of this file name: `digestSRI` to version, oldest first."""
    return {
        sri(folder.joinpath(name).read_bytes()): version
        for version in VERSIONS
        if (folder := _folder(version)).joinpath(name).is_file()
    }


def newest(name: str = _ATTESTATION) -> tuple[str, str]:
    """Return `digestSRI` and version of the schema that new records of this kind pin."""
    return list(known_schemas(name).items())[-1]


def examples(kind: Literal["valid", "invalid"], *, version: str = VERSION) -> dict[str, bytes]:
    """Return the example files of a version by name, sorted; expectation files included.

    A version that adds none has none.
    """
    folder = _folder(version).joinpath("examples", kind)
    items = folder.iterdir() if folder.is_dir() else ()
    found = {item.name: item.read_bytes() for item in items if item.is_file()}
    return dict(sorted(found.items()))


def profiles() -> dict[str, tuple[str, ...]]:
    """Return the ids of the shipped profiles, sorted, each with its versions, oldest first."""
    found = {
        folder.name: tuple(sorted((each.stem for each in folder.glob("*.json")), key=_by_number))
        for folder in _PROFILES.iterdir()
        if folder.is_dir()
    }
    return dict(sorted(found.items()))


def profile(name: str, *, version: str | None = None) -> bytes:
    """Return the bytes of a shipped profile, of the newest version unless one is named.

    Raises FileNotFoundError for one that is not shipped.
    """
    versions = profiles().get(name, ())
    if not versions or version not in {None, *versions}:
        raise FileNotFoundError(f"The profile {name} {version or ''} is not shipped.")
    return (_PROFILES / name / f"{version or versions[-1]}.json").read_bytes()


def digest(data: bytes) -> str:
    """Return the SHA-256 of bytes as our formats write it: `sha256:` and hexadecimal."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def sri(data: bytes) -> str:
    """Return the SHA-256 of bytes as W3C Subresource Integrity writes it: `sha256-` and base64."""
    return f"sha256-{base64.b64encode(hashlib.sha256(data).digest()).decode('ascii')}"


def _folder(version: str) -> Path:
    if version not in VERSIONS:
        raise FileNotFoundError(f"Version {version!r} is not shipped; known: {', '.join(VERSIONS)}")
    # Not importlib.resources, which takes longer to load than all of our data.
    return Path(__file__).parent / version


def _by_number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
