"""Sigma and indices from readings, on numbers small enough for a pencil."""

import math

import pytest

from openquality_validator.errors import InvalidInput
from openquality_validator.statistics import samples
from openquality_validator.statistics.stability import Signal, control_chart, signals

GROUPS = [[1.0, 2.0, 3.0], [2.0, 3.0, 4.0], [3.0, 4.0, 5.0]]  # mean 3, each range 2, each s 1


@pytest.mark.parametrize(
    ("estimator", "sigma"),
    [
        ("overall", math.sqrt(12 / 8)),
        ("pooled", 1.0),
        ("rBar", 2 / 1.692568750643269),  # d₂ of three: 3/√π
        ("sBar", 2 / math.sqrt(math.pi)),  # c₄ of three: √π/2
    ],
)
def test_each_estimator_gives_its_sigma(estimator: str, sigma: float) -> None:
    assert samples.sigma(GROUPS, estimator=estimator) == pytest.approx(sigma, rel=1e-10)


def test_moving_ranges_follow_the_order_of_production() -> None:
    # Moves 1, 2, 1: mean 4/3; d₂ of two is 2/√π.
    assert samples.sigma([[1.0, 2.0, 4.0, 3.0]], estimator="movingRange") == pytest.approx(
        4 / 3 * math.sqrt(math.pi) / 2, rel=1e-9
    )
    assert samples.sigma([[1.0], [2.0], [4.0], [3.0]], estimator="movingRange") == pytest.approx(
        4 / 3 * math.sqrt(math.pi) / 2, rel=1e-9
    )


def test_a_study_gives_both_indices() -> None:
    found = samples.study(GROUPS, estimator="pooled", lsl=-3.0, usl=6.0)
    assert found == samples.SampleStudy(
        n=9,
        subgroups=3,
        size=3,
        estimator="pooled",
        mean=3.0,
        sigma=1.0,
        both_sides=1.5,
        worst_side=1.0,
    )


def test_one_limit_gives_one_index() -> None:
    found = samples.study(GROUPS, estimator="pooled", lsl=-3.0)
    assert (found.both_sides, found.worst_side) == (None, 2.0)


def test_readings_without_subgroups_state_none() -> None:
    found = samples.study([[1.0, 2.0, 4.0, 3.0]], estimator="overall", usl=9.0)
    assert (found.n, found.subgroups, found.size) == (4, None, None)


def test_pooling_takes_subgroups_of_different_sizes() -> None:
    # Squares 2 and 0.5 over 2 + 1 degrees of freedom.
    found = samples.study([[1.0, 2.0, 3.0], [4.0, 5.0]], estimator="pooled", usl=9.0)
    assert found.sigma == pytest.approx(math.sqrt(2.5 / 3))
    assert (found.subgroups, found.size) == (2, None)


@pytest.mark.parametrize(
    ("groups", "estimator", "limits"),
    [
        (GROUPS, "pooled", {}),
        (GROUPS, "pooled", {"lsl": 2.0, "usl": 2.0}),
        (GROUPS, "guess", {"usl": 9.0}),
        ([[1.0, 1.0], [1.0, 1.0]], "rBar", {"usl": 9.0}),
        ([[1.0, 2.0], [1.0, 2.0, 3.0]], "rBar", {"usl": 9.0}),
        ([[1.0, 2.0], [1.0, 2.0, 3.0]], "sBar", {"usl": 9.0}),
        ([[1.0], [2.0]], "pooled", {"usl": 9.0}),
        ([[1.0, 2.0], []], "pooled", {"usl": 9.0}),
        ([[1.0], [2.0]], "sBar", {"usl": 9.0}),
        ([[float(x) for x in range(11)]], "rBar", {"usl": 20.0}),
        ([[1.0]], "overall", {"usl": 9.0}),
        ([[1.0]], "movingRange", {"usl": 9.0}),
        ([], "pooled", {"usl": 9.0}),
        ([], "overall", {"usl": 9.0}),
    ],
)
def test_readings_that_give_no_index_are_refused(
    groups: list[list[float]], estimator: str, limits: dict[str, float]
) -> None:
    with pytest.raises(InvalidInput, match="A090"):
        samples.study(groups, estimator=estimator, **limits)


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ([0.0, 3.1, 0.0], [Signal(1, 1)]),
        ([0.0, -3.1, 0.0], [Signal(1, 1)]),
        ([0.0, 3.0, 0.0], []),
        ([2.1, 0.0, 2.1], [Signal(2, 2)]),
        ([2.1, 0.0, 0.0, 2.1], []),
        ([2.1, 0.0, -2.1], []),
        ([1.1, 1.1, 0.0, 1.1, 1.1], [Signal(3, 4)]),
        ([1.1, 1.1, 0.0, 0.0, 1.1, 1.1], []),
        ([1.1, 1.1, 1.1, 1.1, 0.0], [Signal(3, 3)]),
        ([0.1] * 8, [Signal(4, 7)]),
        ([0.1] * 7 + [-0.1] + [0.1] * 7, []),
        ([-0.1] * 9, [Signal(4, 7), Signal(4, 8)]),
        ([], []),
    ],
)
def test_each_zone_rule_fires_on_its_pattern_alone(
    points: list[float], expected: list[Signal]
) -> None:
    assert list(signals(points, centre=0.0, sigma=1.0)) == expected
    shifted = [10 - 2 * point for point in points]
    assert list(signals(shifted, centre=10.0, sigma=2.0)) == expected


def test_means_are_judged_by_the_sigma_of_means() -> None:
    # σ = 1 within, so a mean of four has 0.5: the last mean, 1.6 from the centre, is beyond 3σ.
    base = [-math.sqrt(1.5), 0.0, 0.0, math.sqrt(1.5)]
    groups = [[x + shift for x in base] for shift in (-0.2, 0.2, -0.2, 0.2, 0.0, 1.6)]
    centre = 1.6 / 6
    assert 3 * 0.5 > 1.6 - centre
    assert control_chart(groups, estimator="pooled").signals == ()
    further = [*groups[:-1], [x + 2.2 for x in base]]
    assert control_chart(further, estimator="pooled").signals == (Signal(1, 5),)


def test_individuals_are_judged_by_their_moving_ranges() -> None:
    steady = [10.0, 11.0, 9.0, 10.5, 9.5, 10.0, 11.0, 9.0]
    assert control_chart([steady], estimator="movingRange").signals == ()
    drifting = [float(x) for x in range(20)]
    assert {s.rule for s in control_chart([drifting], estimator="movingRange").signals} == {
        1,
        2,
        3,
        4,
    }
    assert (
        control_chart([[x] for x in drifting], estimator="overall").signals
        == control_chart([drifting], estimator="movingRange").signals
    )
