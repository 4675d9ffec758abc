"""The only place where the parts of the registry are joined."""

from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from openquality_registry.adapters.sql.index import SqlIndex
from openquality_registry.admit import Admission
from openquality_registry.bulk import Examiner
from openquality_registry.bundles import Bundler
from openquality_registry.facts import StoreFacts
from openquality_registry.folder import Folder, Lock, open_folder
from openquality_registry.log.proofs import Prover
from openquality_registry.log.sequencer import Sequencer
from openquality_registry.ports import Clock
from openquality_registry.settings import Settings
from openquality_validator import catalogue as catalogues
from openquality_validator.catalogue import Catalogue
from openquality_validator.tlog import checkpoint as checkpoints

__all__ = ["Parts", "SystemClock", "build", "open_folder"]


class SystemClock:
    """Tell the time of the system (the port Clock)."""

    def now(self) -> datetime:
        """Return the time in UTC."""
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Parts:
    """Hold the joined parts of a running registry."""

    settings: Settings
    folder: Folder
    lock: Lock
    clock: Clock
    catalogue: Catalogue
    sequencer: Sequencer
    prover: Prover
    admission: Admission
    bundler: Bundler
    examiner: Examiner
    index: SqlIndex
    metrics: CollectorRegistry
    version: str

    def published_size(self) -> int:
        """Return the size of the published log."""
        note = self.folder.tiles.checkpoint()
        return checkpoints.parse(note)[0].size if note else 0

    def close(self) -> None:
        """Finish what is on its way, then give everything back."""
        self.examiner.close()
        self.sequencer.close()
        self.folder.close()
        self.lock.release()


def build(settings: Settings) -> Parts:
    """Open the data folder, recover the log and join the parts.

    Raises FolderError (also when another server holds the folder), UnusableKey, NewerDatabase,
    LogDamaged or OSError.
    """
    settings.data.mkdir(parents=True, exist_ok=True)
    lock = Lock(settings.data)
    try:
        folder = open_folder(settings.data, create=True, origin=settings.origin)
        clock = SystemClock()
        sequencer = Sequencer(folder.store, folder.tiles, folder.signer, clock)
        sequencer.start()
    except BaseException:
        lock.release()
        raise
    prover = Prover(folder.tiles)
    facts = StoreFacts(
        folder.store,
        origin=folder.origin,
        operator=folder.status_key.did,
        scheme_owners=tuple(party.did for party in folder.accreditors),
    )
    metrics = CollectorRegistry()
    metrics.register(_LogMetrics(folder, sequencer))
    return Parts(
        settings=settings,
        folder=folder,
        lock=lock,
        clock=clock,
        catalogue=catalogues.load(),
        sequencer=sequencer,
        prover=prover,
        admission=Admission(
            store=folder.store,
            sequencer=sequencer,
            prover=prover,
            facts=facts,
        ),
        bundler=Bundler(
            store=folder.store,
            prover=prover,
            facts=facts,
            clock=clock,
            status_key=folder.status_key,
        ),
        examiner=Examiner(settings.workers, facts),
        index=SqlIndex(folder.store.read),
        metrics=metrics,
        version=version("openquality"),
    )


class _LogMetrics(Collector):
    """Read the log's numbers when Prometheus asks."""

    def __init__(self, folder: Folder, sequencer: Sequencer) -> None:
        self._folder = folder
        self._sequencer = sequencer

    def collect(self) -> list[GaugeMetricFamily]:
        """Return the committed size, the waiting statements, and whether the log can grow."""
        return [
            GaugeMetricFamily(name, text, value=value)
            for name, text, value in (
                ("openquality_log_size", "Entries in the log.", self._folder.store.state().size),
                (
                    "openquality_log_outstanding",
                    "Statements that wait for their receipt.",
                    self._sequencer.outstanding,
                ),
                (
                    "openquality_log_writable",
                    "1 while statements can be admitted.",
                    int(self._sequencer.trouble is None),
                ),
            )
        ]
