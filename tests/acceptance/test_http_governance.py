"""Schemas are published and deprecated over HTTP as signed statements, on both databases."""

import json
import threading
from pathlib import Path

import httpx2
from published_schemas import coating, deprecated, published
from registry_at_work import RunRegistry, publish, publish_all, trust_in, verdict
from sqlalchemy import delete, update

from openquality.signing import generate
from openquality_registry.adapters.sql.index_check import IndexCheck
from openquality_registry.adapters.sql.schema_tables import (
    schema_deprecations,
    schema_terms,
    schema_versions,
)
from openquality_registry.bootstrap import Parts
from openquality_validator import entry

OWNER = generate()
URI = f"{OWNER.did}/coating"
OPEN = coating(URI, required=[])


def codes(answer: httpx2.Response) -> list[str]:
    return [each["code"] for each in answer.json()["findings"]]


def versions(parts: Parts) -> list[str]:
    return [str(each.version) for each in parts.schemas.versions(OWNER.did, "coating")]


def test_versions_follow_each_other_in_one_chain(tmp_path: Path, run_registry: RunRegistry) -> None:
    first = published(OWNER)
    second = published(OWNER, version="1.1", ancestor=entry.digest(first), content=OPEN)
    with run_registry(tmp_path) as (client, parts):
        receipt = publish(client, first)
        assert receipt.status_code == 201
        assert verdict(receipt.content, trust_in(client)) == "pass"
        assert publish(client, first).status_code == 200  # the same bytes again
        skipped = publish(client, published(OWNER, version="1.1", content=OPEN))
        assert (skipped.status_code, skipped.json()["code"]) == (409, "outdated")
        assert publish(client, second).status_code == 201

        last = entry.digest(second)
        narrower = publish(client, published(OWNER, version="1.2", ancestor=last))
        assert (narrower.status_code, codes(narrower)) == (422, ["Z103"])
        assert "Against version 1.1" in narrower.json()["findings"][0]["message"]
        changed = publish(client, published(OWNER, version="1.0", ancestor=last, content=OPEN))
        assert codes(changed) == ["Z011"]
        assert publish(client, published(OWNER, version="2.0", ancestor=last)).status_code == 201
        assert versions(parts) == ["1.0", "1.1", "2.0"]


def test_of_two_publications_at_once_one_comes_first(
    tmp_path: Path, run_registry: RunRegistry
) -> None:
    first = published(OWNER)
    made = [
        published(OWNER, version=f"1.{n}", ancestor=entry.digest(first), content=OPEN)
        for n in range(1, 7)
    ]
    with run_registry(tmp_path) as (client, parts):
        publish(client, first)
        answers: list[int] = []
        threads = [
            threading.Thread(
                target=lambda data=data: answers.append(publish(client, data).status_code)
            )
            for data in made
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(answers) == [201, 409, 409, 409, 409, 409]
        assert len(versions(parts)) == 2


def test_nobody_publishes_or_deprecates_for_another(
    tmp_path: Path, run_registry: RunRegistry
) -> None:
    other = generate()
    first = published(OWNER)
    with run_registry(tmp_path) as (client, parts):
        foreign = publish(client, published(other, id=URI, content=coating(URI)))
        assert codes(foreign) == ["Z301"]
        publish(client, first)
        target = entry.digest(first)
        wrong = publish(client, deprecated(other, target))
        assert (wrong.status_code, wrong.json()["code"]) == (422, "unknown-target")
        unknown = publish(client, deprecated(OWNER, "sha256:" + "1" * 64))
        assert unknown.json()["code"] == "unknown-target"

        said = deprecated(OWNER, target, alternative=f"{OWNER.did}/paint")
        assert publish(client, said).status_code == 201
        found = parts.schemas.one(target)
        assert found is not None
        assert found.deprecated is not None
        assert found.deprecated.digest == entry.digest(said)


def test_a_batch_holds_a_chain_one_link_at_a_time(
    tmp_path: Path, run_registry: RunRegistry
) -> None:
    first = published(OWNER)
    second = published(OWNER, version="1.1", ancestor=entry.digest(first), content=OPEN)
    with run_registry(tmp_path) as (client, parts):
        # Both are examined before the first has its place.
        answer = publish_all(client, [first, second])
        assert [json.loads(line)["status"] for line in answer.text.splitlines()] == [201, 409]
        assert publish(client, second).status_code == 201
        assert versions(parts) == ["1.0", "1.1"]


def test_the_rows_are_those_that_the_log_gives(tmp_path: Path, run_registry: RunRegistry) -> None:
    first = published(OWNER, sectors=["nace:25.61"], compatibility="FULL")
    second = published(OWNER, version="2.0", ancestor=entry.digest(first), content=OPEN)
    with run_registry(tmp_path) as (client, parts):
        for data in (first, second, deprecated(OWNER, entry.digest(first))):
            assert publish(client, data).status_code == 201
        store = parts.folder.store
        check = IndexCheck(store.read, origin=parts.folder.origin, operator=None)
        assert list(check.run(store.state().size)) == []
        with store.write.begin() as connection:
            connection.execute(update(schema_versions).values(mode="NONE"))
            connection.execute(delete(schema_terms))
            connection.execute(update(schema_deprecations).values(reason="Other."))
        found = {(each.code, each.place) for each in check.run(3)}
        assert found >= {
            ("index-missing", "entry 0"),
            ("index-missing", "entry 1"),
            ("index-extra", "entry 2"),
        }
