"""Read a registry's feed of events, from a place in it on (docs/spec/events.md)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import orjson

from openquality import wire
from openquality_validator.errors import RegistryError
from openquality_validator.message import message

if TYPE_CHECKING:
    from openquality.client import Client

BATCH = "application/cloudevents-batch+json"
WAIT = 20  # seconds that a registry lets a reader wait, at the most
LATEST = "latest"
_NEXT = re.compile(r'<(/v1/events\?[!-~]*)>; rel="next"')


@dataclass(frozen=True, slots=True)
class Batch:
    """Hold events in their order, and the address of those that follow."""

    events: tuple[Mapping[str, Any], ...]
    next: str


def address(
    after: str = "0",
    *,
    types: Sequence[str] = (),
    subject: str | None = None,
    issuer: str | None = None,
    limit: int = 100,
) -> str:
    """Return the address of events behind a sequence, or behind the newest (`latest`)."""
    pairs = [("after", after), *(("type", each) for each in types)]
    pairs += [("subject", subject)] if subject is not None else []
    pairs += [("issuer", issuer)] if issuer is not None else []
    return f"v1/events?{urlencode([*pairs, ('limit', str(limit))])}"


def read(client: "Client", where: str, *, wait: int = 0) -> Batch:
    """Read one batch; with `wait`, wait so many seconds for an event. Raises RegistryError."""
    path = f"{where}&wait={wait}" if wait else where
    response = client.send(wire.fetch(path, accept=BATCH))
    body = wire.read(response)
    following = _NEXT.fullmatch(response.headers.get("link", ""))
    try:
        events = orjson.loads(body)
    except orjson.JSONDecodeError:
        events = None
    if following is None or not isinstance(events, list):
        raise RegistryError(
            response.status,
            "bad-answer",
            message("The answer is no part of a feed of events."),
            message("Check the address: does a registry of version 0.5 or later answer there?"),
        )
    return Batch(tuple(events), following[1].removeprefix("/"))


def everything(client: "Client", where: str, *, follow: bool) -> Iterator[Batch]:
    """Yield batch after batch: to the end of the feed, or for ever, waiting for what comes."""
    while True:
        batch = read(client, where, wait=WAIT if follow else 0)
        yield batch
        if batch.next == where and not follow:
            return
        where = batch.next
