"""Full admission over HTTP, at several sizes of the log, beside what the machine can do at best.

Parse, schema, rules, signature, deduplication, log, durable rows and tiles, receipt: by a real
server process (`openquality serve`, SQLite with synchronous=FULL, a new folder), and a client on
the same machine, which share its cores. The logs are seeded in bulk (`seed.py`): about five
minutes and 10 GiB for a million entries. OPENQUALITY_BENCH_LARGEST=1000 leaves out larger logs.
"""

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from benchmarks import floors, harness, load, processes, seed, suppliers
from benchmarks.processes import Server
from openquality import wire
from openquality.publishing import GROUP_STATEMENTS
from openquality_registry.folder import DATABASE, LOG

SIZES = (1_000, 100_000, 1_000_000)
ROUNDS = 3
STATEMENTS = 5_000  # in a round
SENDERS = 2  # suppliers that publish at the same time
SINGLES = 300
GETS = 2_000  # in each of five rounds
TILE = "tile/0/000"


@dataclass(frozen=True, slots=True)
class Measured:
    """Hold what was found at one size of the log.

    Statements a second, the server's CPU seconds for one, the median seconds of a single publish.
    """

    rate: float
    cpu: float
    p50: float


def run() -> None:
    """Print rates, latencies and ratios."""
    harness.heading("Admission over HTTP: from the bytes to the receipt (SQLite, FULL)")
    harness.machine("uvicorn", "starlette", "sqlalchemy", "cryptography")
    largest = int(os.environ.get("OPENQUALITY_BENCH_LARGEST", SIZES[-1]))
    sizes = [size for size in SIZES if size <= largest]
    print(
        f"  {ROUNDS} × {STATEMENTS:,} statements of {len(next(suppliers.signed(1))):,} bytes, "
        f"{GROUP_STATEMENTS} in a batch, {SENDERS} senders"
    )
    with tempfile.TemporaryDirectory(prefix="openquality-bench-") as work:
        data = Path(work, "data")
        found = [_at(size, data) for size in sizes]
        harness.ratio("statements/s / 2,000", found[0].rate, 2_000, "at least 1")
        harness.ratio("p50 of one publish / 15 ms", found[0].p50, 0.015, "below 1")
        label = f"statements/s at {sizes[-1]:,} / at {sizes[0]:,} entries"
        harness.ratio(label, found[-1].rate, found[0].rate, "flat")
        # Says the same with less noise, if others use the machine.
        harness.ratio("their server CPU", found[-1].cpu, found[0].cpu, "flat")
        _floors(Path(work), data, found[0].rate)
        _gets(data)


def _at(size: int, data: Path) -> Measured:
    seed.run(data, size)
    if size == SIZES[0]:
        _check(data)
    rounds = [[_bodies(STATEMENTS // SENDERS) for _ in range(SENDERS)] for _ in range(ROUNDS)]
    singles = list(suppliers.signed(SINGLES))
    with processes.registry(data) as server:
        load.publish(server.port, [_bodies(GROUP_STATEMENTS)])  # its workers start with the first
        server_cpu, client_cpu = server.cpu(), time.process_time()
        seconds = [load.publish(server.port, senders) for senders in rounds]
        server_cpu, client_cpu = server.cpu() - server_cpu, time.process_time() - client_cpu
        latencies = load.publish_singly(server.port, singles)
        peak = server.peak()
    rate = STATEMENTS / statistics.median(seconds)
    cpu = server_cpu / (ROUNDS * STATEMENTS)
    p50, p99 = (latencies[round(part * (SINGLES - 1))] for part in (0.5, 0.99))
    print(
        f"  log of {size:>9,}: {rate:7,.0f} statements/s "
        f"({', '.join(f'{STATEMENTS / each:,.0f}' for each in seconds)})\n"
        f"    server {cpu * 1e3:.2f} ms CPU a statement, "
        f"{server_cpu / sum(seconds):.2f} cores, at most {peak / 2**20:,.0f} MiB; "
        f"client {client_cpu / sum(seconds):.2f} cores\n"
        f"    one publish: p50 {p50 * 1e3:.1f} ms, p99 {p99 * 1e3:.1f} ms, of {SINGLES}"
    )
    return Measured(rate, cpu, p50)


def _check(data: Path) -> None:
    """Let fsck prove that a seeded log is one."""
    subprocess.run(
        [processes.COMMAND, "log", "fsck", "--data", str(data)], check=True, capture_output=True
    )


def _bodies(count: int) -> list[bytes]:
    """Sign statements of one supplier and group them as a client would."""
    statements = list(suppliers.signed(count))
    return [
        b"\n".join(statements[at : at + GROUP_STATEMENTS])
        for at in range(0, count, GROUP_STATEMENTS)
    ]


def _floors(work: Path, data: Path, rate: float) -> None:
    """Compare with the same rows in a bare SQLite, and with the signature checks alone."""
    statements = list(suppliers.signed(1_000))
    rows, signatures = "the same rows into a bare SQLite", "Ed25519 verification, one core"
    found = harness.alternate(
        ROUNDS,
        {
            rows: floors.database(data / DATABASE, first=SIZES[0], count=STATEMENTS, work=work),
            signatures: floors.verification(statements),
        },
    )
    floor = harness.rates(found, {rows: STATEMENTS, signatures: len(statements)})
    for name, value in floor.items():
        print(f"  {name:34} {value:8,.0f} statements/s")
    cores = os.cpu_count() or 1
    both = cores / sum(1 / value for value in floor.values())
    harness.ratio("admission / bare SQLite", rate, floor[rows], "none")
    harness.ratio(f"admission / both, shared evenly by {cores} cores", rate, both, "none")


def _gets(data: Path) -> None:
    """Fetch a full tile and a statement, here and from a bare Starlette."""
    tile, statement = data / LOG / TILE, data.parent / "statement"
    signed = next(suppliers.signed(1))
    statement.write_bytes(signed)
    with processes.registry(data) as ours, processes.bare(tile, statement) as bare:
        load.publish(ours.port, [[signed]])
        wanted = {
            "full tile": (f"/{TILE}", "/0", tile.read_bytes()),
            "statement": (f"/v1/statements/{sha256(signed).hexdigest()}", "/1", signed),
        }
        for name, (path, bare_path, body) in wanted.items():
            found = harness.alternate(
                5, {"ours": _fetch(ours, path, body), "bare": _fetch(bare, bare_path, body)}
            )
            rate = harness.rates(found, dict.fromkeys(found, GETS))
            print(
                f"  GET of a {name}: {rate['ours']:,.0f} /s, bare Starlette {rate['bare']:,.0f} /s"
            )
            harness.ratio(f"{name}, ours / bare", rate["ours"], rate["bare"], "at least 0.70")


def _fetch(server: Server, path: str, body: bytes) -> Callable[[], None]:
    return lambda: load.get(server.port, path, body, accept=wire.STATEMENT, count=GETS)
