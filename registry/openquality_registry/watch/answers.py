"""Compare what a registry answers with what its log says: look-ups and states.

An answer is compared as of the size that it names, and the copy holds that size first. What
changed is asked about first, then what was compared longest ago.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

import orjson

from openquality_registry.issuers import is_event
from openquality_registry.ports import Clock
from openquality_registry.watch.alerts import Alert, Code
from openquality_registry.watch.following import SKEW
from openquality_registry.watch.mirror import ISSUER, STATUS, SUBJECT, Known, Mirror
from openquality_registry.watch.source import Source
from openquality_registry.watch.statements import KEY, SUCCESSOR, derive
from openquality_registry.watch.statements import STATUS as SAID
from openquality_validator import certification, envelope, identity, kinds, status
from openquality_validator import entry as entries
from openquality_validator.bundle import Status
from openquality_validator.entry import Entry, timestamp
from openquality_validator.errors import InvalidInput, StatusError
from openquality_validator.status import Successor
from openquality_validator.status import answer as answers
from openquality_validator.status.answer import Answer
from openquality_validator.tlog.checkpoint import Checkpoint

PAGE = 1_000
MAX_TEXT = 2_048  # longer keys are no question that a registry takes

Reach = Callable[[int], Iterator[Alert]]
"""Bring the copy to at least a size, if the log has it."""


class Answers:
    """Ask a registry, and compare. For one thread.

    `status_keys` are the did:keys that may sign answers about states.
    """

    def __init__(
        self,
        source: Source,
        mirror: Mirror,
        clock: Clock,
        *,
        reach: Reach,
        status_keys: Sequence[str],
    ) -> None:
        self._source = source
        self._mirror: Final = mirror
        self._clock = clock
        self._reach = reach
        self._status_keys = frozenset(status_keys)

    def run(self, count: int) -> Iterator[Alert]:
        """Compare up to so many answers; yield what is wrong with them. Raises NetworkError."""
        asked = [SUBJECT, ISSUER, STATUS] if self._mirror.reads_statements else [SUBJECT, ISSUER]
        done: list[tuple[str, str]] = []
        try:
            for kind, key in self._mirror.due(asked, count):
                if kind == STATUS:
                    yield from self._status(key)
                elif len(key) <= MAX_TEXT:
                    yield from self._lookup(kind, key)
                done.append((kind, key))
        finally:
            self._mirror.checked(done)  # once: what a crash forgets is only asked again

    def _lookup(self, kind: str, key: str) -> Iterator[Alert]:
        place = f"lookup {kind} {key}"
        question: dict[str, Any] = {f"{kind}s": [key], "limit": PAGE}
        expected: Iterator[Known] | None = None
        while True:
            page = _Page.read(self._source.lookup(question))
            if page is None:
                yield Alert(Code.ANSWER_UNUSABLE, place, "The answer is none to the question.")
                return
            if expected is None:
                known = self._mirror.size
                yield from self._reach(page.size)
                if page.size < known or page.size > self._mirror.size:
                    yield self._wrong_size(place, page.size, known)
                    return
                expected = self._mirror.of(kind, key, below=page.size)
            for index, digest in page.items:
                entry = next(expected, None)
                if entry is None or (entry.index, entry.digest) != (index, digest):
                    yield _difference(place, entry, index, digest)
                    return
            if page.next is None:
                break
            question["cursor"] = page.next
        left = next(expected, None)
        if left is not None:
            yield _difference(place, left, None, "")

    def _wrong_size(self, place: str, size: int, known: int) -> Alert:
        if size < known:
            text = f"The answer is as of {size} entries, and the log had {known} before."
        else:
            text = f"The answer is as of {size} entries, and the log shows {self._mirror.size}."
        return Alert(Code.ANSWER_UNUSABLE, place, text)

    def _status(self, digest: str) -> Iterator[Alert]:
        place = f"status {digest}"
        about = self._mirror.find(digest)
        if about is None:
            return  # a statement about something that is not in the log
        known = self._mirror.size
        given = self._source.status(digest) or {}
        said = yield from self._read(place, str(given.get("answer", "")).encode())
        if said is None:
            return
        oldest = timestamp(self._clock.now() - SKEW)
        if said.size < known or said.time < oldest:
            yield Alert(
                Code.STATUS_OLD,
                place,
                f"It is as of {said.size} entries and {said.time}; the log had {known} before.",
            )
        yield from self._compare(place, about, said, given)

    def judge(self, place: str, given: Status) -> Iterator[Alert]:
        """Judge the status answer of a bundle that somebody was given, as of its own time.

        Needs a copy with statements. Raises NetworkError.
        """
        said = yield from self._read(place, given.answer)
        about = None if said is None else self._mirror.find(said.target)
        if said is None or about is None:
            return  # of a statement that is not in the log, the checkpoint says that already
        if said.size < self._mirror.size:
            following = Entry.from_bytes(self._mirror.entry(said.size)).admitted_at
            if datetime.fromisoformat(following) + SKEW < datetime.fromisoformat(said.time):
                yield Alert(
                    Code.STATUS_OLD,
                    place,
                    f"It is as of {said.size} entries and {said.time}; the next entry was admitted "
                    f"at {following} already.",
                    self._keep(said.target, given.to_json()),
                )
        yield from self._compare(place, about, said, given.to_json())

    def _read(self, place: str, answer: bytes) -> Generator[Alert, None, Answer | None]:
        """Prove who signed an answer, and bring the copy to its tree."""
        try:
            said, signer = answers.verify(answer)
        except InvalidInput as error:
            yield Alert(Code.ANSWER_UNUSABLE, place, str(error))
            return None
        if self._status_keys and signer not in self._status_keys:
            yield Alert(Code.STATUS_WRONG, place, f"It is signed by {signer}, which may not.")
            return None
        yield from self._reach(said.size)
        return said

    def _compare(
        self, place: str, about: Known, said: Answer, given: dict[str, Any]
    ) -> Iterator[Alert]:
        """Compare an answer with what the log says at its tree."""
        if said.size > self._mirror.size or said.root != self._mirror.root_at(said.size):
            text = f"It is as of a tree of {said.size} entries that the log does not show."
            yield Alert(Code.STATUS_WRONG, place, text, self._keep(about.digest, given))
            return
        try:
            right = self._derive(about, said)
        except StatusError:
            return  # the chain itself is broken, which was said when it came in
        if not right.same_as(said):
            text = f"It says {said.state}, and the log says {right.state}."
            if right.state is said.state:
                text = f"It says {said.state} rightly, and something else of it is wrong."
            yield Alert(Code.STATUS_WRONG, place, text, self._keep(about.digest, given))

    def _derive(self, about: Known, said: Answer) -> Answer:
        """Say how a statement stood in the tree that the answer names."""
        target = status.statement_target(about.digest)
        events = self._mirror.events(target, SAID, below=said.size)
        keys = self._mirror.events(about.issuer, KEY, below=said.size)
        first = self._successor(about, below=said.size)
        return Answer.of(
            derive(target, events, log=self._mirror.origin),
            issuer=about.issuer,
            successor=Successor(first.index, first.digest) if first else None,
            target=about.digest,
            head=Checkpoint(self._mirror.origin, said.size, said.root),
            now=datetime.fromisoformat(said.time),
            key_events=0 if about.issuer.startswith(identity.METHOD) else len(keys),
            certificates={
                key: derive(
                    key,
                    self._mirror.events(key, SAID, below=said.size),
                    log=self._mirror.origin,
                )
                for key in self._certified(about.digest)
            },
        )

    def _certified(self, digest: str) -> frozenset[str]:
        """Name the certificates that a statement claims; its bytes are fetched again."""
        data = self._source.statement(digest)
        if data is None or entries.digest(data) != digest or is_event(data):
            return frozenset()  # which was said when it came in
        content = envelope.credential(envelope.parse_envelope(data).payload).value
        if kinds.of(content) is not kinds.DEFAULT:
            return frozenset()
        return frozenset(each.key for each in certification.certificates(content))

    def _successor(self, about: Known, *, below: int) -> Known | None:
        """Return the first attestation of the same issuer that supersedes a statement."""
        for event in self._mirror.events(about.digest, SUCCESSOR, below=below):
            known = self._mirror.find(entries.digest(event.statement))
            if known is not None and known.issuer == about.issuer:
                return known
        return None

    def _keep(self, digest: str, given: dict[str, Any]) -> str:
        data = orjson.dumps(given, option=orjson.OPT_INDENT_2)
        name = f"status-{digest.removeprefix('sha256:')[:16]}-{sha256(data).hexdigest()[:16]}.json"
        return self._mirror.keep_evidence(name, data)


@dataclass(frozen=True, slots=True)
class _Page:
    """Hold one page of a look-up: (index, digest) of its items, the log's size, the cursor."""

    items: tuple[tuple[int, str], ...]
    size: int
    next: str | None

    @classmethod
    def read(cls, answer: dict[str, Any] | None) -> "_Page | None":
        match answer:
            case {
                "items": list(items),
                "log": {"size": int(size)},
                "next": None | str() as following,
            } if len(items) <= PAGE and (items or following is None):
                try:
                    found = tuple((item["index"], item["digest"]) for item in items)
                except (KeyError, TypeError):
                    return None
                return cls(found, size, following)
        return None


def _difference(place: str, entry: Known | None, index: object, digest: object) -> Alert:
    """Say what is missing or too much, at the first place where answer and copy part."""
    if entry is None:
        text = f"The answer has entry {index} ({digest}), and the log says nothing of it."
        return Alert(Code.LOOKUP_ADDS, place, text)
    if isinstance(index, int) and index <= entry.index:
        text = f"The answer has entry {index} ({digest}), which the log does not have there."
        return Alert(Code.LOOKUP_ADDS, place, text)
    return Alert(Code.LOOKUP_OMITS, place, f"The answer leaves out entry {entry.index}.")
