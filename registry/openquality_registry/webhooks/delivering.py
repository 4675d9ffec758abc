"""Bring events to those who subscribed: in their order, each receiver by itself.

At least once: how far a subscription has come is kept after the event has arrived, so that after a
crash an event may come again, with the same id. An event that does not arrive is tried again after
growing pauses, and those behind it wait; after days of failures the subscription is disabled, and
its owner sees why. The feed tells the same events meanwhile.

A receiver that hangs holds a thread as long as a request may take. Those that failed last have
threads of their own, so that they do not hold up the others.
"""

import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from threading import Lock

from openquality_registry.access.tokens import Token
from openquality_registry.events.ports import Events, Page
from openquality_registry.ports import Clock
from openquality_registry.repeating import Repeating
from openquality_registry.webhooks import pauses
from openquality_registry.webhooks.ports import Subscriptions
from openquality_registry.webhooks.receiver import Attempt, Receivers
from openquality_registry.webhooks.subscription import Subscription
from openquality_validator.entry import timestamp
from openquality_validator.message import join, message

THREADS = 8  # for receivers that take what they are brought
THREADS_FOR_FAILING = 4  # for those that did not, the last time
INTERVAL = 1.0  # seconds between looks when nobody wakes it: for pauses that are over
PAGE = 100  # events read at once
TURN = 5.0  # seconds that one receiver is served before others that wait
KEEP_EVERY = 1.0  # seconds between writing down how far a subscription has come
MOST_SKIPPED = 10_000  # events of no interest that are looked through anew after a start

_log = logging.getLogger(__name__)


class Delivering:
    """Deliver in threads of its own.

    `token` finds a token by its id; `ready` says whether anything may be brought at all.
    """

    def __init__(
        self,
        subscriptions: Subscriptions,
        events: Events,
        receivers: Receivers,
        *,
        clock: Clock,
        token: Callable[[str], Token | None],
        ready: Callable[[], bool] = lambda: True,
    ) -> None:
        self._subscriptions = subscriptions
        self._events = events
        self._receivers = receivers
        self._clock = clock
        self._token = token
        self._ready = ready
        self._lock = Lock()
        self._busy: set[str] = set()
        self._reached: dict[str, tuple[int, int]] = {}  # by id: what is kept, and how far it looked
        self._pools = (
            ThreadPoolExecutor(THREADS, "webhooks"),
            ThreadPoolExecutor(THREADS_FOR_FAILING, "webhooks-failing"),
        )
        self._turns = Repeating(
            self.once, name="webhooks", failed="webhooks were not looked after", interval=INTERVAL
        )

    def start(self) -> None:
        """Begin."""
        self._turns.start()

    def wake(self) -> None:
        """Look now: the feed has grown, or a subscription has changed."""
        self._turns.wake()

    def close(self) -> None:
        """Stop; a request that is on its way has its time limit."""
        self._turns.close()
        for pool in self._pools:
            pool.shutdown(cancel_futures=True)

    def once(self) -> None:
        """Set to work on every subscription that has something to be brought, and is due."""
        if not self._ready():
            return
        newest = self._events.position().sequence
        active = self._subscriptions.active()
        with self._lock:
            for gone in self._reached.keys() - {each.id for each in active}:
                del self._reached[gone]
        for each in active:
            if self._at(each) < newest and self._is_due(each) and self._take(each.id):
                self._pools[each.failures > 0].submit(self._serve, each.id)

    def _take(self, identifier: str) -> bool:
        with self._lock:
            if identifier in self._busy:
                return False
            self._busy.add(identifier)
        return True

    def _serve(self, identifier: str) -> None:
        """Bring one subscription what there is, until it is all, or takes too long, or fails."""
        try:
            # As it stands now: an earlier turn may have brought it further since it was chosen.
            kept = self._subscriptions.find(identifier)
            if kept is not None and kept.active and self._is_due(kept):
                self._bring(kept)
        except Exception:  # noqa: BLE001 - logged with its trace
            # The database was not to be had; the next turn tries again.
            _log.exception("a subscription was not looked after", extra={"id": identifier})
        finally:
            with self._lock:
                self._busy.discard(identifier)
            self._turns.wake()

    def _bring(self, kept: Subscription) -> None:
        owner = self._token(kept.token)
        ended = "is gone" if owner is None else owner.ended(self._clock.now())
        if ended is not None:
            self._disable(
                kept, message("The token that made the subscription {ended}.", ended=ended)
            )
            return
        course = _Course(self._subscriptions, kept, self._at(kept))
        end = time.monotonic() + TURN
        while time.monotonic() < end and not self._turns.pause(0):
            page = self._events.read(kept.asked, after=course.at, limit=PAGE)
            if not self._bring_page(course, page, end):
                return
            if page.seen >= page.newest:
                break
        if course.keep():
            with self._lock:
                self._reached[kept.id] = (course.kept.after, course.at)

    def _bring_page(self, course: "_Course", page: Page, end: float) -> bool:
        """Bring the events of a page; say whether to go on behind it, or stop for now."""
        for told in page.events:
            attempt = self._receivers.bring(course.kept.url, told)
            if attempt.problem:
                self._failed(course, attempt)
                return False
            course.arrived(told.sequence)
            if time.monotonic() > end or self._turns.pause(0) or course.is_lost:
                course.keep()
                return False
        course.at = page.seen
        return True

    def _failed(self, course: "_Course", attempt: Attempt) -> None:
        """Keep what has arrived, and when to try again; or give up."""
        kept, now = course.kept, self._clock.now()
        since = kept.failing_since or timestamp(now)
        failures = kept.failures + 1
        _log.warning(
            "a webhook did not arrive",
            extra={"id": kept.id, "failures": failures, "problem": attempt.problem},
        )
        if attempt.gone:
            self._disable(replace(kept, after=course.at), attempt.problem, old=kept)
        elif now - datetime.fromisoformat(since) >= pauses.GIVE_UP:
            said = message("Nothing has arrived for {days} days.", days=pauses.GIVE_UP.days)
            self._disable(
                replace(kept, after=course.at), join(" ", (said, attempt.problem)), old=kept
            )
        else:
            due = now + pauses.pause(kept.id, failures, asked=attempt.wait)
            new = replace(
                kept,
                after=course.at,
                failures=failures,
                failing_since=since,
                next_at=timestamp(due),
                problem=str(attempt.problem),
            )
            self._subscriptions.advance(kept, new)

    def _disable(self, now: Subscription, problem: str, *, old: Subscription | None = None) -> None:
        new = replace(now, active=False, next_at=None, problem=str(problem))
        if self._subscriptions.advance(old or now, new):
            _log.warning("a subscription is disabled", extra={"id": now.id, "problem": problem})

    def _is_due(self, subscription: Subscription) -> bool:
        due = subscription.next_at
        return due is None or due <= timestamp(self._clock.now())

    def _at(self, subscription: Subscription) -> int:
        """Return up to where a subscription has all that is its."""
        kept, at = self._reached.get(subscription.id, (0, 0))
        return at if kept == subscription.after and at > kept else subscription.after


class _Course:
    """Hold how far one subscription comes in one turn, and write it down from time to time.

    `at` is up to where it has all that is its; `is_lost` says that its owner has changed it.
    """

    def __init__(self, subscriptions: Subscriptions, kept: Subscription, at: int) -> None:
        self._subscriptions = subscriptions
        self.kept = kept
        self.at = at
        self.is_lost = False
        self._brought = False  # something that is not written down yet
        self._wrote = time.monotonic()

    def arrived(self, sequence: int) -> None:
        """Note that an event has arrived."""
        self.at = sequence
        self._brought = True
        if self.kept.failures or time.monotonic() - self._wrote > KEEP_EVERY:
            self.keep()

    def keep(self) -> bool:
        """Write it down, unless only a little that is of no interest was looked through."""
        if not self._brought and self.at - self.kept.after < MOST_SKIPPED:
            return not self.is_lost
        new = replace(
            self.kept, after=self.at, failures=0, failing_since=None, next_at=None, problem=""
        )
        self.is_lost = not self._subscriptions.advance(self.kept, new)
        self.kept, self._brought, self._wrote = new, False, time.monotonic()
        return not self.is_lost
