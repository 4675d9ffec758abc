"""Extensions of a record: what industries add to the language, under which published schema."""

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from openquality.language import local
from openquality_registry.pages.members import Member
from openquality_registry.schemagroups.reading import Groups
from openquality_registry.schemagroups.version import EXTENSION, Version
from openquality_validator.message import message

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Pinned:
    """Hold a published schema or metric set that a record pins; `version` is None if it is gone.

    `stated` are its extensions in the record, each with the id of the claim that holds it, None for
    the subject. Those of metric sets are shown among the measurements instead.
    """

    uri: str
    version: Version | None
    path: str | None
    stated: tuple[tuple[str | None, tuple[Member, ...]], ...]


def of(groups: Groups, credential: Json) -> tuple[Pinned, ...]:
    """Return what a record pins, in its order, with what it states under each."""
    return tuple(_pinned(groups, credential, pin) for pin in credential.get("extensionSchemas", ()))


def _pinned(groups: Groups, credential: Json, pin: Json) -> Pinned:
    version = groups.by_digest(_digest(pin["digestSRI"]))
    path = None
    if version is not None:
        group = quote(version.group, safe=":")
        path = f"/schemas/{group}/{version.name}/{version.version}"
    is_set = version is not None and version.kind != EXTENSION
    stated = () if is_set else tuple(_stated(credential["credentialSubject"], pin["id"]))
    return Pinned(pin["id"], version, path, stated)


def _stated(subject: Json, uri: str) -> Iterator[tuple[str | None, tuple[Member, ...]]]:
    if uri in subject.get("extensions", {}):
        yield None, _tree(subject["extensions"][uri])
    for claim in subject["claims"]:
        if uri in claim.get("extensions", {}):
            yield claim["id"], _tree(claim["extensions"][uri])


def _tree(value: Json) -> tuple[Member, ...]:
    """List members under their own names; every text is one that the issuer chose."""
    return tuple(_member(name, each) for name, each in value.items())


def _member(name: str, value: object) -> Member:
    if isinstance(value, Mapping):
        return Member(name, below=_tree(value))
    if isinstance(value, list):
        return Member(name, below=tuple(_member("", each) for each in value))
    if isinstance(value, bool):
        return Member(name, local(message("yes") if value else message("no")))
    if value is None:
        return Member(name, local(message("not stated")))
    return Member(name, str(value), free=isinstance(value, str))


def _digest(sri: str) -> str:
    try:
        return "sha256:" + base64.b64decode(sri.removeprefix("sha256-"), validate=True).hex()
    except binascii.Error:
        return sri
