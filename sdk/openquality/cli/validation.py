"""The work of `openquality validate`: documents in, a report and an exit code out."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from openquality.checking import Checked, check
from openquality.cli.output import progress, say, show
from openquality.cli.report import ReportFormat, writer
from openquality.cli.summary import Summary
from openquality.configuration import current
from openquality.language import chosen
from openquality.pinned import read
from openquality.sources import Document, Form, Unreadable, load, name_of, search
from openquality_validator.errors import OpenQualityError
from openquality_validator.message import message

if TYPE_CHECKING:
    from openquality.cli.recomputing import Recomputing
    from openquality.diagnostics.writer import Writer
    from openquality.mending import Mending

Item = TypeVar("Item")
# The other formats have no place for a fix, and trying them takes as long as the check itself.
_SHOW_FIXES = frozenset({ReportFormat.TEXT, ReportFormat.JSON, ReportFormat.SARIF})


@dataclass(frozen=True, slots=True)
class Job:
    """Hold what a run of `validate` is asked to do.

    `fix` writes safe fixes into the files, `diff` shows them and writes nothing; `everything` shows
    each of many repeated findings. `jobs` are processes, 0 one for each core. `annotate` names the
    copy of a workbook that gets the findings; `schemas` are files of what the records pin.
    """

    files: tuple[Path, ...]
    form: ReportFormat = ReportFormat.TEXT
    evidence: Path | None = None
    exclude: tuple[str, ...] = ()
    everything: bool = False
    fix: bool = False
    diff: bool = False
    jobs: int = 1
    annotate: Path | None = None
    schemas: tuple[Path, ...] = ()


def configured(job: Job, *, form: ReportFormat | None) -> Job:
    """Fill in from the project's settings what the command was not told.

    Files that are named on the line are those that are meant, and come alone. A job without any
    file is returned as it is. Raises BadConfiguration.
    """
    settings = current().validate
    return replace(
        job,
        files=job.files or settings.files,
        form=form or ReportFormat(settings.format or ReportFormat.TEXT),
        evidence=job.evidence or settings.evidence,
        exclude=(*settings.exclude, *job.exclude),
    )


def run(job: Job) -> int:
    """Check every document, report what was found, and return the exit code.

    A file that cannot be read is reported and stops no other; the code is then 2.
    """
    again = None
    if job.evidence is not None:
        from openquality.cli.recomputing import Recomputing

        again = Recomputing(job.evidence, schemas=read(job.schemas))
    summary = Summary()
    report = _Lazy(job)
    notes, unmended = None, False
    if job.annotate is not None:
        from openquality.cli.annotation import Annotation

        notes = Annotation(search(job.files, exclude=job.exclude), job.annotate)
    with progress(None, "validate") as bar:
        for outcome in _outcomes(job, again):
            unmended = unmended or _is_unmended(job, outcome)
            summary.count(outcome)
            report.add(outcome)
            if notes is not None:
                notes.add(outcome)
            bar.advance()
    report.end(summary)
    if notes is not None:
        notes.write()
    say(summary.sentence())
    if unmended:
        say(
            message(
                "Workbooks and CSV files are never changed: mend the cells that are named, or add "
                "--annotate OUT.xlsx for a copy that shows them."
            )
        )
    if again is not None:
        say(str(again))
    return summary.code


def _is_unmended(job: Job, outcome: Checked | Unreadable) -> bool:
    """Tell whether somebody waits for a mend that does not come."""
    return (
        (job.fix or job.diff)
        and isinstance(outcome, Checked)
        and outcome.form is Form.WORKBOOK
        and bool(outcome.diagnostics)
    )


class _Lazy:
    """Write the report; of a text, which says nothing of what is valid, only when needed.

    The formats, and all that helps to mend a record, take longer to load than a record to check.
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        self._writer: Writer | None = None
        if job.form is not ReportFormat.TEXT:
            self._writer = self._open()

    def _open(self) -> "Writer":
        return writer(self._job.form, everything=self._job.everything)

    def add(self, outcome: Checked | Unreadable) -> None:
        """Write one document, or a file that could not be read."""
        if isinstance(outcome, Unreadable):
            if self._writer is not None:
                self._writer.unread(outcome)
            sys.stdout.flush()
            say(message("error: {unread}", unread=outcome))
        elif self._writer is not None or outcome.diagnostics or outcome.fixed:
            self._writer = self._writer or self._open()
            self._writer.add(outcome)

    def end(self, summary: Summary) -> None:
        """Write the end of the report."""
        if self._writer is not None:
            self._writer.end(summary.to_json())
        sys.stdout.flush()


def _outcomes(job: Job, again: "Recomputing | None") -> Iterator[Checked | Unreadable]:
    if job.fix or job.diff:
        yield from _mended(job, again)
        return
    from openquality.cli.workers import checked

    with_fixes = job.form in _SHOW_FIXES
    schemas = read(job.schemas)
    task = partial(_check, language=chosen(), again=again, with_fixes=with_fixes, schemas=schemas)
    # Data are read and counted in this process.
    yield from checked(_read(job, load), task, jobs=1 if again is not None else job.jobs)


def _check(
    document: Document,
    *,
    language: str,
    again: "Recomputing | None",
    with_fixes: bool,
    schemas: Mapping[str, bytes],
) -> Checked:
    """Check one document, in this process or another, and say what helps to mend it."""
    report = check(document, schemas=schemas)
    if again is not None and report.valid:
        report = again.check(document, report)
    checked = Checked(name_of(document.path), document.line, document.form, report.valid)
    if not report.findings:
        return checked
    from openquality.diagnostics import diagnose

    found = diagnose(document, report, language=language, with_fixes=with_fixes)
    return replace(checked, diagnostics=found)


def _read(job: Job, reader: Callable[[Path], Iterable[Item]]) -> Iterator[Item | Unreadable]:
    """Yield what a reader finds in each file, and in its place what could not be read."""
    for path in search(job.files, exclude=job.exclude):
        if isinstance(path, Unreadable):
            yield path
            continue
        empty = True
        try:
            for item in reader(path):
                empty = False
                yield item
        except (OSError, OpenQualityError) as error:
            yield _unreadable(path, error)
            continue
        if empty:
            yield Unreadable(path, _EMPTY)


def _mended(job: Job, again: "Recomputing | None") -> Iterator[Checked | Unreadable]:
    """Mend the documents of all files, or show how, and check them as they then stand."""
    from openquality.diagnostics import diagnose
    from openquality.mending import mend

    for mending in _read(job, partial(mend, write=not job.diff)):
        if isinstance(mending, Unreadable):
            yield mending
            continue
        document, report, fixed = mending.document, mending.report, mending.mended.fixes
        if job.diff:
            _show_difference(mending)
            fixed = ()
        elif fixed:
            document = replace(document, data=mending.mended.data)
            report = mending.mended.report
        if again is not None and report.valid:
            report = again.check(document, report)
        found = diagnose(document, report, language=chosen(), with_fixes=job.diff)
        name = name_of(document.path)
        yield Checked(name, document.line, document.form, report.valid, found, fixed)


_EMPTY = message("It holds no record; one JSON object on each line is expected.")


def _show_difference(mending: "Mending") -> None:
    if not mending.mended.fixes:
        return
    from difflib import unified_diff

    document = mending.document
    name = name_of(document.path) + (f":{document.line}" if document.line else "")
    before, after = (
        data.decode("utf-8", "replace").splitlines()
        for data in (document.data, mending.mended.data)
    )
    for line in unified_diff(before, after, name, name, n=1, lineterm=""):
        show(line)


def _unreadable(path: Path, error: Exception) -> Unreadable:
    if isinstance(error, Unreadable):
        return error
    if isinstance(error, OSError):
        return Unreadable(path, error.strerror or str(error))
    return Unreadable(path, str(error))
