"""`openquality validate`."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openquality.cli.report import ReportFormat

if TYPE_CHECKING:
    from openquality.cli.validation import Job


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
    profile: Annotated[
        str | None, typer.Option(help="Say too what the records lack under a profile.")
    ] = None,
    schema: Annotated[
        list[Path] | None,
        typer.Option(help="File of a schema that records pin for an extension; repeatable."),
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
        openquality validate bolt.json --profile supplier-onboarding-basic
        openquality validate bolt.json --schema coating.schema.json
        openquality validate claims.xlsx --annotate claims.findings.xlsx
    """
    from openquality.cli.validation import Job, configured

    asked = Job(
        tuple(files or ()),
        evidence=evidence,
        exclude=tuple(exclude or ()),
        everything=everything,
        fix=fix,
        diff=diff,
        jobs=jobs,
        annotate=annotate,
        schemas=tuple(schema or ()),
    )
    job = configured(asked, form=form)
    if not job.files:
        raise typer.BadParameter("Missing argument: name files, or list them in openquality.toml.")
    if diff and job.form is not ReportFormat.TEXT:
        raise typer.BadParameter("--diff is for people: it goes with --format text only.")
    if schema and (fix or diff):
        raise typer.BadParameter("--schema goes with a check alone, not with --fix or --diff.")
    once = partial(_run, job, profile)
    if watch:
        from openquality.cli.watching import watch as watched

        watched(once, lambda: _found(job))
    return once()


def _run(job: "Job", profile: str | None) -> int:
    from openquality.cli.summary import COULD_NOT_RUN
    from openquality.cli.validation import run

    code = run(job)
    if profile is None or code == COULD_NOT_RUN:
        return code
    from openquality.cli.assessment import preview

    return max(code, preview(_found(job), profile))


def _found(job: "Job") -> Iterator[Path]:
    from openquality.sources import search

    found = search(job.files, exclude=job.exclude)
    return (each for each in found if isinstance(each, Path))
