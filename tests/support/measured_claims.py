"""Claims measured from the bytes of a CSV file by a mapping, which is held to its schema."""

from datetime import date
from typing import Any

from jsonschema import Draft202012Validator

import openquality_schemas
from openquality_validator.catalogue import load
from openquality_validator.measure import Mapping, measure, parse_csv

DAYS = (date(2026, 1, 1), date(2026, 6, 30))
_SCHEMA = openquality_schemas.attestation_schema(version=openquality_schemas.newest()[1])
_SHAPE = {"$schema": _SCHEMA["$schema"], "$defs": _SCHEMA["$defs"], "$ref": "#/$defs/Mapping"}


def measured(data: bytes, mapping: dict[str, Any], metric: str) -> dict[str, Any]:
    meaning = Mapping.from_json(mapping)
    assert Mapping.from_json(meaning.to_json()) == meaning
    Draft202012Validator(_SHAPE).validate(meaning.to_json())
    table = parse_csv(data, meaning.table)
    return measure(table, meaning, metrics=(metric,), catalogue=load(), period=DAYS).claims[0]
