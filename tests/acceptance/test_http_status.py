"""Status and supersession over HTTP, and the verdicts that follow."""

import json
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from registry_at_work import KEY, RunRegistry, attestation, publish, statement, trust_in

import openquality_schemas
from openquality import wire
from openquality.signing import SigningKey, generate, sign
from openquality_registry.bootstrap import Parts
from openquality_validator import bundle
from openquality_validator.bundle import Bundle, Outcome, Verdict
from openquality_validator.envelope import digest
from openquality_validator.status import State, statement_target
from openquality_validator.trust import Party, Trust

FOUND = "Gauge 7 was out of calibration."


@pytest.fixture
def served(run_registry: RunRegistry, tmp_path: Path) -> Iterator[tuple[httpx2.Client, Parts]]:
    with run_registry(tmp_path) as (client, parts):
        yield client, parts


def said(
    parts: Parts, state: str, target: str, previous: str | None = None, key: SigningKey = KEY
) -> bytes:
    """Sign a status statement."""
    name = "status.schema.json"
    (pinned, _), *_ = openquality_schemas.known_schemas(name).items()
    subject = {"id": target, "log": parts.folder.origin, "state": state, "reason": FOUND}
    if previous is not None:
        subject["previous"] = previous
    value: dict[str, Any] = {
        "@context": ["https://www.w3.org/ns/credentials/v2", "https://w3id.org/openquality/v1"],
        "id": f"urn:uuid:{uuid.uuid4()}",
        "type": ["VerifiableCredential", "StatusStatement"],
        "issuer": {"id": key.did, "name": "Nordbolt"},
        "validFrom": "2026-11-20T12:00:00Z",
        "credentialSchema": {
            "id": "https://w3id.org/openquality/schemas/1/status.json",
            "type": "JsonSchema",
            "digestSRI": pinned,
        },
        "credentialSubject": subject,
    }
    return sign(value, key)


def successor(number: int, old: str, key: SigningKey = KEY) -> bytes:
    """Sign a record that supersedes another, under an id of its own."""
    value = attestation(number, key=key)
    text = json.dumps(value).replace(value["id"], f"urn:uuid:{uuid.uuid4()}")
    return sign(json.loads(text) | {"supersedes": old}, key)


def trusting(client: httpx2.Client, **more: Any) -> Trust:  # noqa: ANN401 - fields of Trust
    """Trust the log and its status key."""
    trust = trust_in(client)
    keys = tuple(client.get("/.well-known/openquality").json()["statusKeys"])
    return replace(trust, logs=(replace(trust.logs[0], status_keys=keys),), **more)


def fetched(client: httpx2.Client, name: str) -> bytes:
    found = client.get(f"/v1/statements/{name}", headers={"accept": wire.BUNDLE})
    assert found.status_code == 200
    return found.content


def judged(client: httpx2.Client, name: str, **more: Any) -> Verdict:  # noqa: ANN401
    return bundle.verify(
        fetched(client, name), trust=trusting(client, **more), now=datetime.now(UTC)
    )


def status_step(verdict: Verdict) -> tuple[str, str]:
    step = verdict.steps[10]
    return step.outcome.value, step.code


def test_a_record_lives_and_each_verdict_says_how_it_stands(
    served: tuple[httpx2.Client, Parts],
) -> None:
    client, parts = served
    record = statement(1)
    name = digest(record)
    assert publish(client, record).status_code == 201
    assert status_step(judged(client, name)) == ("pass", "V110")

    suspended = said(parts, "suspended", statement_target(name))
    assert publish(client, suspended).status_code == 201
    verdict = judged(client, name)
    assert (verdict.overall, status_step(verdict)) == (Outcome.FAIL, ("fail", "V118"))

    reinstated = said(parts, "reinstated", statement_target(name), digest(suspended))
    assert publish(client, reinstated).status_code == 201
    verdict = judged(client, name)
    assert (verdict.overall, status_step(verdict)) == (Outcome.PASS, ("pass", "V110"))
    assert verdict.status is not None
    assert verdict.status.state is State.ACTIVE

    revoked = said(parts, "revoked", statement_target(name), digest(reinstated))
    assert publish(client, revoked).status_code == 201
    assert status_step(judged(client, name)) == ("fail", "V118")

    for state in ("suspended", "reinstated", "revoked"):
        after = publish(client, said(parts, state, statement_target(name), digest(revoked)))
        assert (after.status_code, after.json()["findings"][0]["code"]) == (422, "U006")


def test_an_old_word_cannot_be_said_again(served: tuple[httpx2.Client, Parts]) -> None:
    client, parts = served
    record = statement(1)
    target = statement_target(digest(record))
    publish(client, record)
    suspended = said(parts, "suspended", target)
    publish(client, suspended)
    reinstated = said(parts, "reinstated", target, digest(suspended))
    publish(client, reinstated)
    again = publish(client, said(parts, "suspended", target, digest(suspended)))
    assert (again.status_code, again.json()["code"]) == (409, "outdated")
    first = publish(client, said(parts, "suspended", target))
    assert (first.status_code, first.json()["code"]) == (409, "outdated")
    # The very same bytes are no new word: they get the receipt that they had.
    assert publish(client, reinstated).status_code == 200


def test_only_the_issuer_and_the_operator_may_speak(
    served: tuple[httpx2.Client, Parts],
) -> None:
    client, parts = served
    record = statement(1)
    target = statement_target(digest(record))
    publish(client, record)
    stranger = publish(client, said(parts, "revoked", target, key=generate()))
    assert (stranger.status_code, stranger.json()["code"]) == (422, "wrong-voice")
    nothing = publish(client, said(parts, "revoked", statement_target("sha256:" + "0" * 64)))
    assert (nothing.status_code, nothing.json()["code"]) == (422, "unknown-target")
    operator = parts.folder.status_key
    assert publish(client, said(parts, "suspended", target, key=operator)).status_code == 201
    # The reader decides whose word counts.
    verdict = judged(client, digest(record))
    assert status_step(verdict) == ("pass", "V110")
    assert f"{operator.did} says suspended" in verdict.steps[10].message
    believing = judged(client, digest(record), status_issuers=(Party(operator.did, ()),))
    assert status_step(believing) == ("fail", "V118")


def test_a_successor_takes_the_place_of_a_record(served: tuple[httpx2.Client, Parts]) -> None:
    client, parts = served
    old = statement(1)
    publish(client, old)
    new = successor(1, digest(old))
    assert publish(client, new).status_code == 201
    verdict = judged(client, digest(old))
    assert status_step(verdict) == ("fail", "V119")
    assert digest(new) in verdict.steps[10].message
    assert judged(client, digest(new)).overall is Outcome.PASS

    second = publish(client, successor(1, digest(old)))
    assert (second.status_code, second.json()["code"]) == (409, "outdated")
    # Revoking the successor does not revive what it replaced.
    publish(client, said(parts, "revoked", statement_target(digest(new))))
    assert status_step(judged(client, digest(old))) == ("fail", "V119")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"supersedes": "sha256:" + "0" * 64}, "unknown-target"),
        ({"subject": 2}, "wrong-voice"),
        ({"key": generate()}, "wrong-voice"),
    ],
)
def test_a_successor_needs_the_same_issuer_and_subject(
    served: tuple[httpx2.Client, Parts], change: dict[str, Any], code: str
) -> None:
    client, _ = served
    old = statement(1)
    publish(client, old)
    after = successor(
        change.get("subject", 1),
        change.get("supersedes", digest(old)),
        change.get("key", KEY),
    )
    answer = publish(client, after)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_what_is_withdrawn_leaves_the_answers_and_comes_back(
    served: tuple[httpx2.Client, Parts],
) -> None:
    client, parts = served
    record = statement(1)
    target = statement_target(digest(record))
    publish(client, record)

    def found() -> int:
        rows = parts.index.of([digest(record)])
        assert rows
        with parts.folder.store.read.connect() as connection:
            return int(
                connection.exec_driver_sql(
                    "SELECT count(*) FROM measurements WHERE current AND NOT withdrawn"
                ).scalar_one()
            )

    standing = found()
    assert standing > 0
    suspended = said(parts, "suspended", target)
    publish(client, suspended)
    assert found() == 0
    publish(client, said(parts, "reinstated", target, digest(suspended)))
    assert found() == standing


def test_a_key_that_revoked_itself_publishes_nothing_more(
    served: tuple[httpx2.Client, Parts],
) -> None:
    client, parts = served
    key = generate()
    before = statement(1, key=key)
    publish(client, before)
    assert publish(client, said(parts, "revoked", f"key:{key.did}", key=key)).status_code == 201
    after = publish(client, statement(2, key=key))
    assert (after.status_code, after.json()["code"]) == (409, "outdated")
    assert publish(client, before).status_code == 200  # the same bytes still get their receipt


def test_the_signed_answer_can_be_asked_for_alone(served: tuple[httpx2.Client, Parts]) -> None:
    client, parts = served
    record = statement(1)
    publish(client, record)
    answer = client.get(f"/v1/status/{digest(record).removeprefix('sha256:')}").json()
    assert answer["events"] == []
    full = Bundle.from_bytes(fetched(client, digest(record)))
    assert answer["checkpoint"].encode() == full.checkpoint
    assert client.get("/v1/status/" + "0" * 64).status_code == 404
    assert client.get("/v1/status/abc").status_code == 400
    assert parts.folder.status_key.did in trusting(client).logs[0].status_keys


def test_a_status_that_grows_old_says_nothing(served: tuple[httpx2.Client, Parts]) -> None:
    client, _ = served
    record = statement(1)
    publish(client, record)
    data = fetched(client, digest(record))
    later = datetime.now(UTC) + timedelta(days=2)
    trust = trusting(client, status_age=timedelta(days=1))
    assert status_step(bundle.verify(data, trust=trust, now=later)) == ("unknown", "V117")
    trust = trusting(client, status_age=timedelta(days=3))
    assert status_step(bundle.verify(data, trust=trust, now=later)) == ("pass", "V110")
