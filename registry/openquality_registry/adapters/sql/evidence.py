"""Data files and recomputations in SQL; the bytes of the files are elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    bindparam,
    case,
    func,
    select,
    text,
    tuple_,
    update,
)

from openquality_registry.adapters.sql.index_tables import measurements
from openquality_registry.adapters.sql.store import digest_bytes
from openquality_registry.adapters.sql.tables import entries
from openquality_registry.adapters.sql.trust_tables import evidence, recomputations
from openquality_validator.evidence import Verification
from openquality_validator.recompute import Outcome

Findings = tuple[tuple[str, str], ...]  # code and pointer of each

_RECEIVE = text(
    "INSERT INTO evidence (digest, size, received_at) VALUES (:digest, :size, :at) "
    "ON CONFLICT DO NOTHING"
)
_RESULT = text(
    "INSERT INTO recomputations (log_index, claim, digest, outcome, findings, at) "
    "VALUES (:log_index, :claim, :digest, :outcome, :findings, :at) ON CONFLICT DO NOTHING"
)
_BY_DIGEST = select(evidence).where(evidence.c.digest == bindparam("digest"))


@dataclass(frozen=True, slots=True)
class Held:
    """Hold what is known of a data file. Times are RFC 3339 in UTC, as entries write them."""

    digest: str
    size: int
    received_at: str
    deleted_at: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """Hold what one claim of the statement at `index` gave from one data file."""

    index: int
    statement: str
    claim: str
    outcome: Outcome
    findings: Findings
    at: str


class SqlEvidence:
    """Keep what is known of data files, and what they gave. Safe from any thread."""

    def __init__(self, *, write: Engine, read: Engine) -> None:
        self._write = write
        self._read = read

    def find(self, digest: str) -> Held | None:
        """Return the data file with this digest, whether its bytes are still there or not."""
        with self._read.connect() as connection:
            row = connection.execute(_BY_DIGEST, {"digest": digest_bytes(digest)}).first()
        return None if row is None else _held(row)

    def kept(self) -> dict[str, int]:
        """Return the size of each data file whose bytes are kept, by digest."""
        query = select(evidence).where(evidence.c.deleted_at.is_(None))
        with self._read.connect() as connection:
            return {held.digest: held.size for held in map(_held, connection.execute(query))}

    def kept_bytes(self) -> int:
        """Return how many bytes all kept data files have."""
        query = select(func.coalesce(func.sum(evidence.c.size), 0))
        with self._read.connect() as connection:
            return int(
                connection.execute(query.where(evidence.c.deleted_at.is_(None))).scalar_one()
            )

    def results(
        self,
        digest: str,
        *,
        after: tuple[int, str] = (-1, ""),
        limit: int | None = None,
        index: int | None = None,
    ) -> Sequence[Result]:
        """Return what a data file gave, by log index and claim, after a place in that order.

        With `index` only for the statement there.
        """
        r = recomputations.c
        query = (
            select(recomputations, entries.c.digest.label("statement"))
            .join(entries, entries.c.log_index == r.log_index)
            .where(r.digest == digest_bytes(digest))
            .where(tuple_(r.log_index, r.claim) > tuple_(*after))
            .order_by(r.log_index, r.claim)
            .limit(limit)
        )
        if index is not None:
            query = query.where(r.log_index == index)
        with self._read.connect() as connection:
            return [_result(row) for row in connection.execute(query)]

    def is_of(self, digest: str, issuer: str) -> bool:
        """Tell whether the data were brought for a statement of this issuer."""
        query = (
            select(entries.c.log_index)
            .join(recomputations, recomputations.c.log_index == entries.c.log_index)
            .where(recomputations.c.digest == digest_bytes(digest), entries.c.issuer == issuer)
            .limit(1)
        )
        with self._read.connect() as connection:
            return connection.execute(query).first() is not None

    def keep(self, held: Held, results: Sequence[Result]) -> bool:
        """Keep a data file and what it gave, durably, in one transaction; the first word stands.

        Answers name the claims `recomputed` from then on. False, and nothing is kept, if the file
        was deleted before.
        """
        digest = digest_bytes(held.digest)
        with self._write.begin() as connection:
            received = {"digest": digest, "size": held.size, "at": held.received_at}
            connection.execute(_RECEIVE, received)
            row = connection.execute(_BY_DIGEST.with_for_update(), {"digest": digest}).one()
            if row.deleted_at is not None:
                return False
            for result in results:
                said = {
                    "log_index": result.index,
                    "claim": result.claim,
                    "digest": digest,
                    "outcome": result.outcome.value,
                    "findings": orjson.dumps(result.findings).decode(),
                    "at": result.at,
                }
                connection.execute(_RESULT, said)
            for index in {result.index for result in results}:
                _settle(connection, index)
        return True

    def delete(self, digest: str, at: str) -> Held | None:
        """Mark a data file as deleted, durably; return it, or None. The first time stands."""
        wanted = digest_bytes(digest)
        with self._write.begin() as connection:
            connection.execute(
                update(evidence)
                .where(evidence.c.digest == wanted, evidence.c.deleted_at.is_(None))
                .values(deleted_at=at)
            )
            row = connection.execute(_BY_DIGEST, {"digest": wanted}).first()
        return None if row is None else _held(row)


def recomputed(connection: Connection, start: int, stop: int) -> set[tuple[int, str]]:
    """Return log index and id of the claims that this registry recomputed.

    For statements from `start` up to, and without, `stop`. Of a claim with several data files one
    that differs decides, as in `recompute.recompute_all`.
    """
    r = recomputations.c

    def count(outcome: Outcome) -> ColumnElement[int]:
        return func.sum(case((r.outcome == outcome.value, 1), else_=0))

    query = (
        select(r.log_index, r.claim)
        .where(r.log_index >= start, r.log_index < stop)
        .group_by(r.log_index, r.claim)
        .having(count(Outcome.RECOMPUTED) > 0, count(Outcome.DIFFERS) == 0)
    )
    return {(row.log_index, row.claim) for row in connection.execute(query)}


def _settle(connection: Connection, index: int) -> None:
    """Let the index say which claims of a statement were recomputed."""
    claims = [claim for _, claim in recomputed(connection, index, index + 1)]
    m = measurements.c
    own = update(measurements).where(m.log_index == index)
    # What is not recomputed names its data by digest, or there were no result for it.
    before = own.where(m.verification == Verification.RECOMPUTED.value)
    connection.execute(before.values(verification=Verification.EVIDENCED.value))
    proved = own.where(m.claim.in_(claims))
    connection.execute(proved.values(verification=Verification.RECOMPUTED.value))


def _held(row: Row[*tuple[object, ...]]) -> Held:
    return Held(f"sha256:{row.digest.hex()}", row.size, row.received_at, row.deleted_at)


def _result(row: Row[*tuple[object, ...]]) -> Result:
    return Result(
        index=row.log_index,
        statement=f"sha256:{row.statement.hex()}",
        claim=row.claim,
        outcome=Outcome(row.outcome),
        findings=tuple((code, pointer) for code, pointer in orjson.loads(row.findings)),
        at=row.at,
    )
