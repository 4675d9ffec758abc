"""Appending to a decision log of growing length, in processor time.

Each append reads all entries, compares the root with the signed checkpoint, follows the decision's
own events and signs. The floor is to hash the entries to the root once, which no append may leave
out. OPENQUALITY_BENCH_LARGEST=300 leaves out the longer logs.
"""

import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import harness
from openquality.decisions import DecisionLog, Inputs
from openquality.signing import generate
from openquality_validator.tlog import merkle

LENGTHS = (300, 1_000, 3_000)
ROUNDS = 15
POLICY = {"v": 1, "name": "benchmark", "reviewers": [], "review": []}
INPUTS = Inputs(b"query", b"answer", b"checkpoint", b"trust", bundles=())
EUROS = {"value": {"amount": "90", "currency": "EUR"}}
CONTENT: dict[str, Any] = {
    "agent": {
        "id": "agent",
        "model": {"name": "m", "version": "1", "configuration": f"sha256:{64 * 'c'}"},
    },
    "objectives": [{"objective": "cpk", "weight": "1"}],
    "inputs": INPUTS.to_json(),
    "alternatives": [
        {
            "rank": 1,
            "supplier": {"id": "did:example:one"},
            "selected": True,
            "reasons": [{"code": "best"}],
        }
    ],
    "confidence": "1",
    "impact": EUROS,
    "terms": EUROS,
}


def run() -> None:
    """Print milliseconds an append by the length of the log, and the floor."""
    harness.heading("Decision log: append by its length, processor time")
    harness.machine("cryptography", "jsonschema-rs")
    largest = int(os.environ.get("OPENQUALITY_BENCH_LARGEST", LENGTHS[-1]))
    key = generate()
    with tempfile.TemporaryDirectory(prefix="openquality-bench-") as work:
        policy = json.dumps({**POLICY, "owners": [key.did]}).encode()
        log = DecisionLog.create(Path(work, "log"), policy=policy, key=key)
        count = 1

        def append() -> None:
            nonlocal count
            log.propose(f"PO-{count}", CONTENT, key=key, files=INPUTS.files())
            count += 1

        for length in (each for each in LENGTHS if each <= largest):
            while count < length:
                append()
            entries = log.folder.head().entries
            ours = statistics.median(_seconds(append) for _ in range(ROUNDS))
            hashing = partial(_root, entries)
            floor = statistics.median(_seconds(hashing) for _ in range(ROUNDS))
            print(
                f"  {length:6,} entries: {ours * 1000:6.1f} ms an append, "
                f"{floor * 1000:5.2f} ms to hash them once"
            )


def _root(entries: Sequence[bytes]) -> bytes:
    return merkle.root(merkle.leaf_hashes(entries))


def _seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start
