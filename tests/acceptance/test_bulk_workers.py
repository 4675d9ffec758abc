"""Worker processes verify large batches, and a batch outlives them."""

import json
import os
import signal
from pathlib import Path

from registry_at_work import publish_all, registry, statement


def statuses(text: str) -> list[int]:
    return [json.loads(line)["status"] for line in text.splitlines()]


def test_a_batch_outlives_its_workers(tmp_path: Path) -> None:
    sent = [statement(number) for number in range(300)]
    with registry(tmp_path / "data", workers=1) as (client, parts):
        assert statuses(publish_all(client, sent[:100]).text) == [201] * 100
        pool = parts.examiner._pool
        assert pool is not None
        for worker in list(pool._processes):
            os.kill(worker, signal.SIGKILL)
        assert statuses(publish_all(client, sent[100:]).text) == [201] * 200
        assert statuses(publish_all(client, sent).text) == [200] * 300
        assert parts.published_size() == 300


def test_workers_find_what_the_server_would_find(tmp_path: Path) -> None:
    header, payload, signature = statement(1).split(b".")
    bad = [b"rubbish", header + b"." + payload + b"." + signature[:-4] + b"AAAA", b"..", b"a.b.c"]
    padding = [statement(number) for number in range(2, 80)]
    with registry(tmp_path / "a", workers=0) as (client, _):
        here = publish_all(client, bad + padding).text.splitlines()[: len(bad)]
    with registry(tmp_path / "b", workers=1) as (client, _):
        there = publish_all(client, bad + padding).text.splitlines()[: len(bad)]
    assert here == there
    assert statuses("\n".join(here)) == [422] * len(bad)
