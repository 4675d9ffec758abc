"""A registry that lists a certifier, its certificate of a supplier, and who speaks about it."""

import contextlib
import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
from profiles_at_work import key, records
from registry_at_work import RunRegistry, publish
from years_at_work import Calendar, list_certifier

from openquality import credentials
from openquality.signing import SigningKey, generate, sign
from openquality_registry.bootstrap import Parts
from openquality_validator import envelope, status

Json = dict[str, Any]
NAME, NUMBER = "quality-management", "QM-25-1187"
KEY = status.certificate_key("ISO-9001", NUMBER)
SUPPLIER, CERTIFIER, STRANGER, BUYER = key("nordbolt"), key("certifier"), generate(), generate()
TODAY = "2026-11-20"
NOW = dt.datetime(2026, 11, 20, 9, 30, tzinfo=dt.UTC)


@contextlib.contextmanager
def certified(
    run_registry: RunRegistry, folder: Path, *, listed: bool = True
) -> Iterator[tuple[httpx2.Client, Parts]]:
    """Run a registry of 2026-11-20 that holds the supplier's record and the certifier's."""
    clock = Calendar(TODAY)
    with run_registry(folder, clock=clock):
        pass
    if listed:
        list_certifier(folder)
    with run_registry(folder, clock=clock) as (client, parts):
        for record, signer in zip(records(NAME), (SUPPLIER, CERTIFIER), strict=True):
            assert publish(client, sign(record, signer)).status_code == 201
        yield client, parts


def claimed(
    signer: SigningKey,
    *,
    scheme: str = "ISO-9001",
    number: str = NUMBER,
    holder: SigningKey = SUPPLIER,
) -> bytes:
    """Sign a certificate as a certifier, by default of the supplier and with the same number."""
    made = records(NAME)[1]
    text = json.dumps(made).replace(made["id"], f"urn:uuid:{uuid4()}")
    text = text.replace(made["issuer"]["id"], signer.did).replace(SUPPLIER.did, holder.did)
    value = json.loads(text)
    (claim,) = value["credentialSubject"]["claims"]
    claim["scheme"]["code"], claim["number"] = scheme, number
    return sign(value, signer)


def quoted() -> bytes:
    """Sign the supplier's own quote of the certificate, which names the certifier by its DID."""
    made = records(NAME)[1]
    text = json.dumps(made).replace(made["id"], f"urn:uuid:{uuid4()}")
    value = json.loads(text)
    value["issuer"] = {"id": SUPPLIER.did, "name": "Nordbolt Fasteners GmbH"}
    value["credentialSubject"]["issuerRole"] = "producer"
    return sign(value, SUPPLIER)


def word(
    client: httpx2.Client,
    state: str,
    signer: SigningKey,
    *,
    previous: bytes | None = None,
    target: str = KEY,
) -> bytes:
    """Sign a status statement, by default about the certificate."""
    said = {"id": target, "log": origin(client), "state": state, "reason": "As it was found."}
    if previous is not None:
        said["previous"] = envelope.digest(previous)
    return _signed("StatusStatement", said, signer)


def measure(
    client: httpx2.Client,
    kind: str,
    signer: SigningKey,
    *,
    about: bytes | None = None,
    target: str = KEY,
    **more: str,
) -> bytes:
    """Sign a measure, by default about the certificate."""
    said = {"id": target, "log": origin(client), "measure": kind, "reason": "As it was found."}
    if about is not None:
        said["about"] = envelope.digest(about)
    return _signed("CertificationMeasure", said | more, signer)


def origin(client: httpx2.Client) -> str:
    """Return the origin of the registry's log."""
    return str(client.get("/.well-known/openquality").json()["log"]["origin"])


def _signed(kind: str, said: Json, signer: SigningKey) -> bytes:
    made = credentials.make(kind, said, issuer=signer.did, name="A party", now=NOW)
    return sign(made, signer)
