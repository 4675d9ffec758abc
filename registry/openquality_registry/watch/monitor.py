"""A monitor: everything that somebody outside can check of a log, one look after the other.

(1) follow the log                 `following.py`, with `statements.py`
(2) the quorum of witnesses        under the newest checkpoint
(3) other views                    checkpoints and bundles that witnesses, copies, readers hold
(4) some of what was copied        is still served as it was
(5) what the registry answers      `answers.py`, and to queries `questions.py`
"""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from openquality_registry.log.errors import LogDamaged
from openquality_registry.log.reader import TileReader
from openquality_registry.ports import Clock
from openquality_registry.watch import views
from openquality_registry.watch.alerts import Alert, Code
from openquality_registry.watch.answers import Answers
from openquality_registry.watch.following import AT_ONCE, Follower, Progress
from openquality_registry.watch.mirror import Mirror
from openquality_registry.watch.questions import Questions
from openquality_registry.watch.source import Source
from openquality_registry.watch.statements import Statements
from openquality_validator.bundle import Bundle
from openquality_validator.entry import Entry, digest
from openquality_validator.errors import InvalidInput
from openquality_validator.tlog import cosignature
from openquality_validator.tlog.note import Note, VerifierKey
from openquality_validator.tlog.policy import Policy
from openquality_validator.tlog.tiles import WIDTH, Tile

SAMPLES = 8  # full tiles, and statements, that are read again with each look
LOOKUPS = 1_000  # answers compared with each look
PATIENCE = 5.0  # seconds that witnesses have to cosign the newest checkpoint
PAUSE = 0.5


@dataclass(frozen=True, slots=True)
class Wishes:
    """Hold what the monitor is asked to do beside following the log.

    `policy` is a quorum that the checkpoint must have, `views` are addresses of other checkpoints,
    or files of checkpoints or bundles, `lookups` how many answers are compared with each look,
    `questions` queries that are answered from the copy too.
    """

    issuers: Sequence[str] = ()
    policy: Policy | None = None
    views: Sequence[str] = ()
    status_keys: Sequence[str] = ()
    lookups: int = LOOKUPS
    questions: Questions | None = None


class Monitor:
    """Look at a log, again and again. For one thread."""

    def __init__(
        self,
        source: Source,
        mirror: Mirror,
        *,
        keys: Sequence[VerifierKey],
        clock: Clock,
        wishes: Wishes,
        sleep: Callable[[float], None] = time.sleep,
        elsewhere: Callable[[str], Source] = Source,
    ) -> None:
        self._source = source
        self._mirror: Final = mirror
        self._wishes = wishes
        self._sleep = sleep
        self._elsewhere = elsewhere
        self._random = random.Random()  # noqa: S311 - a sample, not a secret
        self._follower = Follower(
            source,
            mirror,
            keys=keys,
            clock=clock,
            issuers=wishes.issuers,
            statements=Statements(source, mirror) if mirror.reads_statements else None,
        )
        self._answers = Answers(
            source, mirror, clock, reach=self._reach, status_keys=wishes.status_keys
        )

    def look(self, progress: Progress = lambda _at, _end: None) -> Iterator[Alert]:
        """Look once; yield what was caught.

        Raises NetworkError if the registry, or another view, cannot be read.
        """
        # (1) Follow the log.
        yield from self._follower.run(progress)
        # (2) The quorum.
        yield from self._quorum()
        # (3) Other views.
        for place in self._wishes.views:
            yield from self._view(place)
        # (4) What was copied.
        yield from self._again()
        # (5) Answers.
        yield from self._answers.run(self._wishes.lookups)
        if self._wishes.questions is not None:
            yield from self._wishes.questions.run()

    def _reach(self, size: int) -> Iterator[Alert]:
        if size > self._mirror.size:
            yield from self._follower.run()

    def _quorum(self) -> Iterator[Alert]:
        policy = self._wishes.policy
        if policy is None:
            return
        witnesses = [each.key for each in policy.witnesses]
        for _ in range(int(PATIENCE / PAUSE)):
            note = self._source.checkpoint() or b""
            fetched = self._follower.prove(note)
            if isinstance(fetched, Alert):
                yield fetched
                return
            try:
                proved = cosignature.verify(Note.from_bytes(note), witnesses)
            except InvalidInput as error:
                yield Alert(Code.QUORUM_MISSING, views.PLACE, str(error))
                return
            if policy.met(each.key for each in proved):
                return
            self._sleep(PAUSE)
        names = ", ".join(each.key.name for each in proved) or "none"
        text = f"It lacks the quorum of the policy; its known witnesses: {names}."
        yield Alert(Code.QUORUM_MISSING, views.PLACE, text)

    def _view(self, place: str) -> Iterator[Alert]:
        is_url = place.startswith(("http://", "https://"))
        base = place.removesuffix("checkpoint")
        if is_url:
            with self._elsewhere(base) as copy:
                note = copy.note(place)
                yield from self._compare(place, note, TileReader(copy))
        else:
            yield from self._file(place, Path(place).read_bytes())

    def _file(self, place: str, data: bytes) -> Iterator[Alert]:
        """Compare a checkpoint note, or the checkpoint and status answer of a bundle."""
        if not data.startswith(b"{"):
            yield from self._compare(place, data, TileReader(self._source))
            return
        try:
            bundle = Bundle.from_bytes(data)
        except InvalidInput as error:
            yield Alert(Code.CHECKPOINT_INVALID, place, str(error))
            return
        yield from self._compare(place, bundle.checkpoint, TileReader(self._source))
        if bundle.status is not None and self._mirror.reads_statements:
            yield from self._answers.judge(place, bundle.status)

    def _compare(self, place: str, note: bytes | None, served: TileReader) -> Iterator[Alert]:
        fetched = self._follower.prove(note or b"")
        if isinstance(fetched, Alert):
            yield Alert(fetched.code, place, fetched.message)
            return
        note, head = fetched
        yield from self._reach(head.size)
        try:
            split = views.compare(note, self._mirror, served)
        except (LogDamaged, InvalidInput):
            split = None  # a witness serves no tiles
        if split is not None:
            yield Alert(split.code, place, split.message, split.evidence)
        elif head.size > self._mirror.size:
            text = f"The log signed {head.size} entries, and shows {self._mirror.size}."
            kept = views.keep_note(self._mirror, note)
            yield Alert(Code.HIDDEN_GROWTH, place, text, kept)

    def _again(self) -> Iterator[Alert]:
        full = self._mirror.size // WIDTH
        chosen = self._random.sample(range(full), min(SAMPLES, full))
        paths = [Tile(level, index).path for index in sorted(chosen) for level in (None, 0)]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for path, found in zip(paths, pool.map(self._source.read, paths), strict=True):
                missing, differs = (
                    (Code.ENTRIES_MISSING, Code.ENTRIES_DIFFER)
                    if "entries" in path
                    else (Code.TILE_MISSING, Code.TILES_DIFFER)
                )
                if found is None:
                    yield Alert(missing, path, "It was there, and is not any more.")
                elif found != self._mirror.tiles.read(path):
                    yield Alert(differs, path, "It is not what it was.")
        if self._mirror.reads_statements:
            size = self._mirror.size
            for index in sorted(self._random.sample(range(size), min(SAMPLES, size))):
                yield from self._statement(index)

    def _statement(self, index: int) -> Iterator[Alert]:
        """Ask for a statement again: it was verified when it came in, and may be gone since."""
        try:
            expected = Entry.from_bytes(self._mirror.entry(index)).digest
        except InvalidInput:
            return  # no entry, which was said when it came in
        data = self._source.statement(expected)
        place = f"entry {index}"
        if data is None:
            yield Alert(Code.STATEMENT_MISSING, place, f"{expected} is not given out.")
        elif digest(data) != expected:
            yield Alert(Code.STATEMENT_DIFFERS, place, f"Other bytes are given out for {expected}.")
