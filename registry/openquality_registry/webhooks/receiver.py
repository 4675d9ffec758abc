"""A receiver, through the one guarded Fetcher: ask whether it agrees, bring it an event.

Agreement is that of CloudEvents' "HTTP 1.1 Web Hooks", section 4: OPTIONS with the sender's name,
answered by the same name or `*`. What is brought is signed (`openquality.webhooks`). Of an answer
only the status and two headers are looked at; its body is read up to a limit, and shown to nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import orjson

from openquality import webhooks
from openquality.signing import SigningKey
from openquality_registry.events.event import Told
from openquality_registry.fetching import Fetched, Fetcher, FetchError
from openquality_registry.ports import Clock
from openquality_validator.errors import OpenQualityError
from openquality_validator.message import join, message

SECONDS = 15.0  # for one request, the name service included
MAX_ANSWER = 65_536  # bytes of a body; a receiver has nothing to tell us
REQUEST_ORIGIN = "WebHook-Request-Origin"
ALLOWED_ORIGIN = "webhook-allowed-origin"
_WAIT = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}


@dataclass(eq=False)
class NotAgreed(OpenQualityError):
    """Say why an address is brought no events."""

    problem: str

    def __str__(self) -> str:
        return message(
            "{problem} Answer OPTIONS with the header WebHook-Allowed-Origin "
            "(docs/guide/events.md).",
            problem=self.problem,
        )


@dataclass(frozen=True, slots=True)
class Attempt:
    """Hold what became of an attempt: `problem` is empty if the event has arrived.

    `gone` says that the receiver wants no more, `wait` how long it asked not to be asked.
    """

    problem: str = ""
    gone: bool = False
    wait: timedelta = timedelta(0)


class Receivers:
    """Send requests to receivers. May be called from any thread.

    `name` identifies the sender to them (a DNS name), `origin` is that of the log.
    """

    def __init__(
        self, fetcher: Fetcher, key: SigningKey, clock: Clock, *, name: str, origin: str
    ) -> None:
        self._fetcher = fetcher
        self._key = key
        self._clock = clock
        self.name = name
        self._origin = origin

    def agree(self, url: str) -> None:
        """Ask whether an address takes our events. Raises NotAgreed or FetchError."""
        answer = self._fetcher.options(
            url, headers={REQUEST_ORIGIN: self.name}, max_bytes=MAX_ANSWER
        )
        allowed = answer.headers.get(ALLOWED_ORIGIN, "").strip().lower()
        if allowed not in {"*", self.name.lower()}:
            raise NotAgreed(
                message(
                    "The receiver does not agree to events from {name}: it answered {status}.",
                    name=self.name,
                    status=answer.status,
                )
            )

    def bring(self, url: str, told: Told) -> Attempt:
        """Bring one event, once."""
        event = told.to_json(origin=self._origin)
        body = orjson.dumps(event)
        signed = webhooks.sign(event["id"], body, self._key, now=self._clock.now())
        try:
            answer = self._fetcher.post(
                url,
                body,
                content_type=webhooks.CONTENT_TYPE,
                max_bytes=MAX_ANSWER,
                seconds=SECONDS,
                headers={REQUEST_ORIGIN: self.name, **signed},
            )
        except FetchError as error:
            return Attempt(join(" ", (f"{error.problem}.", error.hint)))
        return self._judged(answer)

    def _judged(self, answer: Fetched) -> Attempt:
        if HTTPStatus(200) <= answer.status < HTTPStatus(300):
            return Attempt()
        problem = message("The receiver answered {status}.", status=answer.status)
        if answer.status == HTTPStatus.GONE:
            return Attempt(problem, gone=True)
        wait = _retry_after(answer.headers, self._clock.now()) if answer.status in _WAIT else None
        return Attempt(problem, wait=wait or timedelta(0))


def _retry_after(headers: Mapping[str, str], now: datetime) -> timedelta:
    """Read RFC 9110, section 10.2.3: seconds, or a date; nothing of what is neither."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:9]), 10**8))
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return timedelta(0)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now
