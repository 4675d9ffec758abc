"""A workbook of 50,000 rows of claims, in the template's form, beside frictionless."""

import copy
import json
import sys
import tempfile
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openquality_schemas
from benchmarks import commands, harness, peers
from openquality.workbook.template import template
from openquality_validator.sheets import layout
from openquality_validator.sheets.column import Kind, Need
from openquality_validator.sheets.filling import fill
from openquality_validator.sheets.layout import Table

ROWS = 50_000
CLAIMS = 4  # of a record
ROUNDS = 3
EXAMPLE = "examples/valid/organisation-on-time.json"
SHEET = "shares"
NOTES = f"""\
  ajv-cli, check-jsonschema and Sourcemeta read no workbooks. openquality builds a record of every
  {CLAIMS} rows and looks at all of it; frictionless at the cells of one sheet: numbers, dates, and
  what must be filled in. python-calamine alone reads every cell and looks at none."""
READ = """
import sys, python_calamine
book = python_calamine.CalamineWorkbook.from_path(sys.argv[1])
for name in book.sheet_names:
    for row in book.get_sheet_by_name(name).iter_rows():
        pass
"""


def run() -> None:
    harness.heading(f"A workbook of {ROWS:,} rows, whole process")
    harness.machine("openquality", "python-calamine", "xlsxwriter")
    try:
        program = peers.FRICTIONLESS.program()
        print(f"  {', '.join(peers.FRICTIONLESS.packages)}")
    except peers.Missing as missing:
        program = None
        print(f"  {missing}")
    print(NOTES)
    tables = layout.choose(("on-time-delivery",), ())
    with tempfile.TemporaryDirectory() as folder:
        contenders: dict[str, commands.Command] = {}
        for rows in (ROWS // 10, ROWS):
            book = Path(folder, f"{rows}.xlsx")
            book.write_bytes(template(tables, rows=fill(_records(rows), tables).rows))
            size = book.stat().st_size / 1_000_000
            print(f"  {rows:,} rows: {size:.1f} MB")
            contenders[f"openquality, {rows:,}"] = [commands.OPENQUALITY, "validate", book]
            contenders[f"python-calamine alone, {rows:,}"] = [sys.executable, "-c", READ, book]
            if program is not None:
                contenders[f"frictionless, {rows:,}"] = _frictionless(program, book, tables)
        found = commands.alternate(ROUNDS, contenders, runner=commands.watched)
    for name, ran in found.items():
        print(f"  {name:32} {ran.seconds:7.1f} s, peak {ran.peak:6,.0f} MiB")
    ours = found[f"openquality, {ROWS:,}"]
    few = found[f"openquality, {ROWS // 10:,}"]
    harness.ratio("peak: ten times the rows / a tenth", ours.peak, few.peak, "flat")
    bare = found[f"python-calamine alone, {ROWS:,}"]
    harness.ratio("peak: ours / python-calamine alone", ours.peak, bare.peak, "none set")
    if program is not None:
        theirs = found[f"frictionless, {ROWS:,}"].seconds
        harness.ratio("time: ours / frictionless", ours.seconds, theirs, "none set")


def _records(rows: int) -> list[dict[str, Any]]:
    """Return different valid records with so many claims in all."""
    example = json.loads(openquality_schemas.read(EXAMPLE))
    (claim,) = example["credentialSubject"].pop("claims")
    records = []
    for number in range(rows // CLAIMS):
        record = copy.deepcopy(example)
        record["id"] = f"urn:uuid:{uuid.UUID(int=number + 1)}"
        record["credentialSubject"]["claims"] = [
            {**claim, "id": f"{record['id']}#c{each + 1}"} for each in range(CLAIMS)
        ]
        records.append(record)
    return records


def _frictionless(program: Path, book: Path, tables: Sequence[Table]) -> commands.Command:
    """Return the call that checks the sheet of claims; its second and third rows explain it."""
    table = next(each for each in tables if each.id == SHEET)
    kinds = {Kind.NUMBER: "number", Kind.COUNT: "integer", Kind.DAY: "date"}
    schema = book.with_suffix(".columns.json")
    fields = [
        {
            "name": str(column.heading),
            "type": kinds.get(column.kind, "any"),
            "constraints": {"required": column.need is Need.ALWAYS},
        }
        for column in table.columns
    ]
    schema.write_text(json.dumps({"fields": fields}))
    read = ("--type", "table", "--sheet", table.title, "--comment-rows", "2,3")
    return [program, "validate", "--trusted", *read, "--schema", schema, book]
