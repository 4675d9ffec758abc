"""The rules take whatever is known around a record, and every shipped example has its marks."""

import re

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

import openquality_schemas
from openquality_validator.evidence import Relation
from openquality_validator.observations import CODES, Seen, observe
from openquality_validator.observations.marks import Mark, Thing, of_attestation
from openquality_validator.observations.observation import MOST_NAMED
from openquality_validator.observations.seen import Bounds, Naming, Peer, Rewrite, Value

PLACES = st.integers(0, 40)
DAYS = st.integers(-800_000, 3_000_000)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
PARTIES = st.sampled_from(["", "did:key:zA", "did:key:zB", "did:key:zC"])
SUBJECTS = st.sampled_from(["a", "b"])
NAMINGS = st.builds(Naming, PARTIES, SUBJECTS, PLACES, PLACES, st.booleans())
VALUES = st.builds(
    Value,
    claim=st.sampled_from(["c1", "c2"]),
    relation=st.sampled_from(Relation),
    value=st.none() | NUMBERS,
    lower=st.none() | NUMBERS,
    upper=st.none() | NUMBERS,
    ended=st.none() | DAYS,
    newer=st.lists(PLACES, max_size=8),
    rewrites=st.lists(st.builds(Rewrite, PLACES, DAYS), max_size=8),
    peers=st.lists(st.builds(Peer, NUMBERS, PARTIES), max_size=14),
    buyers=st.lists(st.builds(Bounds, PLACES, st.none() | NUMBERS, st.none() | NUMBERS)),
)
SEEN = st.builds(
    Seen,
    index=PLACES,
    issuer=PARTIES,
    subject=SUBJECTS,
    admitted=DAYS,
    valid_from=DAYS,
    namings=st.dictionaries(
        st.builds(Mark, st.sampled_from(Thing), st.binary(max_size=16), PARTIES),
        st.lists(NAMINGS, max_size=6),
        max_size=4,
    ),
    values=st.lists(VALUES, max_size=3),
)


@given(seen=SEEN)
def test_no_surroundings_make_a_rule_raise(seen: Seen) -> None:
    claims = {None, *(value.claim for value in seen.values)}
    for found in observe(seen):
        assert found.code in CODES
        assert found.claim in claims
        assert len(found.entries) <= MOST_NAMED
        # Nothing that a supplier chose: no DID, no id of a subject, no claim.
        assert re.search(r"did:|urn:|https?:", found.message) is None
        assert "nan" not in found.message


EXAMPLES = [n for n in openquality_schemas.examples("valid") if not n.endswith(".expected.json")]


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_is_marked_by_what_it_names(name: str) -> None:
    record = orjson.loads(openquality_schemas.examples("valid")[name])
    marks = of_attestation(record)
    files = {each["digest"] for each in record.get("evidence", ()) if each["type"] == "Dataset"}
    assert sum(mark.thing is Thing.FILE for mark in marks) == len(files)
    assert any(mark.thing is Thing.SUBJECT for mark in marks)
    assert {len(mark.name) for mark in marks} == {16}
