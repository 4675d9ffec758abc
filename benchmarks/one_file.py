"""One file, cold start included, against the validators that people have."""

import subprocess
import sys
import tempfile
from pathlib import Path

import openquality_schemas
from benchmarks import harness

BARE = """
import json, sys, jsonschema_rs
schema = json.load(open(sys.argv[1])); document = json.load(open(sys.argv[2]))
sys.exit(not jsonschema_rs.validator_for(schema, validate_formats=True).is_valid(document))
"""


def run() -> None:
    harness.heading("One file, whole process")
    harness.machine("openquality", "check-jsonschema", "jsonschema-rs")
    bin_ = Path(sys.executable).parent
    with tempfile.TemporaryDirectory() as folder:
        document, schema = Path(folder, "record.json"), Path(folder, "schema.json")
        document.write_bytes(harness.example())
        schema.write_bytes(openquality_schemas.read("attestation.schema.json"))

        def process(*command: str | Path) -> object:
            return subprocess.run(list(map(str, command)), check=True, capture_output=True)

        found = harness.alternate(
            11,
            {
                "openquality validate": lambda: process(bin_ / "openquality", "validate", document),
                "check-jsonschema": lambda: process(
                    bin_ / "check-jsonschema", "--schemafile", schema, document
                ),
                "bare jsonschema-rs script": lambda: process(
                    sys.executable, "-c", BARE, schema, document
                ),
                "bare interpreter": lambda: process(sys.executable, "-c", "pass"),
            },
        )
    for name, seconds in found.items():
        print(f"  {name:28} {seconds * 1000:7.0f} ms")
    ours = found["openquality validate"]
    harness.ratio("ours / check-jsonschema", ours, found["check-jsonschema"], "at most 0.25")
