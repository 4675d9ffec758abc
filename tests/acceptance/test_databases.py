"""The main job with PostgreSQL behind the registry, and what SQLite answers to the same."""

import json
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import httpx2
import pytest
from postgres import database
from registry_at_work import (
    RunRegistry,
    gtin,
    publish,
    publish_all,
    registry,
    statement,
    trust_in,
    verdict,
)

from openquality import Client
from openquality.signing import generate
from openquality_registry.bootstrap import open_folder
from openquality_registry.demo.story import Story
from openquality_registry.folder import FolderError
from openquality_registry.log.fsck import Check

KEYS = [generate(), generate()]
QUESTIONS: list[tuple[str, dict[str, Any]]] = [
    ("/v1/lookup", {"subjects": [f"gtin:{gtin(3)}", f"gtin:{gtin(4)}"]}),
    ("/v1/lookup", {"issuers": [KEYS[1].did], "limit": 7}),
    ("/v1/lookup", {"subjects": ["mpn:\x00"]}),
    ("/v1/lookup", {"issuers": ["did:key:z\x00"]}),
    (
        "/v1/query",
        {
            "subject": {"type": "Product"},
            "where": [
                {"metric": "on-time-delivery", "comparator": "atLeast", "value": "90", "unit": "%"}
            ],
            "limit": 20,
        },
    ),
]


def records() -> list[bytes]:
    """Make statements of two issuers, each subject with one of each and one with several."""
    return [statement(number, key=KEYS[number % 2]) for number in range(40)] + [
        statement(number, key=KEYS[1 - number % 2]) for number in range(3, 20)
    ]


def test_the_story_is_told_on_postgresql(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with database() as url:
        with registry(tmp_path, database=url) as (client, parts):
            with Client(str(client.base_url)) as teller:
                Story(teller).tell()
            size = parts.published_size()
        assert "changed: fail" in capsys.readouterr().out
        assert size > 3
        assert not (tmp_path / "registry.sqlite").exists()
        monkeypatch.setenv("OPENQUALITY_DATABASE", url)
        with closing(open_folder(tmp_path)) as folder:
            check = Check(folder.store, folder.tiles, origin=folder.origin, vkey=folder.signer.vkey)
            assert list(check.run()) == []
            assert check.extent.committed == size


def test_both_databases_give_the_same_answers(tmp_path: Path) -> None:
    sent = records()
    answers = []
    with database() as url:
        for name, place in (("sqlite", None), ("postgresql", url)):
            with registry(tmp_path / name, database=place, origin="log.example/same") as (
                client,
                _,
            ):
                lines = publish_all(client, sent).text.splitlines()
                assert {json.loads(line)["status"] for line in lines} == {201}
                answers.append([ask(client, *question) for question in QUESTIONS])
    assert answers[0] == answers[1]
    assert all(answers[0])


def ask(client: httpx2.Client, path: str, question: dict[str, Any]) -> object:
    answer = client.post(path, json=question)
    assert answer.status_code == 200, answer.text
    return without_what_differs(answer.json())


def without_what_differs(value: object) -> object:
    """Leave out times of admission, and what follows from them."""
    if isinstance(value, dict):
        return {
            name: without_what_differs(member)
            for name, member in value.items()
            if name
            not in {"admittedAt", "entry", "root", "checkpoint", "answeredAt", "vkey", "log"}
        }
    return [without_what_differs(item) for item in value] if isinstance(value, list) else value


def test_a_record_survives_a_restart_on_postgresql_and_still_verifies(tmp_path: Path) -> None:
    with database() as url:
        with registry(tmp_path, database=url) as (client, _):
            first = publish(client, statement(1))
            assert first.status_code == 201
        with registry(tmp_path, database=url) as (client, _):
            again = publish(client, statement(1))
            assert again.status_code == 200
            assert verdict(again.content, trust_in(client)) == "pass"
            assert publish(client, statement(2)).json()["log"]["index"] == 1


Opening = Callable[[Path, str], object]


@pytest.mark.parametrize(
    ("make", "reopen", "says"),
    [
        ("postgresql", "sqlite", "OPENQUALITY_DATABASE"),
        ("sqlite", "postgresql", "openquality backup"),
    ],
)
def test_a_folder_is_not_opened_with_the_other_database(
    tmp_path: Path, make: str, reopen: str, says: str
) -> None:
    with ExitStack() as stack:
        places = {"sqlite": None, "postgresql": stack.enter_context(database())}
        with registry(tmp_path, database=places[make]):
            pass
        with pytest.raises(FolderError, match=says), registry(tmp_path, database=places[reopen]):
            pass


def test_a_test_that_asks_for_a_database_gets_that_one(
    run_registry: RunRegistry, database_of: Callable[[Path], str | None], tmp_path: Path
) -> None:
    with run_registry(tmp_path) as (client, _):
        assert publish(client, statement(1)).status_code == 201
    assert (tmp_path / "registry.sqlite").exists() is (database_of(tmp_path) is None)
