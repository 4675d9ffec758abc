"""Schemas: comparing two versions of our largest, checking it, and replaying stored records.

The floor of a replay parses each line with orjson and validates it twice with jsonschema-rs, by the
schema before and after, on one core. OPENQUALITY_BENCH_LARGEST=5000 makes the file shorter.
"""

import os
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import orjson
from jsonschema_rs import Draft202012Validator

import openquality_schemas
from benchmarks import harness
from openquality_validator import compatibility
from openquality_validator.engines import compiled

RECORDS = 100_000
ROUNDS = 3
COMMAND = Path(sys.executable).with_name("openquality")
NAME = "attestation.schema.json"
OLD, NEW = (openquality_schemas.read(NAME, version=v) for v in ("1.0-draft.1", "1.0"))


def run() -> None:
    """Print milliseconds of a comparison and a check, and records a second of a replay."""
    harness.heading("Schemas: compare, check, replay")
    harness.machine("jsonschema-rs", "orjson")
    found = harness.alternate(
        ROUNDS,
        {
            "compare two versions, both ways": partial(_compare, OLD, NEW),
            "compare a version with itself": partial(_compare, NEW, NEW),
            "check one before publication": partial(compatibility.lint, NEW),
        },
    )
    for name, seconds in found.items():
        print(f"  {name:34} {seconds * 1000:8,.0f} ms")
    _replay()


def _compare(old: bytes, new: bytes) -> None:
    one, other = compatibility.read(old, side="old"), compatibility.read(new, side="new")
    found = compatibility.compare(one, other)
    assert found.keeps(compatibility.Direction.BACKWARD)


def _replay() -> None:
    wanted = min(RECORDS, int(os.environ.get("OPENQUALITY_BENCH_LARGEST", RECORDS)))
    lines = harness.records(wanted)
    with tempfile.TemporaryDirectory(prefix="openquality-bench-") as work:
        path = Path(work, "records.jsonl")
        harness.write_lines(path, lines)
        for name, data in (("old", OLD), ("new", NEW)):
            Path(work, f"{name}.json").write_bytes(data)
        bare, ours, whole = (
            "orjson + jsonschema-rs, twice",
            "replay, in memory",
            "command, with files",
        )
        found = harness.alternate(
            ROUNDS,
            {
                bare: partial(_bare, lines),
                ours: partial(_ours, lines),
                whole: partial(_command, Path(work)),
            },
        )
    rate = harness.rates(found, dict.fromkeys(found, wanted))
    for name, value in rate.items():
        print(f"  {name:34} {value:8,.0f} records/s   {1e5 / value:6.1f} s per 100,000")
    harness.ratio("replay / bare", rate[ours], rate[bare], "none")


def _bare(lines: list[bytes]) -> None:
    old, new = (Draft202012Validator(orjson.loads(each)) for each in (OLD, NEW))
    for line in lines:
        value = orjson.loads(line)
        old.is_valid(value)
        new.is_valid(value)


def _ours(lines: list[bytes]) -> None:
    evidence = compatibility.Evidence()
    values = (("", orjson.loads(line)) for line in lines)
    for each in compatibility.replay(values, old=[compiled(NEW)], new=compiled(NEW)):
        evidence.add(each)
    assert evidence.remaining == len(lines)


def _command(work: Path) -> None:
    arguments = (
        "schema",
        "check",
        "new.json",
        "--against",
        "old.json",
        "--records",
        "records.jsonl",
    )
    subprocess.run([COMMAND, *arguments], cwd=work, check=True, capture_output=True)
