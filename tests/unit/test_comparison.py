"""Grades, conditions and ranking, on values made by hand."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from openquality_validator import catalogue as catalogues
from openquality_validator.compare.answer import Group, choose_group, decimal
from openquality_validator.compare.conditions import eligibility, failing
from openquality_validator.compare.grade import Comparability, Grade, grade
from openquality_validator.compare.measurement import Measurement
from openquality_validator.compare.ranking import Indexed, ranking_bound, scores, sort_key
from openquality_validator.compare.side import side_by_side
from openquality_validator.evidence import (
    Accreditor,
    IdentityLevel,
    Independence,
    Relation,
    Verification,
)
from openquality_validator.query import Query, Where

CATALOGUE = catalogues.load()
ON_TIME = CATALOGUE.metric("on-time-delivery")
LEAD_TIME = CATALOGUE.metric("lead-time-median")
HARDNESS = CATALOGUE.metric("hardness")
AS_OF = dt.date(2026, 11, 20)

VALUE = Measurement(
    digest="sha256:" + "0" * 64,
    claim="urn:uuid:1#c1",
    issuer="did:key:zIssuer",
    subject="did:key:zIssuer",
    subject_type="Organization",
    granularity=None,
    producer=None,
    country="DE",
    size_class="small",
    family=None,
    categories=(("unspsc", "31160000"),),
    metric="on-time-delivery",
    key="on-time-delivery@1|Organization||anchor=requested|level=line",
    value=97.5,
    lower=95.98,
    upper=98.6,
    amount="97.5",
    unit="%",
    n=480,
    start="2026-07-01",
    end="2026-09-30",
    qualifiers=(("anchor", "requested"), ("level", "line")),
    population="customers=all",
    characteristic=None,
    characteristic_class=None,
    verification=Verification.EVIDENCED,
    relation=Relation.PRODUCER,
    assessed_under=None,
    identity="L0",
)


def query(**members: Any) -> Query:  # noqa: ANN401 - any member of a query
    return Query(where=(Where(ON_TIME),), as_of=AS_OF, **members)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, Comparability(Grade.IDENTICAL)),
        ({"unit": "1"}, Comparability(Grade.CONVERTIBLE, ("unitConverted:1",))),
        ({"population": None}, Comparability(Grade.QUALIFIED, ("unknown:population",))),
        (
            {"population": "customers=export"},
            Comparability(Grade.QUALIFIED, ("differs:population",)),
        ),
        (
            {"subject_type": "Site"},
            Comparability(Grade.NOT_COMPARABLE, ("subjectTypeDiffers",)),
        ),
        (
            {"key": "on-time-delivery@1|Organization||anchor=firstConfirmed|level=line"},
            Comparability(Grade.NOT_COMPARABLE, ("differs:anchor",)),
        ),
        (
            {"key": "on-time-delivery@2|Organization||anchor=requested|level=line"},
            Comparability(Grade.NOT_COMPARABLE, ("metricVersionDiffers",)),
        ),
        (
            {"metric": "order-fill-rate"},
            Comparability(Grade.NOT_COMPARABLE, ("metricDiffers",)),
        ),
    ],
)
def test_a_grade_says_how_far_two_values_compare(
    change: dict[str, Any], expected: Comparability
) -> None:
    assert expected == grade(replace(VALUE, **change), VALUE, ON_TIME)


def test_products_of_two_families_do_not_compare_unless_the_query_named_what_joins_them() -> None:
    bolt = replace(VALUE, subject_type="Product", family="unspsc:31160000")
    cell = replace(bolt, family="unspsc:26110000")
    assert grade(cell, bolt, ON_TIME).reasons == ("categoryDiffers",)
    assert grade(cell, bolt, ON_TIME, category=False).grade is Grade.IDENTICAL


LAB = Accreditor("did:key:zLab", ("ISO/IEC 17025",))
FROM_LAB = {
    "issuer": "did:key:zLab",
    "relation": Relation.OTHER,
    "assessed_under": "ISO/IEC 17025",
}


@pytest.mark.parametrize(
    ("change", "members", "expected"),
    [
        ({}, {}, None),
        ({"relation": Relation.BUYER}, {}, "relation"),
        ({"relation": Relation.BUYER}, {"relations": tuple(Relation)}, None),
        (FROM_LAB, {}, "relation"),
        (FROM_LAB, {"accreditors": (LAB,)}, None),
        (
            FROM_LAB | {"assessed_under": "ISO 9001"},
            {"accreditors": (LAB,)},
            "relation",
        ),
        ({}, {"independence": Independence.BUYER}, "independence"),
        (
            FROM_LAB,
            {"accreditors": (LAB,), "independence": Independence.ACCREDITED},
            None,
        ),
        ({}, {"identity": IdentityLevel.L1}, "identity"),
        ({}, {"verification": Verification.RECOMPUTED}, "verification"),
        ({"n": 3}, {}, "sampleTooSmall"),
        ({"n": None}, {}, "sampleTooSmall"),
        ({"n": 3}, {"min_sample": 0}, None),
        ({"end": "2026-11-21"}, {}, "periodAhead"),
        ({"end": "2026-11-19"}, {"max_age_days": 1}, None),
        ({"end": "2026-11-18"}, {"max_age_days": 1}, "tooOld"),
    ],
)
def test_a_row_is_left_out_for_the_first_reason_that_holds(
    change: dict[str, Any], members: dict[str, Any], expected: str | None
) -> None:
    question = query(**members)
    found = failing(replace(VALUE, **change), eligibility(question, question.where[0]))
    assert expected == found


@pytest.mark.parametrize(("least", "expected"), [(None, None), (30, "sampleTooSmall")])
def test_a_rate_of_events_has_no_sample_and_counts_unless_one_is_asked_for(
    least: int | None, expected: str | None
) -> None:
    complaints = CATALOGUE.metric("complaint-rate")
    assert complaints.min_sample == 30
    question = replace(query(min_sample=least), where=(Where(complaints),))
    row = replace(VALUE, metric=complaints.id, n=None)
    assert failing(row, eligibility(question, question.where[0])) == expected


@pytest.mark.parametrize(
    ("lower", "value", "of", "expected"),
    [
        (95.0, 97.0, "bound", None),
        (94.999999, 97.0, "bound", "threshold"),
        (None, 99.0, "bound", "noBound"),
        (None, 99.0, "value", None),
    ],
)
def test_a_threshold_is_held_against_the_bound_unless_the_value_is_asked_for(
    lower: float | None, value: float, of: str, expected: str | None
) -> None:
    where = Where(ON_TIME, comparator="atLeast", threshold=Decimal(95), of=of)
    question = replace(query(), where=(where,))
    measured = replace(VALUE, lower=lower, value=value)
    assert expected == failing(measured, eligibility(question, where))


def test_a_value_without_a_bound_never_ranks_above_one_that_has_one() -> None:
    where = Where(ON_TIME)
    rows = [
        Indexed(0, replace(VALUE, value=99.9, lower=None)),
        Indexed(1, replace(VALUE, lower=90.0)),
        Indexed(2, replace(VALUE, lower=95.0)),
        Indexed(3, replace(VALUE, lower=95.0)),
    ]
    ordered = sorted(rows, key=lambda row: sort_key(row, where))
    assert [2, 3, 1, 0] == [row.index for row in ordered]


def test_a_target_says_nothing_where_more_is_better() -> None:
    where = Where(ON_TIME, target=Decimal(90))
    rows = [Indexed(0, replace(VALUE, value=v, lower=None)) for v in (91.0, 99.0)]
    assert [sort_key(row, where)[1] for row in rows] == [-91.0, -99.0]


def test_less_is_better_for_a_lead_time() -> None:
    where = Where(LEAD_TIME)
    rows = [Indexed(0, replace(VALUE, upper=32.0)), Indexed(1, replace(VALUE, upper=9.0))]
    assert [1, 0] == [row.index for row in sorted(rows, key=lambda row: sort_key(row, where))]


def test_at_a_target_the_farther_of_both_bounds_ranks_and_nearer_is_better() -> None:
    # T = 60: of 58.5 and 59.9 the one is 1.5 off, of 59.2 and 61.4 the other 1.4, of 57 and 63
    # both 3; without bounds 60.1 is nearer than 55, and both come last.
    where = Where(HARDNESS, target=Decimal(60))
    rows = [
        Indexed(0, replace(VALUE, value=55.0, lower=None, upper=None)),
        Indexed(1, replace(VALUE, value=60.0, lower=57.0, upper=63.0)),
        Indexed(2, replace(VALUE, value=59.2, lower=58.5, upper=59.9)),
        Indexed(3, replace(VALUE, value=60.1, lower=None, upper=None)),
        Indexed(4, replace(VALUE, value=60.3, lower=59.2, upper=61.4)),
    ]
    ordered = sorted(rows, key=lambda row: sort_key(row, where))
    assert [4, 2, 1, 3, 0] == [row.index for row in ordered]
    ranked = [ranking_bound(row.measurement, where) for row in ordered]
    assert ranked == [pytest.approx(1.4), pytest.approx(1.5), 3.0, None, None]


def test_a_score_at_a_target_grows_as_the_distance_falls() -> None:
    # Distances 4, 2 and 1 normalise to 0, 2/3 and 1.
    rows = [
        (Indexed(0, replace(VALUE, lower=56.0, upper=61.0)),),
        (Indexed(1, replace(VALUE, lower=59.0, upper=62.0)),),
        (Indexed(2, replace(VALUE, lower=59.0, upper=60.5)),),
    ]
    found = scores(rows, (Where(HARDNESS, target=Decimal(60)),), {"hardness": Decimal(1)})
    assert [0.0, pytest.approx(2 / 3), 1.0] == [terms[0].product for terms in found]


def hardness(place: int, lower: float, upper: float, *targets: str) -> Indexed:
    stated = tuple(("target", f"{target} dimensionless") for target in targets)
    key = "hardness@1|Product|batch|scale=hrc"
    measured = replace(
        VALUE,
        digest=f"sha256:{place:064}",
        metric="hardness",
        key=key,
        unit="1",
        value=(lower + upper) / 2,
        lower=lower,
        upper=upper,
        qualifiers=(("scale", "hrc"), *stated),
    )
    return Indexed(place, measured)


def test_side_by_side_each_hardness_is_held_against_its_own_target() -> None:
    values = [hardness(0, 58.0, 59.0, "60"), hardness(1, 58.0, 59.0, "58"), hardness(2, 58.0, 59.0)]
    digests = [value.measurement.digest for value in values]
    answer = side_by_side(digests, values, catalogue=CATALOGUE, as_of=AS_OF)
    (metric,) = answer["metrics"]
    assert metric["direction"] == "target"
    assert [value["rankedOn"] for value in metric["values"]] == ["2.0", "1.0", None]
    assert [value["reasons"] for value in metric["values"]] == [
        [],
        ["differs:target"],
        ["unknown:target"],
    ]


def test_a_score_is_the_weighted_sum_of_normalised_bounds() -> None:
    # On time 90, 95, 100 % normalise to 0, 1/2, 1; lead times 30, 20, 10 days to 0, 1/2, 1.
    rows = [
        (Indexed(0, replace(VALUE, lower=90.0)), Indexed(0, replace(VALUE, upper=10.0))),
        (Indexed(1, replace(VALUE, lower=95.0)), Indexed(1, replace(VALUE, upper=20.0))),
        (Indexed(2, replace(VALUE, lower=100.0)), Indexed(2, replace(VALUE, upper=None))),
    ]
    weights = {"on-time-delivery": Decimal(3), "lead-time-median": Decimal(1)}
    found = scores(rows, (Where(ON_TIME), Where(LEAD_TIME)), weights)
    assert [[0.0, 0.25], [0.375, 0.0], [0.75, 0.0]] == [[t.product for t in ts] for ts in found]


def test_the_answer_is_about_the_largest_group_and_then_the_first_by_name() -> None:
    groups = [Group("b", "f1", 2), Group("a", "f2", 2), Group("a", "f1", 1)]
    assert Group("a", "f2", 2) == choose_group(groups, by_category=True)
    assert Group("a", None, 3) == choose_group(groups, by_category=False)
    assert choose_group([], by_category=True) is None


@pytest.mark.parametrize(
    ("number", "expected"),
    [(0.1 + 0.2, "0.30000000000000004"), (1e-7, "0.0000001"), (95.0, "95.0"), (None, None)],
)
def test_numbers_are_written_as_decimals_that_read_back_the_same(
    number: float | None, expected: str | None
) -> None:
    assert expected == decimal(number)
