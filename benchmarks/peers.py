"""Validators of others, each installed where it touches nothing else: below `.bench/`.

They are made when a benchmark first needs them, in the versions named here, from the ordinary
package registries. None of them is a dependency of the project. What cannot be had is said in the
output of the benchmark, and left out of it.
"""

import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parents[1] / ".bench"


@dataclass(frozen=True)
class Missing(Exception):
    """A peer cannot be had on this machine."""

    name: str
    reason: str

    def __str__(self) -> str:
        return f"{self.name} is not here, and left out: {self.reason}"


@dataclass(frozen=True, slots=True)
class Peer:
    """Name a program of others: what to install, with which tool, and where it then is."""

    name: str
    packages: tuple[str, ...]
    install: Callable[["Peer"], None]
    place: str

    @property
    def folder(self) -> Path:
        """Where it is installed; another version is another folder."""
        return FOLDER / "+".join(each.replace("/", "-") for each in self.packages)

    def program(self) -> Path:
        """Return its program, installed if it was not yet; raises Missing."""
        found = self.folder / self.place
        if not found.exists():
            shutil.rmtree(self.folder, ignore_errors=True)  # what an interrupted install left
            self.install(self)
        if not found.exists():
            raise Missing(self.name, f"its package has no {self.place}")
        return found


def _with_pip(peer: Peer) -> None:
    _do(peer, [sys.executable, "-m", "venv", peer.folder])
    _do(peer, [peer.folder / "bin/python", "-m", "pip", "install", "-q", *peer.packages])


def _with_npm(peer: Peer) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise Missing(peer.name, "there is no npm; install Node.js")
    peer.folder.mkdir(parents=True)
    quiet = ("--no-audit", "--no-fund", "--loglevel=error")
    _do(peer, [npm, "install", "--prefix", peer.folder, *quiet, *peer.packages])


def _do(peer: Peer, command: Sequence[str | Path]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        shutil.rmtree(peer.folder, ignore_errors=True)
        said = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        raise Missing(peer.name, said[-1] if said else f"exit code {done.returncode}")


CHECK_JSONSCHEMA = Peer(
    "check-jsonschema", ("check-jsonschema==0.39.0",), _with_pip, "bin/check-jsonschema"
)
FRICTIONLESS = Peer(
    "frictionless", ("frictionless[excel,json]==5.21.0",), _with_pip, "bin/frictionless"
)
SOURCEMETA = Peer(
    "Sourcemeta jsonschema", ("sourcemeta-jsonschema==17.3.0",), _with_pip, "bin/jsonschema"
)
AJV = Peer("ajv-cli", ("ajv-cli@5.0.0", "ajv-formats@3.0.1"), _with_npm, "node_modules/.bin/ajv")
EVERY: Final = (CHECK_JSONSCHEMA, AJV, FRICTIONLESS, SOURCEMETA)


def programs() -> dict[Peer, Path]:
    """Return the programs of all peers that can be had; say which cannot, and why."""
    found = {}
    for peer in EVERY:
        try:
            found[peer] = peer.program()
        except Missing as missing:
            print(f"  {missing}")
    print("  " + ", ".join(package for peer in found for package in peer.packages))
    return found
