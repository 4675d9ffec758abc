"""Confirm a restored folder with what the settings name: by the command, or by the server."""

import datetime as dt
import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import closing

from openquality_registry import hosting, places, witnesses
from openquality_registry.adapters.sql.certificates import SqlCertificates
from openquality_registry.adapters.sql.schemas import SqlSchemas
from openquality_registry.backup import held, tail, waiting
from openquality_registry.backup.held import Held
from openquality_registry.backup.waiting import Unconfirmed
from openquality_registry.facts import Own, StoreFacts
from openquality_registry.folder import Folder, open_folder
from openquality_registry.issuers import Issuers
from openquality_registry.ports import Clock
from openquality_registry.settings import Settings

INTERVAL = 30.0  # seconds between attempts of a server

_log = logging.getLogger(__name__)


class Confirming:
    """Try again and again to confirm the folder of a server, in a thread; then call `then`.

    `why` is the sentence to answer with, None once it is confirmed.
    """

    def __init__(
        self, attempt: Callable[[], int], then: Callable[[], None], interval: float = INTERVAL
    ) -> None:
        self._attempt = attempt
        self._then = then
        self._interval = interval
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="confirming", daemon=True)
        self.why: str | None = "This registry was restored, and asks how long its log had become."

    def start(self) -> None:
        """Try once, here; go on in a thread if that does not do."""
        if not self._once():
            self._thread.start()

    def close(self) -> None:
        """Stop trying."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self._interval):
            if self._once():
                return

    def _once(self) -> bool:
        try:
            size = self._attempt()
            self._then()
        except Unconfirmed as error:
            self.why = str(error)
            _log.warning("%s", error)
            return False
        except Exception as error:  # noqa: BLE001 - tried again; the server goes on saying why
            self.why = f"This registry was restored, and does not go on yet: {error}"
            _log.exception("the restored log could not be confirmed")
            return False
        _log.info("the restored log goes on with %d entries", size)
        self.why = None
        return True


class LogAlone:
    """Find no news of an issuer: entries that were admitted need nothing but the log."""

    def news(
        self,
        did: str,  # noqa: ARG002 - one of `issuers.Elsewhere`
        known: Sequence[bytes],  # noqa: ARG002 - same
        head: str,  # noqa: ARG002 - same
    ) -> tuple[Sequence[bytes], bytes | None]:
        """Return nothing."""
        return (), None


def confirm_folder(settings: Settings, clock: Clock, *, nothing_newer: bool = False) -> int:
    """Confirm the data folder of the settings; return its size. Raises Unconfirmed."""
    with closing(open_folder(settings.data, database=settings.database_url)) as folder:
        return confirm(folder, settings, clock, nothing_newer=nothing_newer)


def confirm(
    folder: Folder, settings: Settings, clock: Clock, *, nothing_newer: bool = False
) -> int:
    """Confirm an open data folder; return its size. Raises Unconfirmed."""
    issuers = Issuers(
        folder.store,
        clock=clock,
        host=hosting.host_of(settings.public_url),
        registrars=folder.registrars,
        elsewhere=LogAlone(),
    )
    facts = StoreFacts(
        folder.store,
        issuers=issuers,
        own=Own(
            origin=folder.origin,
            operator=folder.status_key.did,
            accreditors=folder.accreditors,
            status_lists=None,  # a place taken since may have been reserved since as well
        ),
        today=lambda: dt.date.min,  # a deadline may have passed since the statement came in
        certificates=SqlCertificates(folder.store.read),
        schemas=SqlSchemas(folder.store.read),
    )
    asked = held.sources(
        settings.copies.split(),
        witnesses.load(settings.witnesses) if settings.witnesses else None,
        vkey=folder.signer.vkey,
        note=folder.tiles.checkpoint(),
    )

    def bring_in(copy: Held) -> None:
        lists = places.lists_of(settings.public_url)
        tail.bring_in(folder.store, issuers, facts, copy, lists=lists)

    return waiting.confirm(folder.path, folder.store, asked, bring_in, nothing_newer=nothing_newer)
