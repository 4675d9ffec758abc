"""What keys, witnesses, time and status prove: the conformance cases by code, and the verdict.

The bundles are made by tests/conformance/verifier/make.py, which uses none of the project's code.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import rfc8785

from openquality_validator import bundle
from openquality_validator.bundle import Verdict
from openquality_validator.tlog.checkpoint import Checkpoint
from openquality_validator.trust import Trust

VERIFIER = Path(__file__).parents[1] / "conformance" / "verifier"
CASES = VERIFIER / "cases"
NOW = datetime(2026, 12, 1, tzinfo=UTC)


def judge(value: dict[str, Any], trust: dict[str, Any], now: datetime = NOW) -> Verdict:
    return bundle.verify(
        rfc8785.dumps(value), trust=Trust.from_bytes(json.dumps(trust).encode()), now=now
    )


def case(name: str) -> Verdict:
    folder = CASES / name
    given = json.loads((folder / "case.json").read_text())
    return bundle.verify(
        (folder / "bundle.json").read_bytes(),
        trust=Trust.from_bytes((folder / "trust.json").read_bytes()),
        now=datetime.fromisoformat(given["at"]),
    )


def said(verdict: Verdict, step: str) -> tuple[str, str]:
    found = next(each for each in verdict.steps if each.name == step)
    return found.code, found.message


@pytest.mark.parametrize(
    ("name", "step", "code", "words"),
    [
        ("webvh", "key", "V040", "your trust file does not say"),
        ("registered", "key", "V043", "lei 529900VELANTO0000139"),
        ("web", "key", "V044", "the registry's word"),
        ("compromised_unknown", "key", "V045", "2026-11-15"),
        ("web-discontinuous_unknown", "key", "V046", "without a word"),
        ("web-discontinuous-named_unknown", "key", "V046", "pin it"),
        ("web-discontinuous-pinned", "key", "V042", "Nordbolt"),
        ("key-not-the-pinned-one_unknown", "key", "V047", "Nordbolt"),
        ("registration-without-issuer_fail", "key", "V041", "J013"),
        ("registration-forged_fail", "key", "V041", "J017"),
        ("key-event-not-in-the-log_fail", "key", "V041", "L04"),
        ("key-retired_unknown", "checkpoint", "V084", "retired"),
        ("key-retired-before-the-stamp_unknown", "checkpoint", "V084", "retired"),
        ("key-retired-but-stamped", "checkpoint", "V080", "the checkpoint of 7 entries"),
        ("key-retired-earlier-checkpoint-stamped", "checkpoint", "V080", "an earlier checkpoint"),
        ("quorum-missed_unknown", "checkpoint", "V085", "too few"),
        ("quorum-by-one-twice_unknown", "checkpoint", "V085", "too few"),
        ("quorum-in-an-anchor", "checkpoint", "V080", ""),
        ("quorum", "anchors", "V100", "2026-11-20T12:05:00+00:00"),
        ("token", "anchors", "V100", "stamp.example"),
        ("anchor-of-another-tree_fail", "anchors", "V101", "L042"),
        ("anchor-with-a-wrong-log-signature_fail", "anchors", "V101", "L006"),
        ("token-of-another-text_fail", "anchors", "V101", "N00"),
        ("untouched", "anchors", "V102", "the registry's word"),
        ("token-of-a-stranger_unknown", "anchors", "V103", "not in your trust file"),
        ("anchor-by-an-unknown-log-key_unknown", "anchors", "V103", "not in your trust file"),
        ("cosignature-of-the-future_fail", "anchors", "V104", "future"),
        ("active", "status", "V110", "2026-11-30"),
        ("reinstated", "status", "V110", "not revoked"),
        ("webvh-active", "status", "V110", "not revoked"),
        ("not-valid-yet_fail", "status", "V111", "2026-12-15"),
        ("expired_fail", "status", "V112", "2027-04-05"),
        ("status-of-the-future_fail", "status", "V113", "future"),
        ("status-by-an-unknown-key_unknown", "status", "V115", "not a status key"),
        ("revoked-under-an-unknown-status-key_fail", "status", "V118", "8 entries"),
        ("compromise-left-out_fail", "status", "V116", "convicts"),
        ("status-hides-an-event_fail", "status", "V116", "convicts"),
        ("status-of-another-tree_fail", "status", "V116", "this checkpoint"),
        ("replayed-reinstatement_fail", "status", "V116", "U005"),
        ("second-successor_fail", "status", "V116", "U007"),
        ("successor-by-another_fail", "status", "V116", "U009"),
        ("status-event-not-in-the-log_fail", "status", "V116", "L042"),
        ("stale-status_unknown", "status", "V117", "older than your limit"),
        ("suspended_fail", "status", "V118", "suspended"),
        ("revoked_fail", "status", "V118", "revoked"),
        ("suspended-by-a-believed-voice_fail", "status", "V118", "suspended"),
        ("suspended-by-the-operator", "status", "V110", "does not count"),
        ("superseded_fail", "status", "V119", "sha256:"),
        ("status-statement", "evidence", "V125", "no claims"),
    ],
)
def test_each_defect_has_its_code(name: str, step: str, code: str, words: str) -> None:
    found, message = said(case(name), step)
    assert found == code
    assert words in message


def test_the_verdict_holds_what_was_proved() -> None:
    quorum = case("quorum")
    assert quorum.existed_by == datetime(2026, 11, 20, 12, 5, tzinfo=UTC)
    active = case("active")
    assert active.status is not None
    assert (active.status.state, active.status.size) == ("active", 7)
    assert active.existed_by is None
    registered = case("registered")
    assert registered.record is not None
    assert registered.record.identity_level == "L2"


def test_the_answer_of_a_withdrawn_record_is_held_too() -> None:
    revoked, superseded = case("revoked_fail").status, case("superseded_fail").status
    assert revoked is not None
    assert superseded is not None
    assert (revoked.state, superseded.state) == ("revoked", "superseded")
    assert superseded.successor is not None


def test_a_dispute_is_held_with_its_key_and_time() -> None:
    disputed = case("compromised_unknown").disputed
    assert disputed is not None
    assert disputed.since == datetime(2026, 11, 15, tzinfo=UTC)
    assert disputed.key.startswith("did:webvh:")
    assert case("compromised-but-witnessed").disputed is None
    assert case("compromised-later").disputed is None


def test_an_answer_that_is_not_the_registrys_is_not_held() -> None:
    assert case("status-by-an-unknown-key_unknown").status is None
    assert case("status-hides-an-event_fail").status is None


# --- bundles of these tests -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def t(conformance_maker: ModuleType) -> ModuleType:
    return conformance_maker


def webvh(t: ModuleType) -> dict[str, Any]:
    world = t.World()
    line = rfc8785.dumps(t.LINE1).decode()
    world.add(line, issuer=t.WEBVH, subjects=[t.WEBVH], kind="key")
    kid = f"{t.WEBVH}#{t.multikey(t.A1)}"
    statement = t.signed(t.record(t.WEBVH), t.A1, kid=kid)
    index = world.add(statement, issuer=t.WEBVH, subjects=t.subjects_of(t.WEBVH))
    made: dict[str, Any] = world.bundle(index, keys=[world.logged(0)])
    return made


@pytest.mark.parametrize(
    ("hosts", "level", "code", "words"),
    [
        ({}, "L0", "V040", "does not say"),
        ({"hosts": ["quality.example"]}, "L0", "V040", "the registry hosts it"),
        ({"hosts": []}, "L1", "V044", "quality.example"),
        ({"hosts": ["other.example"]}, "L1", "V044", "quality.example"),
    ],
)
def test_the_level_of_a_webvh_depends_on_who_hosts_it(
    t: ModuleType, hosts: dict[str, Any], level: str, code: str, words: str
) -> None:
    verdict = judge(webvh(t), t.trust(log=hosts))
    assert verdict.exit_code == 0
    assert verdict.record is not None
    assert verdict.record.identity_level == level
    found, message = said(verdict, "key")
    assert found == code
    assert words in message


def retired(t: ModuleType, **bounds: str) -> dict[str, Any]:
    keys = [{"vkey": t.m.vkey(t.ORIGIN, t.LOG)} | bounds]
    made: dict[str, Any] = t.trust(log={"keys": keys, "policy": t.POLICY})
    return made


def witnessed(t: ModuleType, world: Any, size: int, at: str) -> dict[str, Any]:  # noqa: ANN401
    lines = [t.cosignature(world, size, f"w.example/{n}", w, at) for n, w in ((1, t.W1), (2, t.W2))]
    anchor: dict[str, Any] = world.anchor(4, size, *lines)
    return anchor


def test_the_checkpoint_to_remember_is_the_one_that_is_proved(t: ModuleType) -> None:
    # Whoever finds the retired key can sign a longer tree around the entry; only the checkpoint
    # that witnesses saw in time is the log's for sure.
    world = t.logged_record()
    world.add("forged")
    anchor = witnessed(t, world, 6, "2026-11-24T00:00:00Z")
    value = world.bundle(4, anchors=[anchor])
    verdict = judge(value, retired(t, validUntil="2026-11-25T00:00:00Z"))
    assert verdict.exit_code == 0
    assert verdict.checkpoint == Checkpoint(t.ORIGIN, 6, t.m.mth(world.data[:6]))
    fresh = judge(value, retired(t))
    assert fresh.checkpoint is not None
    assert fresh.checkpoint.size == 8


def test_an_anchor_after_the_retirement_does_not_bring_a_key_back(t: ModuleType) -> None:
    world = t.logged_record()
    world.add("forged")
    anchor = witnessed(t, world, 6, "2026-11-26T00:00:00Z")
    verdict = judge(
        world.bundle(4, anchors=[anchor]), retired(t, validUntil="2026-11-25T00:00:00Z")
    )
    assert said(verdict, "checkpoint")[0] == "V084"
    assert verdict.checkpoint is None
    assert verdict.exit_code == 3


def test_the_earliest_witness_counts(t: ModuleType) -> None:
    world = t.logged_record()
    anchors = [
        witnessed(t, world, size, at)
        for size, at in (
            (7, "2026-11-22T00:00:00Z"),
            (5, "2026-11-21T00:00:00Z"),
            (6, "2026-11-23T00:00:00Z"),
        )
    ]
    verdict = judge(world.bundle(4, anchors=anchors), t.trust(log={"policy": t.POLICY}))
    assert verdict.existed_by == datetime(2026, 11, 21, tzinfo=UTC)


def test_an_unknown_step_never_becomes_a_pass_and_is_required_only_by_the_trust_file(
    t: ModuleType,
) -> None:
    world = t.logged_record()
    for step in ("consistency", "anchors", "status", "evidence"):
        assert judge(world.bundle(4), t.trust()).exit_code == 0
        assert judge(world.bundle(4), t.trust(required=[step])).exit_code == 3


@pytest.mark.parametrize(
    "change",
    [
        {"statement": "{}"},
        {"statement": "no JWS"},
        {"statement": '{"type":["VerifiableCredential","IssuerRegistration"],"proof":{}}'},
    ],
)
def test_whatever_is_beside_the_record_gets_a_verdict(
    t: ModuleType, change: dict[str, Any]
) -> None:
    bundle_with = t.logged_record().bundle(4, supporting=[change])
    verdict = judge(bundle_with, t.trust(registrars=[{"did": t.DID, "schemes": ["lei"]}]))
    assert said(verdict, "key")[0] == "V041"


def test_a_registration_counts_only_in_its_time_and_for_its_schemes(t: ModuleType) -> None:
    subject = {
        "id": t.DID,
        "name": "Velanto Logistik AG",
        "identifiers": [{"scheme": "lei", "value": "529900VELANTO0000139"}],
    }

    def level(schemes: list[str], did: str = t.DID, **dates: str) -> str:
        made = t.small("IssuerRegistration", subject | {"id": did}, 1, t.REGISTRAR, **dates)
        value = t.logged_record().bundle(4, supporting=[{"statement": t.signed(made, t.REGISTRAR)}])
        party = {"did": t.m.did_key(t.REGISTRAR), "schemes": schemes}
        verdict = judge(value, t.trust(registrars=[party]))
        assert verdict.exit_code == 0
        assert verdict.record is not None
        return verdict.record.identity_level

    # Admitted on 2026-11-20 at noon.
    began, begins = {"validFrom": "2026-11-20T12:00:00Z"}, {"validFrom": "2026-11-20T12:00:01Z"}
    assert level(["lei"], **began) == "L2"
    assert level(["vat"], **began) == "L0"
    assert level(["lei"], **begins) == "L0"
    assert level(["lei"], validFrom="2026-01-01T00:00:00Z", validUntil="2026-11-20T11:59:59Z") == (
        "L0"
    )
    assert level(["lei"], did=t.m.did_key(t.STRANGER), **began) == "L0"
