"""Validation in bulk: structure and all rules, against schema engines that check shape alone."""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import jsonschema
import jsonschema_rs
import orjson

import openquality_schemas
from benchmarks import harness
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
            seconds, peak = _run([Path(sys.executable).parent / "openquality", "validate", path])
            count = len(lines) * repeat
            print(
                f"  the command, {count:7,} lines    {count / seconds:10,.0f} records/s, "
                f"peak {peak:.0f} MiB"
            )


def _run(command: list[str | Path]) -> tuple[float, float]:
    """Return the seconds and the peak memory in MiB of a command (Linux: from /proc)."""
    start, peak = time.perf_counter(), 0.0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        # Not getrusage: a child's peak there includes this program's memory at the fork.
        status = Path(f"/proc/{process.pid}/status")
        while process.poll() is None:
            found = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
            peak = max([peak, *(int(line.split()[1]) / 1024 for line in found)])
            time.sleep(0.02)
    assert process.returncode == 0
    return time.perf_counter() - start, peak
