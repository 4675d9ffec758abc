"""Ask witnesses to cosign the newest checkpoint (C2SP tlog-witness), apart from publishing.

A thread of its own offers each witness the newest published checkpoint with the proof from the one
that it signed last, and keeps what verifies. Publishing never waits for it. A witness that has a
longer log than this registry convicts it of a fork or a lost end: then nothing may be signed.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Final

from openquality_registry.fetching import Fetched, Fetcher, FetchError
from openquality_registry.ports import Clock
from openquality_registry.repeating import Repeating
from openquality_registry.settings import WrongSetting
from openquality_validator.errors import InvalidInput, OpenQualityError
from openquality_validator.message import message
from openquality_validator.tlog import checkpoint as checkpoints
from openquality_validator.tlog import witness as messages
from openquality_validator.tlog.note import Note
from openquality_validator.tlog.policy import Party, Policy
from openquality_validator.tlog.witness import Request

INTERVAL = 1.0  # seconds between looks at the newest checkpoint
PAUSE = 5.0  # seconds after a failure, doubled up to MAX_PAUSE
MAX_PAUSE = 300.0
MAX_SKEW = timedelta(minutes=5)  # between a witness's clock and ours
_SETTING = "witnesses"

_log = logging.getLogger(__name__)

Prove = Callable[[int, int], tuple[bytes, ...]]
"""Prove that the log of a size continues that of a smaller one."""
Keep = Callable[[int, str, bytes, bytes, datetime], None]
"""Keep a cosignature: size, witness's key name, log-signed note, signature line, its time."""


@dataclass(eq=False)
class NotCosigned(OpenQualityError):
    """Say why a witness did not cosign, and what to do."""

    problem: str
    hint: str

    def __str__(self) -> str:
        return f"{self.problem} {self.hint}"


class Witnesses:
    """Have the newest checkpoint cosigned by every witness of a policy that has an address.

    `newest` returns the published checkpoint note. `ahead` holds the largest size that any witness
    said to have seen beyond ours, or 0.
    """

    def __init__(
        self,
        fetcher: Fetcher,
        policy: Policy,
        clock: Clock,
        *,
        newest: Callable[[], bytes | None],
        prove: Prove,
        keep: Keep,
        interval: float = INTERVAL,
    ) -> None:
        self._fetcher = fetcher
        self._clock = clock
        self._witnesses: Final = tuple(each for each in policy.witnesses if each.url)
        self._newest = newest
        self._prove = prove
        self._keep = keep
        self._signed: dict[str, int] = {}  # by name: the size that the witness signed last
        self._rest: dict[str, tuple[float, datetime]] = {}  # by name: pause, and until when
        self.ahead = 0
        self._turns = Repeating(
            self.once,
            name="witnesses",
            failed="the newest checkpoint was not offered to the witnesses",
            interval=interval,
        )

    def start(self) -> None:
        """Begin, if any witness has an address."""
        if self._witnesses:
            self._turns.start()

    def close(self) -> None:
        """Stop; a request that is on its way has its time limit."""
        self._turns.close()

    def once(self) -> None:
        """Offer the newest checkpoint to every witness that has not signed it and may be asked."""
        note = self._newest()
        if note is None:
            return
        size = checkpoints.parse(note)[0].size
        for witness in self._witnesses:
            if self._signed.get(witness.name) == size or self._rests(witness.name):
                continue
            try:
                self._offer(witness, note, size)
            except (FetchError, InvalidInput, NotCosigned) as error:
                self._put_off(witness.name, str(error))
            else:
                self._rest.pop(witness.name, None)

    def _offer(self, witness: Party, note: bytes, size: int) -> None:
        answer = self._post(witness, note, size, self._signed.get(witness.name, 0))
        if answer.status == HTTPStatus.CONFLICT:
            # It signed another size last, and says which.
            known = messages.read_size(answer.body)
            if known > size:
                self.ahead = max(self.ahead, known)
                raise NotCosigned(
                    message(
                        "The witness {name} has seen {known} entries of this log, and here are "
                        "{size}.",
                        name=witness.name,
                        known=known,
                        size=size,
                    ),
                    message("The log has lost its end, or forked: see docs/guide/backup.md."),
                )
            answer = self._post(witness, note, size, known)
        if answer.status != HTTPStatus.OK:
            raise NotCosigned(
                message(
                    "The witness {name} answered {status}.", name=witness.name, status=answer.status
                ),
                message("Ask its operator whether it knows this log's key."),
            )
        own = Note.from_bytes(note)
        lines, cosignatures = messages.accept(own, answer.body, [witness.key])
        if not cosignatures:
            raise NotCosigned(
                message(
                    "The witness {name} answered without a line of its key.", name=witness.name
                ),
                message("Check its key in the policy file."),
            )
        moment = cosignatures[0].moment
        if moment > self._clock.now() + MAX_SKEW:
            # Kept, it would spoil every bundle that holds it.
            raise NotCosigned(
                message(
                    "The witness {name} is ahead of time: {moment}.",
                    name=witness.name,
                    moment=moment,
                ),
                message("Check clocks."),
            )
        self._keep(size, witness.key.name, note, lines[0].to_text().encode(), moment)
        self._signed[witness.name] = size

    def _post(self, witness: Party, note: bytes, size: int, old: int) -> Fetched:
        # An empty log, and the first offer, need no proof.
        proof = self._prove(old, size) if 0 < old < size else ()
        assert witness.url is not None
        return self._fetcher.post(
            witness.url.rstrip("/") + messages.PATH,
            Request(old, proof, note).to_bytes(),
            content_type="text/plain",
            accept=(),
            max_bytes=messages.MAX_ANSWER,
        )

    def _rests(self, name: str) -> bool:
        rest = self._rest.get(name)
        return rest is not None and self._clock.now() < rest[1]

    def _put_off(self, name: str, why: str) -> None:
        pause = min(self._rest[name][0] * 2, MAX_PAUSE) if name in self._rest else PAUSE
        self._rest[name] = (pause, self._clock.now() + timedelta(seconds=pause))
        _log.warning("the witness %s did not cosign: %s", name, why)


def load(path: Path) -> Policy:
    """Read the policy file that the setting `witnesses` names. Raises WrongSetting."""
    try:
        return Policy.from_text(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise WrongSetting(_SETTING, f"{path} cannot be read: {error}") from None
    except InvalidInput as error:
        raise WrongSetting(_SETTING, f"{path}: {error.message}") from None
