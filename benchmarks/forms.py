"""The same records in the form that each validator of others reads, and how it is called."""

import json
from pathlib import Path
from typing import Any

import openquality_schemas
from benchmarks import harness, peers
from benchmarks.commands import OPENQUALITY, Command
from benchmarks.peers import Peer

NOTES = """\
  openquality looks at shape, formats, rules, arithmetic and texts; check-jsonschema, ajv-cli and
  Sourcemeta at shape and formats, by the same JSON Schema; frictionless reads tables only, so it
  looks at the types of a record's own members, as columns."""


class Records:
    """Hold records as files in a folder: one as `.json`; several as `.jsonl` and as an array."""

    def __init__(self, folder: Path, lines: list[bytes]) -> None:
        folder.mkdir()
        self.several = len(lines) > 1
        self.lines = folder / "records.jsonl"
        self.json = folder / "records.json"
        self.schema = folder / "schema.json"
        self.columns = folder / "columns.json"
        self.record = folder / "record.schema.json"
        schema = openquality_schemas.attestation_schema()
        self.record.write_text(json.dumps(schema))
        if self.several:
            self.json.write_bytes(b"[" + b",\n".join(lines) + b"]\n")
            schema = _of_array(schema)
        else:
            self.json.write_bytes(lines[0])
        harness.write_lines(self.lines, lines)
        self.schema.write_text(json.dumps(schema))
        self.columns.write_text(json.dumps(columns(json.loads(lines[0]))))

    def ours(self) -> Command:
        """Return our own call."""
        return [OPENQUALITY, "validate", self.lines if self.several else self.json]

    def theirs(self, peer: Peer, program: Path) -> Command:
        """Return the call with which a peer validates the same records."""
        if peer is peers.CHECK_JSONSCHEMA:
            return [program, "--schemafile", self.schema, self.json]
        if peer is peers.AJV:
            options = ("--spec=draft2020", "-c", "ajv-formats", "--strict=false")
            return [program, "validate", *options, "-s", self.schema, "-d", self.json]
        if peer is peers.SOURCEMETA:
            document = self.lines if self.several else self.json
            return [program, "validate", "--format-assertion", self.record, document]
        # "Trusted": it refuses paths that are not below the current folder.
        return [program, "validate", "--trusted", "--schema", self.columns, self.lines]


def _of_array(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of an array of records.

    Not with the record's schema whole inside: its own `$id` there slows check-jsonschema tenfold.
    """
    record = {k: v for k, v in schema.items() if k not in {"$schema", "$id", "$defs"}}
    return {
        "$schema": schema["$schema"],
        "$defs": {**schema["$defs"], "record": record},
        "type": "array",
        "items": {"$ref": "#/$defs/record"},
    }


def columns(record: dict[str, Any]) -> dict[str, Any]:
    """Return the Table Schema of the members of a valid record."""
    kinds = {str: "string", dict: "object", list: "array"}
    required = openquality_schemas.attestation_schema()["required"]
    return {
        "fields": [
            {
                "name": name,
                "type": kinds[type(value)],
                "constraints": {"required": name in required},
            }
            for name, value in record.items()
        ]
    }
