"""The formats of reports: what their readers need to be there, and nothing that breaks out.

The whole schemas of SARIF and JUnit are others' and not part of the project; `make vectors` holds
reports to them (docs/spec/vectors.md). Here stands what this software uses of SARIF 2.1.0, by the
sections of the standard.
"""

import io
import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from markdown_it import MarkdownIt

from openquality.checking import Checked
from openquality.cli.report import ReportFormat
from openquality.diagnostics import (
    Diagnostic,
    Place,
    github,
    jsonform,
    junit,
    markdown,
    sarif,
    text,
)
from openquality.diagnostics.excerpt import excerpt
from openquality.diagnostics.style import Style
from openquality.sources import Form, Unreadable
from openquality_validator.findings import Finding, Severity
from openquality_validator.sheets.cells import Cell

EVIL = (
    "a\x1b[31m\u202e\x00|`*[x](https://evil.example)<img src=x> @octocat www.evil.example\n"
    "::error::%,\"'&]]>"
)
EMPTY = {"checked": 0, "refused": 0, "unread": 0, "fixed": 0, "codes": {}}


def positive(**more: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    return {"type": "integer", "minimum": 1, **more}


def closed(required: str, **properties: Any) -> dict[str, Any]:  # noqa: ANN401 - same
    return {
        "type": "object",
        "additionalProperties": False,
        "required": required.split(),
        "properties": properties,
    }


def items(schema: dict[str, Any], **more: Any) -> dict[str, Any]:  # noqa: ANN401 - same
    return {"type": "array", "items": schema, **more}


TEXT = {"type": "string"}
MESSAGE = closed("text", text=TEXT)  # 3.11
ARTIFACT = closed("uri", uri={"type": "string", "format": "uri-reference"})  # 3.4
REGION = closed(  # 3.30: a region of lines and columns
    "startLine startColumn endLine endColumn",
    startLine=positive(),
    startColumn=positive(),
    endLine=positive(),
    endColumn=positive(),
)
LOCATION = closed(  # 3.28
    "physicalLocation",
    physicalLocation=closed("artifactLocation", artifactLocation=ARTIFACT, region=REGION),
    logicalLocations=items(closed("fullyQualifiedName", fullyQualifiedName=TEXT), minItems=1),
)
REPLACEMENT = closed("deletedRegion insertedContent", deletedRegion=REGION, insertedContent=MESSAGE)
FIX = closed(  # 3.55 to 3.57
    "description artifactChanges",
    description=MESSAGE,
    artifactChanges=items(
        closed(
            "artifactLocation replacements",
            artifactLocation=ARTIFACT,
            replacements=items(REPLACEMENT, minItems=1),
        ),
        minItems=1,
    ),
)
LEVEL = {"enum": ["none", "note", "warning", "error"]}  # 3.27.10
RESULT = closed(
    "ruleId ruleIndex level message locations",
    ruleId=TEXT,
    ruleIndex={"type": "integer", "minimum": 0},
    level=LEVEL,
    message=MESSAGE,
    locations=items(LOCATION, minItems=1, maxItems=1),
    fixes=items(FIX, minItems=1),
)
RULE = closed(  # 3.49
    "id shortDescription defaultConfiguration",
    id=TEXT,
    shortDescription=MESSAGE,
    help=MESSAGE,
    defaultConfiguration=closed("level", level=LEVEL),
)
NOTIFICATION = closed("message", level=LEVEL, message=MESSAGE, locations=items(LOCATION))  # 3.58
RUN = closed(  # 3.14
    "tool results columnKind invocations",
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    results=items(RESULT),
    invocations=items(
        closed(
            "executionSuccessful",
            executionSuccessful={"type": "boolean"},
            toolExecutionNotifications=items(NOTIFICATION),
        ),
        minItems=1,
        maxItems=1,
    ),
    tool=closed(
        "driver",
        driver=closed("name version rules", name=TEXT, version=TEXT, rules=items(RULE)),
    ),
)
LOG = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {"version": {"const": "2.1.0"}, "runs": items(RUN, minItems=1, maxItems=1)},
}


def diagnostic(
    message: str = "It is wrong.",
    *,
    code: str = "A001",
    severity: Severity = Severity.ERROR,
    at: Place | None = None,
) -> Diagnostic:
    finding = Finding(code, severity, "/a/0", message, "Mend it.")
    return Diagnostic(finding, at or Place("a b.json", 2, 3, 2, 7))


def checked(*found: Diagnostic, path: str = "a b.json", line: int | None = None) -> Checked:
    return Checked(path, line, Form.RECORD, not any(each.is_error for each in found), found)


def report(form: ReportFormat, *outcomes: Checked | Unreadable, **options: Any) -> str:  # noqa: ANN401 - of the writers
    out = io.StringIO()
    writers = {
        ReportFormat.TEXT: lambda: text.TextWriter(out.write, Style(), **options),
        ReportFormat.JSON: lambda: jsonform.JsonWriter(out.write),
        ReportFormat.SARIF: lambda: sarif.SarifWriter(out.write),
        ReportFormat.JUNIT: lambda: junit.JunitWriter(out.write, started="2026-11-21T00:00:00"),
        ReportFormat.GITHUB: lambda: github.GithubWriter(out.write),
        ReportFormat.MARKDOWN: lambda: markdown.MarkdownWriter(out.write, **options),
    }
    writer = writers[form]()
    unread = 0
    for each in outcomes:
        if isinstance(each, Unreadable):
            unread += 1
            writer.unread(each)
        else:
            writer.add(each)
    writer.end({**EMPTY, "unread": unread})
    return out.getvalue()


@pytest.mark.parametrize(
    "outcomes",
    [
        [],
        [checked(diagnostic(), diagnostic(EVIL, code="S001", severity=Severity.WARNING))],
        [checked(diagnostic(), path=EVIL), Unreadable(Path("gone.json"), "No such file.")],
        [checked(diagnostic(at=Place("claims.xlsx", sheet="Capability", cell="D5")))],
    ],
)
def test_sarif_holds_what_the_standard_asks_for(outcomes: list[Checked | Unreadable]) -> None:
    log = json.loads(report(ReportFormat.SARIF, *outcomes))
    jsonschema.Draft202012Validator(LOG).validate(log)
    (run,) = log["runs"]
    ids = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(ids) == len(set(ids))
    assert [ids[result["ruleIndex"]] for result in run["results"]] == [
        result["ruleId"] for result in run["results"]
    ]


def test_paths_in_sarif_are_uris(tmp_path: Path) -> None:
    def uri(path: str) -> str:
        log = json.loads(
            report(ReportFormat.SARIF, checked(diagnostic(at=Place(path, 1, 1, 1, 2))))
        )
        location = log["runs"][0]["results"][0]["locations"][0]
        return str(location["physicalLocation"]["artifactLocation"]["uri"])

    assert uri("a b/ß%:.json") == "a%20b/%C3%9F%25%3A.json"
    assert uri("./a.json") == "./a.json"
    assert uri(str(tmp_path / "a.json")) == (tmp_path / "a.json").as_uri()


def test_junit_counts_tests_failures_and_errors_by_file() -> None:
    warned = checked(diagnostic(severity=Severity.WARNING), path="a.jsonl", line=2)
    root = ET.fromstring(  # noqa: S314 - our own
        report(
            ReportFormat.JUNIT,
            checked(diagnostic(EVIL), diagnostic(), path="a.jsonl", line=1),
            warned,
            checked(path="a.jsonl", line=3),
            Unreadable(Path("gone.json"), EVIL),
        )
    )
    assert root.tag == "testsuites"
    one, other = root
    assert [one.get(each) for each in ("name", "tests", "failures", "errors")] == [
        "a.jsonl",
        "3",
        "1",
        "0",
    ]
    assert [other.get(each) for each in ("name", "tests", "failures", "errors")] == [
        "gone.json",
        "1",
        "0",
        "1",
    ]
    assert [case.get("name") for case in one.iter("testcase")] == [
        "a.jsonl:1",
        "a.jsonl:2",
        "a.jsonl:3",
    ]
    (failure,) = one.iter("failure")
    assert failure.get("type") == "A001"
    assert (failure.text or "").count("A001") == 2
    assert "warning A001" in (one.findtext("system-out") or "")


def test_no_text_of_a_record_ends_a_workflow_command_or_begins_one() -> None:
    path = "a,b::%.json"
    out = report(
        ReportFormat.GITHUB, checked(diagnostic(EVIL, at=Place(path, 1, 2, 1, 4)), path=path)
    )
    assert out.count("\n") == 1
    assert out.startswith(
        "::error file=a%2Cb%3A%3A%25.json,line=1,endLine=1,col=2,endColumn=4,title=A001::"
    )
    assert "%0A::error::%25," in out


def test_a_cell_is_named_in_the_message_where_a_format_knows_only_lines() -> None:
    place = Place("claims.xlsx", sheet="Capability", cell="D5")
    out = report(ReportFormat.GITHUB, checked(diagnostic(at=place)))
    assert out == "::error file=claims.xlsx,title=A001::Capability!D5: It is wrong. Mend it.\n"
    assert "claims.xlsx:Capability!D5: error A001 " in report(
        ReportFormat.TEXT, checked(diagnostic(at=place))
    )


def test_no_text_of_a_record_is_markup() -> None:
    out = report(
        ReportFormat.MARKDOWN, checked(diagnostic(EVIL), path=EVIL), Unreadable(Path("x"), EVIL)
    )
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(out)
    inline = [child for token in tokens for child in token.children or ()]
    kinds = {child.type for child in inline}
    assert kinds <= {"text", "text_special", "html_inline", "strong_open", "strong_close"}
    comments = {child.content for child in inline if child.type == "html_inline"}
    assert comments == {"<!-- -->"}
    rows = [token for token in tokens if token.type == "tr_open"]
    assert len(rows) == 3  # the heading, the finding, the file that was not read
    assert "@octocat" not in out
    assert "https://" not in out


def test_no_text_of_a_record_reaches_the_terminal_as_it_is() -> None:
    line = f'{{"{EVIL[:8]}": 1}}'
    one = diagnostic(EVIL, at=Place(EVIL, 1, 1, 1, 2))
    shown = Diagnostic(one.finding, one.place, excerpt(line, 0, 1))
    out = report(ReportFormat.TEXT, checked(shown))
    assert all(character.isprintable() or character == "\n" for character in out)


def test_repeated_findings_are_grouped_with_their_places() -> None:
    found = [
        Diagnostic(
            Finding("S006", Severity.ERROR, f"/claims/{n}/value", "Wrong.", "Mend."),
            Place("all.jsonl", n + 1, 1, n + 1, 2),
        )
        for n in range(20)
    ]
    out = report(ReportFormat.TEXT, *(checked(each) for each in found))
    assert out.count("error S006") == 3
    assert "S006 at /claims/*/value: 17 more like these:\n    all.jsonl:4:1\n" in out
    assert "    all.jsonl:13:1\n    … and 7 more. `--all` shows each in full.\n" in out
    everything = report(ReportFormat.TEXT, *(checked(each) for each in found), everything=True)
    assert everything.count("error S006") == 20
    assert "more like these" not in everything
    assert (
        report(ReportFormat.MARKDOWN, *(checked(each) for each in found)).count("error S006") == 3
    )


def test_json_is_one_object_without_documents_too() -> None:
    assert json.loads(report(ReportFormat.JSON)) == {"v": 1, "documents": [], "summary": EMPTY}


def test_a_place_is_written_so_that_it_can_be_clicked() -> None:
    assert str(Place("bolt.json", 12, 9, 12, 10)) == "bolt.json:12:9"
    cell = Cell(None, "Capability", 5, 4)
    assert (
        str(Place("claims.xlsx", sheet=cell.sheet, cell=cell.reference))
        == "claims.xlsx:Capability!D5"
    )
    assert str(Place("folder/capability.csv", 5, 4, 5, 5)) == "folder/capability.csv:5:4"
