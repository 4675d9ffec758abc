"""Write the RDF face anew: `make generate`. `--check` only says whether anything would change."""

import json
import sys
from pathlib import Path
from typing import Any

import orjson

import openquality_schemas
from openquality_ontology import VERSION
from openquality_ontology.generator.catalogues import metrics, units
from openquality_ontology.generator.context import context
from openquality_ontology.generator.page import page
from openquality_ontology.generator.shapes import shapes
from openquality_ontology.generator.source import Source
from openquality_ontology.generator.vocabulary import vocabulary

ROOT = Path(__file__).parents[1]
STATEMENTS = tuple(f"{n}.schema.json" for n in ("status", "registration", "compromise", "operator"))
FOLDER = Path("ontology/openquality_ontology") / VERSION


def generated() -> dict[Path, bytes]:
    """Return the bytes of every generated file by its path below the top."""
    source = Source(_read("attestation.schema.json"), [_read(name) for name in STATEMENTS])
    return {
        FOLDER / "context.jsonld": _json(context(source)),
        FOLDER / "metrics.ttl": metrics(_read("metrics.json")).to_turtle(),
        FOLDER / "ontology.ttl": vocabulary(source, VERSION).to_turtle(),
        FOLDER / "shapes.ttl": shapes(source).to_turtle(),
        FOLDER / "units.ttl": units(_read("units.json")).to_turtle(),
        Path("docs/spec/terms.md"): page(source).encode(),
    }


def _read(name: str) -> dict[str, Any]:
    value: dict[str, Any] = orjson.loads(openquality_schemas.read(name, version=VERSION))
    return value


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def stale() -> list[str]:
    """Name the files that are not what would be written."""
    return [
        str(path)
        for path, data in generated().items()
        if not (ROOT / path).exists() or (ROOT / path).read_bytes() != data
    ]


def main() -> int:
    """Write the files, or with --check name those that differ."""
    if "--check" in sys.argv[1:]:
        found = stale()
        print("\n".join(found) or "up to date")  # noqa: T201 - a script that prints
        return bool(found)
    (ROOT / FOLDER).mkdir(exist_ok=True)
    for path, data in generated().items():
        (ROOT / path).write_bytes(data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
