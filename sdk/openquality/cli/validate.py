"""`openquality validate`."""

from pathlib import Path
from typing import Annotated

import typer

from openquality.cli.report import ReportFormat


def validate(
    files: Annotated[list[Path], typer.Argument(help="Files, folders, or patterns: '**/*.json'.")],
    *,
    form: Annotated[
        ReportFormat, typer.Option("--format", help="For people, programs or build servers.")
    ] = ReportFormat.TEXT,
    evidence: Annotated[
        Path | None, typer.Option(help="Folder of raw data: recompute the claims from it.")
    ] = None,
    exclude: Annotated[
        list[str] | None, typer.Option(help="Pattern of files or folders to leave out.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Show each repetition of a finding in full.")
    ] = False,
    fix: Annotated[
        bool, typer.Option("--fix", help="Mend what is mechanical and safe, in the files.")
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Show what --fix would write, and write nothing.")
    ] = False,
) -> int:
    """Check records, offline: shape, units, arithmetic, dates, plausibility, hidden text.

    Reads .json, .jsonl (one record a line), .jwt and bundles. Prints each problem with its place,
    reason and mend. Exit code: 0 valid, 1 findings that refuse, 2 a file could not be read.

    Example:
        openquality validate bolt.json
        openquality validate records.jsonl --format json
        openquality validate records/ --exclude drafts --fix
        openquality validate bolt.json --evidence data/
    """
    from openquality.cli.validation import Job, run

    return run(
        Job(
            tuple(files),
            form=form,
            evidence=evidence,
            exclude=tuple(exclude or ()),
            everything=everything,
            fix=fix,
            diff=diff,
        )
    )
