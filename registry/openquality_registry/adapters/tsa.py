"""Tokens of time-stamp authorities over the log's checkpoints (RFC 3161), fetched by HTTP.

A thread of its own asks each configured authority about the newest published checkpoint, at most
once in an interval, and keeps what verifies. Publishing never waits for it: without any authority
the log goes on, and its records are only dated later or not at all.
"""

import base64
import binascii
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path

from rfc3161_client import HashAlgorithm, TimestampRequestBuilder, decode_timestamp_response

from openquality_registry.fetching import Fetcher, FetchError
from openquality_registry.ports import Clock
from openquality_registry.repeating import Repeating
from openquality_registry.settings import WrongSetting
from openquality_validator import documents
from openquality_validator.errors import InvalidInput, OpenQualityError, TimestampError
from openquality_validator.timestamps import MAX_TOKEN_BYTES, Authority, verify_token
from openquality_validator.tlog import checkpoint as checkpoints
from openquality_validator.tlog.note import Note

TRIES = 3  # for each authority and checkpoint; then the next interval
PAUSE = 5.0  # seconds before the second try, doubled before the third
MAX_SKEW = timedelta(minutes=5)  # between the authority's clock and ours
_QUERY = "application/timestamp-query"  # RFC 3161, section 3.4
_REPLY = "application/timestamp-reply"
_SETTING = "time_authorities"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Configured:
    """Hold an authority that the operator chose, with the address that is asked."""

    url: str
    authority: Authority


@dataclass(frozen=True, slots=True)
class Stamped:
    """Hold a verified TimeStampToken over the text of a checkpoint note of this size."""

    size: int
    authority: str
    note: bytes
    token: bytes
    moment: datetime


class NoToken(OpenQualityError):
    """The authority gave no token that can be kept."""


class TimeClient:
    """Ask authorities for tokens. The fetcher must allow their origins if they are not https."""

    def __init__(self, fetcher: Fetcher, clock: Clock) -> None:
        self._fetcher = fetcher
        self._clock = clock

    def stamp(self, note: bytes, configured: Configured) -> Stamped:
        """Get and verify a token over the text of a checkpoint note.

        Raises FetchError, TimestampError, or NoToken.
        """
        text = Note.from_bytes(note).text.encode()
        # No nonce: nobody can hold a token over this digest that is older than the checkpoint, and
        # one that is asked for twice is as good the second time.
        request = (
            TimestampRequestBuilder(nonce=False)
            .data(text)
            .hash_algorithm(HashAlgorithm.SHA256)
            .build()
        )
        answer = self._fetcher.post(
            configured.url,
            request.as_bytes(),
            content_type=_QUERY,
            accept=(_REPLY,),
            max_bytes=MAX_TOKEN_BYTES,
        )
        if answer.status != HTTPStatus.OK:
            raise NoToken(f"{configured.url} answered {answer.status}")
        proved = verify_token(
            answer.body,
            message_digest=sha256(text).digest(),
            authorities=[configured.authority],
        )
        # A token of the future would spoil every bundle that holds it; one of the past is false.
        if abs(proved.moment - self._clock.now()) > MAX_SKEW:
            raise NoToken(
                f"the clock of {configured.url} is not ours: it says {proved.moment.isoformat()}"
            )
        return Stamped(
            size=checkpoints.parse(note)[0].size,
            authority=proved.authority,
            note=note,
            token=decode_timestamp_response(answer.body).time_stamp_token(),
            moment=proved.moment,
        )


class Stamper:
    """Have the newest checkpoint stamped by every authority, at most once in an interval.

    `newest` returns the published checkpoint note; `keep` stores a token. A token that cannot be
    had or kept is logged, and tried again after the interval.
    """

    def __init__(
        self,
        client: TimeClient,
        authorities: Sequence[Configured],
        *,
        newest: Callable[[], bytes | None],
        keep: Callable[[Stamped], None],
        interval: float,
        pause: float = PAUSE,
    ) -> None:
        self._client = client
        self.authorities = tuple(authorities)
        self._newest = newest
        self._keep = keep
        self._pause = pause
        self._stamped: dict[str, int] = {}
        self._turns = Repeating(
            self.once,
            name="stamper",
            failed="the newest checkpoint was not stamped",
            interval=interval,
        )

    def start(self) -> None:
        """Begin, if any authority is configured."""
        if self.authorities:
            self._turns.start()

    def close(self) -> None:
        """Stop; a request that is on its way has its time limit."""
        self._turns.close()

    def once(self) -> None:
        """Ask every authority that has not stamped the newest checkpoint yet."""
        note = self._newest()
        size = checkpoints.parse(note)[0].size if note else 0
        # An empty log holds nothing that could be dated.
        if note is None or size == 0:
            return
        for configured in self.authorities:
            name = configured.authority.name
            if self._stamped.get(name) != size and self._try(note, configured):
                self._stamped[name] = size

    def _try(self, note: bytes, configured: Configured) -> bool:
        pause = self._pause
        for left in reversed(range(TRIES)):
            try:
                self._keep(self._client.stamp(note, configured))
            except (FetchError, NoToken, TimestampError) as error:
                _log.warning("no token of %s: %s", configured.authority.name, error)
            else:
                return True
            if left and self._turns.pause(pause):
                break
            pause *= 2
        return False


def load(path: Path) -> tuple[Configured, ...]:
    """Read the file that the setting `time_authorities` names.

    It holds a list of `{"name", "url", "roots": [base64 of a DER certificate, …]}`; other members
    are ignored. Raises WrongSetting.
    """
    try:
        listed = documents.parse(path.read_bytes())
        if not isinstance(listed, list):
            raise WrongSetting(_SETTING, f"{path} does not hold a list")
        found = tuple(_configured(item) for item in listed)
    except OSError as error:
        raise WrongSetting(_SETTING, f"{path} cannot be read: {error.strerror}") from None
    except InvalidInput as error:
        raise WrongSetting(_SETTING, f"{path}: {error.message}") from None
    if len({each.authority.name for each in found}) < len(found):
        raise WrongSetting(_SETTING, f"{path} has two authorities with one name")
    return found


def _configured(item: object) -> Configured:
    match item:
        case {"name": str(name), "url": str(url), "roots": list(roots)} if name:
            try:
                return Configured(url, Authority(name, tuple(map(_certificate, roots))))
            except (TypeError, binascii.Error):
                pass
    raise WrongSetting(_SETTING, "each authority needs a name, a url, and roots in base64")


def _certificate(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
