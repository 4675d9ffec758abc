"""Stamps over a decision log: got, kept, exported, and checked by an auditor."""

from dataclasses import replace
from pathlib import Path

import pytest
from decisions_at_work import Clock, new_log, propose
from time_authority import MOMENT, TimeAuthority, serving

from openquality.decisions import DecisionLog, audit, export
from openquality.decisions.stamping import NoToken, anchor
from openquality_validator.decision.export import Export
from openquality_validator.errors import TimestampError
from openquality_validator.timestamps import Authority

MADE = TimeAuthority("noon")
PINNED = Authority("noon", (MADE.root,))


@pytest.fixture
def log(tmp_path: Path) -> DecisionLog:
    made = new_log(tmp_path / "log", Clock(MOMENT))
    propose(made)
    with serving(MADE.answer) as url:
        assert anchor(made, url, authorities=[PINNED], now=MOMENT).size == 2
    propose(made, "PO-2")
    return made


def test_a_stamp_proves_since_when_the_log_stands(log: DecisionLog) -> None:
    brought = Export.from_bytes(export(log).to_bytes())
    result = audit(brought, now=MOMENT, authorities=[PINNED], reconstruct=False)
    assert result.report.findings == ()
    assert result.checked.existed_by == ((2, MOMENT, "noon"),)


def test_an_authority_that_the_auditor_does_not_know_proves_nothing(log: DecisionLog) -> None:
    result = audit(log, now=MOMENT, reconstruct=False)
    assert [(each.code, each.severity) for each in result.report.findings] == [("H047", "warning")]
    assert result.checked.existed_by == ()


def test_a_stamp_over_another_log_is_found(log: DecisionLog, tmp_path: Path) -> None:
    other = new_log(tmp_path / "other", Clock(MOMENT))
    propose(other, "PO-3")
    with serving(MADE.answer) as url:
        anchor(other, url, authorities=[PINNED], now=MOMENT)
    brought = replace(export(log), stamps=export(other).stamps)
    result = audit(brought, now=MOMENT, authorities=[PINNED], reconstruct=False)
    assert [each.code for each in result.report.errors] == ["H047"]


def test_a_token_that_nobody_pinned_is_not_kept(log: DecisionLog) -> None:
    stranger = TimeAuthority("midnight")
    with serving(stranger.answer) as url, pytest.raises(TimestampError) as refused:
        anchor(log, url, authorities=[PINNED], now=MOMENT)
    assert refused.value.code == "N004"
    assert len(log.folder.anchors()) == 1


def test_a_clock_that_is_not_ours_and_an_answer_without_a_token_are_not_kept(
    log: DecisionLog,
) -> None:
    with serving(MADE.answer) as url, pytest.raises(NoToken, match="clock"):
        anchor(log, url, authorities=[PINNED])
    with serving(MADE.answer, status=500) as url, pytest.raises(NoToken, match="500"):
        anchor(log, url, authorities=[PINNED], now=MOMENT)
    assert len(log.folder.anchors()) == 1
