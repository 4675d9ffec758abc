"""A process that publishes a few statements, to be run under strace; see test_system_calls.py.

    python traced_publishing.py FOLDER SOCKET publish|recover|once

It marks the beginning and the end of the publish path by asking for files of those names, sends
each receipt over the socket, and sends a statement again that got none, as a sender does. `once`
sends the first batch a single time, tells refusals too, and ends as a crash would.
"""

import contextlib
import json
import logging
import os
import socket
import sys
from dataclasses import replace
from pathlib import Path

from simulated_log import SteppingClock, log_key, pending

from openquality_registry.adapters.files import FileTiles
from openquality_registry.adapters.sql.opening import open_store
from openquality_registry.log.errors import NotKept
from openquality_registry.log.sequencer import Sequencer
from openquality_registry.ports import Pending, Receipt

BEGIN, END = "/the-publish-path-begins", "/the-publish-path-ends"
FIRST = 254  # entries before the story: two less than a tile
ATTEMPTS = 4  # one fault costs one attempt, or two where recovery meets it


def numbered(number: int) -> Pending:
    """Make a statement that also moves a head and has a row in the index."""
    return replace(
        pending(number),
        moves={f"status:{number % 7}": str(number)},
        index_rows={"categories": [{"node": f"unspsc:{number % 5}"}]},
    )


# The first batch crosses the border of a tile and holds a statement twice.
BATCHES = (
    [numbered(254), numbered(3), numbered(255), numbered(254), numbered(256)],
    [numbered(257)],
)
SENT = sorted({each.digest for batch in BATCHES for each in batch})


def main(folder: Path, place: str, story: str) -> None:
    """Publish, or recover what was committed and not published."""
    logging.disable()
    told = socket.socket(socket.AF_UNIX)
    told.connect(place)
    store = open_store(folder / "registry.sqlite")
    sequencer = Sequencer(store, FileTiles(folder / "log"), log_key(), SteppingClock())
    if story != "recover":
        sequencer.recover()
    os.access(BEGIN, os.F_OK)
    if story == "once":
        for sent, answer in zip(BATCHES[0], sequencer._perform(BATCHES[0]), strict=True):
            if isinstance(answer, NotKept):
                told.sendall(json.dumps([-1, sent.digest, "", ""]).encode() + b"\n")
        os.access(END, os.F_OK)
        told.sendall(b"done\n")
        os._exit(0)  # nothing is closed or finished
    for batch in BATCHES if story == "publish" else ([],):
        waiting = list(batch)
        for _ in range(ATTEMPTS):
            answers = sequencer._perform(waiting)
            for answer in answers:
                if isinstance(answer, Receipt):
                    told.sendall(line(answer))
            waiting = [
                each
                for each, answer in zip(waiting, answers, strict=True)
                if not isinstance(answer, Receipt)
            ]
            if not waiting and sequencer.trouble is None:
                break
    with contextlib.suppress(Exception):
        store.close()
    os.access(END, os.F_OK)
    told.sendall(b"done\n")


def line(receipt: Receipt) -> bytes:
    """Write what a sender would keep."""
    kept = [receipt.index, receipt.digest, receipt.entry.hex(), receipt.checkpoint.decode()]
    return json.dumps(kept).encode() + b"\n"


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
