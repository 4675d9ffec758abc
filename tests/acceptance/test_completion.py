"""The command completes in real shells: commands, options and values, and leaves files to them."""

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

BIN = Path(sys.executable).parent
PATIENCE = 60.0  # seconds, on a machine that is busy with other tests
# What a terminal is told to do, and not to show.
UNPRINTED = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|[\x00-\x1f]")
BEGUN = (
    ("openquality vali", "date"),
    ("openquality validate --evid", "ence"),
    ("openquality validate --format sar", "if"),
    ("openquality key compr", "omise"),
    ("openquality validate bolt-of-nord", "bolt.json"),
)
STARTS = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
}
READS = {
    "bash": "source {script}",
    "zsh": "autoload -U compinit; compinit -u -D; source {script}",
}


def shell(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"there is no {name}; install it (apt-get install {name})")
    return found


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("PATH", f"{BIN}:{os.environ['PATH']}")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def script(name: str, home: Path) -> Path:
    """Write what a shell is to read."""
    variables = {**os.environ, "_OPENQUALITY_COMPLETE": f"source_{name}"}
    done = subprocess.run(["openquality"], check=True, capture_output=True, env=variables)
    path = home / f"openquality.{name}"
    path.write_bytes(done.stdout)
    return path


class Typist:
    """Type into an interactive shell, and read what it shows."""

    def __init__(self, command: list[str]) -> None:
        self._pid, self._terminal = pty.fork()
        if self._pid == 0:
            os.execvp(command[0], command)  # noqa: S606 - a terminal of its own needs this way

    def types(self, text: str, *, and_sees: str) -> None:
        os.write(self._terminal, text.encode())
        shown, due = "", time.monotonic() + PATIENCE
        while and_sees not in UNPRINTED.sub("", shown):
            ready, _, _ = select.select([self._terminal], [], [], max(0, due - time.monotonic()))
            assert ready, f"{and_sees!r} did not come: {shown!r}"
            shown += os.read(self._terminal, 65_536).decode(errors="replace")

    def leaves(self) -> None:
        os.close(self._terminal)  # which hangs up
        os.waitpid(self._pid, 0)


@pytest.mark.parametrize("name", STARTS)
def test_a_shell_completes_what_was_begun(name: str, home: Path) -> None:
    (home / "bolt-of-nordbolt.json").touch()
    typist = Typist([shell(name), *STARTS[name][1:]])
    prepare = READS[name].format(script=script(name, home))
    try:
        typist.types(f"{prepare}; echo re''ady\n", and_sees="ready")
        for typed, added in BEGUN:
            typist.types(f"{typed}\t", and_sees=f"{typed}{added}")
            typist.types("\x15echo do''ne\n", and_sees="done")  # the line is given up
    finally:
        typist.leaves()


def completed_by_fish(fish: str, path: Path, typed: str) -> list[str]:
    words = ["-c", f"source {path}; complete -C '{typed}'"]
    done = subprocess.run([fish, "--no-config", *words], check=True, capture_output=True, text=True)
    return [line.partition("\t")[0] for line in done.stdout.splitlines()]


def test_fish_completes_what_was_begun(home: Path) -> None:
    fish = shell("fish")
    path = script("fish", home)
    (home / "bolt-of-nordbolt.json").touch()

    for typed, added in BEGUN:
        last = typed.rpartition(" ")[2]
        assert completed_by_fish(fish, path, typed) == [f"{last}{added}"]


def test_names_of_commands_are_completed_without_importing_them() -> None:
    program = (
        "import sys; from openquality.cli.main import main\n"
        "try: main([])\n"
        "except SystemExit: pass\n"
        "print(sorted(n for n in sys.modules if n.startswith('openquality')))"
    )
    words = {
        "_OPENQUALITY_COMPLETE": "complete_bash",
        "COMP_WORDS": "openquality ",
        "COMP_CWORD": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, **words},
        check=True,
        capture_output=True,
        text=True,
    )
    *names, modules = done.stdout.splitlines()

    assert {"init", "validate", "serve"} <= {*names}
    assert "openquality.cli.application" in modules
    assert "openquality.cli.measure" not in modules
    assert "openquality_registry" not in modules
