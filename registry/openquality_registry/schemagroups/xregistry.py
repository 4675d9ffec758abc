"""Groups, schemas and versions in the shape of xRegistry 1.0-rc4: values in, JSON objects out.

    /                                     Registry      specversion, schemagroupsurl
    /schemagroups/{g}                     Group         schemasurl, schemascount
    /schemagroups/{g}/schemas/{s}         Resource      the document of its default version
                                  $details              what is known of it
                                  /meta   Meta          compatibility, default version
                                  /versions/{v}         Version: ancestorid, format, …

What is left out, and why, is said in docs/spec/schemagroups.md.
"""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import quote

from openquality_registry.schemagroups.version import (
    BUILT_IN,
    FORMATS,
    JSON_SCHEMA,
    KINDS,
    Deprecated,
    Group,
    Schema,
    Version,
)
from openquality_validator.compatibility import Mode

SPEC: Final = "1.0-rc4"
DETAILS: Final = "$details"
_MODES: Final = [mode.value.lower() for mode in Mode if mode is not Mode.NONE]
# A description may be longer than what servers and clients take for all header fields together.
_NOT_IN_HEADERS: Final = frozenset({"contenttype", "description"})
# A header holds printable ASCII; these are escaped in it (HTTP binding, "HTTP Header Values").
_PLAIN: Final = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in '"%')

CAPABILITIES: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "available": {name: {"mutable": False} for name in ("capabilities", "entities", "model")},
        "compatibilities": {JSON_SCHEMA: _MODES, FORMATS["metrics"]: _MODES},
        "flags": [],
        "formats": [JSON_SCHEMA, *FORMATS.values()],
        "ignores": [],
        "pagination": True,
        "shortself": False,
        "specversions": [SPEC],
    }
)


def _text(name: str, description: str) -> dict[str, str]:
    return {"name": name, "type": "string", "description": description}


def _attributes(*each: Mapping[str, Any]) -> dict[str, Any]:
    return {attribute["name"]: dict(attribute) for attribute in each}


MODEL: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "groups": {
            "schemagroups": {
                "plural": "schemagroups",
                "singular": "schemagroup",
                "modelversion": SPEC,
                "resources": {
                    "schemas": {
                        "plural": "schemas",
                        "singular": "schema",
                        "modelversion": SPEC,
                        "maxversions": 0,
                        "setversionid": True,
                        "hasdocument": True,
                        "versionmode": "manual",
                        "singleversionroot": False,
                        "validateformat": True,
                        "validatecompatibility": True,
                        "strictvalidation": True,
                        "attributes": _attributes(
                            _text("kind", "What the document is: " + ", ".join(KINDS)),
                            {"name": "uri", "type": "uri"},
                            _text("mode", "What was asked of the versions after it."),
                            _text("digest", "SHA-256 of the exact bytes; records pin it."),
                            _text("status", "active or deprecated"),
                            _text("statement", "SHA-256 of the signed publication."),
                            {"name": "logindex", "type": "uinteger"},
                            {"name": "sectors", "type": "array", "item": {"type": "string"}},
                            {"name": "deprecated", "type": "object"},
                        ),
                        "metaattributes": {
                            "defaultversionsticky": {
                                "name": "defaultversionsticky",
                                "type": "boolean",
                                "enum": [False],
                                "required": True,
                                "default": False,
                            }
                        },
                    }
                },
            }
        }
    }
)


@dataclass(frozen=True, slots=True)
class Shape:
    """Write documents with absolute addresses below `root`, such as `https://r.example/v1`."""

    root: str

    def registry(self, origin: str) -> dict[str, Any]:
        """Return the registry itself; its id is the log's origin in the characters of an id."""
        return {
            "specversion": SPEC,
            "registryid": re.sub(r"[^A-Za-z0-9._~:@-]", ":", origin),
            "self": f"{self.root}/",
            "xid": "/",
            "schemagroupsurl": f"{self.root}/schemagroups",
        }

    def group(self, group: Group) -> dict[str, Any]:
        """Return a group: what one owner publishes."""
        xid = f"/schemagroups/{_step(group.id)}"
        return {
            "schemagroupid": group.id,
            "self": f"{self.root}{xid}",
            "xid": xid,
            "schemasurl": f"{self.root}{xid}/schemas",
            "schemascount": group.schemas,
        }

    def schema(self, schema: Schema) -> dict[str, Any]:
        """Return the details of a schema: those of its default version, and where the rest is."""
        default = schema.default
        xid = _xid(default)
        return {
            **self._head(default, xid),
            **self._said(default, is_default=True),
            "metaurl": f"{self.root}{xid}/meta",
            "versionsurl": f"{self.root}{xid}/versions",
            "versionscount": len(schema.versions),
        }

    def meta(self, schema: Schema) -> dict[str, Any]:
        """Return what holds of all versions; a schema is deprecated as its default version is."""
        default = schema.default
        first, last = schema.versions[0].logged, max(_times(schema), default=None)
        xid = f"{_xid(default)}/meta"
        found: dict[str, Any] = {
            "schemaid": default.name,
            "self": f"{self.root}{xid}",
            "xid": xid,
            **({} if first is None else {"createdat": first.admitted_at, "modifiedat": last}),
            "readonly": True,
        }
        if schema.mode is not None:
            found["compatibility"] = schema.mode.lower()
        if default.deprecated is not None:
            found["deprecated"] = self.deprecated(default.deprecated)
        return {
            **found,
            "defaultversionid": default.version,
            "defaultversionurl": self._at(f"{_xid(default)}/versions/{default.version}"),
            "defaultversionsticky": False,
        }

    def version(self, schema: Schema, version: Version) -> dict[str, Any]:
        """Return the details of one version."""
        return {
            **self._head(version, f"{_xid(version)}/versions/{version.version}"),
            **self._said(version, is_default=version == schema.default),
        }

    def details(self, version: Version) -> str:
        """Return the address at which all is said of a version's schema."""
        return self._at(_xid(version))

    def deprecated(self, said: Deprecated) -> dict[str, str]:
        """Return a deprecation; its `documentation` is the signed word itself."""
        found = {"effective": _midnight(said.effective), "reason": said.reason}
        if said.removal is not None:
            found["removal"] = _midnight(said.removal)
        if said.alternative is not None:
            name = said.alternative
            is_digest = name.startswith("sha256:")
            found["alternative"] = f"{self.root}/statements/{name[7:]}" if is_digest else name
        return found | {"documentation": f"{self.root}/statements/{said.statement[7:]}"}

    def headers(self, details: Mapping[str, Any]) -> dict[str, str]:
        """Return the header fields that go with a document: what is scalar among its details."""
        found = {
            f"xregistry-{name}": _header(value)
            for name, value in details.items()
            if isinstance(value, str | int) and name not in _NOT_IN_HEADERS
        }
        found["xregistry-self"] = found["xregistry-self"].removesuffix(DETAILS)
        return found | {"content-disposition": details["schemaid"]}

    def _head(self, version: Version, xid: str) -> dict[str, Any]:
        return {
            "schemaid": version.name,
            "versionid": version.version,
            "self": self._at(xid),
            "xid": xid,
        }

    def _said(self, version: Version, *, is_default: bool) -> dict[str, Any]:
        logged = version.logged
        found: dict[str, Any] = {
            "name": version.title,
            "isdefault": is_default,
            **({"description": version.description} if version.description else {}),
        }
        if logged is not None:
            found |= {"createdat": logged.admitted_at, "modifiedat": logged.admitted_at}
        found |= {
            "ancestorid": version.ancestor or version.version,
            "contenttype": version.media_type,
            "format": version.format,
            "formatvalidated": True,
        }
        if version.mode is not None:
            found |= {"compatibilityvalidated": True, "mode": version.mode}
        found |= {"kind": version.kind, "digest": version.digest, "status": version.status}
        if version.uri is not None:
            found["uri"] = version.uri
        if logged is not None:
            found |= {"statement": logged.statement, "logindex": logged.index}
        if version.sectors:
            found["sectors"] = list(version.sectors)
        if version.deprecated is not None:
            found["deprecated"] = self.deprecated(version.deprecated)
        return found

    def _at(self, xid: str) -> str:
        return f"{self.root}{xid}{DETAILS}"


def _xid(version: Version) -> str:
    return f"/schemagroups/{_step(version.group)}/schemas/{version.name}"


def _step(group: str) -> str:
    """Write a group's id as one step of a path; a `%` in a DID is escaped again."""
    return group if group == BUILT_IN else quote(group, safe=":@")


def _times(schema: Schema) -> list[str]:
    return [each.logged.admitted_at for each in schema.versions if each.logged is not None]


def _midnight(day: dt.date) -> str:
    return f"{day.isoformat()}T00:00:00Z"


def _header(value: str | int) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return quote(str(value), safe=_PLAIN)
