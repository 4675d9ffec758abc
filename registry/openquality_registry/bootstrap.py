"""The only place where the parts of the registry are joined."""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

import orjson
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from openquality_registry import heads, hosting, places, telling, witnesses
from openquality_registry.access.gate import KEPT_DAYS, Gate, Known
from openquality_registry.access.operator import Operator
from openquality_registry.access.policy import Policy
from openquality_registry.adapters import tsa
from openquality_registry.adapters.elsewhere import Web
from openquality_registry.adapters.evidence_files import EvidenceFiles
from openquality_registry.adapters.sql.access import SqlAccess
from openquality_registry.adapters.sql.anchors import COSIGNATURE, TOKEN, SqlAnchors, Word
from openquality_registry.adapters.sql.around import SqlSurroundings
from openquality_registry.adapters.sql.certificates import SqlCertificates
from openquality_registry.adapters.sql.claimants import SqlClaimants
from openquality_registry.adapters.sql.deviations import SqlDeviations
from openquality_registry.adapters.sql.events import SqlEvents
from openquality_registry.adapters.sql.evidence import SqlEvidence
from openquality_registry.adapters.sql.index import SqlIndex
from openquality_registry.adapters.sql.listings import SqlListings
from openquality_registry.adapters.sql.notices import SqlNotices
from openquality_registry.adapters.sql.places import SqlPlaces
from openquality_registry.adapters.sql.schemas import SqlSchemas
from openquality_registry.adapters.sql.states import Now
from openquality_registry.adapters.sql.watches import SqlWatches
from openquality_registry.adapters.tsa import Stamped, Stamper, TimeClient
from openquality_registry.admit import Admission
from openquality_registry.anchoring import Anchoring
from openquality_registry.backup import waiting
from openquality_registry.backup.confirming import Confirming, confirm
from openquality_registry.bulk import Examiner
from openquality_registry.bundles import Bundler
from openquality_registry.conformity.evaluation import SqlEvaluation
from openquality_registry.events.bell import Bell
from openquality_registry.events.following import Following
from openquality_registry.evidence import Evidence, Limits
from openquality_registry.facts import Own, StoreFacts
from openquality_registry.fetching import Fetcher
from openquality_registry.folder import EVIDENCE, Folder, Lock
from openquality_registry.folder import open_folder as _open_folder
from openquality_registry.issuers import Issuers
from openquality_registry.log.errors import LogError
from openquality_registry.log.proofs import Prover
from openquality_registry.log.sequencer import Sequencer
from openquality_registry.ports import Clock
from openquality_registry.settings import Settings, load
from openquality_registry.status_lists import StatusLists
from openquality_registry.telling import Telling
from openquality_registry.webhooks.delivering import Delivering
from openquality_registry.webhooks.desk import Desk
from openquality_registry.witnesses import Witnesses
from openquality_validator import catalogue as catalogues
from openquality_validator.catalogue import Catalogue
from openquality_validator.entry import timestamp
from openquality_validator.tlog import checkpoint as checkpoints
from openquality_validator.tlog import policy as tlog_policy

__all__ = ["Parts", "SystemClock", "build", "open_folder"]

_log = logging.getLogger("openquality")


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
    confirming: Confirming | None
    prover: Prover
    issuers: Issuers
    access: SqlAccess
    gate: Gate
    operator: Operator
    admission: Admission
    bundler: Bundler
    status_lists: StatusLists
    evidence: Evidence
    anchoring: Anchoring
    events: SqlEvents
    bell: Bell
    following: Following
    subscriptions: Desk
    delivering: Delivering
    deviations: SqlDeviations
    watches: SqlWatches
    witnesses: Witnesses | None
    stamper: Stamper | None
    examiner: Examiner
    index: SqlIndex
    listings: SqlListings
    claimants: SqlClaimants
    surroundings: SqlSurroundings
    notices: SqlNotices
    schemas: SqlSchemas
    metrics: CollectorRegistry
    version: str

    def published_size(self) -> int:
        """Return the size of the published log."""
        return _published_size(self.folder)

    def close(self) -> None:
        """Finish what is on its way, then give everything back."""
        asking_others = (self.confirming, self.witnesses, self.stamper)
        for asking in (*asking_others, self.following, self.delivering):
            if asking is not None:
                asking.close()
        self.examiner.close()
        self.evidence.close()
        self.sequencer.close()
        self.folder.close()
        self.lock.release()


def open_folder(path: Path) -> Folder:
    """Open a data folder for a command, with the database that the environment names."""
    return _open_folder(path, database=load(data=path).database_url)


def build(settings: Settings, *, clock: Clock | None = None) -> Parts:
    """Open the data folder, recover the log and join the parts; the time is that of `clock`.

    Raises FolderError (also when another server holds the folder), UnusableKey, NewerDatabase,
    UnusableDatabase, LogDamaged or OSError.
    """
    settings.data.mkdir(parents=True, exist_ok=True)
    lock = Lock(settings.data)
    try:
        folder = _open_folder(
            settings.data, create=True, origin=settings.origin, database=settings.database_url
        )
        clock = clock or SystemClock()
        sequencer = Sequencer(folder.store, folder.tiles, folder.signer, clock)
        confirming = _begin(sequencer, folder, settings, clock)
    except BaseException:
        lock.release()
        raise
    prover = Prover(folder.tiles)
    issuers = Issuers(
        folder.store,
        clock=clock,
        host=hosting.host_of(settings.public_url),
        registrars=folder.registrars,
        elsewhere=Web(Fetcher(), clock=clock),
    )
    access = SqlAccess(write=folder.store.write, read=folder.store.read)
    gate = Gate(
        access,
        configured=settings.token.get_secret_value() if settings.token else None,
        policy=_policy(folder, settings),
        known=Known(issuers.level, issuers.is_known),
        clock=clock,
    )
    schemas = SqlSchemas(folder.store.read)
    facts = StoreFacts(
        folder.store,
        issuers=issuers,
        own=Own(
            origin=folder.origin,
            operator=folder.status_key.did,
            accreditors=folder.accreditors,
            status_lists=places.lists_of(settings.public_url),
        ),
        today=lambda: clock.now().astimezone(UTC).date(),
        certificates=SqlCertificates(folder.store.read),
        schemas=schemas,
    )
    operator = Operator(
        access,
        gate=gate,
        key=folder.status_key,
        sequencer=sequencer,
        facts=facts,
        clock=clock,
    )
    anchors = SqlAnchors(write=folder.store.write, read=folder.store.read)
    policy = witnesses.load(settings.witnesses) if settings.witnesses else None
    asked = _witnesses(policy, folder, prover, anchors, clock)
    stamper = _stamper(settings, folder, anchors, clock)
    anchoring = Anchoring(anchors, prover, policy)

    def published() -> int | None:
        going_on = confirming is None or confirming.why is None
        return _published_size(folder) if going_on else None

    told = telling.join(
        settings,
        folder,
        SqlEvaluation(
            folder.store,
            log=folder.origin,
            operator=folder.status_key.did,
            accreditors=folder.accreditors,
        ),
        access=access,
        sequencer=sequencer,
        published=published,
        clock=clock,
    )
    metrics = CollectorRegistry()
    metrics.register(_LogMetrics(folder, sequencer, told))
    try:
        operator.catch_up()
    except LogError:
        # The log cannot take it now, and says so elsewhere; the next request tries again.
        _log.exception("what operators did is not on record yet")
    day = clock.now() - timedelta(days=KEPT_DAYS)
    access.forget_usage(day.date().isoformat())
    return Parts(
        settings=settings,
        folder=folder,
        lock=lock,
        clock=clock,
        catalogue=catalogues.load(),
        sequencer=sequencer,
        confirming=confirming,
        prover=prover,
        issuers=issuers,
        access=access,
        gate=gate,
        operator=operator,
        admission=Admission(
            store=folder.store,
            sequencer=sequencer,
            prover=prover,
            facts=facts,
            gate=gate,
        ),
        bundler=Bundler(
            store=folder.store,
            prover=prover,
            facts=facts,
            clock=clock,
            status_key=folder.status_key,
            registrars={party.did for party in folder.registrars},
            anchors=anchoring,
        ),
        status_lists=StatusLists(
            SqlPlaces(write=folder.store.write, read=folder.store.read),
            facts=facts,
            gate=gate,
            clock=clock,
            key=folder.status_key,
            published=lambda: _published_size(folder),
        ),
        evidence=Evidence(
            SqlEvidence(write=folder.store.write, read=folder.store.read),
            EvidenceFiles(settings.data / EVIDENCE),
            facts=facts,
            gate=gate,
            clock=clock,
            limits=Limits(settings.max_evidence_bytes, settings.max_evidence_total),
        ),
        anchoring=anchoring,
        events=told.events,
        bell=told.bell,
        following=told.following,
        subscriptions=told.desk,
        delivering=told.delivering,
        deviations=SqlDeviations(folder.store.read),
        watches=SqlWatches(write=folder.store.write, read=folder.store.read),
        witnesses=asked,
        stamper=stamper,
        examiner=Examiner(settings.workers, facts),
        index=SqlIndex(folder.store.read, Now(folder.origin)),
        listings=SqlListings(write=folder.store.write, read=folder.store.read),
        claimants=SqlClaimants(folder.store.read),
        surroundings=SqlSurroundings(folder.store.read),
        notices=SqlNotices(folder.store.read),
        schemas=schemas,
        metrics=metrics,
        version=version("openquality"),
    )


def _published_size(folder: Folder) -> int:
    note = folder.tiles.checkpoint()
    return checkpoints.parse(note)[0].size if note else 0


def _begin(
    sequencer: Sequencer, folder: Folder, settings: Settings, clock: Clock
) -> Confirming | None:
    """Begin to take statements, unless the folder was restored and is not confirmed yet."""
    if not waiting.is_waiting(settings.data):
        sequencer.start()
        return None
    confirming = Confirming(lambda: confirm(folder, settings, clock), sequencer.start)
    sequencer.withhold(confirming.why or "")
    confirming.start()
    return confirming


def _witnesses(
    policy: tlog_policy.Policy | None,
    folder: Folder,
    prover: Prover,
    anchors: SqlAnchors,
    clock: Clock,
) -> Witnesses | None:
    """Begin to ask the witnesses of the configured policy."""
    if policy is None:
        return None

    def keep(size: int, name: str, note: bytes, line: bytes, at: datetime) -> None:
        anchors.keep(Word(size, COSIGNATURE, name, note, line, timestamp(at)))

    asked = Witnesses(
        Fetcher(allowed=[each.url for each in policy.witnesses if each.url]),
        policy,
        clock,
        newest=folder.tiles.checkpoint,
        prove=prover.consistency,
        keep=keep,
    )
    asked.start()
    return asked


def _stamper(
    settings: Settings, folder: Folder, anchors: SqlAnchors, clock: Clock
) -> Stamper | None:
    """Begin to ask the configured time authorities."""
    if settings.time_authorities is None:
        return None
    authorities = tsa.load(settings.time_authorities)

    def keep(stamped: Stamped) -> None:
        at = timestamp(stamped.moment)
        word = Word(stamped.size, TOKEN, stamped.authority, stamped.note, stamped.token, at)
        anchors.keep(word)

    stamper = Stamper(
        TimeClient(Fetcher(allowed=[each.url for each in authorities]), clock),
        authorities,
        newest=folder.tiles.checkpoint,
        keep=keep,
        interval=settings.time_interval,
    )
    stamper.start()
    return stamper


def _policy(folder: Folder, settings: Settings) -> Policy:
    """Return the policy that an operator set last, else that of the settings."""
    kept = folder.store.heads([heads.POLICY]).get(heads.POLICY)
    return Policy.from_json(orjson.loads(kept)) if kept else settings.policy()


class _LogMetrics(Collector):
    """Read the log's numbers when Prometheus asks."""

    def __init__(self, folder: Folder, sequencer: Sequencer, told: Telling) -> None:
        self._folder = folder
        self._sequencer = sequencer
        self._told = told

    def collect(self) -> list[GaugeMetricFamily]:
        """Return how long the log is, whether it can grow, and how far its events have come."""
        size = self._folder.store.state().size
        return [
            GaugeMetricFamily(name, text, value=value)
            for name, text, value in (
                ("openquality_log_size", "Entries in the log.", size),
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
                (
                    "openquality_events_behind",
                    "Entries of the log that the feed of events does not tell yet.",
                    max(0, size - self._told.events.position().entries),
                ),
                (
                    "openquality_events_skipped",
                    "Entries and days that could not be evaluated since the start.",
                    self._told.following.skipped,
                ),
            )
        ]
