"""Limits against an independent computation, by enumeration and against scipy.stats."""

import math
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import minimize_scalar

from openquality_validator.statistics.availability import duration_ratio
from openquality_validator.statistics.binomial import clopper_pearson
from openquality_validator.statistics.capability import both_sides, worst_side
from openquality_validator.statistics.mean import mean
from openquality_validator.statistics.net_score import net_score
from openquality_validator.statistics.poisson import event_rate
from openquality_validator.statistics.quantile import lower_rank, quantile, upper_rank
from openquality_validator.statistics.reliability import mean_time
from openquality_validator.statistics.rolled_yield import rolled_yield

COUNTS = st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
CLOSE = 1e-9
RELAXED = settings(deadline=None, max_examples=60)  # scipy.stats is slow at its first call


@RELAXED
@given(COUNTS)
def test_share_limits_are_those_of_the_exact_binomial_test(counts: tuple[int, int]) -> None:
    x, n = counts
    found = clopper_pearson(x, n)
    less = stats.binomtest(x, n, alternative="less").proportion_ci(0.95, method="exact")
    more = stats.binomtest(x, n, alternative="greater").proportion_ci(0.95, method="exact")
    assert found.upper == pytest.approx(less.high, rel=CLOSE)
    assert found.lower == pytest.approx(more.low, rel=CLOSE, abs=1e-12)


@RELAXED
@given(COUNTS)
def test_more_hits_or_fewer_trials_never_lower_a_share(counts: tuple[int, int]) -> None:
    x, n = counts
    here, more = clopper_pearson(x, n), clopper_pearson(x + 1, n + 1)
    assert here.lower is not None
    assert more.lower is not None
    assert here.upper is not None
    assert here.value is not None
    assert here.lower <= more.lower
    assert here.lower <= here.value <= here.upper


@RELAXED
@given(st.integers(0, 2000), st.floats(0.01, 1e7))
def test_rate_limits_are_where_the_poisson_tail_is_five_percent(x: int, exposure: float) -> None:
    found = event_rate(x, exposure)
    assert found.upper is not None
    assert found.lower is not None
    assert stats.poisson.cdf(x, found.upper * exposure) == pytest.approx(0.05, rel=1e-6)
    if x:
        assert stats.poisson.sf(x - 1, found.lower * exposure) == pytest.approx(0.05, rel=1e-6)
    else:
        assert found.lower == 0


@RELAXED
@given(st.integers(1, 500), st.floats(1, 1e6), st.floats(0.001, 1e6))
def test_availability_limit_follows_the_f_distribution(k: int, up: float, down: float) -> None:
    rho = down / up * (k + 1) / k * stats.f.ppf(0.95, 2 * k + 2, 2 * k)
    assert duration_ratio(up, down, outages=k).lower == pytest.approx(1 / (1 + rho), rel=CLOSE)


@RELAXED
@given(st.integers(0, 300), st.floats(1, 1e7), st.sampled_from(["time", "failure"]))
def test_mean_time_limit_follows_the_chi_square_distribution(
    r: int, exposure: float, termination: str
) -> None:
    if termination == "failure":
        r += 1
    freedom = 2 * r + (2 if termination == "time" else 0)
    expected = 2 * exposure / stats.chi2.ppf(0.95, freedom)
    found = mean_time(r, exposure, termination=termination)
    assert found.lower == pytest.approx(expected, rel=CLOSE)


@RELAXED
@given(st.integers(2, 3000), st.sampled_from([0.1, 0.5, 0.9, 0.95, 0.99]))
def test_ranks_are_the_tightest_that_the_binomial_allows(n: int, p: float) -> None:
    below = stats.binom.cdf(range(n), n, p)
    upper = [rank for rank, share in enumerate(below, 1) if share >= 0.95][:1]
    lower = [rank for rank, share in enumerate(below, 1) if share <= 0.05][-1:]
    assert [upper_rank(n, p)] == (upper or [None])
    assert [lower_rank(n, p)] == (lower or [None])


@RELAXED
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=400), st.sampled_from([0.5, 0.9, 0.95]))
def test_quantile_lies_between_its_limits(values: list[float], p: float) -> None:
    ordered = sorted(values)
    found = quantile(ordered, p)
    assert found.value == ordered[math.ceil(round(len(ordered) * p, 6)) - 1]
    assert found.lower is None or found.lower <= found.value
    assert found.upper is None or found.value <= found.upper


@RELAXED
@given(st.integers(50, 5000), st.floats(-100, 100), st.floats(0, 50))
def test_mean_of_symmetric_data_has_the_usual_t_limits(n: int, value: float, s: float) -> None:
    reach = stats.t.ppf(0.95, n - 1) * s / math.sqrt(n)
    found = mean(value, n=n, standard_deviation=s, skewness=0)
    assert found.lower == pytest.approx(value - reach, rel=CLOSE, abs=1e-9)
    assert found.upper == pytest.approx(value + reach, rel=CLOSE, abs=1e-9)


@RELAXED
@given(st.floats(0.2, 5), st.integers(10, 1000))
def test_index_limits_follow_the_formulas(value: float, n: int) -> None:
    freedom = n - 1
    z = stats.norm.ppf(0.95)
    cpk = value - z * math.sqrt(1 / (9 * n) + value**2 / (2 * freedom))
    assert worst_side(value, n=n, freedom=freedom).lower == pytest.approx(cpk, rel=CLOSE, abs=1e-9)
    cp = value * math.sqrt(stats.chi2.ppf(0.05, freedom) / freedom)
    assert both_sides(value, freedom=freedom).lower == pytest.approx(cp, rel=CLOSE)


@RELAXED
@given(st.integers(1, 200), st.integers(0, 200), st.integers(1, 200))
def test_net_score_limit_is_where_the_score_test_has_five_percent(p: int, m: int, d: int) -> None:
    found = net_score(p, m, d)
    assert found.lower is not None
    assert found.value is not None
    assert _score(found.lower / 100, p, m, d) == pytest.approx(stats.norm.ppf(0.95), abs=1e-4)
    assert found.upper == pytest.approx(-(net_score(d, m, p).lower or math.nan))
    assert found.lower < found.value


def _score(delta: float, promoters: int, passives: int, detractors: int) -> float:
    """Tango's statistic, with the nuisance share found by maximising the likelihood itself."""

    def loss(share: float) -> float:
        others = 1 - 2 * share - delta
        return -(
            promoters * math.log(share + delta)
            + detractors * math.log(share)
            + (passives * math.log(others) if passives else 0.0)
        )

    least, most = max(0.0, -delta), (1 - delta) / 2
    edge = 1e-13 * (most - least)
    best = minimize_scalar(
        loss, bounds=(least + edge, most - edge), method="bounded", options={"xatol": 1e-13}
    ).x
    n = promoters + passives + detractors
    return float(
        (promoters - detractors - n * delta) / math.sqrt(n * (2 * best + delta * (1 - delta)))
    )


@pytest.mark.parametrize("n", [8, 30])
def test_share_limits_cover_at_least_as_often_as_promised(n: int) -> None:
    limits = [clopper_pearson(x, n) for x in range(n + 1)]
    for truth in (0.01, 0.05, 0.3, 0.5, 0.9, 0.99):
        weights = stats.binom.pmf(range(n + 1), n, truth)
        above = sum(w for w, e in zip(weights, limits, strict=True) if (e.upper or 0) >= truth)
        below = sum(w for w, e in zip(weights, limits, strict=True) if (e.lower or 0) <= truth)
        assert above >= 0.95
        assert below >= 0.95


def test_rolled_yield_limit_covers_in_the_range_that_suppliers_use() -> None:
    n = 30
    limits = {
        pair: rolled_yield([(pair[0], n), (pair[1], n)]).lower
        for pair in product(range(n + 1), repeat=2)
    }
    for first, second in ((0.99, 0.95), (0.9, 0.9), (0.97, 0.8)):
        one = stats.binom.pmf(range(n + 1), n, first)
        two = stats.binom.pmf(range(n + 1), n, second)
        covered = sum(
            one[a] * two[b] for (a, b), low in limits.items() if (low or 0) <= first * second
        )
        assert covered >= 0.949


def test_net_score_limit_covers_in_the_range_that_suppliers_use() -> None:
    n = 20
    for shares in ((0.6, 0.25, 0.15), (0.85, 0.1, 0.05), (0.4, 0.3, 0.3)):
        truth = 100 * (shares[0] - shares[2])
        covered = 0.0
        for p in range(n + 1):
            for d in range(n + 1 - p):
                if (net_score(p, n - p - d, d).lower or -100) <= truth:
                    covered += float(stats.multinomial.pmf([p, n - p - d, d], n, shares))
        assert covered >= 0.917
