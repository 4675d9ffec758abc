"""The figures on a decision log, against sums done by hand."""

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
)

from openquality.decisions import DecisionLog
from openquality.decisions.page import page
from openquality.decisions.table import rows
from openquality_validator.decision.measures import Reconstruction, measure

LATER = NOW + timedelta(days=10)


def buy(log: DecisionLog, name: str, supplier: dict[str, str], amount: str) -> None:
    """Propose and execute; a person approves from 10,000 EUR."""
    one = {"rank": 1, "supplier": supplier, "selected": True, "reasons": REASONS}
    inputs = empty_inputs()
    content = draft(inputs.to_json(), value=amount, alternatives=[one])
    log.propose(name, content, key=keys().agent, files=inputs.files())
    if float(amount) >= 10_000:
        log.approve(name, actor=PERSON, key=keys().reviewer)
    assert not log.execute(name, key=keys().agent).refused


@pytest.fixture
def log(tmp_path: Path) -> DecisionLog:
    made = new_log(tmp_path / "log", Clock())
    buy(made, "A", {"id": "one", "sizeClass": "small", "country": "DE"}, "6000")
    buy(made, "B", {"id": "one", "sizeClass": "micro", "country": "FR"}, "2000")
    buy(made, "C", {"id": "two", "sizeClass": "large", "country": "DE"}, "12000")
    buy(made, "D", {"id": "three"}, "4000")
    inputs = empty_inputs()
    open_one = draft(inputs.to_json(), value="8000", reviewOffered=True)
    made.propose("E", open_one, key=keys().agent, files=inputs.files())
    return made


def figures(log: DecisionLog, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - what measure takes
    return measure(log.book(), now=LATER, **more)


def test_the_share_of_decisions_with_a_person(log: DecisionLog) -> None:
    # Of five: C needed a review and had it, E offered one and still waits.
    review = figures(log)["humanReview"]
    assert review["offered"] == {"part": 2, "whole": 5, "unknown": 0, "share": "0.4000"}
    assert review["used"] == {"part": 1, "whole": 5, "unknown": 0, "share": "0.2000"}
    assert review["usedWhereOffered"]["share"] == "0.5000"


def test_the_share_of_small_and_local_suppliers(log: DecisionLog) -> None:
    # Executed for 24,000 EUR: small are A and B (8,000), local A and C (18,000), either A, B and C
    # (20,000); of D nothing is known.
    suppliers = figures(log)["suppliers"]
    assert suppliers["small"]["byCount"] == {
        "part": 2,
        "whole": 4,
        "unknown": 1,
        "share": "0.5000",
    }
    assert suppliers["small"]["byValue"] == {"EUR": "0.3333"}
    assert suppliers["local"]["byCount"]["part"] == 2
    assert suppliers["local"]["byValue"] == {"EUR": "0.7500"}
    assert suppliers["smallOrLocal"]["byCount"]["part"] == 3
    assert suppliers["smallOrLocal"]["byValue"] == {"EUR": "0.8333"}


def test_diversity_is_one_less_the_sum_of_squared_shares(log: DecisionLog) -> None:
    # Shares 8/24, 12/24, 4/24: 1 - (1/9 + 1/4 + 1/36) = 11/18.
    assert figures(log)["diversity"] == {"EUR": {"suppliers": 3, "index": "0.6111"}}


def test_currencies_are_never_added(log: DecisionLog) -> None:
    inputs = empty_inputs()
    one = {
        "rank": 1,
        "supplier": {"id": "one"},
        "selected": True,
        "reasons": REASONS,
    }
    content = draft(
        inputs.to_json(),
        impact={"value": money("5", "USD")},
        terms={"value": money("5", "USD")},
        alternatives=[one],
    )
    log.propose("F", content, key=keys().agent, files=inputs.files())
    # Another currency than the policy's cannot be judged, so a person looks.
    assert log.execute("F", key=keys().agent).refused
    log.approve("F", actor=PERSON, key=keys().reviewer)
    log.execute("F", key=keys().agent)
    assert figures(log)["diversity"] == {
        "EUR": {"suppliers": 3, "index": "0.6111"},
        "USD": {"suppliers": 1, "index": "0.0000"},
    }
    assert figures(log)["refusedAttempts"] == 1


def test_incidents_count_by_the_time_of_their_statement(log: DecisionLog) -> None:
    report = {"kind": "late", "text": "It came late."}
    for name, hours in (("i-1", 1), ("i-2", 100)):
        detected = (NOW - timedelta(hours=hours)).isoformat()
        incident = {"id": name, "state": "opened", "detectedAt": detected}
        log.incident("A", incident, report=report, key=keys().owner)
        log.incident("A", {**incident, "state": "stated"}, report=report, key=keys().owner)
    detected = (NOW - timedelta(hours=1)).isoformat()
    third = {"id": "i-3", "state": "opened", "detectedAt": detected}
    log.incident("B", third, report=report, key=keys().owner)
    log.incident("B", {**third, "state": "resolved"}, report=report, key=keys().owner)
    found = figures(log)["incidents"]
    assert (found["count"], found["statedInTime"], found["overdue"], found["resolved"]) == (
        3,
        1,
        1,
        1,
    )
    assert found["medianHoursToResolution"] == "1.0"


def test_reconstruction_gives_the_median_and_the_longest_time(log: DecisionLog) -> None:
    done = [Reconstruction("A", "same", 0.1), Reconstruction("B", "same", 0.4)]
    found = figures(log, reconstructions=[*done, Reconstruction("C", "unknown", 0.2)])
    assert found["reconstruction"] == {
        "byResult": {"same": 2, "unknown": 1},
        "medianSeconds": "0.200",
        "greatestSeconds": "0.400",
    }


def test_only_decisions_since_a_day_are_counted(log: DecisionLog) -> None:
    assert figures(log, since=NOW + timedelta(days=1))["decisions"] == 0
    assert figures(log, since=datetime(2026, 1, 1, tzinfo=UTC))["decisions"] == 5


def test_nothing_is_a_share_of_nothing(tmp_path: Path) -> None:
    empty = new_log(tmp_path / "empty", Clock())
    assert figures(empty)["humanReview"]["used"]["share"] is None
    assert figures(empty)["diversity"] == {}
    assert list(rows(figures(empty)))


def test_whatever_the_log_holds_the_page_shows_it_as_text(log: DecisionLog) -> None:
    hostile = '"><script>alert(1)</script>'
    finding = {"severity": hostile, "code": hostile, "pointer": hostile, "message": hostile}
    written = page(figures(log), origin=hostile, findings=[finding])
    assert "<script" not in written
    assert written.count("&lt;script&gt;") == 6  # title, heading, and the four cells
