"""Bring in what a copy of the log has and the backup has not.

    1. the entries, from the copy's entry bundles; together with ours they must give the root of
       the copy's checkpoint, which the log's key signed
    2. each statement by the digest in its entry, from the same copy
    3. each statement prepared as when it was admitted, and committed under its own entry

Nothing is signed: the entries are those that were signed. What was never logged stays lost: tokens
made since the backup, and the admission policy, which an operator sets again.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path

from openquality import wire
from openquality_registry import admit, heads, places
from openquality_registry.adapters.sql import engine
from openquality_registry.adapters.sql.store import SqlStore
from openquality_registry.backup import held
from openquality_registry.backup.held import WEB, Held, fetcher_for
from openquality_registry.backup.waiting import Unconfirmed
from openquality_registry.facts import Facts
from openquality_registry.fetching import FetchError
from openquality_registry.folder import DATABASE
from openquality_registry.issuers import Issuers, is_event, pending_event
from openquality_registry.ports import Commit, LogState, Pending, Placed
from openquality_registry.problems import Refused
from openquality_validator import envelope, kinds
from openquality_validator.entry import Entry
from openquality_validator.envelope import MAX_BYTES
from openquality_validator.errors import InvalidInput, OpenQualityError
from openquality_validator.identity import history
from openquality_validator.identity.history import KeyEvent
from openquality_validator.tlog import tiles as tiling
from openquality_validator.tlog.growth import Edge, plan
from openquality_validator.tlog.merkle import leaf_hash
from openquality_validator.tlog.tiles import WIDTH, Tile

MAX_BUNDLE = 256 * 65_537  # bytes of an entry bundle (C2SP tlog-tiles)
FORMS = (wire.STATEMENT, "application/vc", wire.JSON)  # what exact bytes may be
_CHUNK = 4_096
_HINT = "Restore a newer backup, or open a new log. See docs/guide/backup.md."

GetStatement = Callable[[str], bytes]


def bring_in(
    store: SqlStore, issuers: Issuers, facts: Facts, copy: Held, *, lists: str | None
) -> None:
    """Commit the entries that a copy has beyond ours. Raises Unconfirmed or what the Store does.

    `lists` is the address of our status lists: places are taken that the backup may not know of.
    """
    assert copy.root is not None
    edge = _edge(store)
    try:
        missing = list(_entries(copy.source, edge.size, copy.size))
    except (OSError, FetchError, InvalidInput) as error:
        raise Unconfirmed(f"{copy.source} does not give its entries ({error})", _HINT) from None
    if plan(edge, missing).root != copy.root:
        raise Unconfirmed(
            f"the entries of {copy.source} do not continue those of the backup",
            "The log was forked: keep both, and open a new log. See docs/guide/backup.md.",
        )
    with ExitStack() as stack:
        statement = _statements(copy.source, stack)
        for data in missing:
            edge = _commit(store, edge, data, statement, issuers, facts, lists)


def _commit(
    store: SqlStore,
    edge: Edge,
    data: bytes,
    statement: GetStatement,
    issuers: Issuers,
    facts: Facts,
    lists: str | None,
) -> Edge:
    entry = Entry.from_bytes(data)
    place = f"entry {edge.size}"
    try:
        exact = statement(entry.digest)
        if f"sha256:{sha256(exact).hexdigest()}" != entry.digest:
            raise Unconfirmed(f"the statement of {place} has other bytes at the copy", _HINT)
        pending = _prepare(exact, entry, issuers, facts, lists)
    except (OSError, FetchError, OpenQualityError) as error:
        if isinstance(error, Unconfirmed):
            raise
        raise Unconfirmed(f"{place} cannot be brought in ({error})", _HINT) from None
    again = Entry(entry.admitted_at, pending.digest, pending.issuer, pending.kind, pending.subjects)
    if again.to_bytes() != data:
        raise Unconfirmed(f"{place} is not what its statement gives", _HINT)
    step = plan(edge, [data])
    row = Placed(edge.size, pending, entry.admitted_at, data, leaf_hash(data))
    store.commit(Commit(LogState(edge.size, edge.root), LogState(step.size, step.root), (row,)))
    return step.edge


def _prepare(
    statement: bytes, entry: Entry, issuers: Issuers, facts: Facts, lists: str | None
) -> Pending:
    """Prepare a statement as it was prepared when it got its entry."""
    if is_event(statement):
        return _event(statement, issuers, facts)
    if entry.kind == kinds.OPERATOR:
        verified = envelope.verify_statement(statement)
        return Pending(
            statement=statement,
            digest=verified.digest,
            issuer=verified.issuer,
            credential_id=verified.value["id"],
            kind=kinds.OPERATOR,
            subjects=(),
        )
    pending = admit.examine(statement, facts)
    if pending.first:
        raise Refused("outdated", "The key events before it are missing.")
    content = envelope.credential(envelope.parse_envelope(statement).payload).value
    place = places.taken(content, pending.digest, lists)
    return replace(pending, moves={**pending.moves, **place})


def _event(statement: bytes, issuers: Issuers, facts: Facts) -> Pending:
    did = history.event_did(statement)
    head = heads.issuer(did)
    before = facts.heads([head]).get(head, heads.NONE)
    known = [KeyEvent(line) for line in issuers.lines(did)] if before else []
    built = history.build(did, [*known, KeyEvent(statement)])
    pending = pending_event(did, statement, before=before, version=built.versions[-1].version_id)
    name = issuers.hosted_name(did)
    if before or name is None:
        return pending
    return replace(pending, moves={**pending.moves, heads.hosted(name): did})


def _edge(store: SqlStore) -> Edge:
    edge = Edge()
    size = store.state().size
    while edge.size < size:
        upto = min(size, edge.size + _CHUNK)
        edge = plan(edge, list(store.entries(edge.size, upto))).edge
    return edge


def _entries(source: str, start: int, stop: int) -> Iterator[bytes]:
    """Yield the entries start … stop−1 of a copy, from its bundles."""
    for index in range(start // WIDTH, -(-stop // WIDTH)):
        width = min(WIDTH, stop - index * WIDTH)
        first = max(0, start - index * WIDTH)
        yield from _bundle(source, Tile(None, index, width))[first:width]


def _bundle(source: str, tile: Tile) -> tuple[bytes, ...]:
    try:
        return tiling.decode_entries(
            held.read(source, tile.path, max_bytes=MAX_BUNDLE), width=tile.width
        )
    except OSError:
        if tile.width == WIDTH:
            raise
        # A copy that has grown since may have the full one alone.
        return tiling.decode_entries(
            held.read(source, tile.full.path, max_bytes=MAX_BUNDLE), width=WIDTH
        )


def _statements(source: str, stack: ExitStack) -> GetStatement:
    """Return what gets a statement's exact bytes by its digest from a copy."""
    if source.startswith(WEB):
        fetcher = fetcher_for(source)

        def fetch(digest: str) -> bytes:
            url = f"{source.rstrip('/')}/v1/statements/{digest.removeprefix('sha256:')}"
            answer = fetcher.get(url, accept=FORMS, max_bytes=MAX_BYTES)
            if answer.status != HTTPStatus.OK:
                raise OSError(f"the copy answered {answer.status} for {digest}")
            return answer.body

        return fetch
    database = Path(source) / DATABASE
    if not database.exists():
        raise Unconfirmed(
            f"{source} holds the log's entries and not the statements",
            "Name a registry that mirrors them, or another data folder, in OPENQUALITY_COPIES.",
        )
    read = engine.reader(engine.locate(database))
    store = stack.enter_context(closing(SqlStore(write=read, read=read)))

    def look(digest: str) -> bytes:
        found = store.statement(digest)
        if found is None:
            raise OSError(f"the copy lacks {digest}")
        return found

    return look
