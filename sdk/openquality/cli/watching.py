"""Files watched: what is done is done again whenever one of them changes."""

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, NoReturn

from openquality.cli.output import say
from openquality_validator.message import message

PAUSE: Final = 0.5  # seconds between looks; a look costs a few microseconds for each file
Seen = dict[Path, tuple[int, int]]


def watch(act: Callable[[], object], files: Callable[[], Iterable[Path]]) -> NoReturn:
    """Act now, and again after each change of a file; ends only by Ctrl-C, which is raised.

    `files` is asked anew each time, so that new files are seen too.
    """
    while True:
        before = _look(files())
        act()
        say(message("Watching {count} files; Ctrl-C ends it.", count=len(before)))
        while _look(files()) == before:
            time.sleep(PAUSE)


def _look(files: Iterable[Path]) -> Seen:
    found: Seen = {}
    for path in files:
        try:
            said = path.stat()
        except OSError:  # gone between two looks: a change like any other
            continue
        found[path] = (said.st_mtime_ns, said.st_size)
    return found
