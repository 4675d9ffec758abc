"""A monitor that reads a whole log from its registry, beside the bare signatures in it.

It fetches entry bundles and, if asked, every statement over HTTP, verifies the statements, computes
entries and tree anew, and keeps a durable copy with its index; the registry serves it from the same
machine. The floor verifies the statements' Ed25519 signatures on one core, all in memory.
OPENQUALITY_BENCH_LARGEST=500 makes the log shorter.
"""

import os
import subprocess
import tempfile
from contextlib import closing
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from benchmarks import floors, harness, processes, suppliers
from openquality_registry import admit
from openquality_registry.facts import NoFacts
from openquality_registry.folder import open_folder
from openquality_registry.log.sequencer import Sequencer

STATEMENTS = 5_000
OF_ONE_SUPPLIER = 500
ROUNDS = 3
BATCH = 256
ORIGIN = "log.example/benchmark"


def run() -> None:
    """Print entries a second and the ratio."""
    wanted = min(STATEMENTS, int(os.environ.get("OPENQUALITY_BENCH_LARGEST", STATEMENTS)))
    harness.heading(f"Monitor: replay a log of {wanted:,} entries over HTTP")
    harness.machine("cryptography", "httpx2", "uvicorn")
    with tempfile.TemporaryDirectory(prefix="openquality-bench-") as work:
        data = Path(work, "data")
        statements = [
            statement
            for first in range(0, wanted, OF_ONE_SUPPLIER)
            for statement in suppliers.signed(min(OF_ONE_SUPPLIER, wanted - first))
        ]
        vkey = _fill(data, statements)
        states = (Path(work, f"state-{number}") for number in count())
        entries, whole = "monitor, entries alone", "monitor, every statement verified"
        bare = "Ed25519 verification, one core"
        with processes.registry(data) as server:
            url = f"http://127.0.0.1:{server.port}"
            found = harness.alternate(
                ROUNDS,
                {
                    entries: lambda: _monitor(url, vkey, next(states)),
                    whole: lambda: _monitor(url, vkey, next(states), "--statements"),
                    bare: floors.verification(statements),
                },
            )
    rate = harness.rates(found, dict.fromkeys(found, wanted))
    for name, value in rate.items():
        print(f"  {name:34} {value:8,.0f} entries/s")
    harness.ratio("every statement verified / bare", rate[whole], rate[bare], "none")


def _fill(data: Path, statements: list[bytes]) -> str:
    """Admit statements into a new data folder; return the log's verifier key."""
    data.mkdir()
    with closing(open_folder(data, create=True, origin=ORIGIN)) as folder:
        log = Sequencer(folder.store, folder.tiles, folder.signer, _Clock())
        log.start()
        with closing(log):
            for at in range(0, len(statements), BATCH):
                group = [admit.examine(each, NoFacts()) for each in statements[at : at + BATCH]]
                for waiting in log.submit_all(group):
                    assert waiting.result(60).created
        return folder.signer.vkey


def _monitor(url: str, vkey: str, state: Path, *options: str) -> None:
    """Follow the log once, from nothing, without comparing what look-up answers."""
    command = [processes.COMMAND, "log", "monitor", "--url", url, "--log", vkey, "--state", state]
    once = ("--lookups", "0", "--once", *options)
    subprocess.run([*command, *once], check=True, capture_output=True)


class _Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)
