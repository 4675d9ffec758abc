"""SHACL: one record at a time, and many in one graph, beside the JSON Schema's verdict on it."""

import json
import re

from benchmarks import harness
from openquality_validator import semantics, structure, validate
from openquality_validator.documents import parse_object

BATCH = 50
ROUNDS = 5


def run() -> None:
    """Print milliseconds for a record, and how much dearer the shapes are."""
    harness.heading("SHACL shapes of one record, and of many in one graph")
    harness.machine("pyshacl", "rdflib", "pyld", "jsonschema-rs")
    record = json.loads(harness.example())
    batch = {str(number): _renamed(record, number) for number in range(BATCH)}
    parsed = parse_object(harness.example())
    semantics.check(record)  # the shapes are parsed once
    contenders = {
        "JSON Schema": lambda: structure.check(record),
        "JSON Schema and rules": lambda: validate.validate(parsed),
        "JSON-LD to RDF": lambda: semantics.to_nquads(record),
        "SHACL, one record": lambda: semantics.check(record),
        f"SHACL, {BATCH} in a graph": lambda: semantics.check_many(batch),
    }
    found = harness.alternate(ROUNDS, contenders)
    found[f"SHACL, {BATCH} in a graph"] /= BATCH
    for name, seconds in found.items():
        print(f"  {name:24} {seconds * 1e3:9.3f} ms a record")
    one, many = found["SHACL, one record"], found[f"SHACL, {BATCH} in a graph"]
    harness.ratio("in one graph / alone", many, one, "none")
    harness.ratio("SHACL in one graph / JSON Schema", many, found["JSON Schema"], "none")


def _renamed(record: dict[str, object], number: int) -> dict[str, object]:
    """Give the ids of a record names of their own, so that many fit into one graph."""
    text = re.sub(r"urn:uuid:[0-9a-f]{8}", f"urn:uuid:{number:08x}", json.dumps(record))
    text = re.sub(r'"(did:key:\w+)', rf'"\1.{number}', text)
    text = re.sub(r'"id": "(https://id\.gs1\.org[^"]*)"', rf'"id": "\1/n{number}"', text)
    made: dict[str, object] = json.loads(text)
    return made
