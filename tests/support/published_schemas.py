"""Publications and deprecations of schemas, for tests."""

import json
from datetime import UTC, datetime
from typing import Any

from openquality import credentials
from openquality.signing import SigningKey, sign

NOW = datetime(2026, 11, 20, tzinfo=UTC)
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def coating(uri: str, **members: Any) -> str:  # noqa: ANN401 - keywords of a schema
    """Write an extension schema under a URI: how thick a coating is."""
    return json.dumps(
        {
            "$schema": DIALECT,
            "$id": uri,
            "title": "Coating",
            "type": "object",
            "properties": {"microns": {"type": "integer", "minimum": 1}},
            "required": ["microns"],
            "additionalProperties": False,
        }
        | members,
        indent=2,
    )


def publication(key: SigningKey, **said: Any) -> dict[str, Any]:  # noqa: ANN401 - members of a subject
    """Make the publication of the schema `coating` of the key's owner, in version 1.0."""
    uri = said.get("id", f"{key.did}/coating")
    subject = {
        "id": uri,
        "kind": "extension",
        "name": "coating",
        "version": "1.0",
        "title": "Coating",
        "description": "How thick a coating is.",
        "content": coating(uri),
        **said,
    }
    return credentials.make("SchemaPublication", subject, issuer=key.did, name="Buyer", now=NOW)


def published(key: SigningKey, **said: Any) -> bytes:  # noqa: ANN401 - members of a subject
    """Sign a publication."""
    return sign(publication(key, **said), key)


def deprecated(key: SigningKey, target: str, **said: Any) -> bytes:  # noqa: ANN401 - members of a subject
    """Sign a deprecation of a publication of `coating`."""
    subject = {
        "id": f"{key.did}/coating",
        "target": target,
        "reason": "Measured otherwise since.",
        "effective": "2027-01-01",
        **said,
    }
    made = credentials.make("SchemaDeprecation", subject, issuer=key.did, name="Buyer", now=NOW)
    return sign(made, key)
