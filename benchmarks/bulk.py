"""Validation in bulk: structure and all rules, against schema engines that check shape alone."""

import json
import tempfile
from pathlib import Path

import jsonschema
import jsonschema_rs
import orjson

import openquality_schemas
from benchmarks import commands, harness
from openquality_validator import catalogue, documents, validate

COUNT = 5_000
SLOW = 100  # the pure-Python engine is timed on fewer


def run() -> None:
    harness.heading("Validation in bulk, one process")
    harness.machine("jsonschema", "jsonschema-rs", "orjson")
    lines = harness.records(COUNT)
    schema = json.loads(openquality_schemas.read("attestation.schema.json"))
    checker = jsonschema.Draft202012Validator(
        schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    fast = jsonschema_rs.validator_for(schema, validate_formats=True)
    catalogue.load()

    def ours() -> None:
        for line in lines:
            assert validate.validate(documents.parse_object(line)).valid

    def floor() -> None:
        for line in lines:
            assert fast.is_valid(orjson.loads(line))

    def plain() -> None:
        for line in lines[:SLOW]:
            assert checker.is_valid(json.loads(line))

    found = harness.alternate(
        5, {"openquality": ours, "orjson + jsonschema-rs": floor, "jsonschema": plain}
    )
    counts = {"openquality": COUNT, "orjson + jsonschema-rs": COUNT, "jsonschema": SLOW}
    rate = harness.rates(found, counts)
    for name, value in rate.items():
        print(f"  {name:28} {value:10,.0f} records/s")
    mine = rate["openquality"]
    harness.ratio("ours / jsonschema", mine, rate["jsonschema"], "at least 25")
    harness.ratio("time: ours / floor", rate["orjson + jsonschema-rs"], mine, "at most 3")
    _command(lines)


def _command(lines: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "records.jsonl")
        for repeat in (1, 10):
            harness.write_lines(path, lines * repeat)
            ran = commands.watched([commands.OPENQUALITY, "validate", path])
            count = len(lines) * repeat
            print(
                f"  the command, {count:7,} lines    {count / ran.seconds:10,.0f} records/s, "
                f"peak {ran.peak:.0f} MiB"
            )
