"""Data brought to a registry: recomputed, told of, deleted; by a real server."""

import json
import sqlite3
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import httpx2
import pytest
from brought_data import CSV, digest, record, signed
from registry_at_work import KEY, RunRegistry, publish, registry

from openquality.cli.main import main
from openquality.signing import SigningKey, generate, sign, sign_request
from openquality_registry.access.operator import make_token
from openquality_registry.access.tokens import Scope
from openquality_registry.adapters.sql.index_check import IndexCheck
from openquality_registry.bootstrap import Parts
from openquality_registry.folder import EVIDENCE
from openquality_validator import envelope

Served = tuple[httpx2.Client, Parts]
NUMBERS = count(1)
# Measured from CSV, and brought with one more line a day late: 36 of 41.
OTHER = CSV + b"2026-01-05,2026-01-09\n"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with registry(tmp_path_factory.mktemp("evidence") / "data") as running:
        yield running


@pytest.fixture
def on_each(run_registry: RunRegistry, tmp_path: Path) -> Iterator[Served]:
    """Run a registry on SQLite, then on PostgreSQL."""
    with run_registry(tmp_path / "data") as running:
        yield running


def bring(
    client: httpx2.Client, named: str, data: bytes, kind: str = "text/csv", **headers: str
) -> httpx2.Response:
    return client.post(
        "/v1/evidence",
        params={"statement": named},
        content=data,
        headers={"content-type": kind} | headers,
    )


def published(client: httpx2.Client, **options: Any) -> str:  # noqa: ANN401
    made = signed(next(NUMBERS), **options)
    assert publish(client, made).status_code == 201
    return envelope.digest(made)


def data_of(number: int) -> bytes:
    """Write the same table in other bytes: a file of its own for each test."""
    return CSV + b"\n" * number


def query(client: httpx2.Client, named: str, **floors: str) -> Any:  # noqa: ANN401 - JSON
    asked = {"where": [{"metric": "on-time-delivery"}], "floors": floors, "limit": 500}
    rows = client.post("/v1/query", json=asked).json()["rows"]
    return [value for row in rows for value in row["values"] if value["statement"] == named]


def bearer(parts: Parts, *scopes: Scope) -> dict[str, str]:
    _, secret = make_token(
        parts.access,
        name="data officer",
        scopes=frozenset(scopes),
        issuer=None,
        expires_at=None,
        now=datetime.now(UTC),
    )
    return {"authorization": f"Bearer {secret}"}


def path_of(parts: Parts, data: bytes) -> Path:
    return parts.settings.data / EVIDENCE / digest(data).removeprefix("sha256:")


def test_brought_data_make_a_claim_recomputed_in_answers(on_each: Served) -> None:
    client, parts = on_each
    data = data_of(1)
    named = published(client, data=data)
    assert [value["verification"] for value in query(client, named)] == ["evidenced"]
    assert query(client, named, verification="recomputed") == []
    answer = bring(client, named, data)
    assert answer.status_code == 201, answer.text
    (result,) = answer.json()["results"]
    assert (result["outcome"], result["findings"]) == ("recomputed", [])
    assert result["statement"] == named
    assert answer.json()["size"] == len(data)
    (value,) = query(client, named, verification="recomputed")
    assert (value["verification"], value["claim"]) == ("recomputed", result["claim"])
    compared = client.post("/v1/compare", json={"digests": [named]}).text
    assert '"verification":"recomputed"' in compared
    told = client.get(f"/v1/evidence/{digest(data)}")
    assert told.json() == answer.json()
    kept = path_of(parts, data)
    assert kept.read_bytes() == data
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700


def test_the_same_again_gets_the_first_answer(served: Served) -> None:
    client, _ = served
    data = data_of(2)
    named = published(client, data=data)
    first = bring(client, named, data)
    again = bring(client, named.removeprefix("sha256:"), data)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()


def test_each_record_that_names_a_file_gets_its_own_result(served: Served) -> None:
    client, _ = served
    data = data_of(3)
    one, two = published(client, data=data), published(client, data=data)
    assert bring(client, one, data).status_code == 201
    assert [value["verification"] for value in query(client, two)] == ["evidenced"]
    second = bring(client, two, data)
    assert second.status_code == 201
    assert {result["statement"] for result in second.json()["results"]} == {two}
    told = client.get(f"/v1/evidence/{digest(data)}").json()
    assert [result["statement"] for result in told["results"]] == [one, two]


def test_data_that_give_another_value_are_a_result_and_tell_nothing_of_the_data(
    served: Served,
) -> None:
    client, _ = served
    named = published(client, data=OTHER)
    answer = bring(client, named, OTHER)
    assert answer.status_code == 201
    (result,) = answer.json()["results"]
    assert result["outcome"] == "differs"
    # E002: 41 rows and not 40.
    assert [finding["code"] for finding in result["findings"]] == ["E002"]
    assert "41" not in json.dumps(result["findings"])
    assert [value["verification"] for value in query(client, named)] == ["evidenced"]


def test_of_two_files_of_a_claim_the_one_that_differs_decides(served: Served) -> None:
    client, _ = served
    for first_fitting in (True, False):
        fitting, other = data_of(10 + first_fitting), OTHER + b"\n" * (1 + first_fitting)
        made = record(next(NUMBERS), data=fitting)
        (entry,) = made["evidence"]
        second = {**entry, "id": f"{entry['id']}b", "digest": digest(other)}
        made["evidence"].append(second)
        made["credentialSubject"]["claims"][0]["evidenceRefs"].append(second["id"])
        statement_ = sign(made, KEY)
        assert publish(client, statement_).status_code == 201
        named = envelope.digest(statement_)
        seen = []
        for data in (fitting, other) if first_fitting else (other, fitting):
            assert bring(client, named, data).status_code == 201
            seen.append(query(client, named)[0]["verification"])
        assert seen == ["recomputed" if first_fitting else "evidenced", "evidenced"]


def test_many_who_bring_the_same_file_at_once_get_one_result(served: Served) -> None:
    client, _ = served
    data = data_of(4)
    named = published(client, data=data)
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: bring(client, named, data), range(3)))
    assert {answer.status_code for answer in answers} <= {200, 201}
    assert len({answer.text for answer in answers}) == 1


def test_the_index_check_holds_recomputed_rows_to_the_results(on_each: Served) -> None:
    client, parts = on_each
    data = data_of(5)
    named = published(client, data=data)
    bring(client, named, data)
    assert list(checked(parts)) == []
    with parts.folder.store.write.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE measurements SET verification = 'evidenced' "
            "WHERE verification = 'recomputed' AND log_index = "
            "(SELECT MAX(log_index) FROM recomputations)"
        )
    try:
        assert {each.code for each in checked(parts)} == {"index-missing", "index-extra"}
    finally:
        with parts.folder.store.write.begin() as connection:
            connection.exec_driver_sql(
                "UPDATE measurements SET verification = 'recomputed' "
                "WHERE log_index = (SELECT MAX(log_index) FROM recomputations)"
            )


def checked(parts: Parts) -> Any:  # noqa: ANN401 - differences
    check = IndexCheck(parts.folder.store.read, origin=parts.folder.origin, operator=None)
    return list(check.run(parts.folder.store.state().size))


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"data": CSV + b" "}, 422, "evidence-not-named"),
        ({"data": b""}, 422, "evidence-not-named"),
        ({"named": "sha256:" + "0" * 64}, 404, "unknown-statement"),
        ({"named": "../config.json"}, 400, "invalid-parameter"),
        ({"kind": "application/json"}, 415, "unsupported-media-type"),
        ({"kind": "application/octet-stream"}, 415, "unsupported-media-type"),
        ({"authorization": "Bearer oq_wrong"}, 403, "token-wrong"),
    ],
)
def test_what_is_not_named_or_not_data_is_refused(
    served: Served, change: dict[str, Any], status: int, code: str
) -> None:
    client, parts = served
    data = data_of(6)
    sent: dict[str, Any] = {"named": published(client, data=data), "data": data} | change
    before = set((parts.settings.data / EVIDENCE).glob("*"))
    answer = bring(client, **sent)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert set((parts.settings.data / EVIDENCE).glob("*")) == before


def test_a_file_that_no_claim_names_is_refused_though_the_record_lists_it(served: Served) -> None:
    client, _ = served
    data = data_of(7)
    made = record(next(NUMBERS), data=data)
    del made["credentialSubject"]["claims"][0]["evidenceRefs"]
    assert publish(client, sign(made, KEY)).status_code == 201
    answer = bring(client, envelope.digest(sign(made, KEY)), data)
    assert answer.json()["code"] == "evidence-not-named"


def test_an_operator_action_has_no_data(served: Served) -> None:
    client, parts = served
    token = bearer(parts, Scope.TOKENS, Scope.READ)
    client.get("/v1/operator/tokens", headers=token)  # records its making
    size = parts.folder.store.state().size
    entry = json.loads(next(parts.folder.store.entries(size - 1, size)))
    assert entry["kind"] == "operator"
    assert bring(client, entry["digest"], CSV).json()["code"] == "unknown-statement"


def test_limits_of_size_room_and_day(tmp_path: Path) -> None:
    limits = {"max_evidence_bytes": 1_000, "max_evidence_total": 1_800, "client_per_day": 5}
    with registry(tmp_path / "data", **limits) as (client, parts):
        one, two = data_of(1), data_of(2)
        named, other = published(client, data=one), published(client, data=two)
        assert client.get("/.well-known/openquality").json()["limits"]["evidenceBytes"] == 1_000
        assert bring(client, named, b"x" * 1_001).json()["code"] == "too-large"
        assert bring(client, named, one).status_code == 201
        # 890 and 891 bytes fit into 1,800; a third one does not.
        assert bring(client, other, two).status_code == 201
        third = data_of(3)
        last = published(client, data=third)
        spent = bring(client, last, third)
        assert (spent.status_code, spent.json()["code"]) == (429, "quota-used-up")
    with registry(tmp_path / "data", **limits | {"client_per_day": 0}) as (client, parts):
        # Another record that names a file which is here needs no more room.
        assert bring(client, published(client, data=one), one).status_code == 201
        full = bring(client, last, third)
        assert (full.status_code, full.json()["code"]) == (507, "evidence-full")
        token = bearer(parts, Scope.EVIDENCE)
        assert client.delete(f"/v1/evidence/{digest(one)}", headers=token).status_code == 200
        assert bring(client, last, third).status_code == 201
    with registry(tmp_path / "data", max_evidence_bytes=0) as (client, _):
        assert bring(client, last, third).json()["code"] == "no-evidence"


def test_under_invitation_data_need_the_token_that_publishes(tmp_path: Path) -> None:
    with registry(tmp_path / "data", token="secret") as (client, parts):
        made, data = signed(1), CSV
        assert publish(client, made, authorization="Bearer secret").status_code == 201
        named = envelope.digest(made)
        assert bring(client, named, data).json()["code"] == "token-required"
        stranger = generate().did
        _, bound = make_token(
            parts.access,
            name="another supplier",
            scopes=frozenset({Scope.PUBLISH}),
            issuer=stranger,
            expires_at=None,
            now=datetime.now(UTC),
        )
        refused = bring(client, named, data, authorization=f"Bearer {bound}")
        assert refused.json()["code"] == "scope-missing"
        assert bring(client, named, data, authorization="Bearer secret").status_code == 201


class Later:
    """Tell a time in an hour, so that what is signed again is other bytes."""

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(hours=1)


def test_deleted_bytes_are_gone_for_good_and_the_results_stay(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, parts = served
    data = data_of(8)
    named = published(client, data=data)
    brought = bring(client, named, data).json()
    place = f"/v1/evidence/{digest(data)}"
    assert client.delete(place).json()["code"] == "token-required"
    others = bearer(parts, *(set(Scope) - {Scope.EVIDENCE}))
    assert client.delete(place, headers=others).json()["code"] == "scope-missing"
    token = bearer(parts, Scope.EVIDENCE)
    gone = client.delete(place, headers=token)
    assert gone.status_code == 200
    assert gone.json()["results"] == brought["results"]
    assert gone.json()["deletedAt"] is not None
    assert not path_of(parts, data).exists()
    with monkeypatch.context() as patched:
        patched.setattr(parts.operator, "_clock", Later())
        again = client.delete(place, headers=token)
    assert again.json() == gone.json()
    refused = bring(client, named, data)
    assert (refused.status_code, refused.json()["code"]) == (410, "evidence-deleted")
    assert not path_of(parts, data).exists()
    # What the registry had computed, it had computed.
    assert query(client, named)[0]["verification"] == "recomputed"
    actions = [
        json.loads(envelope.parse_envelope(each).payload)["credentialSubject"]
        for each in parts.folder.store.statements(0, parts.folder.store.state().size)
        if b"." in each
    ]
    assert [
        (said["actor"], said["details"])
        for said in actions
        if said.get("performed") == "evidence-delete" and said["id"] == f"evidence:{digest(data)}"
    ] == [("data officer", {"size": str(len(data))})]
    unknown = client.delete("/v1/evidence/" + "0" * 64, headers=token)
    assert unknown.json()["code"] == "unknown-evidence"


def deletion(parts: Parts, data: bytes, key: SigningKey = KEY, **changed: Any) -> str:  # noqa: ANN401
    """Sign a request to delete, as the page on the HTTP interface states it."""
    claims = {
        "aud": parts.folder.origin,
        "evidence": digest(data),
        "iat": int(datetime.now(UTC).timestamp()),
    }
    typ = changed.pop("typ", "openquality-deletion+jwt")
    return sign_request(claims | changed, key, typ=typ)


def test_an_issuer_deletes_the_data_of_its_own_record(served: Served) -> None:
    client, parts = served
    data = data_of(30)
    brought = bring(client, published(client, data=data), data).json()
    place = f"/v1/evidence/{digest(data)}"
    other = generate()
    # Of another issuer's record the file is the data too, but it was brought for this one alone.
    published(client, data=data, key=other)
    wrong = [
        deletion(parts, data, other),
        deletion(parts, data, typ="openquality-reservation+jwt"),
        deletion(parts, data, aud="elsewhere.example/log"),
        deletion(parts, data, evidence=digest(CSV)),
        deletion(parts, data, iat=int(datetime.now(UTC).timestamp()) - 301),
        deletion(parts, data, iat="now"),
        deletion(parts, data, more=1),
        deletion(parts, data)[:-8] + "AAAAAAAA",
        "x",
    ]
    for request in wrong:
        refused = client.delete(place, params={"request": request})
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid-deletion"), request
    assert path_of(parts, data).exists()
    gone = client.delete(place, params={"request": deletion(parts, data)})
    assert gone.status_code == 200
    assert gone.json()["results"] == brought["results"]
    assert not path_of(parts, data).exists()
    again = client.delete(place, params={"request": deletion(parts, data)})
    assert again.json() == gone.json()
    unknown = client.delete(
        f"/v1/evidence/{digest(b'?')}", params={"request": deletion(parts, b"?")}
    )
    assert unknown.json()["code"] == "unknown-evidence"


def test_bytes_are_never_shown(served: Served) -> None:
    client, parts = served
    data = data_of(9)
    bring(client, published(client, data=data), data)
    place = digest(data).removeprefix("sha256:")
    for path in (f"/v1/evidence/{place}", f"/evidence/{place}", f"/tile/../evidence/{place}"):
        assert b"Due,Done" not in client.get(path, headers={"accept": "*/*"}).content
    assert path_of(parts, data).exists()


def test_results_come_in_pages(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    client, _ = served
    data = data_of(20)
    named = [published(client, data=data) for _ in range(3)]
    for each in named:
        assert bring(client, each, data).status_code == 201
    monkeypatch.setattr("openquality_registry.evidence.PAGE", 2)
    first = client.get(f"/v1/evidence/{digest(data)}").json()
    rest = client.get(f"/v1/evidence/{digest(data)}", params={"cursor": first["next"]}).json()
    shown = [result["statement"] for page in (first, rest) for result in page["results"]]
    assert shown == named
    assert rest["next"] is None
    wrong = client.get(f"/v1/evidence/{digest(data)}", params={"cursor": "x"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "invalid-question")


def test_what_was_interrupted_is_cleaned_when_the_registry_starts(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with registry(folder) as (client, _):
        named = published(client, data=CSV)
        bring(client, named, CSV)
    kept = folder / EVIDENCE / digest(CSV).removeprefix("sha256:")
    (folder / EVIDENCE / ("0" * 64)).write_bytes(b"written, and never entered")
    (folder / EVIDENCE / f"{'1' * 64}.tmp").write_bytes(b"half")
    with registry(folder):
        assert list((folder / EVIDENCE).iterdir()) == [kept]
    with closing(sqlite3.connect(folder / "registry.sqlite")) as database, database:
        database.execute("UPDATE evidence SET deleted_at = '2026-11-21T12:00:00.000Z'")
    with registry(folder):  # deleted in the database, and then the process died
        assert list((folder / EVIDENCE).iterdir()) == []


def test_a_backup_has_digests_and_results_and_not_the_bytes(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with registry(folder) as (client, _):
        named = published(client, data=CSV)
        brought = bring(client, named, CSV).json()
        assert main(["backup", "--data", str(folder), "--with-keys", str(tmp_path / "b")]) == 0
    assert not any(CSV in path.read_bytes() for path in (tmp_path / "b").rglob("*.*"))
    new = tmp_path / "new"
    assert main(["restore", str(tmp_path / "b"), "--data", str(new)]) == 1  # not confirmed yet
    assert main(["restore", "--data", str(new), "--nothing-newer"]) == 0
    assert main(["log", "fsck", "--data", str(new)]) == 0
    with registry(new) as (client, parts):
        assert client.get(f"/v1/evidence/{digest(CSV)}").json() == brought
        assert query(client, named)[0]["verification"] == "recomputed"
        assert not path_of(parts, CSV).exists()
        assert bring(client, named, CSV).status_code == 200
        assert path_of(parts, CSV).read_bytes() == CSV
