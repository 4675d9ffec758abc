"""Decisions signed by identities with a history, and by keys of the other kind."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from decisions_at_work import REASONS, draft, empty_inputs, policy

from openquality.decisions import DecisionLog, audit, export
from openquality.identities import IdentityFolder
from openquality.signing import SigningKey, generate, load_key
from openquality_validator.decision.export import Export
from openquality_validator.envelope import digest
from openquality_validator.errors import EnvelopeError
from openquality_validator.identity import KeyKind

Run = Callable[..., Any]
KEY = Path("openquality.key")


@pytest.fixture
def before(run: Run, machine: Path) -> SigningKey:
    """Make an identity with a history, and give its first key."""
    assert run("init", "--did", "webvh", "--domain", "buyer.example/purchasing").code == 0
    key = load_key(machine / KEY)
    assert key.did.startswith("did:webvh:")
    return key


@pytest.fixture
def log(run: Run, machine: Path, before: SigningKey) -> DecisionLog:
    """Make a log that the identity owns, with one proposal before its keys are rotated."""
    key = before
    held = DecisionLog.create(machine / "decisions", policy=policy(owners=[key.did]), key=key)
    content = draft(empty_inputs().to_json(), value="5")
    held.propose("PO-1", content, key=key, files=empty_inputs().files())
    assert run("key", "rotate").code == 0
    return held


def test_what_was_signed_before_and_after_a_rotation_stays_proved(log: DecisionLog) -> None:
    assert not log.pause("PO-1", reasons=REASONS, key=load_key(KEY)).refused
    brought = Export.from_bytes(export(log).to_bytes())
    result = audit(brought, reconstruct=False)
    assert result.report.findings == ()
    kept = {placed.event.get("keys") for placed in result.checked.placed}
    assert len(kept) == 2  # the DID log before the rotation, and after it
    assert kept <= brought.artefacts.keys()


def test_an_event_without_the_keys_of_its_issuer_proves_nothing(log: DecisionLog) -> None:
    whole = export(log)
    first = digest(IdentityFolder(KEY).raw_lines()[0] + b"\n")
    assert first in whole.artefacts
    rest = {name: data for name, data in whole.artefacts.items() if name != first}
    result = audit(replace(whole, artefacts=rest), reconstruct=False)
    assert "K122" in {each.code for each in result.report.errors}
    assert result.checked.placed == ()


def test_a_key_that_was_rotated_away_signs_no_more(log: DecisionLog, before: SigningKey) -> None:
    now = load_key(KEY)
    with pytest.raises(EnvelopeError) as refused:
        log.pause("PO-1", reasons=REASONS, key=before.bound_to(now.key_id, document=now.document))
    assert refused.value.code == "J017"
    log.pause("PO-1", reasons=REASONS, key=now)
    # With the DID log of its time it signs, and an auditor sees that newer keys were there.
    log.resume("PO-1", key=before)
    found = audit(log, reconstruct=False).report.errors
    assert "H059" in {each.code for each in found}


def test_keys_of_both_kinds_sign(tmp_path: Path) -> None:
    owner = generate(KeyKind.P256)
    made = DecisionLog.create(tmp_path / "log", policy=policy(owners=[owner.did]), key=owner)
    content = draft(empty_inputs().to_json(), value="5")
    made.propose("PO-1", content, key=owner, files=empty_inputs().files())
    assert not made.execute("PO-1", key=generate()).refused
    assert audit(made, reconstruct=False).report.errors == ()
