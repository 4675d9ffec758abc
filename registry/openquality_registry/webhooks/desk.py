"""What the owner of a token does with its subscriptions: make, see, end, begin again."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace

from openquality_registry.events.ports import Events
from openquality_registry.fetching import FetchError
from openquality_registry.ports import Clock
from openquality_registry.problems import Refused
from openquality_registry.webhooks.ports import Full, Subscriptions
from openquality_registry.webhooks.receiver import NotAgreed, Receivers
from openquality_registry.webhooks.subscription import Subscription, Wanted, new_id
from openquality_validator.entry import timestamp
from openquality_validator.message import join, message

PER_TOKEN = 20
IN_ALL = 500
HANDSHAKES = 4  # at once: each may take as long as a fetch
PATIENCE = 2.0  # seconds to wait for one of them to end


class Desk:
    """Make and change subscriptions for the owner of a token. For any thread.

    `changed` is called after each change. Everything raises Refused; another token's subscription
    is as unknown as one that never was.
    """

    def __init__(
        self,
        subscriptions: Subscriptions,
        events: Events,
        receivers: Receivers,
        *,
        clock: Clock,
        changed: Callable[[], None],
    ) -> None:
        self._subscriptions = subscriptions
        self._events = events
        self._receivers = receivers
        self._clock = clock
        self._changed = changed
        self._handshakes = threading.BoundedSemaphore(HANDSHAKES)

    @property
    def sender(self) -> str:
        """The name under which receivers are asked and brought events."""
        return self._receivers.name

    def make(self, wanted: Wanted, *, token: str) -> Subscription:
        """Make a subscription, if the receiver agrees."""
        made = Subscription(
            id=new_id(),
            token=token,
            url=wanted.url,
            asked=wanted.asked,
            created_at=timestamp(self._clock.now()),
            after=self._start(wanted.after),
        )
        self._agree(wanted.url)
        try:
            self._subscriptions.add(made, per_token=PER_TOKEN, in_all=IN_ALL)
        except Full as error:
            raise Refused("too-many-subscriptions", str(error)) from None
        self._changed()
        return made

    def all(self, *, token: str) -> Sequence[Subscription]:
        """Return the token's subscriptions, in the order of making."""
        return self._subscriptions.of_token(token)

    def one(self, identifier: str, *, token: str) -> Subscription:
        """Return one of the token's subscriptions."""
        found = self._subscriptions.find(identifier)
        if found is None or found.token != token:
            raise _unknown()
        return found

    def end(self, identifier: str, *, token: str) -> Subscription:
        """End a subscription, for good."""
        gone = self._subscriptions.remove(identifier, token)
        if gone is None:
            raise _unknown()
        self._changed()
        return gone

    def begin_again(self, identifier: str, *, after: int | None, token: str) -> Subscription:
        """Let a subscription go on where it stopped, or behind `after`, if the receiver agrees."""
        old = self.one(identifier, token=token)
        self._agree(old.url)
        while True:
            new = replace(
                old,
                active=True,
                after=old.after if after is None else self._start(after),
                failures=0,
                failing_since=None,
                next_at=None,
                problem="",
            )
            if self._subscriptions.advance(old, new):
                self._changed()
                return new
            old = self.one(identifier, token=token)  # it came further meanwhile, or was ended

    def _start(self, after: int | None) -> int:
        newest = self._events.position().sequence
        return newest if after is None else min(after, newest)

    def _agree(self, url: str) -> None:
        if not self._handshakes.acquire(timeout=PATIENCE):
            raise Refused("overloaded", message("Try again in a minute."))
        try:
            self._receivers.agree(url)
        except FetchError as error:
            raise Refused(
                "receiver-refused", join(" ", (f"{error.problem}.", error.hint))
            ) from None
        except NotAgreed as error:
            raise Refused("receiver-refused", str(error)) from None
        finally:
            self._handshakes.release()


def _unknown() -> Refused:
    return Refused("unknown-subscription", message("GET /v1/subscriptions lists yours."))
