"""Backup and restore: the same registry again, on either database, and never a fork."""

import base64
import gzip
import hashlib
import json
import shutil
import sqlite3
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from postgres import database
from registry_at_work import (
    publish,
    publish_all,
    registry,
    statement,
    trust_in,
    verdict,
)

from openquality.cli.main import main
from openquality_registry.backup import checking, restoring
from openquality_registry.backup.form import BadBackup
from openquality_registry.bootstrap import open_folder
from openquality_registry.log.fsck import Check
from openquality_validator.tlog import checkpoint as checkpoints
from openquality_validator.tlog import merkle

COUNT = 300  # beyond one tile
LATER = 9


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENQUALITY_DATABASE", "OPENQUALITY_COPIES", "OPENQUALITY_WITNESSES"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fill a folder, back it up, and let it grow by a few more."""
    base = tmp_path_factory.mktemp("original")
    data = base / "data"
    with registry(data) as (client, _):
        sent = publish_all(client, [statement(number) for number in range(COUNT)])
        assert {json.loads(line)["status"] for line in sent.text.splitlines()} == {201}
        assert main(["backup", "--data", str(data), "--with-keys", str(base / "backup")]) == 0
    shutil.copytree(data, base / "then")
    with registry(data) as (client, _):
        for number in range(COUNT, COUNT + LATER):
            assert publish(client, statement(number)).status_code == 201
    return base


def restored(backup: Path, data: Path, *more: str) -> int:
    return main(["restore", str(backup), "--data", str(data), *more])


def fsck(data: Path) -> list[object]:
    with closing(open_folder(data)) as folder:
        check = Check(folder.store, folder.tiles, origin=folder.origin, vkey=folder.signer.vkey)
        return list(check.run())


def published(data: Path) -> checkpoints.Checkpoint:
    return checkpoints.parse((data / "log" / "checkpoint").read_bytes())[0]


def test_a_backup_of_a_registry_at_work_is_one_state_of_it(tmp_path: Path) -> None:
    with registry(tmp_path / "data") as (client, _):
        stop = threading.Event()
        sent = []

        def send() -> None:
            while not stop.is_set():
                sent.append(publish(client, statement(len(sent))).status_code)

        sender = threading.Thread(target=send)
        sender.start()
        while len(sent) < 20:
            stop.wait(0.01)
        assert main(["backup", "--data", str(tmp_path / "data"), str(tmp_path / "backup")]) == 0
        stop.set()
        sender.join()
    assert set(sent) == {201}
    manifest = checking.check(tmp_path / "backup")
    assert 20 <= manifest.state.size <= len(sent)


@pytest.mark.parametrize("source", ["sqlite", "postgresql"])
@pytest.mark.parametrize("target", ["sqlite", "postgresql"])
def test_a_registry_moves_between_databases_with_every_answer(
    source: str, target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = {
        "subject": {"type": "Product"},
        "where": [
            {"metric": "on-time-delivery", "comparator": "atLeast", "value": "90", "unit": "%"}
        ],
    }
    with ExitStack() as stack:
        urls = {
            "sqlite": None,
            "postgresql": stack.enter_context(database()),
        }
        other = stack.enter_context(database()) if source == target == "postgresql" else None
        into = other or urls[target]
        with registry(tmp_path / "one", database=urls[source]) as (client, _):
            publish_all(client, [statement(number) for number in range(30)])
            trust = trust_in(client)
            answer = client.post("/v1/query", json=question).json()
            digest = json.loads(publish(client, statement(3)).content)["statement"]
        set_database(monkeypatch, urls[source])
        copy = tmp_path / "backup"
        assert main(["backup", "--data", str(tmp_path / "one"), "--with-keys", str(copy)]) == 0
        set_database(monkeypatch, into)
        assert restored(copy, tmp_path / "two", "--nothing-newer") == 0
        assert fsck(tmp_path / "two") == []
        with registry(tmp_path / "two", database=into) as (client, _):
            assert client.post("/v1/query", json=question).json() == answer
            again = publish(client, statement(3))
            assert (again.status_code, again.json()["statement"]) == (200, digest)
            assert verdict(again.content, trust) == "pass"
            assert publish(client, statement(99)).status_code == 201
        assert fsck(tmp_path / "two") == []


def set_database(monkeypatch: pytest.MonkeyPatch, url: str | None) -> None:
    if url is None:
        monkeypatch.delenv("OPENQUALITY_DATABASE", raising=False)
    else:
        monkeypatch.setenv("OPENQUALITY_DATABASE", url)


def test_nothing_is_answered_or_signed_before_the_log_is_confirmed(
    original: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    assert restored(original / "backup", data) == 1
    assert "--nothing-newer" in "".join(capfd.readouterr())
    before = (data / "log" / "checkpoint").read_bytes()
    with registry(data) as (client, _):
        for answer in (
            publish(client, statement(0)),
            publish(client, statement(999)),
            client.get("/checkpoint"),
            client.get("/.well-known/openquality"),
        ):
            assert (answer.status_code, answer.json()["code"]) == (503, "not-confirmed")
            assert "OPENQUALITY_COPIES" in answer.json()["detail"]
            assert answer.headers["retry-after"]
        assert client.get("/healthz").status_code == 200
        assert client.get("/readyz").status_code == 503
    assert (data / "log" / "checkpoint").read_bytes() == before
    assert restored_again(data, "--nothing-newer") == 0
    with registry(data) as (client, _):
        assert publish(client, statement(999)).status_code == 201


def restored_again(data: Path, *more: str) -> int:
    return main(["restore", "--data", str(data), *more])


def test_the_missing_end_is_brought_in_from_another_data_folder(
    original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENQUALITY_COPIES", str(original / "data"))
    assert restored(original / "backup", tmp_path / "data") == 0
    assert_whole(tmp_path / "data", original / "data")


def test_the_missing_end_is_brought_in_from_a_mirror(
    original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror = tmp_path / "mirror"
    shutil.copytree(original / "data", mirror)
    data = tmp_path / "data"
    with registry(mirror) as (client, _):
        monkeypatch.setenv("OPENQUALITY_COPIES", str(client.base_url))
        assert restored(original / "backup", data) == 0
    assert_whole(data, original / "data")


def assert_whole(data: Path, grown: Path) -> None:
    """Hold a folder against the one that went on after the backup."""
    head = published(grown)
    assert head.size == COUNT + LATER
    with registry(data) as (client, parts):
        assert parts.published_size() == head.size
        assert publish(client, statement(COUNT + 1)).status_code == 200
        assert publish(client, statement(998)).status_code == 201
        proof = parts.prover.consistency(head.size)
        now = checkpoints.parse(client.get("/checkpoint").content)[0]
        merkle.verify_consistency(
            old=head.size, new=now.size, old_root=head.root, new_root=now.root, proof=proof
        )
    assert fsck(data) == []


def test_a_server_brings_the_end_in_when_the_copy_answers_again(
    original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "openquality_registry.backup.confirming.Confirming.__init__.__defaults__", (0.1,)
    )
    away = tmp_path / "away"
    data = tmp_path / "data"
    assert restored(original / "backup", data) == 1
    with registry(data, copies=str(away)) as (client, parts):
        refused = publish(client, statement(1))
        assert (refused.status_code, str(away) in refused.json()["detail"]) == (503, True)
        shutil.copytree(original / "data", away)
        confirming = parts.confirming
        assert confirming is not None
        while confirming.why is not None:
            confirming._stop.wait(0.02)
        assert publish(client, statement(1)).status_code == 200
        assert client.get("/readyz").status_code == 200
        assert parts.published_size() == COUNT + LATER


def test_a_copy_that_does_not_answer_holds_the_log_back(
    original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENQUALITY_COPIES", "http://127.0.0.1:9")
    data = tmp_path / "data"
    assert restored(original / "backup", data, "--nothing-newer") == 1
    monkeypatch.setenv("OPENQUALITY_COPIES", str(original / "then"))
    assert restored_again(data) == 0


def test_a_copy_of_the_tiles_alone_shows_what_is_missing_and_does_not_replace_it(
    original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(original / "data" / "log", tmp_path / "tiles")
    monkeypatch.setenv("OPENQUALITY_COPIES", str(tmp_path / "tiles"))
    assert restored(original / "backup", tmp_path / "data") == 1
    with registry(tmp_path / "data") as (client, _):
        assert "not the statements" in publish(client, statement(1)).json()["detail"]


def test_a_fork_is_never_continued(
    original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fork = tmp_path / "fork"
    assert restored(original / "backup", fork, "--nothing-newer") == 0  # the word was wrong
    with registry(fork) as (client, _):
        for number in range(COUNT + 20, COUNT + 20 + LATER):
            assert publish(client, statement(number)).status_code == 201
    monkeypatch.setenv("OPENQUALITY_COPIES", f"{original / 'data'} {fork}")
    data = tmp_path / "data"
    assert restored(original / "backup", data) == 1
    assert published(data).size == COUNT
    with closing(open_folder(data)) as folder:
        assert folder.store.state().size == COUNT + LATER  # the copy that was asked first


@pytest.fixture
def witness(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[[int], None]]:
    """Run a witness that has seen so many entries (C2SP tlog-witness), and configure it."""
    size = 0

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            old = int(self.rfile.read(int(self.headers["content-length"])).split()[1])
            status, body = (200, b"") if old == size else (409, f"{size}\n".encode())
            self.send_response(status)
            self.send_header("content-type", "text/x.tlog.size")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    text = cosigner("witness.example/w")
    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        policy = tmp_path / "policy"
        policy.write_text(
            f"witness w {text} http://127.0.0.1:{server.server_port}\nquorum w\n", "utf-8"
        )
        monkeypatch.setenv("OPENQUALITY_WITNESSES", str(policy))

        def seen(count: int) -> None:
            nonlocal size
            size = count

        yield seen
        server.shutdown()


def cosigner(name: str) -> str:
    """Write a witness's key: key id over name, newline, 0x04, public key (C2SP cosignature)."""
    public = Ed25519PrivateKey.from_private_bytes(b"\x05" * 32).public_key().public_bytes_raw()
    identifier = hashlib.sha256(name.encode() + b"\n\x04" + public).hexdigest()[:8]
    return f"{name}+{identifier}+{base64.b64encode(bytes([4]) + public).decode()}"


def test_a_witness_that_has_seen_more_holds_the_log_back(
    original: Path, tmp_path: Path, witness: Callable[[int], None]
) -> None:
    witness(COUNT + 1)
    data = tmp_path / "data"
    assert restored(original / "backup", data) == 1
    assert published(data).size == COUNT
    for size in (COUNT, COUNT - 1):
        witness(size)
        assert restored_again(data) == 0
        assert restored_again(data, "--promoted") == 0


def test_a_new_log_may_be_opened_where_the_end_is_lost(
    original: Path, tmp_path: Path, witness: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    witness(COUNT + 1)
    data = tmp_path / "data"
    assert restored(original / "backup", data) == 1
    old = json.loads((data / "config.json").read_bytes())
    assert restored_again(data, "--new-log", "example.com/quality-2") == 0
    monkeypatch.delenv("OPENQUALITY_WITNESSES")
    assert fsck_codes(data) == ["checkpoint-missing"]
    with registry(data) as (client, _):
        new = client.get("/.well-known/openquality").json()["log"]
        assert new["origin"] == "example.com/quality-2"
        assert new["vkey"] != old["vkey"]
        assert publish(client, statement(1)).status_code == 200
        again = publish(client, statement(COUNT + 1))
        assert again.status_code == 201
        assert verdict(again.content, trust_in(client)) == "pass"
    assert fsck(data) == []
    kept = list((data / "keys").glob("retired-*.key"))
    assert [stat.S_IMODE(path.stat().st_mode) for path in kept] == [0o600]
    assert json.loads((data / "config.json").read_bytes())["formerLogs"] == [
        {"origin": old["origin"], "vkey": old["vkey"]}
    ]


def fsck_codes(data: Path) -> list[str]:
    with closing(open_folder(data)) as folder:
        check = Check(folder.store, folder.tiles, origin=folder.origin, vkey=folder.signer.vkey)
        return [found.code for found in check.run()]


def test_keys_are_in_a_backup_only_where_they_are_asked_for(
    original: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    kept = original / "backup" / "keys"
    assert sorted(path.name for path in kept.iterdir()) == ["log.key", "status.key", "webhook.key"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept.iterdir()} == {0o600}
    plain = tmp_path / "plain"
    assert main(["backup", "--data", str(original / "then"), str(plain)]) == 0
    assert "keys are not in it" in "".join(capfd.readouterr())
    assert not (plain / "keys").exists()
    assert restored(plain, tmp_path / "a", "--nothing-newer") == 2
    assert "keys/log.key" in "".join(capfd.readouterr())
    assert restored(plain, tmp_path / "b", "--keys", str(kept), "--nothing-newer") == 0
    assert fsck(tmp_path / "b") == []
    # What receivers of webhooks pinned is the same.
    own = (original / "then" / "keys" / "webhook.key").read_bytes()
    assert (tmp_path / "b" / "keys" / "webhook.key").read_bytes() == own
    with registry(tmp_path / "other"):
        pass
    other = str(tmp_path / "other" / "keys")
    assert restored(plain, tmp_path / "c", "--keys", other, "--nothing-newer") == 2
    assert not (tmp_path / "c").exists()


def test_a_byte_changed_in_any_file_of_a_backup_is_found(original: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    shutil.copytree(original / "backup", backup)
    files = [path for path in backup.rglob("*") if path.is_file()]
    assert len(files) > 10
    for path in files:
        if path.name == "manifest.json":
            continue
        data = path.read_bytes()
        for at in (0, len(data) // 2, len(data) - 1):
            path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
            with pytest.raises(BadBackup):
                checking.check(backup)
        path.write_bytes(data)
    checking.check(backup)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("v", 2),
        ("origin", "example.com/other"),
        ("vkey", "example.com/other+00000000+AA=="),
        ("log", {"size": 299, "root": "AAAA"}),
        ("tables", []),
        ("tables", [{"name": "../entries", "rows": 1, "columns": [], "bytes": []}]),
        ("digests", {}),
        ("digests", {"../data/config.json": "00"}),
    ],
)
def test_a_manifest_that_says_something_else_is_found(
    member: str, value: object, original: Path, tmp_path: Path
) -> None:
    backup = tmp_path / "backup"
    shutil.copytree(original / "backup", backup)
    manifest = json.loads((backup / "manifest.json").read_bytes())
    (backup / "manifest.json").write_bytes(json.dumps(manifest | {member: value}).encode())
    with pytest.raises(BadBackup):
        checking.check(backup)


@pytest.mark.parametrize("table", ["entries", "statements"])
@pytest.mark.parametrize("change", ["drop", "swap", "alter"])
def test_rows_that_were_changed_with_their_digests_do_not_give_the_signed_root(
    table: str, change: str, original: Path, tmp_path: Path
) -> None:
    backup = tmp_path / "backup"
    shutil.copytree(original / "backup", backup)
    path = backup / "rows" / f"{table}.jsonl.gz"
    rows = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    if change == "drop":
        del rows[-1]
    elif change == "swap":
        rows[7][1:], rows[8][1:] = rows[8][1:], rows[7][1:]
    else:
        at = -1 if table == "statements" else -2
        rows[7][at] = base64.b64encode(base64.b64decode(rows[7][at])[:-1] + b" ").decode()
    path.write_bytes(gzip.compress(b"".join(json.dumps(row).encode() + b"\n" for row in rows)))
    manifest = json.loads((backup / "manifest.json").read_bytes())
    name = f"rows/{table}.jsonl.gz"
    manifest["digests"][name] = hashlib.sha256(path.read_bytes()).hexdigest()
    (backup / "manifest.json").write_bytes(json.dumps(manifest).encode())
    with pytest.raises(BadBackup):
        checking.check(backup)


def test_what_is_interrupted_leaves_nothing_at_its_place(
    original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stop(BaseException):
        pass

    def stop(*_: object, **__: object) -> None:
        raise Stop

    with monkeypatch.context() as patch:
        patch.setattr(checking, "check", stop)
        with pytest.raises(Stop):
            main(["backup", "--data", str(original / "then"), str(tmp_path / "backup")])
    assert not (tmp_path / "backup").exists()
    assert main(["backup", "--data", str(original / "then"), str(tmp_path / "backup")]) == 0
    with monkeypatch.context() as patch:
        patch.setattr(restoring, "open_store", stop)
        with pytest.raises(Stop):
            restored(original / "backup", tmp_path / "data")
    assert not (tmp_path / "data").exists()
    assert restored(original / "backup", tmp_path / "data", "--nothing-newer") == 0
    assert main(["backup", "--data", str(original / "then"), str(tmp_path / "backup")]) == 2
    assert restored(original / "backup", tmp_path / "data") == 2


def test_a_backup_of_an_older_version_is_brought_up_to_date(tmp_path: Path) -> None:
    """Restore rows as the first step of the tables had them."""
    kept = Path(__file__).parents[1] / "fixtures" / "data-0.1.0"
    shutil.copytree(kept, tmp_path / "old")
    (tmp_path / "old" / "keys" / "log.key").chmod(0o600)
    assert main(["backup", "--data", str(tmp_path / "old"), str(tmp_path / "b")]) == 0
    # Take out what the second step added.
    manifest = json.loads((tmp_path / "b" / "manifest.json").read_bytes())
    first = {"entries", "log_state", "categories", "certificates", "measurements"}
    first |= {"statements", "subjects"}
    manifest["revision"] = "0001"
    manifest["tables"] = [each for each in manifest["tables"] if each["name"] in first]
    with closing(sqlite3.connect(kept / "registry.sqlite")) as old:
        had = {
            name: {row[1] for row in old.execute(f"PRAGMA table_info({name})")} for name in first
        }
    for each in manifest["tables"]:
        name = f"rows/{each['name']}.jsonl.gz"
        added = [at for at, c in enumerate(each["columns"]) if c not in had[each["name"]]]
        if added:
            path = tmp_path / "b" / name
            rows = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
            for row in (each["columns"], *rows):
                for at in reversed(added):
                    del row[at]
            lines = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
            path.write_bytes(gzip.compress(lines))
            manifest["digests"][name] = hashlib.sha256(path.read_bytes()).hexdigest()
    (tmp_path / "b" / "manifest.json").write_bytes(json.dumps(manifest).encode())
    keys = str(tmp_path / "old" / "keys")
    assert restored(tmp_path / "b", tmp_path / "new", "--keys", keys, "--nothing-newer") == 0
    assert fsck(tmp_path / "new") == []
