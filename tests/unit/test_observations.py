"""Each rule of docs/spec/observations.md, with what it must see and what it must not."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from openquality_validator.evidence import Relation
from openquality_validator.observations import CODES, RULES, Observation, Seen, observe
from openquality_validator.observations.marks import Mark, Thing, digits, of_attestation
from openquality_validator.observations.outliers import fence
from openquality_validator.observations.seen import Bounds, Naming, Peer, Rewrite, Value

OWN, OTHER, THIRD = "did:key:zOwn", "did:key:zOther", "did:key:zThird"
BOLT, NUT = "https://id.example/bolt", "https://id.example/nut"
FILE = Mark(Thing.FILE, b"f" * 16, OWN)
FIGURES = Mark(Thing.FIGURES, b"g" * 16, OWN)
SUBJECT = Mark(Thing.SUBJECT, b"s" * 16, OWN)
DAY = 20_000  # 2024-10-04


def seen(
    *values: Value, namings: Mapping[Mark, Sequence[Naming]] | None = None, valid_from: int = DAY
) -> Seen:
    return Seen(20, OWN, BOLT, DAY, valid_from, namings or {}, values)


def codes(given: Seen) -> list[str]:
    return [each.code for each in observe(given)]


def only(given: Seen) -> Observation:
    (found,) = observe(given)
    return found


def test_a_record_alone_in_its_log_has_no_observation() -> None:
    alone = {mark: [Naming(OWN, BOLT, 20, 20)] for mark in (FILE, FIGURES, SUBJECT)}
    value = Value("c1", Relation.PRODUCER, 1.5, 1.2, 1.8, ended=DAY - 10)
    assert observe(seen(value, namings=alone)) == ()


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ([Naming(OTHER, NUT, 5, 5)], ["O001"]),
        ([Naming(OTHER, NUT, 25, 25)], ["O002"]),
        ([Naming(OTHER, NUT, 5, 25)], ["O001", "O002"]),
        # Withdrawn since: it was named all the same.
        ([Naming(OTHER, NUT, 5, 5, stands=False)], ["O001"]),
        ([Naming(OWN, NUT, 30, 30)], ["O003"]),
        # A laboratory or a buyer names the producer's file about the producer's own part.
        ([Naming(OTHER, BOLT, 5, 25)], []),
    ],
)
def test_a_file_of_several_records(others: list[Naming], expected: list[str]) -> None:
    given = seen(namings={FILE: [Naming(OWN, BOLT, 20, 20), *others]})
    assert codes(given) == expected


def test_who_renews_a_record_is_still_the_first() -> None:
    """The issuer named the file in entry 3, the other in 9, and this record is entry 20."""
    given = seen(namings={FILE: [Naming(OWN, BOLT, 3, 20), Naming(OTHER, NUT, 9, 9)]})
    assert codes(given) == ["O002"]


def test_an_observation_of_a_file_names_the_entries() -> None:
    others = [Naming(f"did:key:z{at}", NUT, at, at) for at in (9, 3, 4, 8, 5, 7, 6)]
    found = only(seen(namings={FILE: [Naming(OWN, BOLT, 20, 20), *others]}))
    assert found.entries == (3, 4, 5, 6, 7)
    assert found.claim is None
    assert "in entries 3, 4, 5, 6, 7 and 2 more." in found.message


def test_figures_are_held_against_earlier_records_alone() -> None:
    own = Naming(OWN, BOLT, 20, 20)
    assert codes(seen(namings={FIGURES: [own, Naming(OTHER, NUT, 5, 5)]})) == ["O004"]
    assert codes(seen(namings={FIGURES: [own, Naming(OTHER, NUT, 25, 25)]})) == []
    assert codes(seen(namings={FIGURES: [own, Naming(OTHER, BOLT, 5, 5)]})) == []
    assert codes(seen(namings={FIGURES: [own, Naming(OWN, NUT, 5, 5)]})) == []


def test_the_log_tells_which_producer_was_named_first() -> None:
    own = Naming(OWN, BOLT, 10, 20)
    assert codes(seen(namings={SUBJECT: [own, Naming(OTHER, BOLT, 4, 4)]})) == ["O005"]
    assert codes(seen(namings={SUBJECT: [own, Naming(OTHER, BOLT, 12, 12)]})) == ["O006"]
    # Who withdrew the word claims nothing any more.
    gone = Naming(OTHER, BOLT, 4, 4, stands=False)
    assert codes(seen(namings={SUBJECT: [own, gone]})) == []
    # A newer record of an earlier claimant still goes back to the first one.
    renewed = [gone, Naming(OTHER, NUT, 15, 15)]
    assert codes(seen(namings={SUBJECT: [own, *renewed]})) == ["O005"]
    both = [Naming(OTHER, BOLT, 4, 4), Naming(THIRD, BOLT, 30, 30)]
    assert codes(seen(namings={SUBJECT: [own, *both]})) == ["O005", "O006"]


@pytest.mark.parametrize(
    ("days", "rewrites"),
    [
        ([0, 1], 0),
        ([0, 1, 29], 3),
        ([0, 1, 30], 0),
        ([0, 20, 40, 45, 49], 4),
        ([0, 0, 0], 3),
    ],
)
def test_three_rewrites_within_thirty_days_are_seen(days: list[int], rewrites: int) -> None:
    made = [Rewrite(30 + at, DAY + day) for at, day in enumerate(days)]
    found = observe(seen(Value("c1", Relation.PRODUCER, rewrites=made)))
    assert [(each.code, each.claim) for each in found] == [("O007", "c1")] * bool(rewrites)
    assert all(f"{rewrites} times within" in each.message for each in found)


def peers(*values: float, issuers: int = 5) -> tuple[Peer, ...]:
    return tuple(Peer(value, f"did:key:z{at % issuers}") for at, value in enumerate(values))


TEN = (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0)


def test_a_fence_is_the_median_and_the_median_deviation_from_it() -> None:
    """Of 1 to 10 the median is 5.5, the deviations .5, .5, 1.5, 1.5, … 4.5: their median 2.5."""
    found = fence(peers(*TEN))
    assert found is not None
    assert (found.median, found.mad, found.values, found.issuers) == (5.5, 2.5, 10, 5)
    # 3.5 · 2.5 / 0.6745 = 12.97…
    assert not found.is_outside(5.5 + 12.97)
    assert found.is_outside(5.5 + 12.98)
    assert not found.is_outside(5.5 - 12.97)
    assert found.is_outside(5.5 - 12.98)


@pytest.mark.parametrize(
    "few",
    [
        peers(*TEN[:9]),
        peers(*TEN, issuers=4),
        peers(*[5.0] * 6, *TEN[:4]),  # more than half are equal
        (),
    ],
)
def test_too_few_peers_or_equal_ones_judge_nobody(few: tuple[Peer, ...]) -> None:
    assert fence(few) is None
    assert codes(seen(Value("c1", Relation.PRODUCER, 1e9, peers=few))) == []


def test_an_outlier_is_said_with_its_figures() -> None:
    value = Value("c1", Relation.PRODUCER, 105.5, peers=peers(*TEN))
    found = only(seen(value))
    assert (found.code, found.claim, found.entries) == ("O008", "c1", ())
    # 0.6745 · 100 / 2.5 = 26.98
    assert "105.5 lies far above the median 5.5 of 10 values of 5 issuers" in found.message
    assert "score of 27," in found.message
    # What buyers observe or strangers say is not measured by what producers state.
    assert codes(seen(Value("c1", Relation.BUYER, 105.5, peers=peers(*TEN)))) == []


def test_a_period_is_late_only_behind_newer_ones() -> None:
    def value(ended: int, *newer: int) -> Value:
        return Value("c1", Relation.PRODUCER, ended=ended, newer=newer)

    assert codes(seen(value(DAY - 181, 7))) == ["O009"]
    assert codes(seen(value(DAY - 180, 7))) == []
    assert codes(seen(value(DAY - 900))) == []
    assert "ended 181 days before" in only(seen(value(DAY - 181, 7))).message


def test_a_record_that_was_valid_long_before_the_log_took_it() -> None:
    assert codes(seen(valid_from=DAY - 90)) == []
    assert codes(seen(valid_from=DAY + 5)) == []
    found = only(seen(valid_from=DAY - 91))
    assert (found.code, "91 days" in found.message) == ("O010", True)


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        (Bounds(9, 0.90, 0.94), ["O011"]),
        (Bounds(9, 0.90, 0.95), []),  # they touch
        (Bounds(9, 0.99, 0.999), ["O011"]),
        (Bounds(9, None, 0.94), ["O011"]),
        (Bounds(9, None, None), []),
        (Bounds(9, 0.96, 0.97), []),
    ],
)
def test_buyers_and_producer_differ_beyond_both_bounds(bounds: Bounds, expected: list[str]) -> None:
    value = Value("c1", Relation.PRODUCER, 0.97, 0.95, 0.98, buyers=[bounds])
    assert codes(seen(value)) == expected
    assert codes(seen(Value("c1", Relation.OTHER, 0.97, 0.95, 0.98, buyers=[bounds]))) == []


def test_every_rule_has_a_code_of_its_own_that_its_docstring_explains() -> None:
    said = {rule.__doc__.split(":")[0]: rule.__doc__ for rule in RULES if rule.__doc__}
    assert list(said) == list(CODES)
    for code, sentence in CODES.items():
        said_by_rule = " ".join(said[code].split()).partition(": ")[2]
        assert said_by_rule[0].upper() + said_by_rule[1:] == sentence


def record(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - members of a claim
    claim = {
        "id": "#c1",
        "type": "MeasurementClaim",
        "metric": "defective-rate",
        "period": {"start": "2026-01-01", "end": "2026-03-31"},
        "counts": {"numerator": 37, "denominator": 1483},
        "evidenceRefs": ["#e1"],
    }
    data = {
        "id": "#e1",
        "type": "Dataset",
        "digest": "sha256:" + "ab" * 32,
        "columns": ["lot", "result"],
        "rowCount": 1483,
    }
    return {
        "issuer": {"id": OWN},
        "credentialSubject": {
            "id": "https://id.gs1.org/01/09506000134352",
            "identifiers": [{"scheme": "mpn", "value": "7"}],
            "producer": {"party": {"id": OTHER}},
            "claims": [claim | changes.get("claim", {})],
        },
        "evidence": [data | changes.get("data", {})],
    }


def things(value: dict[str, Any]) -> list[Thing]:
    return [mark.thing for mark in of_attestation(value)]


def test_a_record_is_marked_by_its_file_its_figures_and_its_subject() -> None:
    marks = of_attestation(record())
    assert [(m.thing.value, m.party) for m in marks] == [
        ("figures", OWN),
        ("file", OWN),
        ("subject", OTHER),  # the address
        ("subject", OTHER),  # the GTIN in it; the producer's own number says nothing elsewhere
    ]
    renamed = record(claim={"id": "#c9", "limitations": "None."}, data={"digest": "sha256:00"})
    figures = {m.name for m in marks if m.thing is Thing.FIGURES}
    assert {m.name for m in of_attestation(renamed) if m.thing is Thing.FIGURES} == figures
    for change in (
        {"claim": {"counts": {"numerator": 38, "denominator": 1483}}},
        {"claim": {"period": {"start": "2026-01-01", "end": "2026-06-30"}}},
        {"claim": {"metric": "scrap-rate"}},
        {"data": {"rowCount": 1484}},
        {"data": {"columns": ["lot", "verdict"]}},
    ):
        other = {m.name for m in of_attestation(record(**change)) if m.thing is Thing.FIGURES}
        assert len(other) == 1
        assert other != figures


@pytest.mark.parametrize(
    "change",
    [
        {"claim": {"counts": {"numerator": 0, "denominator": 125}}},  # many have found none in 125
        {"claim": {"counts": {"numerator": 20, "denominator": 2000}}},
        {"data": {"rowCount": 29}},
        {"data": {"type": "Report"}},
        {"claim": {"evidenceRefs": []}},
    ],
)
def test_figures_that_agree_by_chance_mark_nothing(change: dict[str, Any]) -> None:
    assert Thing.FIGURES not in things(record(**change))


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        ({"numerator": 37, "denominator": 1483}, 6),
        ({"amount": "0.0120", "unit": "mm"}, 2),
        ([1000, "-12.50", {"deep": "305"}], 7),
        ({"yes": True, "text": "v2 of 2026"}, 0),
    ],
)
def test_digits_are_counted_without_zeros_at_the_ends(figures: object, expected: int) -> None:
    assert digits(figures) == expected
