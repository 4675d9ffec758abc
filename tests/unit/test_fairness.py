"""The order that a fairness section gives, against the worked example of docs/spec/query.md."""

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openquality_validator.compare.fairness import Candidate, arrange
from openquality_validator.wanted import Fairness, Reserve

DOCS = Path(__file__).parents[2] / "docs" / "spec" / "query.md"
SUPPLIERS = "AABAC"
MERITS = (1.0, 0.9, 0.8, 0.5, 0.0)
ROWS = [
    Candidate(supplier, merit, reserved=supplier == "C")
    for supplier, merit in zip(SUPPLIERS, MERITS, strict=True)
]


def half(share: str) -> Reserve:
    return Reserve(Decimal(share), ("small",), ())


def suppliers(fairness: Fairness) -> str:
    return "".join(SUPPLIERS[placed.number] for placed in arrange(ROWS, fairness))


def test_the_worked_example_stands_in_the_documentation_and_holds() -> None:
    text = DOCS.read_text()
    assert "rows of the suppliers A, A, B, A, C with merits 1, 0.9, 0.8, 0.5 and 0." in text
    placed = arrange(ROWS, Fairness(diversity=Decimal("0.6")))
    assert [each.number for each in placed] == [0, 2, 1, 4, 3]
    assert [each.before for each in placed] == [0, 0, 1, 0, 2]
    assert [each.weighed for each in placed] == pytest.approx([1, 0.92, 0.66, 0.6, 0.4])
    assert "A (1), B (0.4 × 0.8 + 0.6 = 0.92), A (0.4 × 0.9 + 0.3 = 0.66), C (0.6)" in text
    assert suppliers(Fairness(half("0.5"), Decimal("0.6"))) == "ACBAA"
    assert "the second place must be C's: A, C, B, A, A." in text


def test_without_a_weight_only_reserved_places_move_rows() -> None:
    assert suppliers(Fairness()) == SUPPLIERS
    assert suppliers(Fairness(half("0.2"))) == SUPPLIERS  # the fifth place is C's anyway
    assert suppliers(Fairness(half("0.34"))) == "AACBA"
    assert suppliers(Fairness(half("1"))) == "CAABA"
    assert suppliers(Fairness(half("0"))) == SUPPLIERS


CANDIDATES = st.lists(
    st.builds(
        Candidate,
        supplier=st.sampled_from("ABCD"),
        merit=st.sampled_from([0.0, 0.25, 0.5, 1.0]),
        reserved=st.booleans(),
    ),
    max_size=30,
).map(lambda found: sorted(found, key=lambda each: -each.merit))
SHARES = st.sampled_from(["0", "0.1", "0.34", "0.5", "0.9", "1"])


@given(candidates=CANDIDATES, share=SHARES, weight=SHARES)
def test_every_row_is_placed_once_and_every_prefix_has_its_share(
    candidates: list[Candidate], share: str, weight: str
) -> None:
    placed = arrange(candidates, Fairness(half(share), Decimal(weight)))
    assert sorted(each.number for each in placed) == list(range(len(candidates)))
    named = [candidates[each.number].reserved for each in placed]
    for place in range(1, len(placed) + 1):
        due = Fraction(share) * place // 1
        assert sum(named[:place]) >= min(due, sum(named))
