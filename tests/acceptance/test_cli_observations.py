"""The story of a copied data file, told by the commands of those who are in it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from registry_at_work import attestation, registry

from openquality import signing
from openquality.cli.main import main

FIRST, COPYCAT = signing.generate(), signing.generate()


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give two suppliers a folder, whose records name the same data file about two parts."""
    desk = tmp_path / "desk"
    desk.mkdir()
    monkeypatch.chdir(desk)
    monkeypatch.setenv("OPENQUALITY_HOME", str(tmp_path / "home"))
    for number, (name, key) in enumerate((("first", FIRST), ("copy", COPYCAT)), 1):
        signing.write_key(desk / f"{name}.key", key)
        value = attestation(number, key=key)
        value["credentialSubject"]["producer"]["party"]["id"] = key.did
        (desk / f"{name}.json").write_text(json.dumps(value))
    return desk


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    with registry(tmp_path / "registry") as (client, _):
        yield str(client.base_url)


def test_a_copied_file_is_seen_filtered_and_answered(
    desk: Path,
    address: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENQUALITY_REGISTRY", address)

    def said(*words: str) -> str:
        assert main(list(words)) == 0
        return capsys.readouterr().out

    for name in ("first", "copy"):
        said("publish", f"{name}.json", "--yes", "--key", f"{name}.key")

    # A buyer looks at both.
    first, *lines = said("observations", "first.jwt").splitlines()
    assert first.endswith(", 2 entries")
    assert [line.split()[0] for line in lines] == ["O002"]
    copied = said("observations", "copy.jwt")
    assert "2 observations in" in copied
    assert "  O001  A data file of this record was named before by another issuer" in copied
    assert said("explain", "O001").startswith("O001 (observations: what the log shows")

    # And asks without those who came later.
    asked = ["query", "--where", "on-time-delivery", "--without", "O001", "--format", "json"]
    found = json.loads(said(*asked))
    assert [row["issuer"] for row in found["rows"]] == [FIRST.did]
    assert [each["reason"] for each in found["leftOut"]] == ["observation:O001"]

    # The other one answers; nobody else can.
    words = "The laboratory measured both parts in one run."
    said("reply", "copy.jwt", "O001", words, "--key", "copy.key")
    assert words in said("observations", "copy.jwt")
    told = json.loads(said("observations", "copy.jwt", "--format", "json"))
    assert [len(each["replies"]) for each in told["observations"]] == [1, 0]
    assert main(["reply", "copy.jwt", "O001", "It is ours.", "--key", "first.key"]) == 1
    assert "only its issuer replies" in capsys.readouterr().err

    # Words that no registry would take are refused before they are signed.
    before = sorted(path.name for path in desk.iterdir())
    assert main(["reply", "copy.jwt", "O004", "See <b>this</b>", "--key", "copy.key"]) == 1
    assert "X008" in capsys.readouterr().err
    assert main(["reply", "copy.jwt", "O040", "Why?", "--key", "copy.key"]) == 2
    assert "Did you mean" in capsys.readouterr().err
    assert sorted(path.name for path in desk.iterdir()) == before
