"""Measure a million rows: seconds, and the peak memory of a process that does nothing else.

Beside it pandas does the same count from the same CSV file: `read_csv` with the two date columns
parsed, and one comparison. Each contender is a process of its own (`python -m benchmarks.rows`).
"""

import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from benchmarks import harness

ROWS = 1_000_000
ROUNDS = 3
FIRST = date(2020, 1, 1)
DAYS = (FIRST, date(2026, 1, 1))
ISO = ("%Y-%m-%d",)
TO_PARQUET = """
import sys
from pyarrow import csv, parquet
parquet.write_table(csv.read_csv(sys.argv[1]), sys.argv[2])
"""
GOAL = 200  # MiB: any laptop has them to spare


def run() -> None:
    """Print seconds, rows a second and memory for each kind, and the ratio to pandas."""
    harness.heading(f"Measure {ROWS:,} rows of raw data")
    harness.machine("pandas", "pyarrow", "numpy")
    with tempfile.TemporaryDirectory(prefix="openquality-bench-") as work:
        path = Path(work, "rows.csv")
        _write(path)
        subprocess.run(
            [sys.executable, "-c", TO_PARQUET, str(path), str(_parquet(path))], check=True
        )
        print(f"  {path.stat().st_size / 2**20:,.0f} MiB of CSV, 7 columns; each figure a process")
        found = {name: _child(name, path) for name in CONTENDERS}
        for _ in range(ROUNDS - 1):
            for name in CONTENDERS:
                found[name] += _child(name, path)
        medians = {}
        for name, runs in found.items():
            seconds = medians[name] = statistics.median(each for each, _ in runs)
            peak = max(each for _, each in runs)
            print(f"  {name:34} {seconds:6.1f} s {ROWS / seconds:10,.0f} rows/s {peak:6,.0f} MiB")
        ours, theirs = medians["on time, CSV"], medians["pandas, on time, CSV"]
        harness.ratio("on time: seconds, ours / pandas", ours, theirs, "none")
        peaks = {name: max(each for _, each in runs) for name, runs in found.items()}
        harness.ratio(
            "on time: memory, ours / pandas",
            peaks["on time, CSV"],
            peaks["pandas, on time, CSV"],
            "below 1",
        )
        largest = max(peak for name, peak in peaks.items() if not name.startswith("pandas"))
        harness.ratio(f"largest memory / {GOAL} MiB", largest, GOAL, "below 1")


def _write(path: Path) -> None:
    chance = random.Random(1)  # noqa: S311 - made-up deliveries
    with path.open("w") as file:
        file.write("Order,Promised,Delivered,Customer,Result,Value,Count\n")
        for place in range(ROWS):
            due = FIRST + timedelta(days=place % 2000)
            done = due + timedelta(days=int(chance.expovariate(0.2)) - 3)
            result = "ok" if chance.random() < 0.98 else "bad"
            value = 12 + chance.gauss(0, 0.01)
            file.write(f"A-{place},{due},{done},C{place % 50},{result},{value:.4f},{place % 3}\n")


def _child(name: str, path: Path) -> list[tuple[float, float]]:
    """Return the seconds of the work, and the peak memory of the process in MiB."""
    command = [sys.executable, "-m", "benchmarks.rows", name, str(path)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    printed = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0, printed
    return [(float(printed), usage.ru_maxrss / 1024)]


def _codes(**given: str) -> tuple[dict[str, str], ...]:
    return tuple({"qualifier": name, "code": code} for name, code in given.items())


def _measure(kind: str, path: Path) -> None:
    from openquality.measuring import measure_file
    from openquality_validator.measure import Dialect, Mapping

    study = {
        "characteristic": {"id": "d", "class": "other", "lsl": "11.9", "usl": "12.1", "unit": "mm"},
        "estimator": "overall",
        "convention": "aiag",
        "distribution": "normal",
    }
    mapping, metrics = {
        "onTime": (
            Mapping(
                kind="onTime",
                columns={"due": "Promised", "event": "Delivered"},
                date_formats={"due": ISO, "event": ISO},
                qualifiers=_codes(
                    anchor="requested",
                    level="line",
                    event="receipt",
                    denominatorBasis="deliveredInPeriod",
                ),
            ),
            ["on-time-delivery"],
        ),
        "duration": (
            Mapping(
                kind="duration",
                columns={"start": "Promised", "end": "Delivered"},
                date_formats={"start": ISO, "end": ISO},
                qualifiers=_codes(
                    startEvent="orderSent",
                    endEvent="delivered",
                    dayCount="calendar",
                    cohort="closed",
                    level="line",
                ),
            ),
            ["lead-time-median", "lead-time-p90"],
        ),
        "rate": (
            Mapping(
                kind="rate",
                columns={"events": "Count", "exposure": "Value"},
                unit="h",
                qualifiers=_codes(workforce="employees", recordability="osha1904"),
            ),
            ["recordable-injury-rate"],
        ),
        "sample": (
            Mapping(kind="sample", columns={"value": "Value"}, capability=study),
            ["ppk"],
        ),
    }[kind]
    if path.suffix == ".parquet":
        mapping = replace(mapping, table=Dialect(format="parquet"))
    found = measure_file(path, mapping, metrics=metrics, period=DAYS)
    assert found.usage.rows == ROWS


def _pandas(path: Path) -> None:
    import pandas as pd

    columns = ["Promised", "Delivered"]
    frame = pd.read_csv(path, parse_dates=columns, usecols=columns)
    within = frame["Delivered"].between(pd.Timestamp(DAYS[0]), pd.Timestamp(DAYS[1]))
    assert 0 < (frame["Delivered"] <= frame["Promised"])[within].sum() < within.sum()


def _parquet(path: Path) -> Path:
    """Return where the same table lies as Parquet."""
    return path.with_suffix(".parquet")


CONTENDERS: dict[str, Callable[[Path], None]] = {
    "on time, CSV": lambda path: _measure("onTime", path),
    "pandas, on time, CSV": _pandas,
    "lead time median and p90, CSV": lambda path: _measure("duration", path),
    "rate, CSV": lambda path: _measure("rate", path),
    "ppk with control chart, CSV": lambda path: _measure("sample", path),
    "on time, Parquet": lambda path: _measure("onTime", path),
}


def _main(name: str, path: Path) -> None:
    file = _parquet(path) if name.endswith("Parquet") else path
    start = time.perf_counter()
    CONTENDERS[name](file)
    print(time.perf_counter() - start)


if __name__ == "__main__":
    _main(sys.argv[1], Path(sys.argv[2]))
