"""Status lists: what the log says of records, as ordinary wallets read it.

The log is the truth, and `GET /v1/status/{sha256}` its signed and proved word on one record. A list
is an export of it: a bit for each record that took a place, derived from the published log and
signed by the status key, with nothing to prove that the registry derived it well.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from openquality import signing
from openquality.signing import SigningKey
from openquality_registry import status
from openquality_registry.access.gate import Caller, Gate
from openquality_registry.adapters.sql.places import SqlPlaces
from openquality_registry.facts import Facts
from openquality_registry.places import read_wish
from openquality_registry.ports import Clock
from openquality_registry.problems import Refused
from openquality_validator.message import message
from openquality_validator.status import State, bitstring, derive, statement_target
from openquality_validator.status.bitstring import Bitstring, Purpose

TTL = timedelta(minutes=5)  # after which readers get a list again; also how long caches keep it
VALID = timedelta(hours=1)  # so that an old list cannot be shown for long
_KEPT = 64  # lists held signed; there are as many as 65,536 reservations fill, for each purpose


@dataclass(frozen=True, slots=True)
class _Made:
    """Hold a list as last made: up to which status statement, when, its set places, its bytes."""

    upto: int = 0
    at: datetime | None = None
    set_places: frozenset[int] = field(default_factory=frozenset)
    signed: bytes = b""


class StatusLists:
    """Give places to issuers, and make the lists. Every method may be called from any thread."""

    def __init__(
        self,
        places: SqlPlaces,
        *,
        facts: Facts,
        gate: Gate,
        clock: Clock,
        key: SigningKey,
        published: Callable[[], int],
    ) -> None:
        self._places = places
        self._facts = facts
        self._gate = gate
        self._clock = clock
        self._key = key
        self._published = published
        self._made: dict[str, _Made] = {}
        self._one = threading.Lock()

    def reserve(self, request: str, caller: Caller) -> Sequence[dict[str, str]]:
        """Reserve what a signed request asks for; return each place as a `credentialStatus`.

        A place is given once. There are fewer than asked for where the day's quota ends. Raises
        Refused.
        """
        lists = self._lists()
        wish = read_wish(request, facts=self._facts, now=self._clock.now())
        granted = self._gate.permit_places(wish.issuer, wish.count, caller)
        return [
            bitstring.entry(f"{lists}/{name}", wish.purpose, place)
            for name, place in self._places.reserve(wish.purpose, wish.issuer, granted)
        ]

    def signed(self, name: str) -> bytes:
        """Return a list as a signed credential. Raises Refused for one that does not exist."""
        lists = self._lists()
        if name not in self._made and not self._places.has(name):
            raise Refused(
                "unknown-status-list",
                message("There is no list {name}. See the record again.", name=name),
            )
        with self._one:
            made = self._made.pop(name, _Made())
            made = self._renewed(f"{lists}/{name}", name, made)
            self._made[name] = made  # the one asked for last stands last
            if len(self._made) > _KEPT:
                del self._made[next(iter(self._made))]
        return made.signed

    def _renewed(self, url: str, name: str, made: _Made) -> _Made:
        now = self._clock.now()
        upto = min(self._places.newest_status() + 1, self._published())
        is_fresh = made.at is not None and made.at <= now < made.at + TTL
        if upto == made.upto and is_fresh:
            return made
        purpose = Purpose(name.partition("-")[0])
        found = set(made.set_places)
        for place, digest in self._places.spoken_of(name, made.upto, upto).items():
            found.discard(place)
            if purpose.shows(self._state(digest, upto)):
                found.add(place)
        listed = bitstring.credential(
            url,
            purpose,
            Bitstring.of(found),
            issuer=self._key.did,
            now=now,
            valid=VALID,
            ttl=TTL,
        )
        signed = signing.sign(listed, self._key)
        return replace(made, upto=upto, at=now, set_places=frozenset(found), signed=signed)

    def _state(self, digest: str, upto: int) -> State:
        """Say how a record stands by its issuer and this registry's operator, at a size."""
        target = statement_target(digest)
        events = [event for event in status.events(target, self._facts) if event.index < upto]
        logged = self._facts.find(digest)
        assert logged is not None  # a place is taken in the transaction that logs the record
        counts = {logged.issuer, self._facts.operator}
        return derive(target, events, log=self._facts.origin).worst(counts.__contains__)

    def _lists(self) -> str:
        if self._facts.status_lists is None:
            raise Refused(
                "no-status-lists",
                message(
                    "This registry has no public address to write into records. Use another one, "
                    "or read /v1/status/{sha256}, which needs no reserved place."
                ),
            )
        return self._facts.status_lists
