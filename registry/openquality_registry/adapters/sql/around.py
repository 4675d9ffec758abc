"""What stands around records in the log: for one record all of it, for answer rows the codes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    FromClause,
    Row,
    Select,
    bindparam,
    case,
    literal,
    select,
)

from openquality_registry.adapters.sql.fact_tables import words
from openquality_registry.adapters.sql.index_tables import measurements
from openquality_registry.adapters.sql.mark_tables import marks
from openquality_registry.adapters.sql.names_tables import records
from openquality_registry.adapters.sql.observed import (
    OUTLYING,
    Observed,
    bought,
    is_peer,
    newer,
    rewritten,
)
from openquality_registry.adapters.sql.states import Now, State
from openquality_registry.adapters.sql.tables import entries, statements
from openquality_registry.adapters.sql.tables import subjects as subject_keys
from openquality_validator import kinds
from openquality_validator.evidence import Relation
from openquality_validator.observations import CODES, outliers
from openquality_validator.observations.marks import Mark, Thing
from openquality_validator.observations.seen import Bounds, Naming, Peer, Rewrite, Seen, Value
from openquality_validator.status import statement_target

# How much is read for one record; the earliest of each. A page says what is there, and need not
# list what would fill it.
MOST_MARKS: Final = 60
MOST_NAMINGS: Final = 1_000  # of one mark
MOST_OF_VALUES: Final = 5_000
MOST_GROUPS: Final = 50  # of peers
MOST_REPLIES: Final = 200

_m = measurements.c
# Made once: their columns take SQLAlchemy longer than a small query takes SQLite.
_OTHER, _WORD = measurements.alias(), words.alias()
_MINE, _THEIRS = marks.alias(), marks.alias()


class SqlSurroundings:
    """Read what stands around records. May be called from any thread."""

    def __init__(self, read: Engine) -> None:
        self._read = read

    def of(self, index: int, *, state: State | None = None) -> Seen | None:
        """Return what is known around the record at a log index; None if there is none.

        `state` is that of the log as it is, unless another is named.
        """
        with self._read.connect() as connection:
            row = connection.execute(
                select(
                    entries.c.issuer, records.c.subject, records.c.admitted, records.c.valid_from
                )
                .join(records, records.c.log_index == entries.c.log_index)
                .where(entries.c.log_index == index)
            ).first()
            if row is None:
                return None
            return Seen(
                index=index,
                issuer=row.issuer,
                subject=row.subject,
                admitted=row.admitted,
                valid_from=row.valid_from,
                namings=_namings(connection, index, state or Now()),
                values=_values(connection, index, state or Now()),
            )

    def mark(self, rows: Iterable[dict[str, Any]], *, state: State | None = None) -> None:
        """Fill `observations` of each answer row with the codes that stand on its values."""
        listed = list(rows)
        found = self.codes(
            {value["index"] for row in listed for value in row["values"]},
            metrics=sorted({value["metric"] for row in listed for value in row["values"]}),
            state=state,
        )
        for row in listed:
            named = [found.get((v["index"], v["claim"]), ()) for v in row["values"]]
            row["observations"] = sorted({code for each in named for code in each})

    def digests(self, indexes: Iterable[int]) -> dict[int, str]:
        """Return the digests of the statements at these log indexes."""
        wanted = select(entries.c.log_index, entries.c.digest)
        with self._read.connect() as connection:
            found = connection.execute(wanted.where(entries.c.log_index.in_(sorted(indexes))))
            return {row.log_index: f"sha256:{row.digest.hex()}" for row in found}

    def replies(self, digest: str) -> tuple[tuple[int, bytes, bytes], ...]:
        """Return the newest replies to what is observed on a record: index, entry, statement."""
        key = subject_keys.c.key == statement_target(digest)
        wanted = (
            select(entries.c.log_index, entries.c.entry, statements.c.statement)
            .join(subject_keys, subject_keys.c.log_index == entries.c.log_index)
            .join(statements, statements.c.log_index == entries.c.log_index)
            .where(key, entries.c.kind == kinds.MEASURE)
            .order_by(entries.c.log_index.desc())
            .limit(MOST_REPLIES)
        )
        with self._read.connect() as connection:
            return tuple(map(tuple, connection.execute(wanted)))

    def codes(
        self, indexes: Iterable[int], *, metrics: Sequence[str], state: State | None = None
    ) -> Mapping[tuple[int, str], tuple[str, ...]]:
        """Return the codes that stand on the values of statements, by log index and claim."""
        wanted = sorted(indexes)
        of = Observed(measurements, state or Now(), metrics)
        query = _NOW if state is None or isinstance(state, Now) else _marking(of)
        found = {}
        with self._read.connect() as connection:
            fences = {}
            for start in range(0, len(wanted), _CHUNK):
                part = wanted[start : start + _CHUNK]
                for row in connection.execute(query, {"indexes": part}).all():
                    values = row._asdict()
                    codes = [code for code in CODES if values.get(code)]
                    if row.relation == Relation.PRODUCER.value and row.value is not None:
                        if row.peers not in fences:
                            fences[row.peers] = outliers.fence(_peers(connection, of, row.peers))
                        fence = fences[row.peers]
                        if fence is not None and fence.is_outside(row.value):
                            codes.append(OUTLYING)
                    found[row.log_index, row.claim] = tuple(sorted(codes))
        return found


def _marking(of: Observed) -> Select[*tuple[Any, ...]]:
    """Ask for the values of statements and the codes on them, but for the outliers."""
    tests = [case((of.test(code), 1), else_=0).label(code) for code in CODES if code != OUTLYING]
    query = select(_m.log_index, _m.claim, _m.peers, _m.value, _m.relation, *tests)
    return query.where(_m.log_index.in_(bindparam("indexes", expanding=True)))


# Made once: building it takes longer than the database takes to answer it.
_NOW = _marking(Observed(measurements, Now(), ()))
_CHUNK = 500  # log indexes in one question; SQLite of old takes 999 parameters


def _namings(connection: Connection, index: int, state: State) -> dict[Mark, list[Naming]]:
    of = Observed(measurements, state, ())
    stands: ColumnElement[int] = literal(1)
    for test in state.standing(marks):
        stands = stands * case((test, 1), else_=0)
    own = select(marks.c.thing, marks.c.mark, marks.c.party).where(marks.c.log_index == index)
    # One by one and the earliest first: whoever repeats a digest a million times hides nobody who
    # named it before, and keeps nobody waiting.
    others = (
        select(marks.c.party, marks.c.subject, marks.c.log_index, stands.label("stands"))
        .where(marks.c.mark == bindparam("mark"), *of.below(marks))
        .order_by(marks.c.log_index)
        .limit(MOST_NAMINGS)
    )
    found = {}
    for thing, name, party in connection.execute(own.order_by(marks.c.mark).limit(MOST_MARKS)):
        rows = connection.execute(others, {"mark": name}).all()
        found[Mark(Thing(thing), name, party)] = _grouped_namings(rows)
    return found


def _grouped_namings(rows: Iterable[Row[*tuple[Any, ...]]]) -> list[Naming]:
    """Join what one party says of one subject; the rows come in the order of the log."""
    found: dict[tuple[str, str], Naming] = {}
    for party, subject, at, stands in rows:
        known = found.get((party, subject), Naming(party, subject, at, at, stands=False))
        found[party, subject] = replace(known, last=at, stands=known.stands or bool(stands))
    return list(found.values())


def _values(connection: Connection, index: int, state: State) -> tuple[Value, ...]:
    own = connection.execute(
        select(measurements).where(_m.log_index == index).order_by(_m.position)
    ).all()
    if not own:
        return ()
    of = Observed(measurements, state, sorted({row.metric for row in own}))
    other, word, mine, theirs = _OTHER, _WORD, _MINE, _THEIRS
    earlier = _grouped(
        connection,
        select(_m.position, other.c.log_index)
        .where(_m.log_index == index, *newer(measurements, other))
        .order_by(other.c.log_index),
    )
    rewrites = _grouped(
        connection,
        select(_m.position, word.c.log_index, word.c.admitted)
        .where(_m.log_index == index, *rewritten(of, other, word))
        .distinct()
        .order_by(word.c.log_index),
    )
    buyers = _grouped(
        connection,
        select(_m.position, other.c.log_index, other.c.lower, other.c.upper)
        .where(
            _m.log_index == index,
            _m.relation == Relation.PRODUCER.value,
            *bought(of, mine, theirs, other),
        )
        .distinct()
        .order_by(other.c.log_index),
    )
    groups = list(dict.fromkeys(row.peers for row in own if row.value is not None))[:MOST_GROUPS]
    peers = {name: _peers(connection, of, name) for name in groups}
    return tuple(
        Value(
            claim=row.claim,
            relation=Relation(row.relation),
            value=row.value,
            lower=row.lower,
            upper=row.upper,
            ended=row.ended,
            newer=tuple(each.log_index for each in earlier.get(row.position, ())),
            rewrites=tuple(
                Rewrite(each.log_index, each.admitted) for each in rewrites.get(row.position, ())
            ),
            peers=peers.get(row.peers, ()),
            buyers=tuple(
                Bounds(each.log_index, each.lower, each.upper)
                for each in buyers.get(row.position, ())
            ),
        )
        for row in own
    )


def _grouped(
    connection: Connection, query: Select[*tuple[Any, ...]]
) -> dict[int, list[Row[*tuple[Any, ...]]]]:
    found: dict[int, list[Row[*tuple[Any, ...]]]] = {}
    for row in connection.execute(query.limit(MOST_OF_VALUES)):
        found.setdefault(row.position, []).append(row)
    return found


def _peers(connection: Connection, of: Observed, group: bytes) -> tuple[Peer, ...]:
    """Return the newest values by which a group is judged."""
    rows: FromClause = of.rows()
    query = (
        select(rows.c.value, rows.c.issuer)
        .where(rows.c.peers == group, rows.c.current.is_(True), *is_peer(rows))
        .order_by(rows.c.log_index.desc(), rows.c.position.desc())
        .limit(outliers.MOST_VALUES)
    )
    return tuple(Peer(value, issuer) for value, issuer in connection.execute(query).all())
