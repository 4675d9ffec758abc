"""`openquality validate`, as a supplier meets it."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

import openquality_schemas

Run = Callable[..., Any]
VALID = openquality_schemas.examples("valid")["organisation-on-time.json"]
INVALID = VALID.replace(b'"numerator": 2912', b'"numerator": 2000')


@pytest.fixture
def files(machine: Path) -> Path:
    (machine / "good.json").write_bytes(VALID)
    (machine / "bad.json").write_bytes(INVALID)
    flat = [orjson.dumps(orjson.loads(data)) for data in (VALID, INVALID, VALID)]
    (machine / "all.jsonl").write_bytes(b"\n".join([flat[0], b"", flat[1], b"{oops", flat[2]]))
    return machine


@pytest.mark.usefixtures("files")
def test_a_valid_record_gives_no_output_and_code_0(run: Run) -> None:
    ran = run("validate", "good.json")
    assert (ran.code, ran.out) == (0, "")
    assert "1 valid" in ran.err


@pytest.mark.usefixtures("files")
def test_a_finding_names_place_severity_code_reason_and_mend(run: Run) -> None:
    ran = run("validate", "bad.json")
    assert ran.code == 1
    first, hint = ran.out.splitlines()[:2]
    found = re.fullmatch(
        r"bad\.json:(\d+):(\d+): error A\d{3} .+ \(at .+/claims/0/value/amount\)", first
    )
    assert found, first
    before = INVALID[: INVALID.index(b'"97.7181"')]
    place = before.count(b"\n") + 1, len(before) - before.rfind(b"\n")
    assert (int(found[1]), int(found[2])) == place
    assert hint.startswith("    ")


@pytest.mark.usefixtures("files")
def test_json_output_is_one_object_with_stable_members(run: Run) -> None:
    ran = run("validate", "good.json", "bad.json", "--format", "json")
    assert ran.code == 1
    assert list(ran.json) == ["v", "documents", "summary"]
    good, bad = ran.json["documents"]
    assert good == {
        "path": "good.json",
        "line": None,
        "form": "record",
        "valid": True,
        "findings": [],
    }
    assert list(bad["findings"][0]) == [
        "code",
        "severity",
        "pointer",
        "message",
        "hint",
        "line",
        "column",
        "endLine",
        "endColumn",
        "found",
    ]
    assert ran.json["summary"]["checked"] == 2
    assert ran.json["summary"]["refused"] == 1


@pytest.mark.usefixtures("files")
def test_each_line_of_a_jsonl_is_a_record_and_one_bad_line_hides_no_other(run: Run) -> None:
    ran = run("validate", "all.jsonl", "--format", "json")
    assert ran.code == 1
    assert [(d["line"], d["valid"]) for d in ran.json["documents"]] == [
        (1, True),
        (3, False),
        (4, False),
        (5, True),
    ]
    assert [f["line"] for f in ran.json["documents"][1]["findings"]] == [3]
    assert ran.json["documents"][2]["findings"][0]["code"] == "D003"


@pytest.mark.usefixtures("files")
def test_a_long_run_is_summed_up_by_code(run: Run) -> None:
    ran = run("validate", "all.jsonl")
    assert "4 checked: 2 valid, 2 not." in ran.err
    assert "D003 ×1" in ran.err


def test_folders_are_searched(run: Run, files: Path) -> None:
    assert len(run("validate", files, "--format", "json").json["documents"]) == 6


def test_a_broken_document_is_placed_where_the_reader_stopped(run: Run, machine: Path) -> None:
    (machine / "broken.json").write_bytes(b'{\n  "a": 1,\n  "b" 2\n}\n')
    ran = run("validate", "broken.json")
    assert ran.code == 1
    assert ran.out.startswith("broken.json:3:7: error D003 ")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "D003"),
        (b"not json", "D003"),
        (b"\xff\xfe{", "D002"),
        (b'{"a": 1, "a": 2}', "D004"),
        (b"[" * 10_000_000, "D001"),
        (b'{"a": ' * 500 + b"1" + b"}" * 500, "D005"),
        (b'{"a": 1' + b"0" * 400 + b"}", "D003"),
        (b'{"a": "\\ud800"}', "D003"),
        (b"[1]", "D006"),
    ],
)
def test_bad_input_of_every_kind_is_a_finding(
    run: Run, machine: Path, data: bytes, code: str
) -> None:
    (machine / "bad.json").write_bytes(data)
    ran = run("validate", "bad.json", "--format", "json")
    assert ran.code == 1
    assert [f["code"] for f in ran.json["documents"][0]["findings"]] == [code]


def test_a_schema_that_is_not_ours_is_a_finding(run: Run, machine: Path) -> None:
    foreign = re.sub(rb'"digestSRI": "[^"]+"', b'"digestSRI": "sha256-AAAA"', VALID)
    (machine / "bad.json").write_bytes(foreign)
    assert run("validate", "bad.json").code == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["missing.json"], "missing.json: No such file"),
        (["data.csv"], "Not a .json, .jsonl or .jwt file"),
        (["empty.jsonl"], "It holds no record"),
        (["folder"], "below this folder"),
        ([], "Missing argument"),
        (["good.json", "--format", "yaml"], "yaml"),
        (["good.json", "--frobnicate"], "No such option"),
        (["good.json", "--evidence", "nowhere"], "nowhere"),
        (["good.json", "--evidence", "good.json"], "good.json: Not a folder"),
    ],
)
def test_what_cannot_run_says_why_and_gives_code_2(
    run: Run, files: Path, arguments: list[str], said: str
) -> None:
    (files / "folder").mkdir()
    (files / "empty.jsonl").write_bytes(b"\n\n")
    ran = run("validate", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


@pytest.mark.usefixtures("files")
def test_the_plain_call_and_typer_understand_the_same(run: Run) -> None:
    """The quick reading of `FILE… --format F` must never differ from typer's."""
    plain = run("validate", "bad.json", "--format", "json")
    full = run("validate", "--format=json", "bad.json")
    assert plain == full


def test_a_statement_is_checked_with_its_signature_and_its_record(run: Run, supplier: Path) -> None:
    assert run("sign", "attestation.json").code == 0
    assert run("validate", "attestation.jwt").code == 0
    statement = (supplier / "attestation.jwt").read_bytes()
    (supplier / "attestation.jwt").write_bytes(statement[:-6] + b"AAAAAA")
    ran = run("validate", "attestation.jwt", "--format", "json")
    assert ran.code == 1
    (document,) = ran.json["documents"]
    assert document["form"] == "statement"
    assert document["findings"][0]["code"] in {"J003", "J017"}
