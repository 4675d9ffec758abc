"""SIGKILL of the server itself during a bulk publish, at seeded random moments.

After each restart: every receipt that was acknowledged verifies, `log fsck` finds nothing, and no
statement is in the log twice. What was not acknowledged is sent again, the same bytes.
"""

import contextlib
import json
import random
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

import httpx2
import pytest
from registry_at_work import publish, statement, trust_in, verdict

from openquality import wire
from openquality_registry.bootstrap import open_folder
from openquality_registry.log.fsck import Check
from openquality_registry.log.proofs import Prover
from openquality_validator.bundle import Bundle
from openquality_validator.tlog import checkpoint as checkpoints
from openquality_validator.tlog import merkle
from openquality_validator.trust import Trust

COMMAND = Path(sys.executable).parent / "openquality"
SEED = 20261121
BATCHES = (5, 40, 60, 150)  # the largest is verified by worker processes
SENDERS = 3  # one of batches, the others of single statements
LONGEST = 1.6  # seconds of publishing before a kill; the first half second loads libraries


@dataclass
class Books:
    """What the publishers know: numbers to send, bundles that were acknowledged, in flight."""

    waiting: list[int] = field(default_factory=list)
    fresh: int = 0
    acknowledged: dict[int, bytes] = field(default_factory=dict)
    flying: set[int] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, count: int) -> list[int]:
        with self.lock:
            taken, self.waiting = self.waiting[:count], self.waiting[count:]
            while len(taken) < count:
                taken.append(self.fresh)
                self.fresh += 1
            self.flying.update(taken)
            return taken

    def acknowledge(self, number: int, bundle: bytes) -> None:
        with self.lock:
            self.acknowledged[number] = bundle
            self.flying.discard(number)

    def give_back(self, numbers: list[int]) -> None:
        with self.lock:
            lost = [number for number in numbers if number in self.flying]
            self.flying.difference_update(lost)
            self.waiting.extend(lost)


@contextlib.contextmanager
def server(data: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start `openquality serve` as a process of its own; give it and its address."""
    process = subprocess.Popen(
        [COMMAND, "serve", "--data", data, "--port", "0"],
        stderr=subprocess.PIPE,
        text=True,
        env={"OPENQUALITY_RATE": "0", "OPENQUALITY_WORKERS": "1", "PATH": ""},
    )
    assert process.stderr is not None
    try:
        head = ""
        while (found := re.search(r"Serving .* at (http://\S+)\n", head)) is None:
            line = process.stderr.readline()
            assert line, head
            head += line
        # Somebody must read on, or the server waits for room in the pipe.
        reader = threading.Thread(target=process.stderr.read, daemon=True)
        reader.start()
        yield process, found[1]
    finally:
        process.kill()
        process.wait()
        reader.join()
        process.stderr.close()


def send_batches(url: str, books: Books, sizes: list[int]) -> None:
    with httpx2.Client(base_url=url, timeout=30) as client:
        for size in cycle(sizes):
            numbers = books.take(size)
            body = b"\n".join(statement(number) for number in numbers)
            try:
                with client.stream(
                    "POST",
                    "/v1/statements/batch",
                    content=body,
                    headers={"content-type": wire.LINES},
                ) as answer:
                    for number, line in zip(numbers, answer.iter_lines(), strict=False):
                        outcome = wire.Outcome.from_line(line.encode())
                        if outcome.bundle is None:
                            books.refused.append(line)
                            continue
                        books.acknowledge(number, outcome.bundle)
            except httpx2.TransportError:
                return
            finally:
                books.give_back(numbers)


def send_singles(url: str, books: Books) -> None:
    with httpx2.Client(base_url=url, timeout=30) as client:
        while True:
            numbers = books.take(1)
            try:
                answer = publish(client, statement(numbers[0]))
                if answer.status_code in {200, 201}:
                    books.acknowledge(numbers[0], answer.content)
                else:
                    books.refused.append(answer.text)
            except httpx2.TransportError:
                return
            finally:
                books.give_back(numbers)


def publish_until_killed(
    process: subprocess.Popen[str], url: str, books: Books, rng: random.Random
) -> int:
    """Publish in bulk, kill the server at a random moment; return how many were in flight."""
    sizes = [rng.choice(BATCHES) for _ in range(100)]
    senders = [threading.Thread(target=send_batches, args=(url, books, sizes))]
    senders += [
        threading.Thread(target=send_singles, args=(url, books)) for _ in range(SENDERS - 1)
    ]
    for sender in senders:
        sender.start()
    time.sleep(rng.uniform(0.05, LONGEST))
    with books.lock:
        process.kill()  # SIGKILL, to the server and not to a shell around it
        flying = len(books.flying)
    process.wait()
    for sender in senders:
        sender.join()
    return flying


def check(data: Path, books: Books, trust: Trust, *, judged: set[int]) -> None:
    """Hold the log against everything that was ever acknowledged."""
    folder = open_folder(data)
    try:
        found = Check(
            folder.store, folder.tiles, origin=folder.origin, vkey=folder.signer.vkey
        ).run()
        assert list(found) == []
        entries = list(folder.store.entries(0, folder.store.state().size))
        digests = {json.loads(entry)["digest"] for entry in entries}
        assert len(digests) == len(entries)  # no statement twice
        note = folder.tiles.checkpoint()
        assert note is not None
        now = checkpoints.parse(note)[0]
        assert now.size == len(entries)  # what was committed is published after a restart
        heads = set()
        for number, data_ in books.acknowledged.items():
            receipt = Bundle.from_bytes(data_)
            assert receipt.entry == entries[receipt.index]
            head = checkpoints.parse(receipt.checkpoint)[0]
            heads.add((head.size, head.root))
            merkle.verify_inclusion(
                merkle.leaf_hash(receipt.entry),
                index=receipt.index,
                size=head.size,
                proof=receipt.inclusion_proof,
                root=head.root,
            )
            if number not in judged:
                assert receipt.statement == statement(number)
                assert verdict(data_, trust) == "pass"
                judged.add(number)
        prover = Prover(folder.tiles)
        for size, root in heads:
            proof = prover.consistency(size, now.size)
            merkle.verify_consistency(
                old=size, new=now.size, old_root=root, new_root=now.root, proof=proof
            )
    finally:
        folder.close()


def kill(data: Path, kills: int) -> tuple[Books, int]:
    rng = random.Random(SEED)  # noqa: S311 - moments to repeat, no secrets
    books, judged, hit = Books(), set[int](), 0
    for _ in range(kills):
        with server(data) as (process, url), httpx2.Client(base_url=url) as client:
            trust = trust_in(client)
            check(data, books, trust, judged=judged)
            hit += publish_until_killed(process, url, books, rng) > 0
    with server(data) as (_, url), httpx2.Client(base_url=url, timeout=60) as client:
        check(data, books, trust, judged=judged)
        for number in books.waiting:  # what was lost on the way goes in now, or is in already
            answer = publish(client, statement(number))
            assert answer.status_code in {200, 201}
            books.acknowledge(number, answer.content)
        check(data, books, trust, judged=judged)
        size = checkpoints.parse(client.get("/checkpoint").content)[0].size
    assert size == books.fresh == len(books.acknowledged)
    assert books.refused == []
    return books, hit


@pytest.mark.parametrize(
    ("kills", "with_requests"),
    [
        pytest.param(3, 2, id="three"),
        pytest.param(100, 90, id="hundred", marks=pytest.mark.heavy),
    ],
)
def test_nothing_acknowledged_is_lost_by_kills(
    tmp_path: Path, kills: int, with_requests: int, capsys: pytest.CaptureFixture[str]
) -> None:
    books, hit = kill(tmp_path / "data", kills)
    with capsys.disabled():
        acknowledged = len(books.acknowledged)
        print(  # noqa: T201 - the figures of the proof
            f"\n{kills} kills, seed {SEED}: {hit} with requests in flight, "
            f"{acknowledged} statements acknowledged, none lost, none twice"
        )
    assert hit >= with_requests


def test_workers_end_with_a_killed_server(tmp_path: Path) -> None:
    with server(tmp_path / "data") as (process, url):
        with httpx2.Client(base_url=url, timeout=60) as client:
            answer = client.post(
                "/v1/statements/batch",
                content=b"\n".join(statement(number) for number in range(100)),
                headers={"content-type": wire.LINES},
            )
        assert len(answer.text.splitlines()) == 100
        workers = children(process.pid)
        assert workers
        process.kill()
        process.wait()
    until = time.monotonic() + 20
    while any(alive(worker) for worker in workers):
        assert time.monotonic() < until
        time.sleep(0.05)


def children(pid: int) -> list[int]:
    """List the processes that a process started, and those that they started."""
    found = Path(f"/proc/{pid}/task/{pid}/children")
    if not found.exists():
        pytest.skip("this system does not list the children of a process")
    direct = [int(child) for child in found.read_text().split()]
    for task in Path(f"/proc/{pid}/task").iterdir():
        direct += [int(child) for child in (task / "children").read_text().split()]
    return sorted({*direct, *(below for child in direct for below in children(child))})


def alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    with contextlib.suppress(OSError):
        return status.read_text().rpartition(")")[2].split()[0] != "Z"
    return False
