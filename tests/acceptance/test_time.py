"""From a published statement to a date that a buyer can check against a root of their own."""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import httpx2
from registry_at_work import publish, registry, statement, trust_in
from time_authority import TimeAuthority, serving

from openquality import wire
from openquality_registry.bootstrap import Parts
from openquality_validator import bundle
from openquality_validator.bundle import Step
from openquality_validator.trust import TimeAuthority as Pinned
from openquality_validator.trust import Trust

TODAY = datetime.now(UTC)
NOON = TimeAuthority("noon", begin=TODAY - timedelta(days=1), end=TODAY + timedelta(days=1))


def now(request: bytes) -> bytes:
    return NOON.answer(request, datetime.now(UTC))


@contextmanager
def dated(
    folder: Path, answer: Callable[[bytes], bytes] = now
) -> Iterator[tuple[httpx2.Client, Parts]]:
    """Run a registry that asks an authority on loopback, when the test says so."""
    with serving(answer) as url:
        file = folder / "authorities.json"
        roots = [base64.b64encode(NOON.root).decode()]
        file.write_text(json.dumps([{"name": "noon", "url": url, "roots": roots}]))
        with registry(folder / "data", time_authorities=file) as running:
            yield running


def stamp(parts: Parts) -> None:
    assert parts.stamper is not None
    parts.stamper.once()


def fetch(client: httpx2.Client, data: bytes) -> bytes:
    path = f"/v1/statements/{sha256(data).hexdigest()}"
    return client.get(path, headers={"accept": wire.BUNDLE}).read()


def in_time(data: bytes, trust: Trust) -> Step:
    verdict = bundle.verify(data, trust=trust, now=datetime.now(UTC))
    return next(step for step in verdict.steps if step.name == "anchors")


def test_a_pinned_authority_dates_a_record_and_another_does_not(tmp_path: Path) -> None:
    signed = statement(1)
    begun = datetime.now(UTC).replace(microsecond=0)
    with dated(tmp_path) as (client, parts):
        assert publish(client, signed).status_code == 201
        trust = trust_in(client)
        assert in_time(fetch(client, signed), trust).code == "V102"
        stamp(parts)
        received = fetch(client, signed)
    pinned = replace(trust, time_authorities=(Pinned("our clock", (NOON.root,)),))
    step = in_time(received, pinned)
    assert step.code == "V100"
    assert "our clock" in step.message
    (anchor,) = bundle.Bundle.from_bytes(received).anchors
    assert anchor.token is not None
    dated_at = datetime.fromisoformat(step.message.split("existed by ")[1].split(":\x20")[0])
    assert begun <= dated_at <= datetime.now(UTC) + timedelta(seconds=1)
    # The registry's choice of authorities binds nobody.
    assert in_time(received, trust).code == "V103"
    other = replace(trust, time_authorities=(Pinned("another", (TimeAuthority().root,)),))
    assert in_time(received, other).code != "V100"


def test_a_later_token_dates_earlier_records_and_the_oldest_one_is_given(tmp_path: Path) -> None:
    first, second = statement(1), statement(2)
    with dated(tmp_path) as (client, parts):
        tokens = []
        for data in (first, second):
            assert publish(client, data).status_code == 201
            stamp(parts)
            tokens.append([a.token for a in bundle.Bundle.from_bytes(fetch(client, data)).anchors])
        again = [each.token for each in bundle.Bundle.from_bytes(fetch(client, first)).anchors]
    assert [len(each) for each in tokens] == [1, 1]
    assert tokens[0] != tokens[1]
    assert again == tokens[0]


def test_publishing_does_not_need_the_authority(tmp_path: Path) -> None:
    with dated(tmp_path, lambda _: b"out of order") as (client, parts):
        assert publish(client, statement(1)).status_code == 201
        assert parts.stamper is not None
        assert client.get("/readyz").status_code == 200
        assert bundle.Bundle.from_bytes(fetch(client, statement(1))).anchors == ()


def test_the_registry_says_whom_it_asks(tmp_path: Path) -> None:
    with dated(tmp_path) as (client, parts):
        asked = client.get("/.well-known/openquality").json()["timeAuthorities"]
        assert parts.stamper is not None
        (configured,) = parts.stamper.authorities
    assert [{"name": "noon", "url": configured.url}] == asked
    with registry(tmp_path / "other") as (client, _):
        assert client.get("/.well-known/openquality").json()["timeAuthorities"] == []
