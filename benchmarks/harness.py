"""Timing, and a way to print it: medians and ratios, never a single run."""

import json
import os
import platform
import statistics
import sys
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

import openquality_schemas

EXAMPLE = "examples/valid/fastener-cpk-on-time.json"


def machine(*distributions: str) -> None:
    """Print what the figures hold for."""
    versions = ", ".join(f"{name} {version(name)}" for name in distributions)
    print(f"  {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}")
    print(f"  {versions}")


def alternate(rounds: int, contenders: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """Run each contender once in every round and return the median seconds of each.

    Taking turns keeps a slow minute of the machine from hitting one contender alone.
    """
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, run in contenders.items():
            start = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - start)
    return {name: statistics.median(found) for name, found in seconds.items()}


def rates(found: Mapping[str, float], items: Mapping[str, int]) -> dict[str, float]:
    """Turn medians into items per second."""
    return {name: items[name] / seconds for name, seconds in found.items()}


def ratio(label: str, ours: float, theirs: float, goal: str) -> None:
    """Print one ratio beside its goal."""
    print(f"  {label}: {ours / theirs:.2f}   (goal: {goal})")


def heading(text: str) -> None:
    """Print a heading."""
    print(f"\n{text}\n{'-' * len(text)}")
    sys.stdout.flush()


def example() -> bytes:
    """Return the fixture: a valid record of about 2.9 KB, written compactly."""
    data = openquality_schemas.read(EXAMPLE)
    return json.dumps(json.loads(data), separators=(",", ":"), ensure_ascii=False).encode()


def records(count: int) -> list[bytes]:
    """Return `count` different valid records, made from the fixture under new ids."""
    data = example()
    old = json.loads(data)["id"].encode()
    return [data.replace(old, f"urn:uuid:{uuid.UUID(int=n + 1)}".encode()) for n in range(count)]


def write_lines(path: Path, lines: Sequence[bytes]) -> None:
    """Write a JSONL file."""
    path.write_bytes(b"\n".join(lines) + b"\n")
