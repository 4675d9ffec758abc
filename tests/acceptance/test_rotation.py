"""The log's key is replaced, and readers, proofs and witnesses cross over."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from registry_at_work import publish, registry, statement

from openquality import wire
from openquality.cli.main import main
from openquality_registry import folder as folders
from openquality_registry import rotation
from openquality_validator import bundle, envelope
from openquality_validator.bundle import Outcome
from openquality_validator.tlog import note as notes
from openquality_validator.tlog.note import Note, VerifierKey
from openquality_validator.trust import LogKey, Trust, TrustedLog


def trusting(*keys: LogKey) -> Trust:
    return Trust(logs=(TrustedLog(keys[0].verifier.name, keys),))


def test_a_log_goes_on_with_a_new_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with registry(tmp_path) as (client, parts):
        publish(client, statement(1))
        old = VerifierKey.from_text(parts.folder.signer.vkey)
        name = envelope.digest(statement(1))
        before = client.get(f"/v1/statements/{name}", headers={"accept": wire.BUNDLE}).content
    assert main(["log", "rotate-key", "--data", str(tmp_path)]) == 0
    assert old.to_text() not in capsys.readouterr().out
    with registry(tmp_path) as (client, parts):
        new = VerifierKey.from_text(parts.folder.signer.vkey)
        assert new != old
        # The published checkpoint bears both signatures: readers of either key cross.
        crossed = Note.from_bytes(client.get("/checkpoint").content)
        assert notes.verify(crossed, [old]) == (old,)
        assert notes.verify(crossed, [new]) == (new,)
        assert publish(client, statement(2)).status_code == 201
        with pytest.raises(Exception, match="L007"):
            notes.verify(Note.from_bytes(client.get("/checkpoint").content), [old])
        told = client.get("/.well-known/openquality").json()["log"]
        assert told["vkey"] == new.to_text()
        assert [key["vkey"] for key in told["retiredKeys"]] == [old.to_text()]
        until = datetime.fromisoformat(told["retiredKeys"][0]["validUntil"])
        after = client.get(f"/v1/statements/{name}", headers={"accept": wire.BUNDLE}).content
    trust = trusting(LogKey(new), LogKey(old, valid_until=until))
    now = datetime.now(UTC)
    assert bundle.verify(after, trust=trust, now=now).overall is Outcome.PASS
    # The old bundle needs a word that it is older than the retirement.
    assert bundle.verify(before, trust=trust, now=now).steps[7].code == "V084"
    assert bundle.verify(before, trust=trusting(LogKey(old)), now=now).overall is Outcome.PASS
    assert main(["log", "fsck", "--data", str(tmp_path)]) == 0


@pytest.mark.parametrize("step", ["intend_key", "settle_key"])
def test_a_rotation_that_was_broken_off_is_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    with registry(tmp_path) as (client, parts):
        publish(client, statement(1))
        old = parts.folder.signer.vkey

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(folders, step, crash)
        with pytest.raises(KeyboardInterrupt):
            rotation.rotate(tmp_path, now=datetime.now(UTC))
    with registry(tmp_path) as (client, parts):
        assert (parts.folder.signer.vkey == old) is (step == "intend_key")
        assert publish(client, statement(2)).status_code == 201
    rotation.rotate(tmp_path, now=datetime.now(UTC))
    with registry(tmp_path) as (client, parts):
        assert parts.folder.signer.vkey != old
        assert publish(client, statement(3)).status_code == 201
        assert parts.folder.retired[0].vkey == old
    config = json.loads((tmp_path / folders.CONFIG).read_text())
    assert "nextKey" not in config
    assert list((tmp_path / "keys").glob("retired-*.key"))


def test_a_folder_that_is_served_keeps_its_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with registry(tmp_path) as (_, parts):
        before = parts.folder.signer.vkey
        assert main(["log", "rotate-key", "--data", str(tmp_path)]) == 2
        assert "being served" in capsys.readouterr().err
        assert parts.folder.signer.vkey == before
