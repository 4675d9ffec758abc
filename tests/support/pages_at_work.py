"""A registry with something to show on every page: records, periods, versions, states."""

import copy
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import profiles_at_work
import registry_at_work
import schemas_at_work
from registry_at_work import gtin, publish

import openquality_schemas
from openquality import credentials
from openquality.signing import SigningKey, generate, sign
from openquality_registry.bootstrap import Parts
from openquality_validator import envelope
from openquality_validator.identity import KeyKind

SHIPPED = (
    "battery-cell",
    "buyer-observation",
    "laboratory-accreditation",
    "logistics-service-level",
    "pump-life-cycle-cost",
    "recall-notice",
)
# Names as their bearers write them, each with a word that must find it.
NAMES = {
    "Möller & Söhne Schraubenfabrik": "söhne",
    "شرکت پیچ‌سازی تبریز": "پیچ‌سازی",
    "भारत इस्पात लिमिटेड": "इस्पात",
    "苏州精密机械有限公司": "精密",
    "👩‍🔧 Werkstatt": "👩‍🔧",
}
PERIODS = (  # one quarter is missing on purpose
    ("2025-07-01", "2025-09-30", 452),
    ("2026-01-01", "2026-03-31", 460),
    ("2026-04-01", "2026-06-30", 463),
)


@dataclass
class Shown:
    """Hold a running registry and the digests of what it shows, by name."""

    url: str
    client: httpx2.Client
    parts: Parts
    digests: dict[str, str] = field(default_factory=dict)

    def path(self, name: str) -> str:
        """Return the address of a record's page."""
        return f"/records/{self.digests[name].removeprefix('sha256:')}"

    def publish(self, name: str, record: dict[str, Any], key: SigningKey) -> None:
        """Publish a record and remember its digest."""
        statement = sign(record, key)
        answer = publish(self.client, statement)
        assert answer.status_code == 201, answer.text
        self.digests[name] = envelope.digest(statement)


@contextmanager
def pages(folder: Path, **settings: object) -> Iterator[Shown]:
    """Run a registry that has something to show on every page."""
    with registry_at_work.registry(folder, **settings) as (client, parts):
        shown = Shown(str(client.base_url).rstrip("/"), client, parts)
        _fill(shown)
        yield shown


def record(number: int, key: SigningKey, *, name: str | None = None) -> dict[str, Any]:
    """Make a record of a maker of screws about a product of its own."""
    made = registry_at_work.attestation(number, key=key)
    if name is not None:
        made["credentialSubject"]["name"] = name
    return made


def _fill(shown: Shown) -> None:
    key = generate()
    for place, (start, end, good) in enumerate(PERIODS):
        shown.publish(f"period {place}", _of_period(900 + place, key, start, end, good), key)
    shown.publish("screw", _about(record(1, key), 1), key)
    shown.publish("p-256", record(2, other := generate(KeyKind.P256)), other)
    for number, name in enumerate(NAMES, 10):
        own = generate()
        shown.publish(name, record(number, own, name=name), own)
    for number in range(20, 26):
        own = generate()
        shown.publish(f"peer {number}", _shared(record(number, own), 450 + number), own)
    for place, name in enumerate(SHIPPED):
        shown.publish(name, *_issued(name, place))
    assessed = profiles_at_work.records("cx-standard")[1]
    shown.publish("assessment", assessed, profiles_at_work.key("assessor"))
    _versions(shown)
    _states(shown)
    _schemas(shown)
    shown.parts.operator.catch_up()


def _about(made: dict[str, Any], number: int) -> dict[str, Any]:
    text = json.dumps(made).replace(gtin(900), gtin(number))
    found: dict[str, Any] = json.loads(text)
    return found


def _of_period(number: int, key: SigningKey, start: str, end: str, good: int) -> dict[str, Any]:
    made = record(number, key)
    text = json.dumps(made).replace(gtin(number), gtin(1))
    made = json.loads(text)
    made["validFrom"] = f"{end}T12:00:00Z"
    made["credentialSubject"]["claims"] = [made["credentialSubject"]["claims"][1]]
    made["evidence"] = made["evidence"][1:]
    claim = made["credentialSubject"]["claims"][0]
    claim["period"] = {"start": start, "end": end}
    return _shared(made, good)


def _shared(made: dict[str, Any], good: int) -> dict[str, Any]:
    claim = next(
        each for each in made["credentialSubject"]["claims"] if each["metric"] == "on-time-delivery"
    )
    claim["counts"] = {"numerator": good, "denominator": 480}
    claim["value"]["amount"] = f"{100 * good / 480:.4f}".rstrip("0").rstrip(".")
    return made


def _issued(name: str, place: int) -> tuple[dict[str, Any], SigningKey]:
    text = openquality_schemas.examples("valid")[f"{name}.json"].decode()
    key = generate()
    made = json.loads(text.replace(json.loads(text)["issuer"]["id"], key.did))
    identifier = made["id"]
    found: dict[str, Any] = json.loads(
        json.dumps(made).replace(identifier, f"urn:uuid:{UUID(int=5_000 + place)}")
    )
    return found, key


def _versions(shown: Shown) -> None:
    """Publish a record and its successor, which says another name and value."""
    key = generate()
    old = _shared(record(40, key), 440)
    shown.publish("old version", old, key)
    new = copy.deepcopy(_shared(old, 470))
    text = json.dumps(new).replace(old["id"], f"urn:uuid:{UUID(int=41)}")
    new = json.loads(text) | {"supersedes": shown.digests["old version"]}
    new["credentialSubject"]["name"] = "Hexagon head screw M8 × 30, second drawing"
    shown.publish("new version", new, key)


def _states(shown: Shown) -> None:
    """Publish records that are suspended, revoked, expiring, expired."""
    now = datetime.now(UTC)
    for number, state in ((50, "suspended"), (51, "revoked")):
        key = generate()
        shown.publish(state, record(number, key), key)
        subject = {
            "id": f"statement:{shown.digests[state]}",
            "log": shown.parts.folder.origin,
            "state": state,
            "reason": "The gauge is being calibrated.",
        }
        said = credentials.make("StatusStatement", subject, issuer=key.did, name="Maker", now=now)
        assert publish(shown.client, sign(said, key)).status_code == 201
    for number, state, days in ((52, "expiring", 10), (53, "expired", -3)):
        key = generate()
        until = (now + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
        shown.publish(state, record(number, key) | {"validUntil": until}, key)


def _schemas(shown: Shown) -> None:
    """Publish two versions of a schema, of which the newer one is deprecated, and a profile."""
    key, at = generate(), schemas_at_work
    first = at.publication(at.coating(key), key, kind="extension", name="coating", version="1.0")
    (before,) = at.publish_all(shown.client, first)
    second = at.publication(
        at.coating(key, layers=at.TEXT), key, kind="extension", name="coating", version="1.1",
        ancestor=before, sectors=["nace:25.61"],
    )  # fmt: skip
    own = at.publication(at.profile(key), key, kind="profile", name="our-suppliers", version="1.0")
    word = at.deprecation(second, key, alternative=before, removal="2027-12-01")
    (shown.digests["coating"], _, _) = at.publish_all(shown.client, second, own, word)
    schema = at.coating(key, layers=at.TEXT)
    made, uri = record(60, key, name="Coated plate"), schema["$id"]
    data = json.dumps(schema, indent=2).encode()
    made["extensionSchemas"] = [{"id": uri, "digestSRI": openquality_schemas.sri(data)}]
    made["credentialSubject"]["extensions"] = {uri: {"process": "painted", "layers": "two"}}
    shown.publish("extended", made, key)
