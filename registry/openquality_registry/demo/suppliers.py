"""The sample suppliers: what they have, and how it becomes a record of their own.

The samples carry the identities of nobody; each run makes a key for each supplier and writes its
DID into the record, as the supplier's own `init` would.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import as_file, files
from typing import Any

import openquality_schemas
from openquality.credentials import time
from openquality.measuring import FromFile, add_to, measure_file
from openquality.signing import SigningKey, generate, sign
from openquality_validator.measure import Mapping

SAMPLES = files("openquality_registry.demo") / "samples"

READINGS = {
    "v": 1,
    "kind": "sample",
    "columns": {"value": "pitch diameter mm", "subgroup": "subgroup"},
    "qualifiers": [
        {"qualifier": "controlChart", "code": "xbarR"},
        {"qualifier": "subgroupRule", "code": "consecutive"},
    ],
    "capability": {
        "estimator": "rBar",
        "convention": "aiag",
        "distribution": "normal",
        "characteristic": {
            "id": "Thread pitch diameter",
            "class": "critical",
            "lsl": "7.042",
            "usl": "7.160",
            "unit": "mm",
        },
    },
}
ORDERS = {
    "v": 1,
    "kind": "onTime",
    "columns": {"due": "confirmed", "event": "received"},
    "dateFormats": {"due": ["%d.%m.%Y"], "event": ["%d.%m.%Y"]},
    "qualifiers": [
        {"qualifier": "anchor", "code": "firstConfirmed"},
        {"qualifier": "earlyLimit", "amount": "3", "unit": "d"},
        {"qualifier": "lateLimit", "amount": "0", "unit": "d"},
        {"qualifier": "level", "code": "line"},
        {"qualifier": "event", "code": "receipt"},
        {"qualifier": "denominatorBasis", "code": "dueInPeriod"},
    ],
}


@dataclass(frozen=True, slots=True)
class Supplier:
    """Hold a sample supplier: its key and its record, unsigned."""

    name: str
    key: SigningKey
    record: dict[str, Any]

    def signed(self) -> bytes:
        """Return the supplier's signed statement."""
        return sign(self.record, self.key)


def nordbolt() -> tuple[Supplier, tuple[FromFile, ...]]:
    """Build the record of a maker of screws from its own raw data: readings and order lines."""
    maker = _issued(openquality_schemas.read("examples/valid/fastener-cpk-on-time.json"))
    measured = (
        _measured("nordbolt-readings.csv", READINGS, "cpk"),
        _measured("nordbolt-orders.csv", ORDERS, "on-time-delivery"),
    )
    subject = {**maker.record["credentialSubject"], "claims": []}
    empty = {**maker.record, "credentialSubject": subject, "evidence": []}
    return Supplier(maker.name, maker.key, add_to(empty, measured)), measured


def raw_data() -> dict[str, bytes]:
    """Return the raw files of the maker of screws, by name."""
    names = ("nordbolt-readings.csv", "nordbolt-orders.csv")
    return {name: (SAMPLES / name).read_bytes() for name in names}


def others() -> tuple[Supplier, ...]:
    """Return the suppliers that bring a finished record."""
    shipped = ("battery-cell", "contact-centre-ai", "data-service")
    examples = (openquality_schemas.read(f"examples/valid/{name}.json") for name in shipped)
    return (sample("schraubwerk"), *map(_issued, examples))


def sample(name: str) -> Supplier:
    """Return the supplier of one of the demo's own samples."""
    return _issued((SAMPLES / f"{name}.json").read_bytes())


def _issued(data: bytes) -> Supplier:
    """Give a sample an identity: a new key, its DID wherever the sample names its issuer.

    Whenever the demo is shown, its records are valid for a year from then.
    """
    key = generate()
    nobody: str = json.loads(data)["issuer"]["id"]
    record = json.loads(data.replace(nobody.encode(), key.did.encode()))
    record["validUntil"] = time(datetime.now(UTC) + timedelta(days=365))
    return Supplier(record["issuer"]["name"], key, record)


def _measured(name: str, mapping: dict[str, Any], metric: str) -> FromFile:
    from datetime import date

    with as_file(SAMPLES / name) as path:
        return measure_file(
            path,
            Mapping.from_json(mapping),
            metrics=[metric],
            period=(date(2026, 7, 1), date(2026, 9, 30)),
        )
