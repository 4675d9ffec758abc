"""SIGKILL of programs that write a decision log, at seeded random moments, two at a time.

After each round: what was acknowledged is in the log, the log's check finds nothing, and it goes on
growing from there. What was not acknowledged is there as a whole, or not at all.
"""

import random
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from decisions_at_work import Clock, keys, new_log

from openquality.decisions import DecisionLog, audit
from openquality.signing import write_key

SEED = 20261121
ROUNDS = 25
WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from decisions_at_work import draft, empty_inputs
from openquality.decisions import DecisionLog
from openquality.signing import load_key

log = DecisionLog(Path(sys.argv[2]))
key = load_key(Path(sys.argv[3]))
inputs = empty_inputs()
print("ready", flush=True)
for number in range(10_000):
    name = f"{sys.argv[4]}-{number}"
    log.propose(name, draft(inputs.to_json()), key=key, files=inputs.files())
    print(name, flush=True)
"""


def start(folder: Path, key: Path, prefix: str) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, Path(__file__).parents[1] / "support", folder, key, prefix],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.heavy
def test_a_killed_writer_loses_nothing_that_it_told(tmp_path: Path) -> None:
    seeded = random.Random(SEED)  # noqa: S311 - no secret
    folder, key = tmp_path / "log", tmp_path / "agent.key"
    write_key(key, keys().agent)
    new_log(folder, Clock(datetime.now(UTC)))
    told: set[str] = set()
    for number in range(ROUNDS):
        writers = [start(folder, key, f"{side}{number}") for side in "ab"]
        time.sleep(seeded.uniform(0.01, 0.5))
        for process in writers:
            process.kill()
            out, _ = process.communicate()
            # A line that was cut short was not told.
            told.update(line for line in out.split("\n")[:-1] if line)
        book = DecisionLog(folder).book()
        assert told <= book.transactions.keys()
        assert len(book.transactions) <= len(told) + 2 * (number + 1)
    result = audit(DecisionLog(folder), reconstruct=False)
    assert result.report.errors == ()
    assert result.checked.is_complete
    assert len(told) > ROUNDS
