"""Credentials about issuers, keys and states: the frame around what each says."""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

import openquality_schemas
from openquality_validator import kinds

CONTEXT = ("https://www.w3.org/ns/credentials/v2", "https://w3id.org/openquality/v1")


def make(
    credential_type: str,
    subject: Mapping[str, Any],
    *,
    issuer: str,
    name: str,
    now: datetime,
    identifier: uuid.UUID | None = None,
    valid_until: datetime | None = None,
) -> dict[str, Any]:
    """Make an unsigned credential of one of the types of `kinds.KINDS`, valid from now on.

    `subject` is the whole credentialSubject; `issuer` and `name` are who is going to sign. Without
    an identifier it gets a random one.
    """
    file = kinds.KINDS[credential_type].schema
    sri, version = openquality_schemas.newest(file)
    schema = orjson.loads(openquality_schemas.read(file, version=version))
    until = {} if valid_until is None else {"validUntil": time(valid_until)}
    return {
        "@context": list(CONTEXT),
        "id": f"urn:uuid:{identifier or uuid.uuid4()}",
        "type": ["VerifiableCredential", credential_type],
        "issuer": {"id": issuer, "name": name},
        "validFrom": time(now),
        **until,
        "credentialSchema": {"id": schema["$id"], "type": "JsonSchema", "digestSRI": sri},
        "credentialSubject": dict(subject),
    }


def time(moment: datetime) -> str:
    """Write a time as credentials do: UTC, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
