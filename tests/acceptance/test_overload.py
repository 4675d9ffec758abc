"""A log that gets more than it can take says when to come back, and loses nothing."""

import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import httpx2
from postgres import database
from registry_at_work import publish, registry, statement

from openquality_registry.bootstrap import Parts

TAKEN = 4


def test_beyond_its_queue_the_log_answers_503_and_when_to_come_back(tmp_path: Path) -> None:
    with registry(tmp_path) as (client, parts):
        other = sqlite3.connect(tmp_path / "registry.sqlite", isolation_level=None)
        with closing(other):
            other.execute("BEGIN IMMEDIATE")  # a commit has to wait for this one
            overload(client, parts, release=lambda: other.execute("ROLLBACK"))


def test_it_is_the_same_on_postgresql(tmp_path: Path) -> None:
    with (
        database() as url,
        registry(tmp_path, database=url) as (client, parts),
        parts.folder.store.write.connect() as mine,  # the one connection that writes
    ):
        overload(client, parts, release=mine.close)


def overload(client: httpx2.Client, parts: Parts, *, release: Callable[[], object]) -> None:
    parts.sequencer._limits = replace(parts.sequencer._limits, outstanding=TAKEN, retry_after=3)
    with ThreadPoolExecutor(TAKEN) as pool:
        taken = [pool.submit(publish, client, statement(at)) for at in range(TAKEN)]
        while parts.sequencer.outstanding < TAKEN:
            time.sleep(0.01)
        refused = publish(client, statement(99))
        assert (refused.status_code, refused.json()["code"]) == (503, "overloaded")
        assert refused.headers["retry-after"] == "3"

        release()
        answers = [each.result() for each in taken]
    assert [answer.status_code for answer in answers] == [201] * TAKEN
    assert publish(client, statement(99)).status_code == 201
    assert {publish(client, statement(at)).status_code for at in range(TAKEN)} == {200}
