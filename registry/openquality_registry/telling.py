"""Join what tells events: the feed, who follows the log for it, and webhooks (`bootstrap.py`)."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from openquality_registry.adapters.sql.access import SqlAccess
from openquality_registry.adapters.sql.events import SqlEvents
from openquality_registry.adapters.sql.subscriptions import SqlSubscriptions
from openquality_registry.events.bell import Bell
from openquality_registry.events.following import Following
from openquality_registry.events.ports import Evaluation
from openquality_registry.fetching import Fetcher, FetchRefused
from openquality_registry.folder import Folder
from openquality_registry.log.sequencer import Sequencer
from openquality_registry.ports import Clock
from openquality_registry.settings import Settings, WrongSetting
from openquality_registry.webhooks.delivering import Delivering
from openquality_registry.webhooks.desk import Desk
from openquality_registry.webhooks.receiver import Receivers


@dataclass(frozen=True, slots=True)
class Telling:
    """Hold the joined parts."""

    events: SqlEvents
    bell: Bell
    following: Following
    desk: Desk
    delivering: Delivering


def join(
    settings: Settings,
    folder: Folder,
    evaluation: Evaluation,
    *,
    access: SqlAccess,
    sequencer: Sequencer,
    published: Callable[[], int | None],
    clock: Clock,
) -> Telling:
    """Begin to follow the log, and to bring events to those who subscribed.

    `published` returns the size of the published log, or None while a restored one may not go on.
    Raises WrongSetting.
    """
    store = folder.store
    events, bell = SqlEvents(write=store.write, read=store.read), Bell()
    subscriptions = SqlSubscriptions(write=store.write, read=store.read)
    receivers = Receivers(
        _fetcher(settings),
        folder.webhook_key,
        clock,
        name=_name(settings, folder),
        origin=folder.origin,
    )
    delivering = Delivering(
        subscriptions,
        events,
        receivers,
        clock=clock,
        token=access.get,
        ready=lambda: published() is not None,
    )

    def told(newest: int) -> None:
        bell.ring(newest)
        delivering.wake()

    bell.ring(events.position().sequence)
    following = Following(
        store,
        events,
        evaluation,
        clock=clock,
        origin=folder.origin,
        published=published,
        told=told,
        busy=lambda: sequencer.outstanding > 0,
    )
    sequencer.tell(following.wake)
    following.start()
    delivering.start()
    desk = Desk(subscriptions, events, receivers, clock=clock, changed=delivering.wake)
    return Telling(events, bell, following, desk, delivering)


def _fetcher(settings: Settings) -> Fetcher:
    try:
        return Fetcher(allowed=settings.receivers.split())
    except FetchRefused as error:
        raise WrongSetting("receivers", str(error)) from None


def _name(settings: Settings, folder: Folder) -> str:
    """Return the name under which receivers know the sender: a DNS name."""
    public = urlsplit(settings.public_url).hostname if settings.public_url else None
    return public or folder.origin.partition("/")[0]
