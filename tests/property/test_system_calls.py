"""A fault at every system call of the publish path; then the log is whole.

A clean trace (strace) counts the calls that write, make durable, or change a name, between two
marks in a process that publishes on SQLite and files (`traced_publishing.py`). Then each of them is
made to fail, and the process is killed at each of them; the process starts again, everything is
sent again, and the log is held against what was acknowledged.
`make faults` runs it and prints the figures; docs/guide/operate.md states them.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from simulated_log import ORIGIN, SteppingClock, log_key, naive_root
from traced_publishing import BATCHES, BEGIN, END, FIRST, SENT, numbered

from openquality_registry.adapters.files import FileTiles
from openquality_registry.adapters.sql.opening import open_store
from openquality_registry.log.fsck import Check
from openquality_registry.log.sequencer import Sequencer
from openquality_registry.ports import Receipt
from openquality_validator.entry import Entry
from openquality_validator.tlog import checkpoint as checkpoints

PROGRAM = Path(__file__).parents[1] / "support" / "traced_publishing.py"
# Everything that changes what a disk holds. Opening with O_CREAT makes a name too.
CHANGING = (
    "write",
    "pwrite64",
    "writev",
    "pwritev",
    "pwritev2",
    "fsync",
    "fdatasync",
    "sync_file_range",
    "msync",
    "rename",
    "renameat",
    "renameat2",
    "link",
    "linkat",
    "unlink",
    "unlinkat",
    "rmdir",
    "mkdir",
    "mkdirat",
    "truncate",
    "ftruncate",
    "fallocate",
    "openat",
)
ERRORS = {"write": "ENOSPC", "pwrite64": "ENOSPC", "openat": "EMFILE", "mkdir": "ENOSPC"}
KILL = "SIGKILL"
REFUSED = -1  # instead of an index
_CALL = re.compile(r"^\d+ +(\w+)\((.*)$")


@dataclass(frozen=True)
class Call:
    """One call of the publish path: its name, and which one of this name in the whole process."""

    name: str
    number: int


def commanded(folder: Path, place: Path, story: str) -> list[str]:
    return [sys.executable, str(PROGRAM), str(folder), str(place), story]


def run(folder: Path, story: str, *tracing: str) -> tuple[list[list[object]], bool]:
    """Run the process under strace; return the receipts that it sent, and whether it finished."""
    received = bytearray()
    with TemporaryDirectory(prefix="oqtrace") as short, socket.socket(socket.AF_UNIX) as listening:
        place = Path(short) / "s"
        listening.bind(str(place))
        listening.listen()

        def receive() -> None:
            with suppress(OSError):
                connection, _ = listening.accept()
                with connection:
                    while data := connection.recv(1 << 16):
                        received.extend(data)

        receiver = threading.Thread(target=receive)
        receiver.start()
        environment = {
            **os.environ,
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": str(PROGRAM.parent),
        }
        subprocess.run(
            ["strace", "-f", "-q", *tracing, *commanded(folder, place, story)],
            check=False,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=120,
        )
        with suppress(OSError), socket.socket(socket.AF_UNIX) as last:
            last.connect(str(place))  # in case that it never got to connect
        receiver.join()
    lines = bytes(received).splitlines()
    return [json.loads(each) for each in lines if each != b"done"], b"done" in lines


def calls(folder: Path, story: str) -> list[Call]:
    """Count the changing calls between the marks, in a clean run."""
    trace = folder.with_name("trace")
    traced = f"trace={','.join(CHANGING)},access,faccessat,faccessat2"
    receipts, finished = run(folder, story, "--seccomp-bpf", "-o", str(trace), "-e", traced)
    assert finished
    if story == "publish":
        assert {receipt[1] for receipt in receipts} == set(SENT)
    seen: Counter[str] = Counter()
    found: list[Call] = []
    between = False
    for line in trace.read_text("utf-8", errors="replace").splitlines():
        match = _CALL.match(line)
        if match is None:
            continue
        name, arguments = match.groups()
        if name in CHANGING:
            seen[name] += 1
            if between and (name != "openat" or "O_CREAT" in arguments):
                found.append(Call(name, seen[name]))
        elif BEGIN in arguments or END in arguments:
            between = BEGIN in arguments
    return found


@pytest.fixture(scope="module", autouse=True)
def strace() -> None:
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed: apt-get install strace")


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder whose log is two entries short of a tile."""
    folder = tmp_path_factory.mktemp("begun") / "data"
    folder.mkdir()
    with closing(open_store(folder / "registry.sqlite")) as store:
        sequencer = started(folder, store)
        for at in range(0, FIRST, 100):
            batch = [numbered(number) for number in range(at, min(at + 100, FIRST))]
            assert all(isinstance(each, Receipt) for each in sequencer._perform(batch))
    return folder


def started(folder: Path, store: object) -> Sequencer:
    sequencer = Sequencer(
        store,  # type: ignore[arg-type]  # a SqlStore
        FileTiles(folder / "log"),
        log_key(),
        SteppingClock(),
    )
    sequencer.recover()
    return sequencer


@pytest.fixture(scope="module")
def unpublished(begun: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder whose last batches were committed, and neither tiles nor checkpoint written."""
    folder = tmp_path_factory.mktemp("unpublished") / "data"
    shutil.copytree(begun, folder)
    with closing(open_store(folder / "registry.sqlite")) as store:
        sequencer = started(folder, store)
        for batch in BATCHES:
            sequencer._perform(batch)
    shutil.rmtree(folder / "log")
    shutil.copytree(begun / "log", folder / "log")
    return folder


def verify(folder: Path, receipts: Sequence[Sequence[object]]) -> None:
    """Start again, send everything again, and hold the log against what was acknowledged."""
    with closing(open_store(folder / "registry.sqlite")) as store:
        if refused := [str(digest) for index, digest, *_ in receipts if index == REFUSED]:
            assert store.find_many(refused) == {}  # "nothing was kept" is true after a crash, too
            return
        sequencer = started(folder, store)
        for batch in BATCHES:
            assert all(isinstance(each, Receipt) for each in sequencer._perform(batch))
        entries = list(store.entries(0, 10_000))
        digests = [Entry.from_bytes(entry).digest for entry in entries]
        assert len(digests) == len(set(digests)) == FIRST + len(SENT) - 1  # one was there before
        for index, digest, entry, note in receipts:
            assert isinstance(index, int)
            assert entries[index].hex() == entry  # nothing acknowledged is lost or has moved
            assert digests[index] == digest
            head = checkpoints.parse(str(note).encode())[0]
            assert naive_root(entries[: head.size]) == head.root  # no fork
        tiles = FileTiles(folder / "log")
        check = Check(store, tiles, origin=ORIGIN, vkey=log_key().vkey)
        # The statements here are no attestations; all else about the log must be clean.
        assert [found for found in check.run() if found.code != "statement-malformed"] == []


def injected(begun: Path, story: str, call: Call, fault: str) -> str | None:
    """Run with one fault, then verify; return what is wrong."""
    # The call is not made when the process is killed at it: the next one's kill is that after it.
    how = f"error=EIO:signal={KILL}" if fault == KILL else f"error={fault}"
    with TemporaryDirectory(prefix="oqfault") as scratch:
        folder = Path(scratch) / "data"
        shutil.copytree(begun, folder)
        trace = Path(scratch) / "trace"
        receipts, finished = run(
            folder,
            story,
            *(() if fault == KILL else ("--seccomp-bpf",)),  # faster, and without signals
            "-o",
            str(trace),
            "-e",
            f"trace={call.name}",
            "-e",
            f"inject={call.name}:{how}:when={call.number}",
        )
        text = trace.read_text("utf-8", errors="replace")
        hit = "(INJECTED)" in text if fault != KILL else "killed by SIGKILL" in text
        if not hit or finished is (fault == KILL):
            return f"{story} {call} {fault}: not hit, or not finished"
        try:
            verify(folder, receipts)
        except Exception as error:  # noqa: BLE001 - collected with the place of the fault
            return f"{story} {call} {fault}: {type(error).__name__} {error}"
    return None


def faults_of(found: Sequence[Call]) -> Iterator[tuple[Call, str]]:
    for call in found:
        yield call, ERRORS.get(call.name, "EIO")
        yield call, KILL


@pytest.mark.heavy
@pytest.mark.parametrize("story", ["publish", "recover", "once"])
def test_a_fault_at_every_system_call_does_no_harm(
    story: str,
    begun: Path,
    unpublished: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    source = unpublished if story == "recover" else begun
    found = counted(source, story, tmp_path)
    faults = [(call, how) for call, how in faults_of(found) if story != "once" or how != KILL]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        wrong = list(pool.map(lambda each: injected(source, story, *each), faults))
    harmed = [each for each in wrong if each is not None]
    kinds = ", ".join(f"{n} {name}" for name, n in sorted(Counter(c.name for c in found).items()))
    with capsys.disabled():
        print(  # noqa: T201 - the figures of the proof
            f"\n{story}: {len(found)} calls counted ({kinds}); "
            f"{len(faults)} faults injected; {len(harmed)} did harm"
        )
    assert harmed == []
    # Each call failed once; and in two of the stories the process was killed at each, once.
    assert len(faults) == (1 if story == "once" else 2) * len(found)


def counted(source: Path, story: str, scratch: Path) -> list[Call]:
    """Trace twice: a fault can only be placed in what is the same each time."""
    traces = []
    for turn in ("one", "two"):
        folder = scratch / turn / "data"
        shutil.copytree(source, folder)
        traces.append(calls(folder, story))
    assert traces[0] == traces[1]
    return traces[0]


def test_the_trace_sees_the_calls_of_the_publish_path(begun: Path, tmp_path: Path) -> None:
    found = counted(begun, "publish", tmp_path)
    names = {call.name for call in found}
    assert names >= {"pwrite64", "write", "fsync", "fdatasync", "rename", "openat"}
    # One kill in the middle, to see that it is hit and that the checking works.
    assert injected(begun, "publish", found[len(found) // 2], KILL) is None
