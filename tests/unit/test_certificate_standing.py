"""How a certificate stands on a day: what was said comes before the days, the worst first."""

import datetime as dt
from typing import Any

import pytest

from openquality_validator.certification.standing import (
    WARN_DAYS,
    CertificateState,
    last_day,
    stands,
)
from openquality_validator.status import State

DAY = dt.date(2026, 6, 15)


def claim(start: str = "2024-01-01", end: str | None = "2026-12-31", status: str = "active") -> Any:  # noqa: ANN401 - a claim
    validity = {"start": start} | ({} if end is None else {"end": end})
    return {"validity": validity, "status": status}


@pytest.mark.parametrize(
    ("given", "record", "words", "state"),
    [
        (claim(), State.ACTIVE, State.ACTIVE, "valid"),
        (claim(end=None), State.ACTIVE, State.ACTIVE, "valid"),
        (claim(end="2026-06-15"), State.ACTIVE, State.ACTIVE, "expiring"),
        (claim(end="2026-09-13"), State.ACTIVE, State.ACTIVE, "expiring"),
        (claim(end="2026-09-14"), State.ACTIVE, State.ACTIVE, "valid"),
        (claim(end="2026-06-14"), State.ACTIVE, State.ACTIVE, "expired"),
        (claim(start="2026-06-16"), State.ACTIVE, State.ACTIVE, "notYetValid"),
        (claim(status="expired"), State.ACTIVE, State.ACTIVE, "expired"),
        (claim(status="suspended"), State.ACTIVE, State.ACTIVE, "suspended"),
        (claim(status="withdrawn"), State.ACTIVE, State.ACTIVE, "revoked"),
        (claim(end="2026-06-14"), State.ACTIVE, State.SUSPENDED, "suspended"),
        (claim(), State.SUSPENDED, State.ACTIVE, "suspended"),
        (claim(), State.SUPERSEDED, State.SUSPENDED, "superseded"),
        (claim(), State.SUPERSEDED, State.REVOKED, "revoked"),
        (claim(status="suspended"), State.ACTIVE, State.REVOKED, "revoked"),
        (claim(), State.REVOKED, State.ACTIVE, "revoked"),
    ],
)
def test_the_worst_of_what_was_said_comes_before_the_days(
    given: Any,  # noqa: ANN401 - a claim
    record: State,
    words: State,
    state: str,
) -> None:
    found = stands(given, DAY, record=record, words=words)
    assert found.state == state
    assert found.state.holds is (state in {"valid", "expiring"})


@pytest.mark.parametrize(
    ("end", "record_ends", "expires_in"),
    [
        ("2026-06-20", None, 5),
        ("2026-06-20", dt.date(2026, 6, 18), 3),
        ("2026-06-20", dt.date(2026, 7, 1), 5),
        (None, dt.date(2026, 6, 14), -1),
        (None, None, None),
    ],
)
def test_it_ends_with_its_own_term_or_that_of_its_record(
    end: str | None, record_ends: dt.date | None, expires_in: int | None
) -> None:
    found = stands(claim(end=end), DAY, record_ends=record_ends)
    assert found.expires_in == expires_in
    assert found.ends == last_day(claim(end=end), record_ends=record_ends)


def test_every_state_has_a_line_on_pages() -> None:
    from openquality_registry.pages.standing import certificate_line
    from openquality_validator.certification.standing import Standing

    lines = {certificate_line(Standing(each, DAY, DAY)).kind for each in CertificateState}
    assert len(lines) == len(CertificateState)


def test_warnings_come_in_falling_order() -> None:
    assert list(WARN_DAYS) == sorted(WARN_DAYS, reverse=True)
