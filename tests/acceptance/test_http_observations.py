"""Observations over HTTP, on either database: seen, filtered, answered by the issuer, kept."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from registry_at_work import KEY, RunRegistry, attestation, publish, trust_in, verdict

from openquality import credentials, wire
from openquality.signing import SigningKey, generate, sign
from openquality_registry.adapters.sql.index_check import IndexCheck
from openquality_registry.adapters.sql.renewing import renew
from openquality_registry.adapters.sql.tables import index_state
from openquality_registry.answering import index
from openquality_registry.bootstrap import Parts
from openquality_validator.envelope import digest
from openquality_validator.status import statement_target

COPYCAT = generate()
WORDS = "Both readings were taken by the laboratory that we share."
Served = tuple[httpx2.Client, Parts]


def own(number: int, key: SigningKey, **members: Any) -> bytes:  # noqa: ANN401 - of a record
    """Sign the record of a supplier who is the producer, about a part of its own."""
    value = attestation(number, key=key)
    value["credentialSubject"]["producer"]["party"]["id"] = key.did
    return sign(value | members, key)


def reply(parts: Parts, record: bytes, code: str, text: str = WORDS, **other: Any) -> bytes:  # noqa: ANN401
    key = other.pop("key", COPYCAT)
    subject = {
        "id": statement_target(digest(record)),
        "log": parts.folder.origin,
        "observation": code,
        "text": text,
    } | other
    now = datetime.now(UTC)
    made = credentials.make("ObservationReply", subject, issuer=key.did, name="Bolts", now=now)
    return sign(made, key)


def observed(client: httpx2.Client, record: bytes) -> list[dict[str, Any]]:
    answer = client.get(f"/v1/statements/{digest(record)}/observations")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["observations"]
    return found


def asked(client: httpx2.Client, **members: Any) -> dict[str, Any]:  # noqa: ANN401 - of a query
    question = {"where": [{"metric": "on-time-delivery"}], "subject": {"type": "Product"}}
    answer = client.post("/v1/query", json=question | members)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


FIRST, SECOND = own(1, KEY), own(2, COPYCAT)


@pytest.fixture
def served(run_registry: RunRegistry, tmp_path: Path) -> Iterator[Served]:
    with run_registry(tmp_path / "data") as (client, parts):
        for record in (FIRST, SECOND):
            assert publish(client, record).status_code == 201
        yield client, parts


def test_a_file_of_two_suppliers_is_seen_on_both_records(served: Served) -> None:
    client, _ = served
    (later,) = observed(client, FIRST)
    # The claims are the same too, and so are period, columns and number of rows.
    earlier, figures = observed(client, SECOND)
    assert (later["code"], later["entries"]) == ("O002", [{"index": 1, "digest": digest(SECOND)}])
    assert (earlier["code"], earlier["entries"]) == (
        "O001",
        [{"index": 0, "digest": digest(FIRST)}],
    )
    assert figures["code"] == "O004"
    assert "in entry 0" in earlier["message"]
    assert earlier["sentence"].startswith("Another issuer named a data file of the record before")

    rows = {row["issuer"]: row["observations"] for row in asked(client)["rows"]}
    assert rows == {KEY.did: ["O002"], COPYCAT.did: ["O001", "O004"]}


def test_a_buyer_leaves_out_who_came_later_and_sees_why(served: Served) -> None:
    client, _ = served
    found = asked(client, without=["O001"], explain=True)
    assert [row["issuer"] for row in found["rows"]] == [KEY.did]
    assert [(each["reason"], each["count"]) for each in found["leftOut"]] == [
        ("observation:O001", 1)
    ]
    assert [item["statement"] for item in found["excluded"]["items"]] == [digest(SECOND)]
    # As the log stood with one entry nobody had copied anything.
    before = asked(client, without=["O002"], atCheckpoint={"size": 1})
    assert [row["observations"] for row in before["rows"]] == [[]]
    assert asked(client, without=["O002", "O001"])["rows"] == []

    wrong = client.post(
        "/v1/query", json={"where": [{"metric": "on-time-delivery"}], "without": ["O01"]}
    )
    assert [each["code"] for each in wrong.json()["findings"]] == ["Q016"]


@pytest.mark.parametrize(("code", "narrowed"), [("O001", 200), ("O008", 422)])
def test_too_many_values_are_refused_with_what_to_narrow(
    served: Served, monkeypatch: pytest.MonkeyPatch, code: str, narrowed: int
) -> None:
    client, _ = served
    monkeypatch.setattr("openquality_registry.adapters.sql.index.MAX_OBSERVED", 1)
    question = {"where": [{"metric": "on-time-delivery"}], "without": [code]}
    refused = client.post("/v1/query", json=question)
    assert (refused.status_code, refused.json()["findings"][0]["code"]) == (422, "Q010")
    assert f"leave {code} out" in refused.json()["findings"][0]["hint"]
    # Of one subject there is one value; outliers are found among all of the metric.
    subject = asked(client)["rows"][0]["subject"]["id"]
    found = client.post("/v1/query", json=question | {"subject": {"ids": [subject]}})
    assert found.status_code == narrowed


def test_the_issuer_replies_and_its_words_stand_beside_the_observation_alone(
    served: Served,
) -> None:
    client, parts = served
    said = reply(parts, SECOND, "O001")
    again = reply(parts, SECOND, "O001", "We say it once more.")
    for each in (said, again):
        answer = publish(client, each)
        assert answer.status_code == 201, answer.text
    earlier, figures = observed(client, SECOND)
    texts = [each["text"] for each in earlier["replies"]]
    assert texts == ["We say it once more.", WORDS]  # the newest first
    assert earlier["replies"][1] | {"admittedAt": ""} == {
        "index": 2,
        "digest": digest(said),
        "issuer": COPYCAT.did,
        "admittedAt": "",
        "text": WORDS,
    }
    assert figures["replies"] == []
    # It moves no row, and no answer holds its words.
    answer = asked(client, explain=True)
    assert [row["issuer"] for row in answer["rows"]] == [
        row["issuer"] for row in asked(client, atCheckpoint={"size": 2})["rows"]
    ]
    assert WORDS not in str(answer)
    # It is proved like every statement, and look-up finds it by the record's key.
    name = digest(said)
    bundle = client.get(f"/v1/statements/{name}", headers={"accept": wire.BUNDLE}).content
    assert verdict(bundle, trust_in(client)) in {"pass", "unknown"}
    found = client.post("/v1/lookup", json={"subjects": [statement_target(digest(SECOND))]})
    assert [item["kind"] for item in found.json()["items"]] == ["measure", "measure"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"key": KEY}, "wrong-voice"),
        ({"log": "elsewhere.example/log"}, "wrong-log"),
        ({"id": statement_target("sha256:" + "0" * 64)}, "unknown-target"),
        ({"text": "Ignore\u200b everything."}, "X"),
        ({"text": "<b>Bold</b>"}, "X"),
        ({"text": "x" * 2_001}, "S"),
        ({"observation": "X001"}, "S"),
    ],
)
def test_a_reply_that_nobody_may_give_is_refused(
    served: Served, changes: dict[str, Any], expected: str
) -> None:
    client, parts = served
    answer = publish(client, reply(parts, SECOND, "O001", **changes))
    assert answer.status_code in {403, 404, 409, 422}, answer.text
    problem = answer.json()
    codes = [each["code"][0] for each in problem.get("findings", ())]
    assert expected in {problem["code"], *codes}
    assert all(not each["replies"] for each in observed(client, SECOND))


def test_a_reply_to_a_reply_finds_no_record(served: Served) -> None:
    client, parts = served
    said = reply(parts, SECOND, "O001")
    assert publish(client, said).status_code == 201
    answer = publish(client, reply(parts, said, "O001"))
    assert answer.json()["code"] == "unknown-target"
    none = client.get(f"/v1/statements/{digest(said)}/observations")
    assert (none.status_code, none.json()["code"]) == (404, "unknown-statement")


def test_the_index_follows_from_the_log_with_replies_in_it(served: Served) -> None:
    client, parts = served
    assert publish(client, reply(parts, SECOND, "O001")).status_code == 201
    store = parts.folder.store
    before = [observed(client, each) for each in (FIRST, SECOND)]

    def differences() -> list[object]:
        return list(IndexCheck(store.read, origin=parts.folder.origin, operator=None).run(3))

    assert differences() == []
    with store.write.begin() as connection:
        connection.exec_driver_sql("DELETE FROM marks")
        connection.exec_driver_sql("UPDATE records SET admitted = 1, valid_from = 2")
    assert {str(each).count("marks") > 0 or "records" in str(each) for each in differences()} == {
        True
    }
    assert observed(client, FIRST) == []
    with store.write.begin() as connection:
        connection.execute(index_state.update().values(version=index.VERSION - 1))
    renew(store.write, origin=parts.folder.origin, operator="")
    assert differences() == []
    assert [observed(client, each) for each in (FIRST, SECOND)] == before
