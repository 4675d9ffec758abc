"""`status`, `supersede` and `history`, as a supplier uses them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from profiles_at_work import key, records
from registry_at_work import attestation, registry

from openquality import signing
from openquality.cli.main import main
from openquality_registry.bootstrap import Parts

KEY = signing.generate()
Run = Callable[..., int]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Sit down in a folder with a key and a record."""
    desk = tmp_path / "desk"
    desk.mkdir()
    monkeypatch.chdir(desk)
    monkeypatch.setenv("OPENQUALITY_HOME", str(tmp_path / "home"))
    signing.write_key(desk / "own.key", KEY)
    (desk / "bolt.json").write_text(json.dumps(attestation(1, key=KEY)))
    return desk


@pytest.fixture
def run(tmp_path: Path, desk: Path) -> object:
    """Run commands against a registry that runs."""
    assert desk
    with registry(tmp_path / "registry") as (client, parts):

        def command(*words: str) -> int:
            return main([*words, "--registry", str(client.base_url)])

        command.parts = parts  # type: ignore[attr-defined]  # for the test that looks inside
        yield command


def test_a_supplier_suspends_and_reinstates_and_sees_the_whole_life(
    run: Run, desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = ["--key", "own.key"]
    assert run("publish", "bolt.json", "--yes", *own) == 0
    assert run("status", "bolt.jwt", "suspend", "--reason", "Gauge 7 was off.", *own) == 0
    assert run("status", "bolt.jwt", "reinstate", "--reason", "Measured again.", *own) == 0
    capsys.readouterr()
    assert run("history", "bolt.jwt") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith(" is active")
    assert [line.split()[2] for line in lines[1:]] == ["admitted", "suspended", "reinstated"]
    assert "Gauge 7 was off." in lines[2]

    assert run("history", "bolt.jwt", "--export", "life.json") == 0
    life = json.loads((desk / "life.json").read_text())
    assert life["bundles"].keys() == {event["digest"] for event in life["events"]}
    assert all(bundle["statement"] for bundle in life["bundles"].values())


def test_what_the_state_forbids_is_not_signed(
    run: Run, desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = ["--key", "own.key"]
    run("publish", "bolt.json", "--yes", *own)
    assert run("status", "bolt.jwt", "reinstate", "--reason", "x", *own) == 1
    assert "U006" in capsys.readouterr().err
    assert run("status", "bolt.jwt", "revoke", "--reason", "x", *own) != 0
    assert "--yes" in capsys.readouterr().err
    assert run("status", "bolt.jwt", "revoke", "--reason", "x", "--yes", *own) == 0
    assert run("status", "bolt.jwt", "suspend", "--reason", "x", *own) == 1
    assert [path.name for path in desk.glob("*.jwt") if "revoke" in path.name] != []
    assert not list(desk.glob("*reinstate*"))


def test_a_corrected_record_takes_the_place_of_the_old_one(
    run: Run, desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = ["--key", "own.key"]
    run("publish", "bolt.json", "--yes", *own)
    value = attestation(1, key=KEY)
    text = json.dumps(value).replace(value["id"], "urn:uuid:00000000-0000-4000-8000-0000000000aa")
    (desk / "corrected.json").write_text(text)
    assert run("supersede", "bolt.jwt", "corrected.json", *own) == 0
    assert json.loads((desk / "corrected.json").read_text())["supersedes"].startswith("sha256:")
    capsys.readouterr()
    run("history", "bolt.jwt", "--format", "json")
    life = json.loads(capsys.readouterr().out)
    assert life["state"] == "superseded"
    assert [event["event"] for event in life["events"]] == ["admitted", "superseded"]
    # Once more is harmless: the same bytes get the same receipt.
    assert run("supersede", "bolt.jwt", "corrected.json", *own) == 0


def test_a_corrected_copy_is_given_an_id_of_its_own(run: Run, desk: Path) -> None:
    own = ["--key", "own.key"]
    run("publish", "bolt.json", "--yes", *own)
    first = json.loads((desk / "bolt.json").read_text())
    copied = first | {"name": "Quality, corrected"}
    (desk / "corrected.json").write_text(json.dumps(copied))
    assert run("supersede", "bolt.json", "corrected.json", *own) == 0
    corrected = json.loads((desk / "corrected.json").read_text())
    claims = corrected["credentialSubject"]["claims"]
    assert corrected["id"] != first["id"]
    assert {claim["id"].partition("#")[0] for claim in claims} == {corrected["id"]}
    assert run("supersede", "bolt.json", "corrected.json", *own) == 0
    assert json.loads((desk / "corrected.json").read_text()) == corrected


def test_a_record_file_stands_for_the_statement_that_was_signed_from_it(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    own = ["--key", "own.key"]
    run("publish", "bolt.json", "--yes", *own)
    assert run("status", "bolt.json", "suspend", "--reason", "Gauge 7 was off.", *own) == 0
    capsys.readouterr()
    assert run("history", "bolt.json") == 0
    assert capsys.readouterr().out.splitlines()[0].endswith(" is suspended")


@pytest.mark.parametrize("words", [("status", "nothing.jwt", "suspend"), ("history", "0" * 64)])
def test_a_record_that_is_not_there_is_named(
    run: Run, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    more = ["--reason", "x", "--key", "own.key"] if words[0] == "status" else []
    assert run(*words, *more) != 0
    assert "no record there" in capsys.readouterr().err


def test_a_stranger_cannot_speak_about_it(
    run: Run, desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("publish", "bolt.json", "--yes", "--key", "own.key")
    signing.write_key(desk / "other.key", signing.generate())
    more = ["--reason", "x", "--key", "other.key"]
    assert run("status", "bolt.jwt", "suspend", *more) != 0
    assert "may not speak" in capsys.readouterr().err
    assert isinstance(run.parts, Parts)  # type: ignore[attr-defined]


def test_an_assessor_takes_an_assessment_back(
    run: Run, desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assessor = key("assessor")
    signing.write_key(desk / "assessor.key", assessor)
    found = next(each for each in records("cx-standard") if "QualityAssessment" in each["type"])
    (desk / "found.jwt").write_bytes(signing.sign(found, assessor))
    own = ["--key", "assessor.key"]
    assert run("publish", "found.jwt", "--yes", *own) == 0
    assert run("status", "found.jwt", "suspend", "--reason", "Wrong site.", *own) == 0
    capsys.readouterr()
    assert run("history", "found.jwt") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith(" is suspended")
    assert [line.split()[2] for line in lines[1:]] == ["admitted", "suspended"]
    # Nobody else does, and the registry holds no other state of it.
    assert run("status", "found.jwt", "revoke", "--yes", "--reason", "x", "--key", "own.key") == 1
