"""Each kind of damage to a log gives its own difference; see `log/fsck.py`."""

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from registry_at_work import KEY, attestation
from registry_at_work import statement as signed
from simulated_log import ORIGIN, MemoryStore, MemoryTiles, SteppingClock, log_key, naive_root

from openquality.cli.main import main
from openquality_registry.admit import examine
from openquality_registry.facts import NoFacts
from openquality_registry.folder import open_folder
from openquality_registry.log.batch import place
from openquality_registry.log.fsck import Check, Extent
from openquality_registry.log.publisher import Publisher
from openquality_registry.ports import Commit, LogState, Pending
from openquality_validator import entry as entries
from openquality_validator import subjects
from openquality_validator.tlog.checkpoint import Checkpoint
from openquality_validator.tlog.growth import Edge
from openquality_validator.tlog.merkle import leaf_hash

SIZE = 5


def pending(number: int) -> Pending:
    credential = attestation(number)
    data = signed(number)
    return Pending(
        statement=data,
        digest=entries.digest(data),
        issuer=KEY.did,
        credential_id=credential["id"],
        kind="attestation",
        subjects=subjects.of_attestation(credential),
    )


STATEMENTS = [pending(at) for at in range(SIZE + 3)]


class Log:
    """A published log of five true statements, to be damaged."""

    def __init__(self, size: int = SIZE) -> None:
        self.store = MemoryStore()
        self.tiles = MemoryTiles()
        self.edge = Edge()
        self.commit(STATEMENTS[:size])
        self.publish()

    def commit(self, statements: list[Pending]) -> None:
        rows, step = place(statements, self.edge, now=SteppingClock().now(), after="")
        old = LogState(self.edge.size, self.edge.root)
        self.store.commit(Commit(old, LogState(step.size, step.root), rows))
        self.edge = step.edge

    def publish(self) -> None:
        Publisher(self.store, self.tiles, log_key()).recover()

    def row(self, index: int, **changes: object) -> None:
        self.store.rows[index] = replace(self.store.rows[index], **changes)  # type: ignore[arg-type]

    def sign(self, size: int, root: bytes, origin: str = ORIGIN) -> None:
        text = Checkpoint(origin, size, root).to_text().encode()
        self.tiles.note = log_key(origin).sign(text)

    def differences(self) -> list[tuple[str, str]]:
        check = Check(self.store, self.tiles, origin=ORIGIN, vkey=log_key().vkey)
        return [(found.code, found.place) for found in check.run()]


@pytest.mark.parametrize("size", [0, 1, SIZE])
def test_a_log_as_it_was_written_is_clean(size: int) -> None:
    assert Log(size).differences() == []


def test_what_is_not_published_yet_is_no_difference() -> None:
    log = Log()
    log.commit(STATEMENTS[SIZE:])
    check = Check(log.store, log.tiles, origin=ORIGIN, vkey=log_key().vkey)
    counted: list[int] = []
    assert list(check.run(counted.append)) == []
    assert check.extent == Extent(committed=SIZE + 3, published=SIZE)
    assert sum(counted) == SIZE + 3


def other_statement(log: Log) -> None:
    log.row(2, pending=replace(log.store.rows[2].pending, statement=b"other bytes"))


def other_entry(log: Log) -> None:
    """Change an entry and everything derived from it; only its statement tells."""
    entry = log.store.rows[2].entry.replace(b'"did:key:', b'"did:kex:')
    log.row(2, entry=entry, leaf_hash=leaf_hash(entry))
    root = naive_root([row.entry for row in log.store.rows])
    log.store._state = LogState(SIZE, root)
    log.tiles.files.clear()
    log.tiles.note = None
    log.publish()


def older_entry(log: Log) -> None:
    entry = log.store.rows[2].entry.replace(b'"admittedAt":"2026', b'"admittedAt":"2025')
    log.row(2, entry=entry, leaf_hash=leaf_hash(entry))
    log.store._state = LogState(SIZE, naive_root([row.entry for row in log.store.rows]))
    log.tiles.files.clear()
    log.tiles.note = None
    log.publish()


def change(path: str, work: Callable[[bytes], bytes]) -> Callable[[Log], None]:
    def damage(log: Log) -> None:
        log.tiles.files[path] = work(log.tiles.files[path])

    return damage


def lose(path: str) -> Callable[[Log], None]:
    return lambda log: log.tiles.files.pop(path) and None


BUNDLE, HASHES = f"tile/entries/000.p/{SIZE}", f"tile/0/000.p/{SIZE}"
DAMAGES: list[tuple[Callable[[Log], object], list[tuple[str, str]]]] = [
    (other_statement, [("statement-digest", "entry 2")]),
    (other_entry, [("entry-differs", "entry 2")]),
    (older_entry, [("time-decreases", "entry 2")]),
    (lambda log: log.row(2, leaf_hash=bytes(32)), [("leaf-hash", "entry 2")]),
    (lambda log: log.store.rows.pop(), [("rows-missing", f"entries 0 to {SIZE - 1}")]),
    (change(HASHES, lambda data: data[:-1] + bytes((data[-1] ^ 1,))), [("tile-differs", HASHES)]),
    (change(HASHES, lambda data: data[:-32]), [("tile-differs", HASHES)]),
    (change(BUNDLE, lambda data: data + b"\x00"), [("tile-differs", BUNDLE)]),
    (lose(HASHES), [("tile-missing", HASHES)]),
    (lose(BUNDLE), [("tile-missing", BUNDLE)]),
    (lambda log: setattr(log.tiles, "note", None), [("checkpoint-missing", "checkpoint")]),
    (lambda log: setattr(log.tiles, "note", b"torn"), [("checkpoint-invalid", "checkpoint")]),
    (
        lambda log: log.sign(SIZE, log.edge.root, origin="log.example/other"),
        [("checkpoint-invalid", "checkpoint")],
    ),
    (lambda log: log.sign(SIZE, bytes(32)), [("checkpoint-root", "checkpoint")]),
    (lambda log: log.sign(0, bytes(32)), [("checkpoint-root", "checkpoint")]),
    (lambda log: log.sign(SIZE + 1, bytes(32)), [("database-behind", "database")]),
    (
        lambda log: setattr(log.store, "_state", LogState(SIZE, bytes(32))),
        [("database-root", "database")],
    ),
]


@pytest.mark.parametrize(
    ("damage", "expected"), DAMAGES, ids=[f"{n}-{d[1][0][0]}" for n, d in enumerate(DAMAGES)]
)
def test_damage_is_named(damage: Callable[[Log], object], expected: list[tuple[str, str]]) -> None:
    log = Log()
    damage(log)
    assert log.differences() == expected


def test_faults_of_every_part_are_named_together() -> None:
    log = Log()
    log.row(1, leaf_hash=bytes(32))
    other_statement(log)
    log.tiles.files[HASHES] = bytes(32 * SIZE)
    del log.tiles.files[BUNDLE]
    log.sign(SIZE, bytes(32))
    assert log.differences() == [
        ("leaf-hash", "entry 1"),
        ("statement-digest", "entry 2"),
        ("tile-differs", HASHES),
        ("tile-missing", BUNDLE),
        ("checkpoint-root", "checkpoint"),
    ]


def test_an_entry_that_cannot_be_read_is_named() -> None:
    log = Log()
    log.row(2, entry=b"{}", leaf_hash=leaf_hash(b"{}"))
    found = log.differences()
    assert ("entry-malformed", "entry 2") in found
    assert {code for code, _ in found} == {
        "entry-malformed",
        "tile-differs",
        "checkpoint-root",
        "database-root",
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder with three statements."""
    with closing(open_folder(tmp_path, create=True)) as opened:
        statements = [examine(signed(number), NoFacts()) for number in range(3)]
        rows, step = place(statements, Edge(), now=SteppingClock().now(), after="")
        opened.store.commit(Commit(opened.store.state(), LogState(3, step.root), rows))
        Publisher(opened.store, opened.tiles, opened.signer).recover()
    return tmp_path


def test_the_command_finds_a_clean_log_clean(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["log", "fsck", "--data", str(folder)]) == 0
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err == "3 entries checked, 3 of them published: no differences.\n"


def test_the_command_lists_differences_for_people_and_programs(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "log/tile/0/000.p/3").write_bytes(bytes(96))
    assert main(["log", "fsck", "--data", str(folder)]) == 1
    assert capsys.readouterr().out.startswith("tile/0/000.p/3: ")
    assert main(["log", "fsck", "--data", str(folder), "--format", "json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert [(found["code"], found["place"]) for found in answer["differences"]] == [
        ("tile-differs", "tile/0/000.p/3")
    ]
    assert answer["summary"] == {"differences": 1, "committed": 3, "published": 3}


def test_the_command_says_when_it_could_not_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["log", "fsck", "--data", str(tmp_path / "nowhere")]) == 2
    assert "error: " in capsys.readouterr().err
