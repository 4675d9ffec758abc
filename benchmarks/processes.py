"""Servers as processes of their own, and what they use (Linux: from /proc)."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

COMMAND = Path(sys.executable).parent / "openquality"
PATIENCE = 60.0  # seconds to start; a crash before left recovery to do
_ADDRESS = re.compile(rb"http://127\.0\.0\.1:(\d+)")
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Server:
    """Name a running server: its port, and the group of it and its workers."""

    port: int
    group: int

    def cpu(self) -> float:
        """Return the CPU seconds that the server and its workers have used."""
        return sum(int(user) + int(system) for _, user, system in self._processes()) / _TICKS

    def peak(self) -> int:
        """Return the most bytes of memory that each process held, added up."""
        return sum(
            int(line.split()[1]) * 1024
            for process, _, _ in self._processes()
            for line in (process / "status").read_text().splitlines()
            if line.startswith("VmHWM:")
        )

    def _processes(self) -> Iterator[tuple[Path, str, str]]:
        for process in Path("/proc").glob("[0-9]*"):
            try:
                # proc(5): state ppid pgrp … utime stime, from the third field on
                fields = (process / "stat").read_text().rpartition(")")[2].split()
            except OSError:  # it has ended meanwhile
                continue
            if int(fields[2]) == self.group:
                yield process, fields[11], fields[12]


@contextmanager
def registry(data: Path) -> Iterator[Server]:
    """Run `openquality serve` over a data folder, as installed, without a limit per client."""
    with _running([COMMAND, "serve", "--data", data, "--port", "0"]) as server:
        yield server


@contextmanager
def bare(*files: Path) -> Iterator[Server]:
    """Run the bare application of `bare.py` over files."""
    with _running([sys.executable, "-m", "benchmarks.bare", *files]) as server:
        yield server


@contextmanager
def _running(command: Sequence[str | Path]) -> Iterator[Server]:
    with TemporaryFile() as said:
        process = subprocess.Popen(
            command,
            stdout=said,
            stderr=said,
            env={**os.environ, "OPENQUALITY_RATE": "0"},
            start_new_session=True,  # a group of its own, so that its CPU can be told apart
        )
        try:
            yield Server(_port(process, said.fileno()), process.pid)
        finally:
            process.terminate()
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _port(process: subprocess.Popen[bytes], output: int) -> int:
    due = time.monotonic() + PATIENCE
    while time.monotonic() < due and process.poll() is None:
        found = _ADDRESS.search(os.pread(output, 65_536, 0))
        if found:
            return int(found[1])
        time.sleep(0.02)
    raise SystemExit(f"The server did not start:\n{os.pread(output, 65_536, 0).decode()}")
