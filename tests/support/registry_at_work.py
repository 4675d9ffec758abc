"""A registry over HTTP and statements to send to it, for acceptance tests."""

import contextlib
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2

import openquality_schemas
from openquality import wire
from openquality.signing import SigningKey, generate, sign
from openquality_registry import bootstrap
from openquality_registry.bootstrap import Parts
from openquality_registry.http import server
from openquality_registry.http.app import create_app
from openquality_registry.ports import Clock
from openquality_registry.settings import load
from openquality_validator import bundle
from openquality_validator.tlog.checkpoint import Checkpoint
from openquality_validator.tlog.note import VerifierKey
from openquality_validator.trust import LogKey, Trust, TrustedLog

RunRegistry = Callable[..., AbstractContextManager[tuple[httpx2.Client, Parts]]]
"""What `registry` is, on a database that the caller does not know."""

BASE = "fastener-cpk-on-time.json"
KEY = generate()


def gtin(number: int) -> str:
    """Write a GTIN-14 of GS1's demonstration prefix 950 (check digit: weights 3, 1 from right)."""
    digits = f"0950600{number:06d}"
    weighed = sum(int(d) * (3 if at % 2 == 0 else 1) for at, d in enumerate(reversed(digits)))
    return f"{digits}{-weighed % 10}"


def attestation(number: int = 0, *, key: SigningKey = KEY) -> dict[str, Any]:
    """Make a valid attestation of the key's owner about a subject of its own."""
    text = openquality_schemas.examples("valid")[BASE].decode()
    value = json.loads(text)
    text = (
        text.replace(value["issuer"]["id"], key.did)
        .replace(value["id"], f"urn:uuid:{UUID(int=number)}")
        .replace("09506000134352", gtin(number))
    )
    made: dict[str, Any] = json.loads(text)
    return made


def statement(number: int = 0, *, key: SigningKey = KEY) -> bytes:
    """Sign the attestation with this number."""
    return sign(attestation(number, key=key), key)


@contextlib.contextmanager
def registry(
    folder: Path, *, clock: Clock | None = None, **settings: object
) -> Iterator[tuple[httpx2.Client, Parts]]:
    """Run a registry on a free port; give a client of it and its parts."""
    chosen = load(data=folder, **{"port": 0, "workers": 0, **settings})
    parts = bootstrap.build(chosen, clock=clock)
    app, listening = create_app(parts), server.listen("127.0.0.1", 0)
    try:
        with (
            server.background(app, listening, stopping=parts.bell.close) as url,
            httpx2.Client(base_url=url, timeout=60) as client,
        ):
            yield client, parts
    finally:
        parts.close()


def publish(client: httpx2.Client, data: bytes, **headers: str) -> httpx2.Response:
    """Post one statement."""
    return client.post(
        "/v1/statements", content=data, headers={"content-type": wire.STATEMENT} | headers
    )


def publish_all(client: httpx2.Client, lines: list[bytes], **headers: str) -> httpx2.Response:
    """Post a batch."""
    return client.post(
        "/v1/statements/batch",
        content=b"\n".join(lines),
        headers={"content-type": wire.LINES} | headers,
    )


def trust_in(client: httpx2.Client) -> Trust:
    """Trust the log of this registry, by the key that it names."""
    log = client.get("/.well-known/openquality").json()["log"]
    key = LogKey(VerifierKey.from_text(log["vkey"]))
    return Trust(logs=(TrustedLog(log["origin"], (key,)),))


def verdict(data: bytes, trust: Trust, *, seen: Checkpoint | None = None) -> str:
    """Judge a bundle, now."""
    return bundle.verify(data, trust=trust, now=datetime.now(UTC), seen=seen).overall.value
