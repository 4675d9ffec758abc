"""Diagnostics as SARIF 2.1.0, which code hosts and editors read (OASIS, March 2020).

    {"$schema": …, "version": "2.1.0", "runs": [{
        "columnKind": "unicodeCodePoints",
        "results": [{"ruleId", "ruleIndex", "level", "message", "locations", "fixes"}, …],
        "invocations": [{"executionSuccessful", "toolExecutionNotifications"}],
        "tool": {"driver": {"name", "version", "rules": [{"id", …}, …]}}}]}

Lines and columns count from 1 (3.30.5, 3.30.6), and the end column is the one after the last
character (3.30.8). Results stand before the tool, since only they tell which rules it needs.
"""

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import orjson

from openquality.checking import Checked
from openquality.diagnostics.diagnostic import Diagnostic
from openquality.diagnostics.place import Place
from openquality.diagnostics.writer import Write
from openquality.language import local
from openquality.sources import Unreadable, name_of
from openquality_validator.explain import codes
from openquality_validator.findings import Severity

SCHEMA: Final = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
MOST_UNREAD: Final = 1_000  # notifications stand at the end, and are kept until then


class SarifWriter:
    """Write one run, result by result."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._rules: dict[str, int] = {}
        self._unread: list[Unreadable] = []
        start = {"$schema": SCHEMA, "version": "2.1.0"}
        self._start = orjson.dumps(start).decode()[:-1]
        self._start += ',"runs":[{"columnKind":"unicodeCodePoints","results":['
        self._is_open = False

    def add(self, checked: Checked) -> None:
        """Write a result for each finding of one document."""
        for diagnostic in checked.diagnostics:
            self._write(",\n" if self._is_open else self._start + "\n")
            self._is_open = True
            self._write(orjson.dumps(self._result(diagnostic)).decode())

    def unread(self, unread: Unreadable) -> None:
        """Keep a file that could not be read: it is no result, but a notification of the run."""
        if len(self._unread) < MOST_UNREAD:
            self._unread.append(unread)

    def end(self, summary: Mapping[str, Any]) -> None:
        """Write the run's end: how it went, and the tool with the rules that it used."""
        if not self._is_open:
            self._write(self._start)
        notifications = [
            {
                "level": "error",
                "message": {"text": local(each.reason)},
                "locations": [
                    {"physicalLocation": {"artifactLocation": _artifact(name_of(each.path))}}
                ],
            }
            for each in self._unread
        ]
        invocation = {
            "executionSuccessful": not summary["unread"],
            "toolExecutionNotifications": notifications,
        }
        driver = {
            "name": "openquality",
            "version": _version(),
            "rules": [_rule(code) for code in self._rules],
        }
        rest = {"invocations": [invocation], "tool": {"driver": driver}}
        self._write("\n]," + orjson.dumps(rest).decode()[1:] + "]}\n")

    def _result(self, diagnostic: Diagnostic) -> dict[str, Any]:
        finding = diagnostic.finding
        index = self._rules.setdefault(finding.code, len(self._rules))
        text = f"{local(finding.message)} {local(finding.hint)}".strip()
        result: dict[str, Any] = {
            "ruleId": finding.code,
            "ruleIndex": index,
            "level": "error" if finding.severity is Severity.ERROR else "warning",
            "message": {"text": text},
            "locations": [_location(diagnostic)],
        }
        if diagnostic.fix is not None and diagnostic.place.line is not None:
            result["fixes"] = [_fix(diagnostic)]
        return result


def _location(diagnostic: Diagnostic) -> dict[str, Any]:
    place, pointer = diagnostic.place, diagnostic.finding.pointer
    physical: dict[str, Any] = {"artifactLocation": _artifact(place.path)}
    if place.line is not None:
        physical["region"] = _region(place)
    logical = []
    if place.cell is not None:
        logical.append({"fullyQualifiedName": f"{place.sheet}!{place.cell}"})
    if pointer:
        logical.append({"fullyQualifiedName": pointer})
    return {
        "physicalLocation": physical,
        **({"logicalLocations": logical} if logical else {}),
    }


def _region(place: Place) -> dict[str, int | None]:
    return {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    }


def _fix(diagnostic: Diagnostic) -> dict[str, Any]:
    fix, place = diagnostic.fix, diagnostic.place
    assert fix is not None
    replacement = {"deletedRegion": _region(place), "insertedContent": {"text": fix.after}}
    change = {"artifactLocation": _artifact(place.path), "replacements": [replacement]}
    return {"description": {"text": local(fix.what)}, "artifactChanges": [change]}


def _artifact(path: str) -> dict[str, str]:
    # A relative reference must not be taken for one with a scheme: RFC 3986, 4.2.
    uri = Path(path).as_uri() if Path(path).is_absolute() else quote(path.replace(os.sep, "/"))
    return {"uri": uri}


def _rule(code: str) -> dict[str, Any]:
    said = codes().get(code, {"sentence": code, "hint": "", "severity": "error"})
    return {
        "id": code,
        "shortDescription": {"text": said["sentence"]},
        **({"help": {"text": said["hint"]}} if said["hint"] else {}),
        "defaultConfiguration": {"level": said["severity"] or "error"},
    }


@cache
def _version() -> str:
    from importlib.metadata import version

    return version("openquality")
