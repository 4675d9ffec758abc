"""A witness over HTTP, by hand and under a registry that asks it (C2SP tlog-witness)."""

import contextlib
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import httpx2
import pytest
from registry_at_work import publish, registry, statement, trust_in
from simulated_log import log_key, naive_root

from openquality import wire
from openquality_registry.bootstrap import SystemClock
from openquality_registry.http import server
from openquality_registry.watch.book import Book, Head, Moved
from openquality_registry.watch.home import Home, open_home
from openquality_registry.watch.serving import create_app
from openquality_registry.watch.witness import Witness
from openquality_validator import bundle, envelope
from openquality_validator.bundle import Bundle, Outcome
from openquality_validator.tlog import cosignature, merkle
from openquality_validator.tlog import proof as log_proof
from openquality_validator.tlog import witness as messages
from openquality_validator.tlog.checkpoint import Checkpoint
from openquality_validator.tlog.note import COSIGNATURE, Note, VerifierKey
from openquality_validator.tlog.policy import Policy
from openquality_validator.tlog.witness import Request

LOG = log_key()
ENTRIES = [f"entry {number}".encode() for number in range(400)]


def checkpoint(size: int, entries: list[bytes] = ENTRIES, origin: str = LOG.name) -> bytes:
    root = naive_root(entries[:size])
    return LOG.sign(Checkpoint(origin, size, root).to_text().encode())


def proof(old: int, new: int, entries: list[bytes] = ENTRIES) -> tuple[bytes, ...]:
    """Make a consistency proof from the leaves alone (RFC 6962, section 2.1.2)."""

    def read(nodes: list[tuple[int, int]]) -> list[bytes]:
        spans = [(place << height, (place + 1) << height) for height, place in nodes]
        return [naive_root(entries[start:stop]) for start, stop in spans]

    return merkle.consistency_proof(old, new, read)  # type: ignore[arg-type]  # lists do


@contextmanager
def serving(
    home: Home, *logs: str, seconds: float = 15.0
) -> Iterator[tuple[httpx2.Client, Witness]]:
    keys = [VerifierKey.from_text(text) for text in logs or (LOG.vkey,)]
    witness = Witness(name=home.name, key=home.key, logs=keys, book=home.book, clock=SystemClock())
    listening = server.listen("127.0.0.1", 0)
    app = create_app(witness, seconds=seconds)
    with (
        closing(home.book),
        server.background(app, listening) as url,
        httpx2.Client(base_url=url, timeout=30) as client,
    ):
        yield client, witness


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[httpx2.Client, Witness]]:
    with serving(open_home(tmp_path / "w", name="w.example/1")) as pair:
        yield pair


def add(
    client: httpx2.Client,
    old: int,
    new: int,
    *,
    hashes: tuple[bytes, ...] | None = None,
    note: bytes | None = None,
) -> httpx2.Response:
    path = hashes if hashes is not None else (proof(old, new) if 0 < old < new else ())
    request = Request(old, path, note or checkpoint(new))
    return client.post(messages.PATH, content=request.to_bytes())


def test_a_log_that_grows_is_cosigned(served: tuple[httpx2.Client, Witness]) -> None:
    client, witness = served
    key = VerifierKey.from_text(witness.vkey, kind=COSIGNATURE)
    for old, new in ((0, 3), (3, 17), (17, 17), (17, 400)):
        answer = add(client, old, new)
        assert answer.status_code == 200
        signed = Note.from_bytes(
            f"{Note.from_bytes(checkpoint(new)).text}\n".encode() + answer.content
        )
        (proved,) = cosignature.verify(signed, [key])
        assert abs(proved.moment - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_witness_shows_what_it_cosigned_last(served: tuple[httpx2.Client, Witness]) -> None:
    client, witness = served
    path = f"/{sha256(LOG.name.encode()).hexdigest()}/checkpoint"
    assert client.get(path).status_code == 404
    add(client, 0, 3)
    # What a stranger wrote under the checkpoint is not passed on.
    stranger = log_key("stranger.example").sign(Note.from_bytes(checkpoint(17)).text.encode())
    both = checkpoint(17) + stranger.rpartition(b"\n\n")[2]
    given = add(client, 3, 17, note=both).content
    shown = client.get(path)
    assert shown.content == checkpoint(17) + given
    keys = [VerifierKey.from_text(witness.vkey, kind=COSIGNATURE)]
    assert len(cosignature.verify(Note.from_bytes(shown.content), keys)) == 1
    assert client.get(f"/{sha256(b'another').hexdigest()}/checkpoint").status_code == 404


def test_each_refusal_has_its_status(served: tuple[httpx2.Client, Witness]) -> None:
    client, _ = served
    stranger = log_key().sign(Checkpoint("other.example", 3, bytes(32)).to_text().encode())
    unsigned = checkpoint(3).replace(
        b"\xe2\x80\x94 " + LOG.name.encode(), b"\xe2\x80\x94 nobody.example"
    )
    bad = bytearray(checkpoint(3))
    bad[-20] ^= 1
    fork = [*ENTRIES[:2], b"fork", *ENTRIES[3:]]
    assert client.post(messages.PATH, content=b"hello").status_code == 400
    assert add(client, 0, 3, note=stranger).status_code == 404
    assert add(client, 0, 3, note=unsigned).status_code == 403
    assert add(client, 0, 3, hashes=(bytes(32),)).status_code == 422
    empty = LOG.sign(Checkpoint(LOG.name, 0, bytes(32)).to_text().encode())
    assert add(client, 0, 0, note=empty).status_code == 422
    assert add(client, 0, 5).status_code == 200
    stale = add(client, 3, 7)
    assert (stale.status_code, stale.content) == (409, b"5\n")
    assert stale.headers["content-type"] == "text/x.tlog.size"
    assert add(client, 5, 7, hashes=proof(5, 7)[::-1]).status_code == 422
    assert add(client, 5, 7, note=checkpoint(7, fork), hashes=proof(5, 7, fork)).status_code == 422
    assert add(client, 5, 5, note=checkpoint(5, fork)).status_code == 422
    assert add(client, 5, 7).status_code == 200


def test_long_and_slow_bodies_are_refused(tmp_path: Path) -> None:
    with serving(open_home(tmp_path / "w"), seconds=0.3) as (client, _):
        long = client.post(messages.PATH, content=b"x" * (messages.MAX_REQUEST + 1))
        assert long.status_code == 413
        host, port = client.base_url.host, client.base_url.port
        with socket.create_connection((host, port or 80), timeout=10) as slow:
            slow.sendall(
                b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: 100\r\n\r\nold"
            )
            assert b" 408 " in slow.recv(100)
        assert add(client, 0, 3).status_code == 200


def test_of_many_requests_at_once_the_book_takes_a_chain(
    served: tuple[httpx2.Client, Witness],
) -> None:
    client, _ = served
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda size: add(client, 0, size), range(1, 33)))
    assert sorted({answer.status_code for answer in answers}) == [200, 409]
    assert sum(answer.status_code == 200 for answer in answers) == 1


def test_a_book_moves_only_from_where_it_is(tmp_path: Path) -> None:
    with closing(Book(tmp_path / "heads.sqlite")) as book:
        book.advance("a", 0, Head(3, bytes(32), b"note"))
        with pytest.raises(Moved) as moved:
            book.advance("a", 0, Head(9, bytes(32), b"note"))
        assert moved.value.size == 3
        assert book.head("a") == Head(3, bytes(32), b"note")
        assert book.head("b") is None
    with closing(Book(tmp_path / "heads.sqlite")) as again:
        assert again.head("a") == Head(3, bytes(32), b"note")


def test_a_registry_gets_a_quorum_into_its_bundles(tmp_path: Path) -> None:
    names = ("w.example/1", "w.example/2", "w.example/3")
    homes = [open_home(tmp_path / name.replace("/", "-"), name=name) for name in names]
    folder = tmp_path / "registry"
    with registry(folder) as (_, parts):
        vkey = parts.folder.signer.vkey
    with (
        serving(homes[0], vkey) as (one, first),
        serving(homes[1], vkey) as (two, second),
        serving(homes[2], vkey) as (_, third),
    ):
        policy = (
            f"witness a {first.vkey} {one.base_url}\nwitness b {second.vkey} {two.base_url}\n"
            f"witness c {third.vkey}\ngroup two 2 a b c\nquorum two\n"
        )
        (tmp_path / "policy").write_text(policy)
        with registry(folder, witnesses=tmp_path / "policy") as (client, parts):
            record = statement(1)
            assert publish(client, record).status_code == 201
            trust = trust_in(client)
            trust = replace(
                trust,
                logs=(replace(trust.logs[0], policy=Policy.from_text(policy)),),
                required=(*trust.required, "anchors"),
            )
            name = envelope.digest(record)
            data = _witnessed(client, name)
            verdict = bundle.verify(data, trust=trust, now=datetime.now(UTC))
            assert verdict.overall is Outcome.PASS
            assert verdict.existed_by is not None
            assert verdict.existed_by <= datetime.now(UTC)
            # Later statements do not take the old anchor away.
            for number in range(2, 5):
                publish(client, statement(number))
            again = _witnessed(client, name)
            assert Bundle.from_bytes(again).anchors[0] == Bundle.from_bytes(data).anchors[0]
            # Other tools find the cosignatures in the checkpoint and in the log proof.
            keys = [VerifierKey.from_text(w, kind=COSIGNATURE) for w in (first.vkey, second.vkey)]
            head = _until(lambda: _lines(client.get("/checkpoint").content) == 3, client)
            assert len(cosignature.verify(Note.from_bytes(head), keys)) == 2
            answer = client.get(f"/v1/proofs/{name}")
            exported = log_proof.LogProof.from_bytes(answer.content)
            assert exported.extra is not None
            log_proof.verify(
                exported,
                merkle.leaf_hash(exported.extra),
                origin=parts.folder.origin,
                keys=[VerifierKey.from_text(vkey)],
            )


def _lines(data: bytes) -> int:
    return len(Note.from_bytes(data).signatures)


def _until(done: object, client: httpx2.Client) -> bytes:
    for _ in range(200):
        if callable(done) and done():
            return client.get("/checkpoint").content
        time.sleep(0.05)
    raise AssertionError("it did not come")


def _witnessed(client: httpx2.Client, name: str) -> bytes:
    """Fetch the bundle until it has an anchor: the witnesses are asked beside publishing."""
    for _ in range(200):
        data = client.get(f"/v1/statements/{name}", headers={"accept": wire.BUNDLE}).content
        if Bundle.from_bytes(data).anchors:
            return data
        time.sleep(0.05)
    raise AssertionError("no anchor came")


def test_a_witness_that_knows_more_than_the_registry_is_told(tmp_path: Path) -> None:
    home = open_home(tmp_path / "w", name="w.example/1")
    with registry(tmp_path / "registry") as (_, parts):
        vkey, origin = parts.folder.signer.vkey, parts.folder.origin
    home.book.advance(origin, 0, Head(1_000, bytes(32), b"note"))
    with serving(home, vkey) as (client, witness):
        (tmp_path / "policy").write_text(f"witness a {witness.vkey} {client.base_url}\nquorum a\n")
        with registry(tmp_path / "registry", witnesses=tmp_path / "policy") as (_, parts):
            assert parts.witnesses is not None
            for _ in range(200):
                if parts.witnesses.ahead:
                    break
                time.sleep(0.05)
            assert parts.witnesses.ahead == 1_000


@pytest.mark.heavy
def test_a_killed_witness_never_signs_two_trees_of_one_size(tmp_path: Path) -> None:
    """Kill it while it answers, start it again, and offer it a fork of everything it signed."""
    command = [Path(sys.executable).parent / "openquality", "log", "witness", "--port", "0"]
    command += ["--data", tmp_path / "w", "--log", LOG.vkey]
    signed: set[int] = set()
    for turn in range(10):
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            try:
                _work(_address(process), process, signed, seconds=0.02 + 0.01 * turn)
            finally:
                process.kill()
    assert len(signed) > 10


def _work(url: str, process: subprocess.Popen[str], signed: set[int], *, seconds: float) -> None:
    """Offer forks of all that was signed, then growth until the process is killed."""
    with httpx2.Client(base_url=url, timeout=5) as client:
        known = _known(client)
        assert known >= max(signed, default=0)
        for size in sorted(signed):
            fork = [*ENTRIES[: size - 1], b"fork"]
            for old in {known, size}:
                answer = add(client, old, size, note=checkpoint(size, fork), hashes=())
                assert answer.status_code in {400, 409, 422}
        threading.Timer(seconds, process.kill).start()
        with contextlib.suppress(httpx2.HTTPError):
            for size in range(known + 1, len(ENTRIES)):
                assert add(client, size - 1, size).status_code == 200
                signed.add(size)


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    for line in process.stderr:
        if found := re.search(r"at (http://\S+)", line):
            return found[1]
    raise AssertionError("the witness did not start")


def _known(client: httpx2.Client) -> int:
    """Ask with a size that it cannot have: it answers with the one that it has."""
    answer = add(client, len(ENTRIES), len(ENTRIES))
    return messages.read_size(answer.content) if answer.status_code == 409 else len(ENTRIES)
