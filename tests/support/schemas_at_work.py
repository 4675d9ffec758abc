"""Schemas of an owner who publishes: documents, statements, and their lives."""

import datetime as dt
import json
from typing import Any

import httpx2
from registry_at_work import publish

import openquality_schemas
from openquality import credentials, governing
from openquality.signing import SigningKey, sign
from openquality_validator import envelope

Json = dict[str, Any]
TEXT: Json = {"type": "string", "maxLength": 20}


def coating(key: SigningKey, **members: Json) -> Json:
    """Make an extension schema; `members` are added to those of the first version."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{key.did}/coating",
        "title": "Coatings",
        "description": "What a coating is, and how thick.",
        "type": "object",
        "additionalProperties": False,
        "required": ["process"],
        "properties": {"process": {"enum": ["galvanised", "painted"]}, **members},
    }


def profile(key: SigningKey, *, version: str = "1.0") -> Json:
    """Make a profile of an owner's own: the shipped one for quality management, renamed."""
    value: Json = json.loads(openquality_schemas.profile("quality-management"))
    owner = {"name": "A buyer", "id": key.did}
    return value | {"id": "our-suppliers", "version": version, "owner": owner}


def publication(
    document: Json, key: SigningKey, *, kind: str, name: str, version: str, **more: object
) -> bytes:
    """Sign the publication of a document."""
    subject = {
        "id": document.get("$id", f"{key.did}/{name}"),
        "kind": kind,
        "name": name,
        "version": version,
        "title": document["title"],
        "description": document.get("description", "For our own suppliers."),
        "content": json.dumps(document, indent=2),
        **more,
    }
    return governing.sign(subject, name="A buyer", key=key, now=dt.datetime.now(dt.UTC))


def publish_all(client: httpx2.Client, *statements: bytes) -> list[str]:
    """Publish statements in order; return their digests."""
    for statement in statements:
        answer = publish(client, statement)
        assert answer.status_code == 201, answer.text
    return [envelope.digest(each) for each in statements]


def deprecation(target: bytes, key: SigningKey, **more: str) -> bytes:
    """Sign that a publication should be used no more."""
    said = envelope.credential(envelope.parse_envelope(target).payload).value["credentialSubject"]
    subject = {
        "id": said["id"],
        "target": envelope.digest(target),
        "reason": "Layers were missing.",
        "effective": "2026-12-01",
        **more,
    }
    now = dt.datetime.now(dt.UTC)
    made = credentials.make("SchemaDeprecation", subject, issuer=key.did, name="A buyer", now=now)
    return sign(made, key)
