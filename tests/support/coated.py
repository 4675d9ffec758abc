"""A metric set of a fictional owner, and records with measurements of it."""

import copy
from pathlib import Path
from typing import Any

import orjson

import openquality_schemas

COATING = (Path(__file__).parent.parent / "fixtures" / "metric-sets" / "coating.json").read_bytes()
URI = "https://coatings.example/metrics/coating"
ADHESION = f"{URI}#coating-adhesion"
REJECTION = f"{URI}#coating-rejection-rate"

Json = dict[str, Any]


def coating(**members: object) -> Json:
    """Return the set as a value of its own, with members changed."""
    return {**orjson.loads(COATING), **members}


def schemas(*sets: bytes) -> dict[str, bytes]:
    """Return sets by digest, as records pin them."""
    return {openquality_schemas.sri(each): each for each in sets}


def adhesion(record: Json, *, amount: str = "6.2", substrate: str = "steel", at: int = 9) -> Json:
    """Return a measurement of the pull-off adhesion with the numbers of the set's example."""
    return {
        "id": f"{record['id']}#c{at}",
        "type": "MeasurementClaim",
        "metric": "coating-adhesion",
        "period": {"start": "2026-04-01", "end": "2026-09-30"},
        "value": {"amount": amount, "unit": "MPa"},
        "uncertainty": {"expanded": "0.4", "coverageFactor": "2"},
        "qualifiers": [
            {"qualifier": "substrate", "code": substrate},
            {"qualifier": "cureTime", "amount": "7", "unit": "d"},
        ],
        "assessor": {"assessorLevel": "self"},
    }


def coated(record: Json, *measurements: Json, pinned: bytes = COATING) -> Json:
    """Return a record with measurements of the set that it pins."""
    found = copy.deepcopy(record)
    uri = orjson.loads(pinned)["id"]
    found["extensionSchemas"] = [{"id": uri, "digestSRI": openquality_schemas.sri(pinned)}]
    found["credentialSubject"]["extensions"] = {uri: {"measurements": list(measurements)}}
    return found
