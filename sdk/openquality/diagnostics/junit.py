"""Diagnostics as JUnit XML, which build servers show as tests: a suite a file, a test a record.

There is no standard; this is what both schemas in use accept: that of the Jenkins xUnit plug-in
(junit-10.xsd), and that of the Ant task (windyroad/JUnit-Schema, JUnit.xsd).

    <testsuites>
      <testsuite name="bolt.json" tests="1" failures="1" errors="0" …>
        <properties/>
        <testcase name="bolt.json" classname="openquality" time="0">
          <failure type="A001" message="…">bolt.json:12:21: error A001 …</failure>
        </testcase>
        <system-out/><system-err/>
      </testsuite>
    </testsuites>
"""

import re
import tempfile
from collections.abc import Iterator, Mapping
from typing import IO, Any, Final
from xml.sax.saxutils import escape, quoteattr

from openquality.checking import Checked
from openquality.diagnostics.diagnostic import Diagnostic
from openquality.diagnostics.writer import Write
from openquality.language import local
from openquality.sources import Unreadable, name_of
from openquality_validator.sheets.cells import is_of_record

IN_MEMORY: Final = 1_048_576  # bytes of one suite; of a large file the rest waits on disk
_CHUNK: Final = 65_536
# XML 1.0, 2.2: what is no Char cannot be written, not even escaped.
_NO_CHAR: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class JunitWriter:
    """Write a suite for each file, when all its records are there: its counts come first."""

    def __init__(self, write: Write, *, started: str) -> None:
        """Take where to write, and the time of the run (ISO 8601 without offset)."""
        self._write = write
        self._started = started
        self._path: str | None = None
        self._cases: IO[str] | None = None
        self._counts = [0, 0, 0]  # tests, failures, errors
        self._number = 0
        self._write('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n')

    def add(self, checked: Checked) -> None:
        """Add a record to the suite of its file; one that is refused has failed."""
        cases = self._suite(checked.path)
        self._counts[0] += 1
        name = checked.path if checked.line is None else f"{checked.path}:{checked.line}"
        cases.write(f'<testcase name={_attribute(name)} classname="openquality" time="0">')
        errors = [each for each in checked.diagnostics if each.is_error]
        if errors:
            self._counts[1] += 1
            first = errors[0].finding
            said = "\n".join(line for each in checked.diagnostics for line in _lines(each))
            cases.write(
                f"\n<failure type={_attribute(first.code)} "
                f"message={_attribute(local(first.message))}>{_text(said)}</failure>\n"
            )
        elif checked.diagnostics:
            said = "\n".join(line for each in checked.diagnostics for line in _lines(each))
            self._warn(said)
        cases.write("</testcase>\n")

    def unread(self, unread: Unreadable) -> None:
        """Add a file that could not be read: a test that could not run."""
        cases = self._suite(name_of(unread.path))
        self._counts[0] += 1
        self._counts[2] += 1
        name, said = _attribute(name_of(unread.path)), _attribute(local(unread.reason))
        cases.write(f'<testcase name={name} classname="openquality" time="0">\n')
        cases.write(f'<error type="unread" message={said}></error>\n</testcase>\n')

    def end(self, summary: Mapping[str, Any]) -> None:
        """Write the last suite, and close the document."""
        del summary
        self._close()
        self._write("</testsuites>\n")

    def _suite(self, path: str) -> IO[str]:
        if self._cases is None or path != self._path:
            self._close()
            self._path = path
            self._cases = _spool()
            self._warnings = _spool()
        return self._cases

    def _warn(self, said: str) -> None:
        self._warnings.write(_text(said) + "\n")

    def _close(self) -> None:
        if self._cases is None or self._path is None:
            return
        tests, failures, errors = self._counts
        self._write(
            f'<testsuite name={_attribute(self._path)} package="openquality" id="{self._number}" '
            f'tests="{tests}" failures="{failures}" errors="{errors}" time="0" '
            f'hostname="localhost" timestamp="{self._started}">\n<properties/>\n'
        )
        for piece in _pieces(self._cases):
            self._write(piece)
        self._write("<system-out>")
        for piece in _pieces(self._warnings):
            self._write(piece)
        self._write("</system-out>\n<system-err/>\n</testsuite>\n")
        self._cases, self._counts, self._number = None, [0, 0, 0], self._number + 1


def _lines(diagnostic: Diagnostic) -> Iterator[str]:
    finding = diagnostic.finding
    at = f" (at {finding.pointer})" if is_of_record(finding.pointer) else ""
    yield f"{diagnostic.place}: {finding.severity} {finding.code} {local(finding.message)}{at}"
    if finding.hint:
        yield f"    {local(finding.hint)}"


def _spool() -> IO[str]:
    return tempfile.SpooledTemporaryFile(max_size=IN_MEMORY, mode="w+", encoding="utf-8")


def _pieces(file: IO[str]) -> Iterator[str]:
    file.seek(0)
    while piece := file.read(_CHUNK):
        yield piece
    file.close()


def _text(text: str) -> str:
    return escape(_NO_CHAR.sub("\N{REPLACEMENT CHARACTER}", text))


def _attribute(text: str) -> str:
    return quoteattr(_NO_CHAR.sub("\N{REPLACEMENT CHARACTER}", text))
