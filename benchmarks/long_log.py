"""A long log: what its proofs cost beside a bare response, and how long it takes to recover.

The log is seeded in bulk (`seed.py`): about five minutes and 10 GiB for a million entries.
OPENQUALITY_BENCH_LARGEST=1000 makes it smaller. Recovery runs in a process of its own, so that its
memory can be told: `python -m benchmarks.long_log FOLDER` recovers a folder and prints both.
"""

import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from benchmarks import harness, load, processes, seed
from openquality import wire
from openquality_registry.folder import DATABASE, LOG, open_folder
from openquality_registry.log.batch import place
from openquality_registry.log.proofs import Prover
from openquality_registry.log.publisher import Publisher
from openquality_registry.ports import Commit, LogState
from openquality_validator.tlog import merkle
from openquality_validator.tlog.tiles import WIDTH

SIZE = 1_000_000
ROUNDS = 5
PROOFS = 500  # in a round
GETS = 1_000
TILE = "tile/0/000"
BATCH = 256  # entries of a group commit that was not published
RANDOM = random.Random(20261121)  # noqa: S311 - the same places each time


def run() -> None:
    """Print rates, ratios and seconds."""
    size = max(WIDTH, min(SIZE, int(os.environ.get("OPENQUALITY_BENCH_LARGEST", SIZE))))
    harness.heading(f"A log of {size:,} entries: proofs and recovery")
    harness.machine("uvicorn", "starlette", "sqlalchemy")
    with tempfile.TemporaryDirectory(prefix="openquality-bench-") as work:
        data = Path(work, "data")
        seed.run(data, size)
        _proofs(data, size)
        _gets(Path(work), data, size)
        _recovery(data)


def _proofs(data: Path, size: int) -> None:
    """Prove places all over the log, beside the hashes that make up such a proof."""
    with closing(open_folder(data)) as folder:
        prover = Prover(folder.tiles)
        places = [RANDOM.randrange(size) for _ in range(PROOFS)]
        proof = prover.view().inclusion(places[0])
        assert merkle.root_from_inclusion(_leaf(data, places[0]), places[0], size, proof) == (
            prover.view().root
        )
        inclusion, consistency, view = "inclusion", "consistency", "inclusion, one view"
        found = harness.alternate(
            ROUNDS,
            {
                inclusion: lambda: [prover.inclusion(at) for at in places],
                view: lambda: list(map(prover.view().inclusion, places)),
                consistency: lambda: [prover.consistency(at + 1) for at in places],
            },
        )
    for name, rate in harness.rates(found, dict.fromkeys(found, PROOFS)).items():
        print(f"  {name:20} {rate:8,.0f} proofs/s, of about {len(proof)} hashes; one core, no HTTP")


def _gets(work: Path, data: Path, size: int) -> None:
    """Fetch proofs and tiles over HTTP, here and from a bare Starlette with the same bytes."""
    places = sorted(RANDOM.sample(range(size), min(size, GETS)))
    digests = _digests(data, places)
    wanted: dict[str, tuple[list[str], str]] = {
        "bundle": ([f"/v1/statements/{each}" for each in digests], wire.BUNDLE),
        "proof (tlog-proof)": ([f"/v1/proofs/{each}" for each in digests], "*/*"),
        "full tile": ([f"/{TILE}"] * GETS, "*/*"),
    }
    with processes.registry(data) as ours:
        for name, (paths, accept) in wanted.items():
            answer = load.once(ours.port, paths[0], accept)
            if answer is None:
                print(f"  GET of a {name}: this registry has none")
                continue
            file = work / "same-bytes"
            file.write_bytes(answer)
            with processes.bare(file) as bare:
                found = harness.alternate(
                    ROUNDS,
                    {
                        "ours": _fetch(ours.port, paths, accept),
                        "bare": _fetch(bare.port, ["/0"] * len(paths), accept),
                    },
                )
            rate = harness.rates(found, dict.fromkeys(found, len(paths)))
            print(
                f"  GET of a {name}, {len(answer):,} bytes: {rate['ours']:,.0f} /s, "
                f"bare Starlette {rate['bare']:,.0f} /s"
            )
            harness.ratio(f"{name}, ours / bare", rate["ours"], rate["bare"], "none")


def _fetch(port: int, paths: Sequence[str], accept: str) -> Callable[[], None]:
    return lambda: load.get_each(port, paths, accept=accept)


def _recovery(data: Path) -> None:
    """Start after nothing, after a crash behind a commit, and after the loss of every tile."""
    _recover(data, "nothing missing")
    _commit_only(data)
    _recover(data, f"{BATCH} entries committed, not published")
    shutil.rmtree(data / LOG / "tile")
    _recover(data, "every tile lost")
    subprocess.run(
        [processes.COMMAND, "log", "fsck", "--data", str(data)], check=True, capture_output=True
    )


def _recover(data: Path, what: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.long_log", data],
        check=True,
        capture_output=True,
        text=True,
    )
    seconds, peak = map(float, done.stdout.split())
    print(f"  recovery, {what:37} {seconds:8.2f} s, at most {peak:,.0f} MiB")


def _commit_only(data: Path) -> None:
    """Commit a batch as the sequencer does, and stop there, as a crash would."""
    with closing(open_folder(data)) as folder:
        head = Publisher(folder.store, folder.tiles, folder.signer).recover()
        first = head.edge.size
        batch = list(seed.statements(first, first + BATCH))
        rows, step = place(batch, head.edge, now=datetime.now(UTC), after=head.admitted_at)
        folder.store.commit(Commit(head.state, LogState(step.size, step.root), rows))


def _leaf(data: Path, index: int) -> bytes:
    with closing(sqlite3.connect(f"file:{data / DATABASE}?mode=ro", uri=True)) as database:
        query = "SELECT leaf_hash FROM entries WHERE log_index = ?"
        (leaf,) = database.execute(query, (index,)).fetchone()
    return bytes(leaf)


def _digests(data: Path, places: Sequence[int]) -> list[str]:
    with closing(open_folder(data)) as folder:
        return [
            sha256(statement).hexdigest()
            for at in places
            for statement in folder.store.statements(at, at + 1)
        ]


def recover_once(data: Path) -> None:
    """Recover a folder; print the seconds and the mebibytes that it took."""
    begin = time.perf_counter()
    with closing(open_folder(data)) as folder:
        Publisher(folder.store, folder.tiles, folder.signer).recover()
    seconds = time.perf_counter() - begin
    # Not getrusage: that of a new process begins with what the one had that started it.
    status = Path("/proc/self/status").read_text()
    print(seconds, int(status.partition("VmHWM:")[2].split()[0]) / 1024)


if __name__ == "__main__":
    recover_once(Path(sys.argv[1]))
