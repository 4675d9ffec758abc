"""What subscriptions promise, on each database: kept as made, changed only as they were read."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import pytest
from postgres import database

from openquality_registry.adapters.sql.opening import open_store
from openquality_registry.adapters.sql.subscriptions import SqlSubscriptions
from openquality_registry.events.ports import Asked
from openquality_registry.webhooks.ports import Full
from openquality_registry.webhooks.subscription import Subscription

MADE = Subscription(
    id="00000000000000aa",
    token="one",
    url="https://buyer.example/events?a=ä",
    asked=Asked(("data.late", "deviation.opened"), "gtin:09506000134352", "did:key:zIssuer"),
    created_at="2026-11-21T09:00:00.000Z",
    after=42,
)


@pytest.fixture(params=["sqlite", "postgresql"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlSubscriptions]:
    with ExitStack() as stack:
        where: Path | str = tmp_path / "registry.sqlite"
        if request.param == "postgresql":
            where = stack.enter_context(database())
        store = stack.enter_context(closing(open_store(where)))
        yield SqlSubscriptions(write=store.write, read=store.read)


def add(kept: SqlSubscriptions, made: Subscription) -> None:
    kept.add(made, per_token=9, in_all=9)


def test_what_is_added_is_found_as_it_was_made(kept: SqlSubscriptions) -> None:
    assert kept.find(MADE.id) is None
    add(kept, MADE)
    assert kept.find(MADE.id) == MADE
    assert list(kept.of_token("one")) == [MADE] == list(kept.active())
    assert list(kept.of_token("other")) == []


def test_lists_stand_in_the_order_of_making(kept: SqlSubscriptions) -> None:
    late = replace(MADE, id="0000000000000001", created_at="2026-11-21T10:00:00.000Z")
    off = replace(MADE, id="0000000000000002", active=False)
    other = replace(MADE, id="0000000000000003", token="other")
    for each in (late, off, other, MADE):
        add(kept, each)
    assert list(kept.of_token("one")) == [off, MADE, late]
    assert list(kept.active()) == [other, MADE, late]


def test_beyond_a_limit_nothing_is_added(kept: SqlSubscriptions) -> None:
    add(kept, MADE)
    add(kept, replace(MADE, id="0000000000000002", active=False))
    more = replace(MADE, id="0000000000000003")
    with pytest.raises(Full, match="The token has 2"):
        kept.add(more, per_token=2, in_all=9)
    with pytest.raises(Full, match="This registry has 2"):
        kept.add(replace(more, token="other"), per_token=2, in_all=2)
    assert kept.find(more.id) is None


def test_requests_at_the_same_moment_keep_to_the_limit(kept: SqlSubscriptions) -> None:
    def try_one(number: int) -> bool:
        try:
            kept.add(replace(MADE, id=f"{number:016x}"), per_token=5, in_all=9)
        except Full:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(try_one, range(20))) == 5
    assert len(kept.active()) == 5


def test_a_subscription_is_removed_by_its_token_alone(kept: SqlSubscriptions) -> None:
    add(kept, MADE)
    assert kept.remove(MADE.id, "other") is None
    assert kept.remove(MADE.id, "one") == MADE
    assert kept.remove(MADE.id, "one") is None
    assert kept.find(MADE.id) is None


def test_it_advances_only_from_where_it_was_read(kept: SqlSubscriptions) -> None:
    add(kept, MADE)
    failing = replace(
        MADE,
        after=50,
        failures=1,
        failing_since="2026-11-21T09:00:01.000Z",
        next_at="2026-11-21T09:00:06.000Z",
        problem="The receiver answered 500.",
    )
    assert kept.advance(MADE, failing)
    assert kept.find(MADE.id) == failing
    # Attempts that were on their way when it changed change nothing.
    assert not kept.advance(MADE, replace(MADE, after=60))
    assert not kept.advance(replace(failing, failures=2), replace(failing, after=60))
    off = replace(failing, active=False)
    assert kept.advance(failing, off)
    assert not kept.advance(failing, replace(failing, after=60))
    assert kept.find(MADE.id) == off
    kept.remove(MADE.id, "one")
    assert not kept.advance(off, MADE)
    assert kept.find(MADE.id) is None
