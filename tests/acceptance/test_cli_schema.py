"""`openquality schema diff` and `check`: what they show, and how they exit."""

from pathlib import Path
from typing import Any

import orjson
import pytest

import openquality_schemas
from openquality.cli.main import main

HEAD = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "https://buyer.example/schemas/coating.json",
    "title": "Coating",
}
TEXT = {"type": "string"}
V1 = {**HEAD, "type": "object", "properties": {"a": TEXT}, "additionalProperties": False}
V2 = {**V1, "title": "Coatings", "properties": {"a": TEXT, "f": TEXT}}
V3 = {**V2, "required": ["f"]}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, schema in (("v1", V1), ("v2", V2), ("v3", V3)):
        (tmp_path / f"{name}.json").write_bytes(orjson.dumps(schema))
    return tmp_path


def run(*arguments: str) -> int:
    return main(["schema", *arguments])


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("v1.json", "v2.json"), 0),
        (("v1.json", "v2.json", "--mode", "FORWARD"), 1),
        (("v1.json", "v2.json", "--mode", "full"), 1),
        (("v2.json", "v3.json"), 1),
        (("v2.json", "v3.json", "--mode", "FORWARD"), 0),
        (("v2.json", "v3.json", "--mode", "NONE"), 0),
        (("v1.json", "none.json"), 2),
        (("v1.json", "v2.json", "--mode", "SIDEWAYS"), 2),
    ],
)
def test_the_exit_code_says_whether_the_mode_allows_it(
    arguments: tuple[str, ...], expected: int
) -> None:
    assert run("diff", *arguments) == expected


@pytest.mark.usefixtures("folder")
def test_a_diff_shows_each_change_with_its_places_rule_and_effect(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("diff", "v1.json", "v3.json") == 1

    shown = capsys.readouterr()
    assert shown.out.splitlines() == [
        "breaking  + /required/0: The new schema requires 'f', which the old one does not. (Z103)",
        (
            "additive  + /properties/f: The old schema allows no member 'f', which the new one "
            "allows. (Z104)"
        ),
    ]
    assert "1 breaking, 1 additive, 1 neutral." in shown.err
    assert "BACKWARD_TRANSITIVE, strict reading: NOT compatible." in shown.err


@pytest.mark.usefixtures("folder")
def test_a_diff_for_programs_holds_every_change(capsys: pytest.CaptureFixture[str]) -> None:
    run("diff", "v1.json", "v2.json", "--format", "json")

    shown = orjson.loads(capsys.readouterr().out)
    assert {name: shown[name] for name in ("v", "mode", "reading", "compatible")} == {
        "v": 1,
        "mode": "BACKWARD_TRANSITIVE",
        "reading": "strict",
        "compatible": True,
    }
    assert (shown["backward"], shown["forward"]) == ("keeps", "breaks")
    assert [(c["rule"], c["change"], c["old"], c["new"]) for c in shown["changes"]] == [
        ("Z104", "additive", None, "/properties/f"),
        ("Z130", "neutral", "/title", "/title"),
    ]


def test_the_first_version_reads_the_records_of_its_drafts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # docs/adr/0016 promises it: records of the drafts keep being read.
    paths = []
    for version in ("1.0-draft.1", "1.0"):
        path = tmp_path / f"{version}.json"
        path.write_bytes(openquality_schemas.read("attestation.schema.json", version=version))
        paths.append(str(path))

    assert run("diff", *paths) == 0
    assert run("diff", *reversed(paths)) == 1
    assert "/$defs/Mapping/properties/uncertainty" in capsys.readouterr().out


def test_catalogues_of_metrics_are_compared_as_such(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = orjson.loads(openquality_schemas.read("metrics.json"))
    (tmp_path / "old.json").write_bytes(orjson.dumps(old))
    old["metrics"][0]["direction"] = "target"
    (tmp_path / "new.json").write_bytes(orjson.dumps(old))

    assert run("diff", str(tmp_path / "old.json"), str(tmp_path / "new.json")) == 1
    assert "breaking    /metrics/0/direction" in capsys.readouterr().out


def test_a_file_that_is_no_schema_cannot_be_compared(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "bad.json").write_bytes(orjson.dumps({**V1, "type": "text"}))

    assert run("diff", "v1.json", "bad.json") == 2
    assert "bad.json: Z001: Not valid JSON Schema 2020-12" in capsys.readouterr().err
    assert run("check", "v1.json", "--against", "bad.json") == 2


@pytest.mark.usefixtures("folder")
def test_a_schema_is_checked_against_all_that_is_released(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert (
        run("check", "v2.json", "--against", "v1.json", "--namespace", "https://buyer.example/")
        == 0
    )
    capsys.readouterr()

    assert run("check", "v3.json", "--against", "v1.json", "--against", "v2.json") == 1

    shown = capsys.readouterr()
    assert "v1.json: breaking  + /required/0" in shown.out
    assert "v2.json: breaking  + /required/0" in shown.out


def test_a_schema_may_nest_deeper_than_a_record(folder: Path) -> None:
    deep: dict[str, Any] = TEXT
    for _ in range(20):
        deep = {"properties": {"a": deep}}
    (folder / "deep.json").write_bytes(orjson.dumps({**HEAD, **deep}))
    write_records(folder / "records.jsonl", [{"a": {}}])

    assert run("diff", "deep.json", "deep.json") == 0
    assert run("check", "deep.json", "--records", "records.jsonl") == 0


def test_faults_of_the_schema_itself_come_first(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "bad.json").write_bytes(
        orjson.dumps({**V1, "properties": {"a": {"pattern": "^(a+)+$"}}})
    )

    assert (
        run("check", "bad.json", "--against", "v1.json", "--namespace", "https://seller.example/")
        == 1
    )

    shown = capsys.readouterr().out
    assert "bad.json#/$id: Z010" in shown
    assert "bad.json#/properties/a/pattern: Z006" in shown
    assert "v1.json" not in shown


def write_records(path: Path, records: list[dict[str, Any]]) -> None:
    path.write_bytes(b"\n".join(map(orjson.dumps, records)))


def test_stored_records_are_evidence(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_records(folder / "records.jsonl", [{"a": "x"}, {"a": "y", "f": "z"}, {"b": 1}])

    assert run("check", "v3.json", "--against", "v2.json", "--records", "records.jsonl") == 1
    shown = capsys.readouterr()
    assert "records.jsonl:1: valid no more: / (required)" in shown.out
    assert (
        "1 of 2 published records remain valid. 1 more were not valid before and say nothing."
    ) in shown.err

    assert run("check", "v2.json", "--against", "v1.json", "--records", "records.jsonl") == 0
    assert "1 of 1 published records remain valid." in capsys.readouterr().err


def test_of_an_attestation_the_extension_is_held_to_its_schema(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    extended = {"extensions": {V1["$id"]: {"a": "x"}}}
    subject = {"claims": [{}, extended], "extensions": {V1["$id"]: {"f": "y"}, "urn:x": {}}}
    write_records(folder / "records.jsonl", [{"credentialSubject": subject}])

    assert run("check", "v3.json", "--against", "v2.json", "--records", "records.jsonl") == 1
    shown = capsys.readouterr()
    at = "https:~1~1buyer.example~1schemas~1coating.json"
    lost = f"records.jsonl:1#/credentialSubject/claims/1/extensions/{at}"
    assert f"{lost}: valid no more: / (required)" in shown.out
    assert "1 of 2 published records remain valid." in shown.err


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("records.jsonl", b'{"a":"x"}\n{"a":', "records.jsonl:2: D003"),
        ("v1.json", orjson.dumps({**V1, "properties": {"a": {"pattern": "(?=a)"}}}), "v1.json: "),
    ],
)
def test_what_cannot_be_replayed_is_named(
    name: str, content: bytes, said: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_records(folder / "records.jsonl", [{"a": "x"}])
    (folder / name).write_bytes(content)

    assert run("check", "v2.json", "--against", "v1.json", "--records", "records.jsonl") == 2
    assert f"error: {said}" in capsys.readouterr().err


def test_records_that_remain_valid_do_not_outweigh_the_proof(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_records(folder / "records.jsonl", [{"a": "y", "f": "z"}])

    found = run(
        *("check", "v3.json", "--against", "v2.json", "--records", "records.jsonl"),
        *("--format", "json"),
    )

    shown = orjson.loads(capsys.readouterr().out)
    assert found == 1
    assert shown["passed"] is False
    assert shown["records"] == {"read": 1, "validBefore": 1, "remainValid": 1, "lost": []}
    assert [(c["against"], c["compatible"]) for c in shown["comparisons"]] == [("v2.json", False)]
