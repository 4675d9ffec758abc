"""Whole processes, as a user starts them: how long they take, and the memory they hold."""

import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

OPENQUALITY: Final = Path(sys.executable).parent / "openquality"
# As installed: every Python program here has its compiled modules, and ours may write them too.
_ENVIRONMENT: Final = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
_PEAK = re.compile(r"VmHWM:\s+(\d+) kB")

Command = Sequence[str | Path]


@dataclass(frozen=True, slots=True)
class Ran:
    """Say what a process took: seconds, and the MiB it held at most."""

    seconds: float
    peak: float


def run(command: Command) -> Ran:
    """Run a command to its end; raises SystemExit with its words where it fails."""
    start = time.perf_counter()
    done = subprocess.run(
        list(map(str, command)), capture_output=True, check=False, env=_ENVIRONMENT
    )
    seconds = time.perf_counter() - start
    _require_success(done.returncode, command, done.stdout + done.stderr)
    return Ran(seconds, 0.0)


def watched(command: Command) -> Ran:
    """Run a command as `run` does, and watch the memory of it and its children (Linux).

    Not getrusage: a child's peak there includes this program's memory at the fork.
    """
    start, peaks = time.perf_counter(), dict[str, int]()
    with subprocess.Popen(
        list(map(str, command)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env=_ENVIRONMENT,
    ) as process:
        while process.poll() is None:
            peaks |= _peaks(process.pid)
            time.sleep(0.05)
    seconds = time.perf_counter() - start
    _require_success(process.returncode, command, b"")
    return Ran(seconds, sum(peaks.values()) / 1024)


def alternate(
    rounds: int, contenders: Mapping[str, Command], *, runner: Callable[[Command], Ran] = run
) -> dict[str, Ran]:
    """Run each command once in every round; return the medians of each."""
    found: dict[str, list[Ran]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, command in contenders.items():
            found[name].append(runner(command))
    return {
        name: Ran(
            statistics.median(r.seconds for r in each), statistics.median(r.peak for r in each)
        )
        for name, each in found.items()
    }


def _peaks(group: int) -> dict[str, int]:
    """Return the peak in KiB of each process of a group."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            # proc(5): state ppid pgrp …, from the third field on
            fields = (process / "stat").read_text().rpartition(")")[2].split()
            if int(fields[2]) == group:
                peak = _PEAK.search((process / "status").read_text())
                if peak:  # a process that has ended and was not yet waited for has none
                    found[process.name] = int(peak[1])
        except OSError:  # it has ended meanwhile
            continue
    return found


def _require_success(code: int, command: Command, said: bytes) -> None:
    if code != 0:
        raise SystemExit(f"This failed: {' '.join(map(str, command))}\n{said.decode()[-2000:]}")
