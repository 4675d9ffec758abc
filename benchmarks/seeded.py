"""Errors put into valid records on purpose: how many each validator finds, and where it says so.

The corpus is that of the tests (`tests/support/seeded_errors.py`), which hold our own command to
all of it. `python -m benchmarks seeded` prints the table of docs/trials/2026-11-seeded-errors.md.
"""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import openquality_schemas
from benchmarks import forms, harness, peers
from benchmarks.commands import OPENQUALITY

sys.path.append(str(Path(__file__).parents[1] / "tests" / "support"))
import seeded_errors
from seeded_errors import Seeded

Pointers = Mapping[str, frozenset[str]]  # of a file: the places that a validator names
_STEP = re.compile(r"\.([A-Za-z@$][\w@$]*)|\[(\d+)\]|\['([^']*)'\]")


def run() -> None:
    harness.heading("Seeded errors")
    corpus = seeded_errors.corpus()
    valid = [Seeded(each.name, each.base, each.base, frozenset(), mends=False) for each in corpus]
    programs = peers.programs()
    print("\n| validator | files refused | errors at their place | valid files refused |")
    print("|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        ours = _of_openquality(work, corpus)
        # The tests hold our places to the marks in the texts, so they say where each error is.
        seeded = {name: pointers for name, pointers in ours.items() if pointers}
        contenders: dict[str, Callable[[Iterable[Seeded]], Pointers]] = {
            "openquality": lambda files: _of_openquality(work, files)
        }
        if peers.CHECK_JSONSCHEMA in programs:
            program = programs[peers.CHECK_JSONSCHEMA]
            contenders["check-jsonschema"] = lambda files: _of_check_jsonschema(
                program, work, files
            )
        if peers.FRICTIONLESS in programs:
            tables = programs[peers.FRICTIONLESS]
            contenders["frictionless"] = lambda files: _of_frictionless(tables, work, files)
        errors = sum(map(len, seeded.values()))
        for name, validate in contenders.items():
            found = validate(corpus)
            placed = sum(
                _names(pointer, found.get(file, frozenset()))
                for file, pointers in seeded.items()
                for pointer in pointers
            )
            print(
                f"| {name} | {len(found)} of {len(corpus)} | {placed} of {errors} "
                f"| {len(validate(valid))} of {len(valid)} |"
            )


def _names(pointer: str, found: frozenset[str]) -> bool:
    """Say whether a place is named, or the object around it, where that is what is looked at."""
    return not {pointer, pointer.rpartition("/")[0] or pointer}.isdisjoint(found)


def _written(work: Path, files: Iterable[Seeded], *, around: str = "{}") -> list[Path]:
    paths = []
    for each in files:
        path = work / f"{each.name}.json"
        path.write_text(around.replace("{}", each.text), "utf-8", newline="")
        paths.append(path)
    return paths


def _json(command: list[str | Path]) -> Any:  # noqa: ANN401 - any JSON value
    done = subprocess.run(list(map(str, command)), capture_output=True, check=False)
    return json.loads(done.stdout)


def _of_openquality(work: Path, files: Iterable[Seeded]) -> Pointers:
    report = _json([OPENQUALITY, "validate", "--format", "json", *_written(work, files)])
    return {
        Path(each["path"]).stem: frozenset(f["pointer"] for f in each["findings"])
        for each in report["documents"]
        if not each["valid"]
    }


def _of_check_jsonschema(program: Path, work: Path, files: Iterable[Seeded]) -> Pointers:
    schema = work / "attestation.schema.json"
    schema.write_bytes(openquality_schemas.read("attestation.schema.json"))
    paths = _written(work, files)
    report = _json([program, "-o", "json", "--schemafile", schema, *paths])
    found: dict[str, set[str]] = {}
    for error in report.get("errors", ()):
        found.setdefault(Path(error["filename"]).stem, set()).add(_pointer(error["path"]))
    for error in report.get("parse_errors", ()):
        found.setdefault(Path(error["filename"]).stem, set())
    return {name: frozenset(pointers) for name, pointers in found.items()}


def _pointer(path: str) -> str:
    """Turn a JSONPath such as `$.claims[0].value` into a JSON Pointer."""
    return "".join(f"/{''.join(step)}" for step in _STEP.findall(path.removeprefix("$")))


def _of_frictionless(program: Path, work: Path, files: Iterable[Seeded]) -> Pointers:
    columns = work / "columns.json"
    found: dict[str, frozenset[str]] = {}
    for each in files:
        columns.write_text(json.dumps(forms.columns(json.loads(each.base))))
        (path,) = _written(work, [each], around="[{}]")  # a table of one row
        options = ("--json", "--trusted", "--type", "table", "--schema", columns)
        report = _json([program, "validate", *options, path])
        errors = [*report["errors"], *(e for task in report["tasks"] for e in task["errors"])]
        if errors:
            found[each.name] = frozenset(f"/{e['fieldName']}" for e in errors if "fieldName" in e)
    return found
