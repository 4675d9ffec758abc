"""A person at a terminal: types answers to a program that runs on a pseudo-terminal."""

import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

PATIENCE = 60.0  # seconds until a question must have come


class Terminal:
    """Run `openquality` with a terminal as its input, output and errors; use it as a context."""

    def __init__(self, *arguments: str | Path, folder: Path, **environment: str) -> None:
        self._ours, theirs = pty.openpty()
        command = [sys.executable, "-m", "openquality", *map(str, arguments)]
        # A session of its own: else /dev/tty would be the terminal of who runs the tests.
        self._process = subprocess.Popen(
            command,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=folder,
            env=os.environ | {"TERM": "dumb", "COLUMNS": "200"} | environment,
            start_new_session=True,
        )
        os.close(theirs)
        self.shown = ""
        self._seen = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        os.close(self._ours)

    def answer(self, question: str, typed: str) -> None:
        """Wait until a text has been shown since the last answer, then type a line."""
        due = time.monotonic() + PATIENCE
        while question not in self.shown[self._seen :]:
            if not self._read(due):
                raise AssertionError(f"{question!r} was not asked; shown: {self.shown!r}")
        self._seen = len(self.shown)
        time.sleep(0.05)  # a prompt without echo discards what was typed before it
        os.write(self._ours, typed.encode() + b"\n")

    def end(self) -> int:
        """Wait for the end, and return the exit code."""
        due = time.monotonic() + PATIENCE
        while self._read(due):
            pass
        return self._process.wait(timeout=PATIENCE)

    def _read(self, due: float) -> bool:
        ready, _, _ = select.select([self._ours], [], [], max(0.0, due - time.monotonic()))
        if not ready:
            return False
        try:
            data = os.read(self._ours, 65_536)
        except OSError:  # the other end was closed (Linux says EIO)
            return False
        self.shown += data.decode("utf-8", "replace")
        return bool(data)
