"""No change of a bundle's bytes passes with other content (docs/spec/bundle.md)."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

import openquality_schemas
from openquality_validator import bundle, catalogue, documents
from openquality_validator.bundle import Bundle, Outcome, Verdict
from openquality_validator.tlog import checkpoint
from openquality_validator.tlog.checkpoint import Checkpoint
from openquality_validator.tlog.note import VerifierKey
from openquality_validator.trust import REQUIRED, LogKey, Trust, TrustedLog

COMPLETE = Path(__file__).parents[1] / "vectors" / "bundle" / "v1-complete.json"
NOW = datetime(2026, 12, 1, tzinfo=UTC)


class Judge:
    """Verify changed bundles, and hold them to what the untouched one proves."""

    def __init__(self, maker: ModuleType) -> None:
        credential = maker.read_credential()
        credential["credentialSchema"]["digestSRI"] = openquality_schemas.attestation_sri()
        shipped = catalogue.load(credential["catalogueVersion"])
        made = maker.make(credential, {"digest": shipped.digest, "version": shipped.version})
        value = made.value() | {"consistency": made.consistency(3)}
        # A witness that the verifier does not know: the one place whose bytes it ignores.
        witness = ("witness.example", maker.sha256(b"witness"))
        text = f"{maker.ORIGIN}\n7\n{maker.b64(maker.mth(made.entries))}\n"
        value["log"]["checkpoint"] = maker.note(text, (maker.ORIGIN, maker.LOG_SEED), witness)
        key = VerifierKey.from_text(maker.vkey(maker.ORIGIN, maker.LOG_SEED))
        self.trust = Trust(logs=(TrustedLog(maker.ORIGIN, (LogKey(key),)),))
        self.seen = Checkpoint(maker.ORIGIN, 3, maker.mth(made.entries[:3]))
        self.data: bytes = rfc8785.dumps(value)
        self.untouched = bundle.verify(self.data, trust=self.trust, now=NOW, seen=self.seen)
        self.parts = self.proved(self.data)

    @staticmethod
    def proved(data: bytes) -> tuple[bytes, bytes, bytes]:
        """Return statement, entry and checkpoint text."""
        read = Bundle.from_bytes(data)
        return read.statement, read.entry, read.checkpoint.partition(b"\n\n")[0]

    def passes(self, data: bytes) -> bool:
        """Verify a changed bundle; whatever passes must prove what the untouched one proves."""
        verdict = bundle.verify(data, trust=self.trust, now=NOW, seen=self.seen)
        if verdict.overall is not Outcome.PASS:
            return False
        assert self.proved(data) == self.parts
        assert verdict.record == self.untouched.record
        assert verdict.entry == self.untouched.entry
        assert verdict.index == self.untouched.index
        assert verdict.checkpoint == self.untouched.checkpoint
        assert verdict.verification == self.untouched.verification
        return True


@pytest.fixture(scope="module")
def judge(maker: ModuleType) -> Judge:
    return Judge(maker)


def changes(data: bytes, place: int) -> Iterator[bytes]:
    """Yield the changes of one byte: each bit, deleted, doubled, and all after it cut off."""
    before, byte, after = data[:place], data[place], data[place + 1 :]
    for mask in (0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80):
        yield before + bytes([byte ^ mask]) + after
    yield before + after
    yield before + bytes([byte, byte]) + after
    yield before


def check_places(judge: Judge, places: range) -> int:
    return sum(judge.passes(twin) for place in places for twin in changes(judge.data, place))


def test_the_untouched_bundle_passes_every_step_it_can(judge: Judge) -> None:
    assert judge.untouched.overall is Outcome.PASS
    passing = [step.name for step in judge.untouched.steps if step.outcome is Outcome.PASS]
    assert passing[-1] == "consistency"
    assert len(passing) == 9


def test_one_byte_changes_at_sampled_places(judge: Judge) -> None:
    check_places(judge, range(0, len(judge.data), 23))


@pytest.mark.heavy
def test_one_byte_changes_at_every_place(judge: Judge) -> None:
    harmless = check_places(judge, range(len(judge.data)))
    # Only the witness's line is ignored; were nothing at all let through, the property above
    # would have proved nothing about passing bundles.
    assert 0 < harmless < 11 * 150


# --- the bundle in which every member has something to say ----------------------------------------

LEVELS = ("L0", "L1", "L2")


class CompleteJudge:
    """Hold changed bundles to what the frozen complete one proves, with every source of evidence.

    A change may take evidence away, as leaving it out would: then less is proved. It never adds
    any, and never alters what is counted.
    """

    def __init__(self, *, required: tuple[str, ...]) -> None:
        vector = json.loads(COMPLETE.read_text("utf-8"))
        pinned = json.loads(vector["trust"])
        pinned["required"] = [*REQUIRED, *required]
        self.trust = Trust.from_bytes(json.dumps(pinned).encode())
        self.seen = checkpoint.parse(vector["seen"].encode())[0]
        self.now = datetime.fromisoformat(vector["at"])
        self.data: bytes = vector["bundle"].encode()
        self.untouched = self.verify(self.data)
        assert self.untouched.overall is Outcome.PASS
        self.parts = Judge.proved(self.data)

    def verify(self, data: bytes) -> Verdict:
        return bundle.verify(data, trust=self.trust, now=self.now, seen=self.seen)

    def passes(self, data: bytes) -> bool:
        verdict = self.verify(data)
        if verdict.overall is not Outcome.PASS:
            return False
        assert self.proved(verdict, data)
        return True

    def proved(self, verdict: Verdict, data: bytes) -> bool:
        """Tell whether a passing verdict proves the same, or less."""
        mine, theirs = self.untouched, verdict
        assert mine.record is not None
        assert theirs.record is not None
        assert mine.existed_by is not None
        return (
            Judge.proved(data) == self.parts
            and theirs.record.digest == mine.record.digest
            and theirs.record.issuer == mine.record.issuer
            and theirs.record.key_id == mine.record.key_id
            and LEVELS.index(theirs.record.identity_level)
            <= LEVELS.index(mine.record.identity_level)
            and (theirs.entry, theirs.index) == (mine.entry, mine.index)
            and theirs.checkpoint == mine.checkpoint
            and theirs.disputed == mine.disputed
            and theirs.verification == mine.verification
            and (theirs.status is None or theirs.status == mine.status)
            and (theirs.existed_by is None or theirs.existed_by >= mine.existed_by)
        )


@pytest.fixture(scope="module")
def complete() -> CompleteJudge:
    return CompleteJudge(required=("consistency", "anchors", "status"))


def test_one_byte_changes_of_a_complete_bundle_at_sampled_places(complete: CompleteJudge) -> None:
    for place in range(7, len(complete.data), 131):
        for twin in changes(complete.data, place):
            complete.passes(twin)


@pytest.mark.heavy
def test_one_byte_changes_of_a_complete_bundle_at_many_places() -> None:
    # Where nothing beyond the eight steps is required, less evidence passes too: the harder case.
    lax = CompleteJudge(required=())
    places = range(0, len(lax.data), 5)
    harmless = sum(lax.passes(twin) for place in places for twin in changes(lax.data, place))
    # Lines whose name nobody knows then, what OpenSSL does not read in a token, and a registration
    # that is then none.
    assert 0 < harmless < 11 * 100


PARTS = (("keys",), ("anchors",), ("supporting",), ("status", "events"))


@pytest.mark.parametrize("place", PARTS, ids=".".join)
def test_no_part_can_be_left_out_doubled_or_moved_for_more(
    complete: CompleteJudge, place: tuple[str, ...]
) -> None:
    lax = CompleteJudge(required=())
    count = len(_list(json.loads(complete.data), place))
    orders = [list(chosen) for n in range(count + 1) for chosen in permutations(range(count), n)]
    orders += [[*range(count), again] for again in range(count)]
    for order in orders:
        value = json.loads(complete.data)
        items = _list(value, place)
        items[:] = [items[n] for n in order]
        twin = rfc8785.dumps(value)
        lax.passes(twin)
        if complete.passes(twin):
            assert place != ("keys",) or order == list(range(count))


def _list(value: Any, place: tuple[str, ...]) -> list[Any]:  # noqa: ANN401
    for name in place:
        value = value[name]
    assert isinstance(value, list)
    return value


@given(st.binary(max_size=200))
def test_any_bytes_get_a_verdict(data: bytes) -> None:
    verdict = bundle.verify(data, trust=Trust(), now=NOW)
    assert verdict.overall is Outcome.FAIL
    assert len(verdict.steps) == 12


# --- RFC 8785 -------------------------------------------------------------------------------------

ascii_names = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=8)
# Every code point but the surrogates, with those that writers like to escape made frequent.
texts = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs"]),
        st.sampled_from('"\\/\b\f\n\r\t\x00\x1f\x7f<>&\u2028\u2029\ufeff\U0001f600'),
    ),
    max_size=12,
)
our_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**53) + 1, 2**53 - 1), texts),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(ascii_names, inner, max_size=4)
    ),
    max_leaves=12,
)


@given(our_values)
def test_canonical_form_is_that_of_an_independent_implementation(value: object) -> None:
    assert documents.canonical(value) == rfc8785.dumps(value)
