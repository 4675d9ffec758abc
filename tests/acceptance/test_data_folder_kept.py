"""The data folder of version 0.1.0 opens, is clean, and its records still verify."""

import shutil
from contextlib import closing
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from openquality import Client, Trust, verify
from openquality.cli.main import main
from openquality_registry import bootstrap
from openquality_registry.http import server
from openquality_registry.settings import load
from openquality_validator.bundle import Outcome
from openquality_validator.tlog.note import VerifierKey
from openquality_validator.trust import LogKey, TrustedLog

KEPT = Path(__file__).parents[1] / "fixtures" / "data-0.1.0"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "data"
    shutil.copytree(KEPT, copy)
    (copy / "keys" / "log.key").chmod(0o600)  # git keeps no such mode
    return copy


def test_the_log_is_clean(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["log", "fsck", "--data", str(folder)]) == 0
    assert "5 entries checked" in "".join(capfd.readouterr())


def test_every_statement_is_served_with_a_bundle_that_passes(folder: Path) -> None:
    with closing(bootstrap.open_folder(folder)) as opened:
        statements = list(opened.store.statements(0, opened.store.state().size))
        vkey = VerifierKey.from_text(opened.signer.vkey)
    trust = Trust(logs=(TrustedLog(vkey.name, (LogKey(vkey),)),))
    parts = bootstrap.build(load(data=folder, workers=0))
    try:
        listening = server.listen("127.0.0.1", 0)
        with server.background(parts, listening) as url, Client(url) as client:
            bundles = [client.bundle(sha256(statement).hexdigest()) for statement in statements]
    finally:
        parts.close()
    assert len(bundles) == 5
    for bundle in bundles:
        assert verify(bundle, trust=trust, now=NOW).overall is Outcome.PASS
