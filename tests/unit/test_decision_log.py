"""The course of decisions in a log: what takes effect, what is refused and stays recorded."""

import multiprocessing
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from decisions_at_work import (
    NOW,
    PERSON,
    REASONS,
    Clock,
    draft,
    empty_inputs,
    keys,
    money,
    new_log,
    policy,
    propose,
)

from openquality import home
from openquality.decisions import (
    DecisionLog,
    FileMissing,
    Inputs,
    InTheWay,
    InvalidEvent,
    NoLog,
    Recorded,
    UnknownTransaction,
    audit,
)
from openquality.decisions.log import _signed
from openquality_validator.decision import book as books
from openquality_validator.decision.book import obligations
from openquality_validator.envelope import digest

INCIDENT = {"id": "i-1", "state": "opened", "detectedAt": "2026-11-21T13:00:00Z"}
REPORT = {"kind": "wrong-supplier", "severity": "high", "text": "The order went elsewhere."}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def log(tmp_path: Path, clock: Clock) -> DecisionLog:
    return new_log(tmp_path / "log", clock)


def codes(recorded: Recorded) -> set[str]:
    """The codes for which an attempt was refused, which the record repeats."""
    assert set(recorded.event.refused) == {each.code for each in recorded.refused}
    return {each.code for each in recorded.refused}


def approve(log: DecisionLog, **changes: Any) -> Recorded:  # noqa: ANN401 - what approve takes
    return log.approve("PO-1", **{"actor": PERSON, "key": keys().reviewer, **changes})


def execute(log: DecisionLog, **changes: Any) -> Recorded:  # noqa: ANN401 - what execute takes
    return log.execute("PO-1", **{"key": keys().agent, **changes})


def status(log: DecisionLog, name: str = "PO-1") -> str:
    return str(log.book().transactions[name].status)


def test_a_large_purchase_waits_for_a_person(log: DecisionLog) -> None:
    propose(log)
    refused = execute(log)
    assert codes(refused) == {"H006"}
    assert refused.event.get("compliance") == "nonCompliant"
    assert status(log) == "proposed"
    assert not approve(log).refused
    done = execute(log)
    assert not done.refused
    assert done.event.get("compliance") == "compliant"
    assert status(log) == "executed"
    assert log.book().transactions["PO-1"].attempts == 1


def test_a_small_purchase_needs_nobody(log: DecisionLog) -> None:
    propose(log, value="9999")
    done = execute(log)
    assert not done.refused
    assert done.event.get("compliance") == "compliant"


def test_a_waiver_of_the_policy_stands_in_for_the_review(log: DecisionLog) -> None:
    propose(log)
    assert codes(execute(log, waiver="because")) == {"H007"}
    done = execute(log, waiver="line-down")
    assert not done.refused
    assert done.event.get("compliance") == "waived"
    assert done.event.get("waiver") == "line-down"


def test_a_waiver_that_is_over_does_not_count(log: DecisionLog, clock: Clock) -> None:
    propose(log)
    clock.now = datetime(2027, 1, 2, tzinfo=UTC)
    assert codes(execute(log, waiver="line-down")) == {"H007"}


@pytest.mark.parametrize("who", ["agent", "owner"])
def test_a_key_without_a_role_cannot_approve(log: DecisionLog, who: str) -> None:
    propose(log)
    assert codes(approve(log, key=getattr(keys(), who))) == {"H005"}
    assert codes(execute(log)) == {"H006"}


def test_nobody_reviews_the_own_proposal(log: DecisionLog) -> None:
    log.propose(
        "PO-1",
        draft(empty_inputs().to_json()),
        key=keys().reviewer,
        files=empty_inputs().files(),
    )
    assert codes(approve(log)) == {"H005"}


def test_what_is_amended_is_reviewed_anew(log: DecisionLog) -> None:
    first = propose(log)
    approve(log)
    changed = log.amend(
        "PO-1",
        {"terms": {"value": money("24000")}},
        reasons=[{"code": "renegotiated"}],
        key=keys().agent,
    )
    assert status(log) == "proposed"
    assert codes(execute(log)) == {"H006"}
    assert codes(approve(log, basis=first.digest)) == {"H004"}
    assert not approve(log, basis=changed.digest).refused
    assert execute(log).event.get("terms") == {"value": money("24000")}


def test_what_was_executed_stays_in_force_until_an_amendment_is(log: DecisionLog) -> None:
    propose(log)
    approve(log)
    execute(log)
    log.amend("PO-1", {"terms": {"value": money("1")}}, reasons=REASONS, key=keys().agent)
    state = log.book().transactions["PO-1"]
    assert state.in_force is not None
    assert state.in_force.terms == {"value": money("25000")}
    # Cancelling now drops the amendment alone.
    log.cancel("PO-1", reasons=REASONS, key=keys().agent)
    assert status(log) == "executed"
    assert codes(log.cancel("PO-1", reasons=REASONS, key=keys().agent)) == {"H003"}
    log.reverse("PO-1", reasons=REASONS, key=keys().agent)
    assert status(log) == "reversed"


def test_a_person_can_choose_another_alternative(log: DecisionLog) -> None:
    propose(log)
    wrong = log.override("PO-1", selected=3, actor=PERSON, reasons=REASONS, key=keys().reviewer)
    assert codes(wrong) == {"H009"}
    log.override("PO-1", selected=2, actor=PERSON, reasons=REASONS, key=keys().reviewer)
    assert not execute(log).refused
    done = log.book().transactions["PO-1"].in_force
    assert done is not None
    assert done.alternative is not None
    assert done.alternative["supplier"]["id"] == "did:example:two"


def test_a_paused_decision_is_not_executed(log: DecisionLog) -> None:
    propose(log)
    approve(log)
    log.pause("PO-1", reasons=REASONS, key=keys().owner)
    assert codes(execute(log)) == {"H003"}
    assert not log.resume("PO-1", key=keys().owner).refused
    assert status(log) == "approved"
    assert not execute(log).refused


def test_what_is_executed_cannot_be_cancelled_by_way_of_a_pause(log: DecisionLog) -> None:
    propose(log, value="5")
    execute(log)
    log.pause("PO-1", reasons=REASONS, key=keys().owner)
    assert codes(log.cancel("PO-1", reasons=REASONS, key=keys().agent)) == {"H003"}
    assert not log.reverse("PO-1", reasons=REASONS, key=keys().agent).refused


@pytest.mark.parametrize("said", ["compliant", "waived"])
def test_an_execution_that_says_better_of_itself_is_refused(log: DecisionLog, said: str) -> None:
    """The program writes what follows; another one may write what it likes."""
    propose(log, value="5" if said == "waived" else "25000")
    refused = execute(log)
    told = {name: each for name, each in refused.event.document.items() if name != "refused"}
    event = _signed({**told, "compliance": said, "waiver": "line-down"}, keys().agent)
    placed = log._placed(log.folder.head(), None)
    before = log._book(placed[:-1])
    after, found = books.take(before, event, {})
    assert {each.code for each in found} == {"H012"}
    assert not after.transactions["PO-1"].executions


def test_a_cancelled_decision_is_over(log: DecisionLog) -> None:
    propose(log)
    log.cancel("PO-1", reasons=REASONS, key=keys().agent)
    assert codes(approve(log)) == {"H003"}
    assert codes(log.resume("PO-1", key=keys().agent)) == {"H003"}
    assert codes(log.reverse("PO-1", reasons=REASONS, key=keys().agent)) == {"H003"}
    assert status(log) == "cancelled"


def test_the_final_terms_are_not_dearer_than_what_was_reviewed(log: DecisionLog) -> None:
    propose(log, value="9000")
    assert codes(execute(log, terms={"value": money("90000")})) == {"H011"}
    assert codes(execute(log, terms={"value": money("9000", "USD")})) == {"H011"}
    assert not execute(log, terms={"value": money("8999.99")}).refused


def test_an_impact_smaller_than_the_terms_is_refused(log: DecisionLog) -> None:
    recorded = propose(log, impact={"value": money("100")}, terms={"value": money("20000")})
    assert codes(recorded) == {"H011"}
    assert "PO-1" not in log.book().transactions


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda listed: listed[0].update(rank=3), "H009"),
        (lambda listed: listed[0].update(selected=False), "H009"),
        (lambda listed: listed[1].update(selected=True), "H009"),
        (lambda listed: listed[0].update(statements=["sha256:" + "ab" * 32]), "H010"),
    ],
    ids=["a gap", "none selected", "two selected", "no input"],
)
def test_alternatives_must_hang_together(
    log: DecisionLog, change: Callable[[Any], None], code: str
) -> None:
    content = draft(empty_inputs().to_json())
    change(content["alternatives"])
    recorded = log.propose("PO-1", content, key=keys().agent, files=empty_inputs().files())
    assert codes(recorded) == {code}


def test_a_second_proposal_is_refused_and_recorded(log: DecisionLog) -> None:
    propose(log)
    assert codes(propose(log)) == {"H001"}
    assert status(log) == "proposed"


def test_a_decision_that_was_never_proposed_has_no_events(log: DecisionLog) -> None:
    with pytest.raises(UnknownTransaction, match="PO-1"):
        approve(log)


def test_malformed_events_are_not_recorded(log: DecisionLog) -> None:
    with pytest.raises(InvalidEvent) as invalid:
        propose(log, confidence="very")
    assert invalid.value.code == "S006"
    assert len(log.folder.head().entries) == 1  # the policy


def test_every_file_that_is_named_must_be_brought(log: DecisionLog) -> None:
    content = draft(empty_inputs().to_json())
    with pytest.raises(FileMissing):
        log.propose("PO-1", content, key=keys().agent, files=empty_inputs().files()[1:])


def test_only_an_owner_replaces_the_policy(log: DecisionLog) -> None:
    lax = policy(review=[], waivers=[])
    assert codes(log.adopt(lax, key=keys().agent)) == {"H016"}
    propose(log)
    assert codes(execute(log)) == {"H006"}
    assert not log.adopt(lax, key=keys().owner).refused
    assert not execute(log).refused


def test_an_event_before_the_last_one_is_refused(log: DecisionLog, clock: Clock) -> None:
    propose(log)
    clock.now -= timedelta(hours=1)
    assert codes(approve(log)) == {"H008"}


def test_an_incident_is_stated_in_time_or_it_is_due(log: DecisionLog, clock: Clock) -> None:
    propose(log)
    assert not log.incident("PO-1", INCIDENT, report=REPORT, key=keys().owner).refused
    assert codes(log.incident("PO-1", INCIDENT, report=REPORT, key=keys().owner)) == {"H014"}
    detected = datetime(2026, 11, 21, 13, tzinfo=UTC)
    assert not list(obligations(log.book(), detected + timedelta(hours=72)))
    (due,) = obligations(log.book(), detected + timedelta(hours=72, seconds=1))
    assert (due.code, due.severity) == ("H013", "error")
    clock.now = detected + timedelta(hours=80)
    log.incident("PO-1", {**INCIDENT, "state": "stated"}, report=REPORT, key=keys().owner)
    (late,) = obligations(log.book(), clock.now)
    assert (late.code, late.severity) == ("H013", "warning")


def test_an_incident_that_was_not_opened_is_neither_stated_nor_resolved(log: DecisionLog) -> None:
    propose(log)
    for state in ("stated", "resolved"):
        recorded = log.incident(
            "PO-1", {**INCIDENT, "state": state}, report=REPORT, key=keys().owner
        )
        assert codes(recorded) == {"H014"}


def test_the_yearly_test_is_made_by_a_reviewer_and_reported_when_due(
    log: DecisionLog, clock: Clock
) -> None:
    tested = {"passed": True, "actor": PERSON, "report": {"kind": "drill", "text": "Stopped."}}
    assert codes(log.test_override(key=keys().agent, **tested)) == {"H005"}
    later = NOW + timedelta(days=366)
    assert [each.code for each in obligations(log.book(), later)] == ["H015"]
    log.test_override(key=keys().reviewer, **{**tested, "passed": False})
    assert [each.code for each in obligations(log.book(), later)] == ["H015"]
    clock.now += timedelta(days=2)
    log.test_override(key=keys().reviewer, **tested)
    assert not list(obligations(log.book(), later))


def test_files_are_deleted_only_after_seven_years(log: DecisionLog, clock: Clock) -> None:
    propose(log)
    names = [digest(each) for each in empty_inputs().files()]
    clock.now = datetime(2033, 11, 21, 11, tzinfo=UTC)
    assert codes(log.purge(names, key=keys().owner)) == {"H019"}
    assert log.folder.artefact(names[0]) is not None
    clock.now = datetime(2033, 11, 21, 13, tzinfo=UTC)
    assert not log.purge(names, key=keys().owner).refused
    assert log.folder.artefact(names[0]) is None
    assert log.folder.artefact(digest(policy())) is not None


def test_the_policy_itself_is_never_deleted(log: DecisionLog, clock: Clock) -> None:
    clock.now = datetime(2050, 1, 1, tzinfo=UTC)
    assert codes(log.purge([digest(policy())], key=keys().owner)) == {"H019"}


def test_a_log_is_made_once_and_only_in_an_empty_folder(tmp_path: Path, clock: Clock) -> None:
    with pytest.raises(NoLog):
        DecisionLog(tmp_path)
    new_log(tmp_path / "log", clock)
    with pytest.raises(InTheWay):
        new_log(tmp_path / "log", clock)
    assert (tmp_path / "log").stat().st_mode & 0o077 == 0
    assert (tmp_path / "log/keys/log.key").stat().st_mode & 0o077 == 0


def test_a_clock_that_goes_back_never_turns_the_log_back(log: DecisionLog, clock: Clock) -> None:
    propose(log)
    clock.now -= timedelta(days=1)
    propose(log, "PO-2")
    entries = [log._placed(log.folder.head(), None)[at].admitted_at for at in range(3)]
    assert entries == sorted(entries)


def _propose_many(folder: Path, prefix: str, count: int) -> None:
    log = DecisionLog(folder)
    for number in range(count):
        propose(log, f"{prefix}-{number}")


def test_two_processes_share_a_log(tmp_path: Path) -> None:
    log = new_log(tmp_path / "log", Clock(datetime.now(UTC) - timedelta(minutes=1)))
    context = multiprocessing.get_context("fork")
    count = 12
    running = [
        context.Process(target=_propose_many, args=(tmp_path / "log", prefix, count))
        for prefix in ("A", "B")
    ]
    for process in running:
        process.start()
    for process in running:
        process.join()
    assert [process.exitcode for process in running] == [0, 0]
    book = log.book()
    expected = {f"{prefix}-{number}" for prefix in ("A", "B") for number in range(count)}
    assert book.transactions.keys() == expected
    assert len(log.folder.head().entries) == 1 + 2 * count


def test_a_state_never_changes_by_what_was_refused(log: DecisionLog) -> None:
    propose(log)
    before = log.book().transactions["PO-1"]
    refused = approve(log, key=keys().agent)
    after = log.book().transactions["PO-1"]
    kept = replace(
        after, last=before.last, time=before.time, attempts=before.attempts, kept=before.kept
    )
    assert kept == before
    assert after.last == refused.digest


@pytest.mark.parametrize("persists", [False, True], ids=["nothing written", "written all the same"])
def test_a_write_that_fails_leaves_the_old_log_or_the_new_one(
    log: DecisionLog,
    monkeypatch: pytest.MonkeyPatch,
    persists: bool,  # noqa: FBT001 - a table
) -> None:
    """Whichever write of an append fails, and whether or not its bytes arrived."""
    write = home.write
    failing, count = 0, 0

    def unreliable(path: Path, data: bytes) -> None:
        nonlocal count
        count += 1
        if count != failing or persists:
            write(path, data)
        if count == failing:
            raise OSError(5, "Input/output error", str(path))

    monkeypatch.setattr(home, "write", unreliable)
    failed = 0
    while True:
        failing, count = failing + 1, 0
        name = f"PO-{failing}"
        inputs = Inputs(*(f"{kind} {failing}".encode() for kind in "abcd"), bundles=())
        content = draft(inputs.to_json())
        try:
            log.propose(name, content, key=keys().agent, files=inputs.files())
        except OSError:
            failed += 1
        else:
            break
        result = audit(log, now=NOW, reconstruct=False)
        assert result.report.errors == ()
        assert result.checked.is_complete
        # Four files, the event and two tiles come before the checkpoint, which is the commit.
        assert (name in log.book().transactions) is (persists and failing == 8)
    assert failed == 8


def test_the_events_of_a_decision_are_told_from_those_of_names_like_it(log: DecisionLog) -> None:
    names = ["PO-1", "PO-11", "PO-1/1", "O-1", "PO-1:v", "transaction:PO-1"]
    for name in names:
        propose(log, name, value="5")
        log.execute(name, key=keys().agent)
    whole = log._placed(log.folder.head(), None)
    assert len(whole) == 1 + 2 * len(names)
    for name in names:
        own = log._placed(log.folder.head(), name)
        assert own == tuple(p for p in whole if p.event.transaction in {name, None})
        assert [p.event.type for p in own] == ["PolicyAdoption", "Proposal", "Execution"]
