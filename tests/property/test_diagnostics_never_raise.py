"""Whatever a file holds, it is said where what is wrong stands, in every format, and fixes hold."""

import io
import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

import openquality_schemas
from openquality import diagnostics
from openquality.checking import Checked, check
from openquality.diagnostics import github, jsonform, junit, markdown, sarif, text
from openquality.diagnostics.style import Style
from openquality.diagnostics.writer import Write, Writer
from openquality.sources import Document, Form
from openquality_validator import fixes, positions
from openquality_validator.findings import pointer

VALID = [
    json.loads(data)
    for name, data in openquality_schemas.examples("valid").items()
    if not name.endswith(".expected.json")
]
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False),
    st.text(max_size=8),
    # What people write, which is what fixes are for.
    st.sampled_from(["97,5", " 1 234,5 %", "1.10.2026", "percent", "EUR ", "On-Time Delivery"]),
    st.from_regex(r"[0-9 .,'-]{1,12}", fullmatch=True),
    st.builds(list),
    st.builds(lambda: {"": None}),
)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """Change a few places of a valid record, and write it in some spelling."""
    value = json.loads(json.dumps(draw(st.sampled_from(VALID))))
    for _ in range(draw(st.integers(1, 4))):
        holder = value
        while True:
            keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if isinstance(holder[key], dict | list) and draw(st.booleans()):
                holder = holder[key]
                continue
            if isinstance(holder, dict) and draw(st.integers(0, 4)) == 0:
                holder[draw(st.sampled_from([str(key).upper(), str(key) + " ", "x"]))] = holder.pop(
                    key
                )
            else:
                holder[key] = draw(ODD)
            break
    indent = draw(st.sampled_from([None, 2, "\t"]))
    return json.dumps(value, indent=indent, ensure_ascii=draw(st.booleans())).encode()


WRITERS: tuple[Callable[[Write], Writer], ...] = (
    jsonform.JsonWriter,
    sarif.SarifWriter,
    lambda write: junit.JunitWriter(write, started="2026-11-21T00:00:00"),
    lambda write: text.TextWriter(write, Style()),
    github.GithubWriter,
    markdown.MarkdownWriter,
)


@given(data=st.one_of(damaged(), st.binary(max_size=60), st.text(max_size=60).map(str.encode)))
@example(data=b"")
@example(data=b"\t\n\t")
@example(data=b'{"a":1,"a":2}')
@example(data=b'{"a":\x00"\xff')
@settings(max_examples=150)
def test_every_finding_has_a_place_in_its_text_and_is_written_in_every_format(data: bytes) -> None:
    document = Document(Path("a.json"), None, Form.RECORD, data)
    report = check(document)
    found = diagnostics.of(document)
    assert len(found) == len(report.findings)
    lines = data.decode("utf-8", "replace").split("\n")
    for each in found:
        place = each.place
        assert place.line is not None
        assert place.column is not None
        assert 1 <= place.line <= len(lines)
        assert 1 <= place.column <= len(lines[place.line - 1]) + 1
        assert (place.line, place.column) <= (place.end_line, place.end_column)
    checked = Checked("a.json", None, Form.RECORD, report.valid, found)
    summary = {"checked": 1, "refused": 1, "unread": 0, "fixed": 0, "codes": {}}
    written = []
    for made in WRITERS:
        out = io.StringIO()
        writer = made(out.write)
        writer.add(checked)
        writer.end(summary)
        written.append(out.getvalue())
    as_json, as_sarif, as_junit, *_ = written
    assert len(json.loads(as_json)["documents"][0]["findings"]) == len(found)
    assert len(json.loads(as_sarif)["runs"][0]["results"]) == len(found)
    ET.fromstring(as_junit)  # noqa: S314 - our own


@given(data=damaged())
@settings(max_examples=150)
def test_a_fix_mends_its_finding_and_changes_nothing_else(data: bytes) -> None:
    report = check(Document(Path("a.json"), None, Form.RECORD, data))
    safe = fixes.safe(data, report)
    before = data.decode()
    after = fixes.apply(before, safe.values())
    json.loads(after)
    changed = {fix.pointer for fix in safe.values()}
    left = check(Document(Path("a.json"), None, Form.RECORD, after.encode()))
    assert not {(fix.code, fix.pointer) for fix in safe.values()} & {
        (finding.code, finding.pointer) for finding in left.findings
    }
    others = [each for each in leaves(json.loads(before)) if not covered(each, changed)]
    assert taken(before, others) == taken(after, others)


def leaves(value: object, path: tuple[str | int, ...] = ()) -> list[str]:
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    below = [leaf for key, each in inner for leaf in leaves(each, (*path, key))]
    return below or [pointer(path)]


def covered(leaf: str, changed: set[str]) -> bool:
    return any(leaf == each or leaf.startswith(f"{each}/") for each in changed)


def taken(data: str, pointers: list[str]) -> dict[str, str]:
    found = positions.spans(data, pointers)
    return {each: data[found[each].start : found[each].end] for each in pointers}
