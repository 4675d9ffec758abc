"""The worked examples of the statistics page, to the digits given there, and published tables."""

import pytest
from numpy.polynomial.legendre import leggauss
from scipy.integrate import quad
from scipy.special import ndtr

from openquality_validator.errors import InvalidInput
from openquality_validator.statistics import Estimate, ranking_bound
from openquality_validator.statistics.amount import amount
from openquality_validator.statistics.availability import duration_ratio
from openquality_validator.statistics.binomial import clopper_pearson
from openquality_validator.statistics.capability import (
    both_sides,
    degrees_of_freedom,
    worst_side,
)
from openquality_validator.statistics.control_constants import c4, d2, d3
from openquality_validator.statistics.mean import mean
from openquality_validator.statistics.net_score import net_score
from openquality_validator.statistics.poisson import event_rate
from openquality_validator.statistics.quantile import lower_rank, quantile, upper_rank
from openquality_validator.statistics.reliability import failure_rate, mean_time
from openquality_validator.statistics.rolled_yield import rolled_yield

RATIOS = [clopper_pearson(3, 1000), clopper_pearson(0, 125), clopper_pearson(468, 480)]
RATE = event_rate(4, 1200)
UP_TIME = duration_ratio(8750, 10, outages=4)
SCORE = net_score(62, 25, 13)
YIELD = rolled_yield([(195, 200), (490, 500), (148, 150)])
P90 = quantile([float(x) for x in range(1, 101)], 0.9)
MEDIAN = quantile([float(x) for x in range(1, 51)], 0.5)
MEAN = mean(8, n=50, standard_deviation=5, skewness=1.2)
BY_TIME = mean_time(3, 50000, termination="time")
BY_FAILURE = mean_time(3, 50000, termination="failure")
NO_FAILURE = mean_time(0, 50000, termination="time")

WORKED = [
    ("share, value", RATIOS[0].value, ".003"),
    ("share, upper", RATIOS[0].upper, ".00773524"),
    ("share of nothing found, upper", RATIOS[1].upper, ".0236810"),
    ("large share, value", RATIOS[2].value, ".975"),
    ("large share, lower", RATIOS[2].lower, ".959809"),
    ("rate, value", RATE.value, ".00333333"),
    ("rate, upper", RATE.upper, ".00762793"),
    ("rate, lower", RATE.lower, ".00113860"),
    ("defects per million, value", 1e6 * (event_rate(27, 20000).value or 0), "1350"),
    ("defects per million, upper", 1e6 * (event_rate(27, 20000).upper or 0), "1861.71"),
    ("availability, value", UP_TIME.value, ".998858"),
    ("availability, lower", UP_TIME.lower, ".995241"),
    ("net score, value", SCORE.value, "49"),
    ("net score, lower", SCORE.lower, "36.2866"),
    ("rolled yield, value", YIELD.value, ".942760"),
    ("rolled yield, lower", YIELD.lower, ".907736"),
    ("90th percentile, value", P90.value, "90"),
    ("90th percentile, upper", P90.upper, "96"),
    ("median, value", MEDIAN.value, "25"),
    ("median, upper", MEDIAN.upper, "32"),
    ("mean, upper", MEAN.upper, "9.31793"),
    ("mean time, value", BY_TIME.value, "16666.7"),
    ("mean time, ended by time", BY_TIME.lower, "6448.57"),
    ("mean time, ended by failure", BY_FAILURE.lower, "7941.81"),
    ("mean time, no failure", NO_FAILURE.lower, "16690.4"),
    ("amount, upper", amount(2.40, expanded=0.30, coverage_factor=2).upper, "2.64673"),
    ("Cp, lower", both_sides(1.5, freedom=100).lower, "1.32417"),
]


@pytest.mark.parametrize(("found", "printed"), [w[1:] for w in WORKED], ids=[w[0] for w in WORKED])
def test_worked_example_comes_out_to_the_digits_given(found: float, printed: str) -> None:
    half_a_digit = 0.5 * 10.0 ** -len(printed.partition(".")[2])
    assert abs(found - float(printed)) <= half_a_digit


@pytest.mark.parametrize(
    ("estimator", "n", "freedom", "lower"),
    [
        ("overall", 125, 124, 1.18268),
        ("pooled", 125, 100, 1.16772),
        ("rBar", 125, 90, 1.15973),
        ("sBar", 125, 94.8632, 1.16378),
        ("movingRange", 50, 29.645, 1.03550),
    ],
)
def test_cpk_example_holds_for_every_estimator(
    estimator: str, n: int, freedom: float, lower: float
) -> None:
    found = degrees_of_freedom(estimator, n=n, subgroups=25, size=5)
    # The page multiplies factors of five decimals by 25 subgroups.
    assert found == pytest.approx(freedom, abs=25 * 5e-6 + 5e-5)
    assert worst_side(1.33, n=n, freedom=found).lower == pytest.approx(lower, abs=5e-6)


# Per subgroup of m = 2…5; for the mean range 0.9·(m−1) stands where it is the smaller number.
@pytest.mark.parametrize(
    ("estimator", "published"),
    [
        ("rBar", (0.87597, min(1.81500, 1.8), min(2.73780, 2.7), min(3.62287, 3.6))),
        ("sBar", (0.87597, 1.82990, 2.80745, 3.79453)),
    ],
)
def test_degrees_of_freedom_follow_the_published_factors(
    estimator: str, published: tuple[float, ...]
) -> None:
    found = [degrees_of_freedom(estimator, n=m, subgroups=1, size=m) for m in (2, 3, 4, 5)]
    assert found == pytest.approx(published, abs=1e-5)


def test_the_mean_range_never_counts_for_more_than_it_is_worth() -> None:
    for size in range(2, 11):
        exact = d2(size) ** 2 / (2 * d3(size) ** 2)
        assert (degrees_of_freedom("rBar", n=size, subgroups=1, size=size) or 0) <= exact + 1e-12


@pytest.mark.parametrize(
    ("estimator", "subgroups", "size"),
    [("pooled", None, 5), ("rBar", 25, None), ("rBar", 25, 11), ("sBar", 25, 1), ("sBar", None, 5)],
)
def test_sigma_without_known_freedom_gives_no_bound(
    estimator: str, subgroups: int | None, size: int | None
) -> None:
    assert degrees_of_freedom(estimator, n=125, subgroups=subgroups, size=size) is None
    assert worst_side(1.33, n=125, freedom=None) == Estimate(1.33)
    assert both_sides(1.5, freedom=None) == Estimate(1.5)


def test_one_reading_leaves_no_freedom() -> None:
    assert degrees_of_freedom("overall", n=1) is None


@pytest.mark.parametrize(("p", "least"), [(0.5, 5), (0.9, 29), (0.95, 59), (0.99, 299)])
def test_a_quantile_has_no_bound_below_the_least_sample(p: float, least: int) -> None:
    assert upper_rank(least - 1, p) is None
    assert upper_rank(least, p) == least
    assert lower_rank(least - 1, 1 - p) is None
    assert lower_rank(least, 1 - p) == 1


def test_no_failure_has_a_bound_and_no_value() -> None:
    assert NO_FAILURE.value is None
    assert NO_FAILURE.upper is None


def test_failure_rate_is_the_reciprocal_of_the_mean_time() -> None:
    rate = failure_rate(3, 50000, termination="time")
    assert BY_TIME.lower is not None
    assert BY_TIME.upper is not None
    assert rate == Estimate(3 / 50000, 1 / BY_TIME.upper, 1 / BY_TIME.lower)
    assert failure_rate(0, 50000, termination="time").lower == 0


def test_an_uncertainty_without_its_factor_gives_no_bound() -> None:
    assert amount(2.4, expanded=0.3) == Estimate(2.4)
    assert amount(2.4) == Estimate(2.4)


def test_totals_of_time_alone_give_no_bound() -> None:
    assert duration_ratio(8750, 10) == Estimate(8750 / 8760)
    assert duration_ratio(8760, 0, outages=0) == Estimate(1.0)
    # Outages that took no time contradict themselves; they must not prove perfection.
    assert duration_ratio(8760, 0, outages=3).lower is None
    assert duration_ratio(0, 10, outages=1).lower == 0


def test_a_mean_of_few_values_gives_no_bound() -> None:
    assert mean(8, n=49, standard_deviation=5, skewness=1.2) == Estimate(8)
    assert mean(8, n=50, standard_deviation=5, skewness=1.2).upper is not None


def test_negative_skew_widens_downwards() -> None:
    right = mean(0, n=50, standard_deviation=5, skewness=1.2)
    left = mean(0, n=50, standard_deviation=5, skewness=-1.2)
    assert right.lower is not None
    assert right.upper is not None
    assert (left.lower, left.upper) == (-right.upper, -right.lower)


def test_a_step_that_nothing_passes_proves_nothing() -> None:
    assert rolled_yield([(10, 10), (0, 10)]) == Estimate(0.0, 0.0)


def test_a_spotless_line_still_has_a_bound_below_one() -> None:
    spotless = rolled_yield([(10, 10), (20, 20)])
    assert spotless.value == 1
    assert spotless.lower is not None
    assert spotless.lower < 0.8


def test_extreme_net_scores_have_a_bound() -> None:
    all_for, all_against = net_score(20, 0, 0), net_score(0, 0, 20)
    assert (all_for.value, all_for.upper) == (100, pytest.approx(100))
    assert all_for.lower is not None
    assert 50 < all_for.lower < 100
    assert (all_against.value, all_against.lower) == (-100, -100)


@pytest.mark.parametrize(
    ("size", "mean_range", "range_deviation", "mean_deviation"),
    [  # AIAG SPC, table of constants
        (2, 1.128, 0.853, 0.7979),
        (3, 1.693, 0.888, 0.8862),
        (4, 2.059, 0.880, 0.9213),
        (5, 2.326, 0.864, 0.9400),
        (6, 2.534, 0.848, 0.9515),
        (7, 2.704, 0.833, 0.9594),
        (8, 2.847, 0.820, 0.9650),
        (9, 2.970, 0.808, 0.9693),
        (10, 3.078, 0.797, 0.9727),
    ],
)
def test_control_chart_constants_agree_with_tables_and_integrals(
    size: int, mean_range: float, range_deviation: float, mean_deviation: float
) -> None:
    assert d2(size) == pytest.approx(mean_range, abs=6e-4)
    assert d3(size) == pytest.approx(range_deviation, abs=6e-4)
    assert c4(size) == pytest.approx(mean_deviation, abs=6e-5)
    assert d2(size) == pytest.approx(_mean_range(size), abs=1e-9)
    assert d3(size) ** 2 + d2(size) ** 2 == pytest.approx(_mean_square_range(size), abs=1e-8)


def _mean_range(size: int) -> float:
    found: float = quad(lambda x: 1 - ndtr(x) ** size - ndtr(-x) ** size, -9, 9, epsabs=1e-12)[0]
    return found


def _mean_square_range(size: int) -> float:
    # E[R²] = 2 ∫∫ over x < y of P(min > x … max < y) complement, by Gauss and Legendre.
    nodes, weights = leggauss(150)
    total = 0.0
    for node, weight in zip(9 * nodes, 9 * weights, strict=True):
        half = (9 - node) / 2
        y = half * nodes + (9 + node) / 2
        inner = 1 - ndtr(y) ** size - ndtr(-node) ** size + (ndtr(y) - ndtr(node)) ** size
        total += weight * half * float(weights @ inner)
    return 2 * total


def test_each_direction_ranks_on_its_own_limit() -> None:
    found = Estimate(10.0, 8.0, 13.0)
    assert ranking_bound(found, direction="higherBetter") == 8
    assert ranking_bound(found, direction="lowerBetter") == 13
    assert ranking_bound(found, direction="target", target=10) == 3
    assert ranking_bound(found, direction="target", target=12) == 4
    assert ranking_bound(Estimate(10.0, None, 13.0), direction="target", target=10) is None
    with pytest.raises(InvalidInput, match="A091"):
        ranking_bound(found, direction="target")
    with pytest.raises(InvalidInput, match="A091"):
        ranking_bound(found, direction="sideways", target=1)


def test_impossible_numbers_are_refused() -> None:
    impossible = [
        lambda: clopper_pearson(5, 4),
        lambda: clopper_pearson(-1, 4),
        lambda: clopper_pearson(0, 0),
        lambda: event_rate(-1, 4),
        lambda: event_rate(1, 0),
        lambda: duration_ratio(0, 0),
        lambda: duration_ratio(-1, 5),
        lambda: net_score(0, 0, 0),
        lambda: net_score(-1, 3, 3),
        lambda: rolled_yield([]),
        lambda: rolled_yield([(3, 2)]),
        lambda: rolled_yield([(0, 0)]),
        lambda: quantile([], 0.5),
        lambda: quantile([1.0], 1.0),
        lambda: mean(1, n=60, standard_deviation=-1, skewness=0),
        lambda: mean_time(0, 100, termination="failure"),
        lambda: mean_time(1, 0, termination="time"),
        lambda: mean_time(1, 10, termination="boredom"),
        lambda: amount(1, expanded=1, coverage_factor=0),
        lambda: amount(1, expanded=-1, coverage_factor=2),
        lambda: degrees_of_freedom("guess", n=10),
        lambda: d2(11),
        lambda: c4(1),
    ]
    for each in impossible:
        with pytest.raises(InvalidInput, match="A090"):
            each()


def test_the_error_says_what_to_do() -> None:
    with pytest.raises(InvalidInput) as caught:
        clopper_pearson(5, 4)
    assert "5 of 4" in caught.value.message
    assert caught.value.hint
