"""Pages for people, by a real server over a log that grows, beside the bare record as JSON.

A page reads everything anew for each visitor: record, life, history, peers. Nothing is cached.
OPENQUALITY_BENCH_LARGEST=1000 leaves out larger logs.
"""

import os
import statistics
import tempfile
import time
from pathlib import Path

import httpx2

from benchmarks import harness, processes, seed

SIZES = (1_000, 100_000)
ROUNDS = 60
BROWSER = {"accept": "text/html"}


def run() -> None:
    """Print the median and the 99th percentile of each page, in milliseconds."""
    harness.heading("Pages for people over HTTP (SQLite)")
    harness.machine("jinja2", "starlette", "sqlalchemy")
    largest = int(os.environ.get("OPENQUALITY_BENCH_LARGEST", SIZES[-1]))
    with tempfile.TemporaryDirectory(prefix="openquality-bench-") as work:
        data = Path(work, "data")
        for size in (each for each in SIZES if each <= largest):
            seed.run(data, size)
            _measure(data, size)


def _measure(data: Path, size: int) -> None:
    print(f"  {size:,} records, {ROUNDS} requests of each, one after the other")
    with (
        processes.registry(data) as server,
        httpx2.Client(base_url=f"http://127.0.0.1:{server.port}", headers=BROWSER) as client,
    ):
        digests = _digests(client)
        one, two, three = digests[:3]
        floor = _times(client, f"/records/{one}/record.json")
        print(f"    {'record as JSON':34} {_said(floor)}")
        for name, address in {
            "record": f"/records/{one}",
            "search, everything": "/",
            "search, a word that all have": "/?q=nordbolt",
            "search, an identifier": "/?q=00000000000420",
            "search, a word and a metric": "/?q=screw&metric=cpk",
            "compare three": f"/compare?d={one}&d={two}&d={three}",
            "metric, with its distribution": "/catalogue/on-time-delivery",
            "catalogue": "/catalogue",
            "log": "/log",
            "badge": f"/badges/{one}.svg",
        }.items():
            print(f"    {name:34} {_said(_times(client, address))}")


def _digests(client: httpx2.Client) -> list[str]:
    parts = client.get("/").text.split('name="d" value="')
    return [part[:64] for part in parts[1:]]


def _times(client: httpx2.Client, address: str) -> list[float]:
    found = []
    for _ in range(ROUNDS + 3):
        begin = time.perf_counter()
        answer = client.get(address)
        found.append(time.perf_counter() - begin)
        assert answer.status_code == 200, (address, answer.status_code)
    return found[3:]  # the first ones load templates


def _said(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    p99 = ordered[min(len(ordered) - 1, round(0.99 * len(ordered)))]
    return f"p50 {1000 * statistics.median(ordered):7.1f} ms   p99 {1000 * p99:7.1f} ms"
