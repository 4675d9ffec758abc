"""Claims computed again in a process of their own: data files come from anybody.

The parsers of workbooks and Parquet are large, and a small file may unpack to any size. So the
process that reads one has little memory, little time, no settings and no secret, and nothing is
lost when it dies.

    standard input     {"record": …, "schemas": […]} as one line of JSON, then the bytes of the data
    standard output    {claim: [outcome, [[code, pointer], …]]}
"""

import os
import resource
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

import orjson

from openquality_validator.recompute import Outcome

MEMORY: Final = 1 << 30  # bytes of address space
SECONDS: Final = 60  # of a processor; twice as many on the clock

Found = Mapping[str, tuple[Outcome, tuple[tuple[str, str], ...]]]


class Recomputer:
    """Run such processes. May be called from any thread; `close` ends those that are at work."""

    def __init__(self, *, memory: int = MEMORY, seconds: int = SECONDS) -> None:
        self._limits = (memory, seconds)
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self._closed = False

    def recompute(
        self, record: Mapping[str, Any], data: bytes, *, schemas: Sequence[bytes] = ()
    ) -> Found | None:
        """Compute the claims of an admitted record again that name these data.

        `schemas` are the documents that it pins: measurements of a metric set are claims too.
        None if the process did not get to an end: the data are beyond its limits or break their
        parser. Raises OSError where no process can be started.
        """
        memory, seconds = self._limits
        command = [sys.executable, "-I", "-m", __name__, str(memory), str(seconds)]
        with self._lock:
            if self._closed:
                raise OSError("the registry is stopping")
            process = subprocess.Popen(  # noqa: S603 - ourselves
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={},
                cwd="/",
            )
            self._running.add(process)
        try:
            asked = orjson.dumps({"record": record, "schemas": [each.decode() for each in schemas]})
            said, _ = process.communicate(asked + b"\n" + data, timeout=2 * seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return None
        finally:
            with self._lock:
                self._running.discard(process)
        if self._closed:
            raise OSError("the registry is stopping")
        if process.returncode:
            return None
        return {
            claim: (Outcome(outcome), tuple((code, pointer) for code, pointer in findings))
            for claim, (outcome, findings) in orjson.loads(said).items()
        }

    def close(self) -> None:
        """End what is at work; its callers get OSError."""
        with self._lock:
            self._closed = True
            for process in self._running:
                process.kill()


def _main(memory: int, seconds: int) -> None:
    import openquality_schemas
    from openquality.tables import read_table
    from openquality_validator import catalogue, metric_sets
    from openquality_validator.recompute import recompute_all

    os.nice(10)  # whoever waits for an answer comes first
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    asked = orjson.loads(sys.stdin.buffer.readline())
    data = sys.stdin.buffer.read()
    record, schemas = asked["record"], [each.encode() for each in asked["schemas"]]
    sets = metric_sets.pinned(record, {openquality_schemas.sri(each): each for each in schemas})
    whole = metric_sets.joined(record, sets)
    answers = recompute_all(
        whole.document,
        {f"sha256:{sha256(data).hexdigest()}": data},
        metric_sets.widened(catalogue.load(record["catalogueVersion"]), sets),
        read_table=read_table,
    )
    said = {
        claim: [
            answer.outcome.value,
            [[each.code, whole.place(each.pointer)] for each in answer.findings],
        ]
        for claim, answer in answers.items()
    }
    sys.stdout.buffer.write(orjson.dumps(said))
    sys.stdout.buffer.flush()
    os._exit(0)  # what a parser's library does at the end is of no interest


if __name__ == "__main__":
    _main(int(sys.argv[1]), int(sys.argv[2]))
