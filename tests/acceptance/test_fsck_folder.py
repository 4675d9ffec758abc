"""`log fsck` on the folder of a registry: index rows, repair, and nothing written."""

import json
import shutil
import sqlite3
import uuid
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from registry_at_work import KEY, attestation, publish, publish_all, registry, statement
from webvh_at_work import Identity, register, send_line

from openquality import credentials
from openquality.cli.main import main
from openquality.signing import sign
from openquality_registry.log.publisher import Publisher
from openquality_validator.envelope import digest
from openquality_validator.status import statement_target

HOST = "registry.example"


def successor(number: int, old: str) -> bytes:
    value = attestation(number)
    text = json.dumps(value).replace(value["id"], f"urn:uuid:{uuid.uuid4()}")
    return sign(json.loads(text) | {"supersedes": old}, KEY)


def suspended(record: bytes, origin: str) -> bytes:
    said = {"id": statement_target(digest(record)), "log": origin, "state": "suspended"}
    value = credentials.make(
        "StatusStatement",
        said | {"reason": "Gauge 7 was out of calibration."},
        issuer=KEY.did,
        name="Nordbolt",
        now=datetime.now(UTC),
    )
    return sign(value, KEY)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with 300 records, one suspended, one superseded, and a hosted identity."""
    folder = tmp_path_factory.mktemp("fsck") / "data"
    with registry(folder, public_url=f"https://{HOST}") as (client, parts):
        records = [statement(number) for number in range(295)]
        assert publish_all(client, records).status_code == 200
        assert publish(client, suspended(records[0], parts.folder.origin)).status_code == 201
        assert publish(client, successor(1, digest(records[1]))).status_code == 201
        hosted = Identity(f"{HOST}:issuers:nordbolt")
        assert register(client, hosted).status_code == 201
        assert send_line(client, hosted.rotate()).status_code == 201
        assert publish(client, hosted.statement(300)).status_code == 201
        assert parts.folder.store.state().size == 300
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "data")
    return tmp_path / "data"


def checked(
    folder: Path, capfd: pytest.CaptureFixture[str], *more: str
) -> tuple[int, list[tuple[str, str]], str]:
    capfd.readouterr()
    code = main(["log", "fsck", "--data", str(folder), "--format", "json", *more])
    shown = capfd.readouterr()
    found = json.loads(shown.out)["differences"]
    return code, [(each["code"], each["place"]) for each in found], shown.err


def test_a_folder_with_every_kind_of_statement_is_clean(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert checked(folder, capfd)[:2] == (0, [])


DAMAGES: dict[str, tuple[str, list[tuple[str, str]]]] = {
    "subject lost": (
        "DELETE FROM subjects WHERE log_index = 7 AND key LIKE 'gtin:%'",
        [("index-missing", "entry 7")],
    ),
    "subject added": (
        "INSERT INTO subjects (key, log_index) VALUES ('gtin:00000000000000', 7)",
        [("index-extra", "entry 7")],
    ),
    "subject of no entry": (
        "INSERT INTO subjects (key, log_index) VALUES ('gtin:00000000000000', 9999)",
        [("index-extra", "subjects")],
    ),
    "value changed": (
        "UPDATE measurements SET value = value + 1 WHERE log_index = 7 AND position = 0",
        [("index-missing", "entry 7"), ("index-extra", "entry 7")],
    ),
    "category lost": (
        "DELETE FROM categories WHERE log_index = 7",
        [("index-missing", "entry 7")],
    ),
    "issuer changed": (
        "UPDATE entries SET issuer = 'did:web:other.example' WHERE log_index = 7",
        [("entry-row", "entry 7")],
    ),
    "status lost": ("DELETE FROM statuses", [("index-missing", "entry 295")]),
    "key event lost": (
        "DELETE FROM key_events WHERE log_index = 297",
        [("index-missing", "entry 297")],
    ),
    "suspended value stands": (
        "UPDATE measurements SET withdrawn = 0 WHERE log_index = 0",
        [("withdrawn-differs", "measurements of entry 0")],
    ),
    "good value withdrawn": (
        "UPDATE measurements SET withdrawn = 1 WHERE log_index = 7",
        [("withdrawn-differs", "measurements of entry 7")],
    ),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_to_the_index_is_named(
    name: str, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    damage, expected = DAMAGES[name]
    with closing(sqlite3.connect(folder / "registry.sqlite")) as database, database:
        assert database.execute(damage).rowcount > 0
    assert checked(folder, capfd)[:2] == (1, expected)


@pytest.mark.parametrize("prefix", ["status:", "successor:", "did:", "hosted:"])
@pytest.mark.parametrize("value", ["sha256:other", None])
def test_a_head_that_does_not_follow_is_named(
    prefix: str, value: str | None, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with closing(sqlite3.connect(folder / "registry.sqlite")) as database, database:
        like = (f"{prefix}%",)
        (name,) = database.execute("SELECT name FROM heads WHERE name LIKE ?", like).fetchone()
        if value is None:
            database.execute("DELETE FROM heads WHERE name = ?", (name,))
        else:
            database.execute("UPDATE heads SET value = ? WHERE name = ?", (value, name))
    code, found, _ = checked(folder, capfd)
    if value is None and prefix == "hosted:":
        assert (code, found) == (0, [])  # a name without an owner takes nothing from anybody
    else:
        assert (code, found) == (1, [("head-differs", name)])


def test_lost_and_damaged_tiles_are_written_anew(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    log = folder / "log"
    before = {path: path.read_bytes() for path in sorted(log.rglob("*")) if path.is_file()}
    (log / "tile/0/000").unlink()  # an old full tile
    (log / "tile/entries/000").write_bytes(b"torn")
    (log / "tile/1/000.p/1").unlink()
    code, found, said = checked(folder, capfd, "--repair")
    assert code == 0
    assert sorted(found) == [
        ("tile-differs", "tile/entries/000"),
        ("tile-missing", "tile/0/000"),
        ("tile-missing", "tile/1/000.p/1"),
    ]
    assert "3 tiles written anew" in said
    after = {path: path.read_bytes() for path in sorted(log.rglob("*")) if path.is_file()}
    assert before == after
    assert checked(folder, capfd)[:2] == (0, [])


def test_nothing_is_repaired_from_a_database_that_does_not_give_the_signed_root(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (folder / "log/tile/0/000").unlink()
    with closing(sqlite3.connect(folder / "registry.sqlite")) as database, database:
        database.execute("UPDATE entries SET entry = CAST(replace(entry, '2026', '2025') AS BLOB)")
    code, found, said = checked(folder, capfd, "--repair")
    assert code == 1
    assert ("checkpoint-root", "checkpoint") in found
    assert "Nothing was repaired" in said
    assert not (folder / "log/tile/0/000").exists()


def test_a_difference_beside_the_tiles_is_left_after_a_repair(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (folder / "log/tile/0/000").unlink()
    with closing(sqlite3.connect(folder / "registry.sqlite")) as database, database:
        database.execute("DELETE FROM statuses")
    code, found, said = checked(folder, capfd, "--repair")
    assert (code, len(found)) == (1, 2)
    assert "1 difference left" in said


def test_nothing_is_written_or_upgraded(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Path(__file__).parents[1] / "fixtures" / "data-0.1.0"
    shutil.copytree(kept, tmp_path / "data")
    before = snapshot(tmp_path / "data")
    signed: list[Any] = []
    monkeypatch.setattr(Publisher, "_publish", lambda *given: signed.append(given))
    assert checked(tmp_path / "data", capfd)[:2] == (0, [])
    assert snapshot(tmp_path / "data") == before
    assert signed == []


def snapshot(folder: Path) -> dict[str, bytes]:
    """Read every file but the memory that SQLite shares between processes."""
    paths = (p for p in folder.rglob("*") if p.is_file() and not p.name.endswith("-shm"))
    found = {str(path.relative_to(folder)): path.read_bytes() for path in paths}
    return {name: data for name, data in found.items() if data or not name.endswith("-wal")}


def test_a_registry_at_work_may_be_checked(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with registry(folder, public_url=f"https://{HOST}") as (client, _):
        for number in range(400, 403):
            assert publish(client, statement(number)).status_code == 201
        assert checked(folder, capfd)[:2] == (0, [])
