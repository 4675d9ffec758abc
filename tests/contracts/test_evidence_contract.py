"""What is kept of data files, on each database: the first word stands, deletion is for good."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import pytest
from postgres import database
from simulated_log import SteppingClock, pending

from openquality_registry.adapters.sql.evidence import Held, Result, SqlEvidence, recomputed
from openquality_registry.adapters.sql.opening import open_store
from openquality_registry.adapters.sql.store import SqlStore
from openquality_registry.log.batch import place as placed_in
from openquality_registry.ports import Commit, LogState
from openquality_validator.recompute import Outcome
from openquality_validator.tlog.growth import Edge

ONE, TWO = (Held(f"sha256:{mark * 64}", 7, f"2026-11-21T0{mark}:00:00.000Z") for mark in "12")
RECOMPUTED, DIFFERS, NEITHER = Outcome.RECOMPUTED, Outcome.DIFFERS, Outcome.NOT_RECOMPUTABLE
FINDINGS = (("E003", "/credentialSubject/claims/0/value"), ("E004", ""))


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlStore]:
    """Give a store with four statements."""
    with ExitStack() as stack:
        where: Path | str = tmp_path / "registry.sqlite"
        if request.param == "postgresql":
            where = stack.enter_context(database())
        opened = stack.enter_context(closing(open_store(where)))
        edge = Edge()
        batch = [pending(number) for number in range(4)]
        rows, step = placed_in(batch, edge, now=SteppingClock().now(), after="")
        old = LogState(edge.size, edge.root)
        opened.commit(Commit(old, LogState(step.size, step.root), rows))
        yield opened


def kept_in(store: SqlStore) -> SqlEvidence:
    return SqlEvidence(write=store.write, read=store.read)


def result(
    index: int, claim: str, outcome: Outcome, findings: tuple[tuple[str, str], ...] = ()
) -> Result:
    digest = pending(index).digest
    return Result(index, digest, claim, outcome, findings, "2026-11-21T09:00:00.000Z")


def proved(store: SqlStore, start: int = 0, stop: int = 4) -> set[tuple[int, str]]:
    with store.read.connect() as connection:
        return recomputed(connection, start, stop)


def test_what_is_kept_is_found_again(store: SqlStore) -> None:
    kept = kept_in(store)
    assert kept.find(ONE.digest) is None
    assert (kept.kept(), kept.kept_bytes()) == ({}, 0)
    said = [result(0, "c1", RECOMPUTED), result(0, "c2", DIFFERS, FINDINGS)]
    assert kept.keep(ONE, said)
    assert kept.keep(TWO, [result(1, "c1", NEITHER)])
    # Another opening of the same database finds it too: it was committed.
    again = kept_in(store)
    assert again.find(ONE.digest) == ONE
    assert again.results(ONE.digest) == said
    assert again.kept() == {ONE.digest: 7, TWO.digest: 7}
    assert again.kept_bytes() == 14


def test_the_first_word_stands(store: SqlStore) -> None:
    kept = kept_in(store)
    first = result(0, "c1", DIFFERS, FINDINGS)
    kept.keep(ONE, [first])
    later = replace(ONE, received_at="2026-11-22T00:00:00.000Z", size=8)
    assert kept.keep(later, [result(0, "c1", RECOMPUTED), result(1, "c1", RECOMPUTED)])
    assert kept.find(ONE.digest) == ONE
    assert kept.results(ONE.digest) == [first, result(1, "c1", RECOMPUTED)]


def test_results_stand_by_index_and_claim_and_go_on_where_a_page_ended(store: SqlStore) -> None:
    kept = kept_in(store)
    said = [result(at, claim, RECOMPUTED) for at in (0, 2) for claim in ("#c1", "#c10", "#c2")]
    kept.keep(ONE, said[::-1])
    kept.keep(TWO, [result(1, "#c1", RECOMPUTED)])
    assert kept.results(ONE.digest) == said
    assert kept.results(ONE.digest, limit=2) == said[:2]
    assert kept.results(ONE.digest, after=(0, "#c10"), limit=2) == said[2:4]
    assert kept.results(ONE.digest, index=2) == said[3:]
    assert kept.results(ONE.digest, index=1) == []


def test_a_claim_is_recomputed_by_one_file_and_refuted_by_any(store: SqlStore) -> None:
    kept = kept_in(store)
    kept.keep(ONE, [result(at, "c", outcome) for at, outcome in enumerate([*Outcome])])
    assert proved(store) == {(0, "c")}
    kept.keep(TWO, [result(0, "c", NEITHER), result(2, "c", RECOMPUTED)])
    assert proved(store) == {(0, "c"), (2, "c")}
    assert proved(store, 1, 3) == {(2, "c")}
    three = replace(ONE, digest=f"sha256:{'3' * 64}")
    kept.keep(three, [result(0, "c", DIFFERS), result(2, "d", DIFFERS)])
    assert proved(store) == {(2, "c")}


def test_deletion_is_for_good(store: SqlStore) -> None:
    kept = kept_in(store)
    said = [result(0, "c1", RECOMPUTED)]
    kept.keep(ONE, said)
    kept.keep(TWO, [])
    gone = replace(ONE, deleted_at="2026-11-21T10:00:00.000Z")
    assert kept.delete(ONE.digest, "2026-11-21T10:00:00.000Z") == gone
    assert kept.delete(ONE.digest, "2026-11-21T11:00:00.000Z") == gone
    assert kept.delete(f"sha256:{'3' * 64}", "2026-11-21T11:00:00.000Z") is None
    assert not kept.keep(ONE, [result(1, "c1", RECOMPUTED)])
    assert kept.find(ONE.digest) == gone
    assert kept.results(ONE.digest) == said
    assert proved(store) == {(0, "c1")}
    assert kept.kept() == {TWO.digest: 7}
    assert kept.kept_bytes() == 7


def test_data_are_of_those_for_whose_statements_they_were_brought(store: SqlStore) -> None:
    kept = kept_in(store)
    kept.keep(ONE, [result(0, "c1", RECOMPUTED)])
    kept.keep(TWO, [result(1, "c1", DIFFERS)])
    found = store.find_taken([pending(0), pending(1)])
    issuers = [each.issuer for each in found if each is not None]
    assert kept.is_of(ONE.digest, issuers[0])
    assert kept.is_of(TWO.digest, issuers[1])
    assert not kept.is_of(ONE.digest, "did:key:zStranger")
    assert not kept.is_of(f"sha256:{'3' * 64}", issuers[0])
