"""`openquality validate`."""

from pathlib import Path
from typing import Annotated

import typer

from openquality.cli.output import Format


def validate(
    files: Annotated[list[Path], typer.Argument(help="Files, or folders to search.")],
    *,
    form: Annotated[Format, typer.Option("--format", help="For people or for programs.")] = (
        Format.TEXT
    ),
    evidence: Annotated[
        Path | None, typer.Option(help="Folder of raw data: recompute the claims from it.")
    ] = None,
) -> int:
    """Check records, offline: shape, units, arithmetic, dates, plausibility, hidden text.

    Reads .json, .jsonl (one record a line), .jwt and bundles. Prints each problem with its place,
    reason and mend. Exit code: 0 valid, 1 findings that refuse, 2 could not run.

    Example:
        openquality validate bolt.json
        openquality validate records.jsonl --format json
        openquality validate bolt.json --evidence data/
    """
    from openquality.cli.validation import run

    return run(files, form=form, evidence=evidence)
