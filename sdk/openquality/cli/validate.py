"""`openquality validate`."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from openquality.cli.report import ReportFormat
from openquality.sources import Unreadable


def validate(  # noqa: PLR0913 - each is an option of the command
    files: Annotated[
        list[Path] | None, typer.Argument(help="Files, folders, or patterns: '**/*.json'.")
    ] = None,
    *,
    form: Annotated[
        ReportFormat | None,
        typer.Option("--format", help="For people, programs or build servers; else text."),
    ] = None,
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
    jobs: Annotated[
        int, typer.Option(min=0, help="Processes for tens of thousands of records; 0: one a core.")
    ] = 1,
    annotate: Annotated[
        Path | None, typer.Option(help="Write the findings of a workbook into a copy (.xlsx).")
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Check again whenever a file changes.")
    ] = False,
) -> int:
    """Check records, offline: shape, units, arithmetic, dates, plausibility, hidden text.

    Reads .json, .jsonl (one record a line), .jwt, bundles, and workbooks or folders of CSV files
    that were made by `template`. Prints each problem with its place, reason and mend. What is not
    said here comes from openquality.toml, if there is one. Exit code: 0 valid, 1 findings that
    refuse, 2 a file could not be read.

    Example:
        openquality validate bolt.json
        openquality validate records.jsonl --format json
        openquality validate records/ --exclude drafts --fix
        openquality validate bolt.json --evidence data/
        openquality validate claims.xlsx --annotate claims.findings.xlsx
    """
    from openquality.cli.validation import Job, configured, run

    asked = Job(
        tuple(files or ()),
        evidence=evidence,
        exclude=tuple(exclude or ()),
        everything=everything,
        fix=fix,
        diff=diff,
        jobs=jobs,
        annotate=annotate,
    )
    job = configured(asked, form=form)
    if not job.files:
        raise typer.BadParameter("Missing argument: name files, or list them in openquality.toml.")
    if diff and job.form is not ReportFormat.TEXT:
        raise typer.BadParameter("--diff is for people: it goes with --format text only.")
    if watch:
        from openquality.cli.watching import watch as watched
        from openquality.sources import search

        watched(lambda: run(job), lambda: _paths(search(job.files, exclude=job.exclude)))
    return run(job)


def _paths(found: Iterable[Path | Unreadable]) -> Iterator[Path]:
    return (each for each in found if isinstance(each, Path))
