"""Limits and constants against figures that others published; each test names the page.

Where a publication states a two-sided 90 % interval, each of its ends is a one-sided 95 % limit.
"""

import pytest

from openquality_validator.statistics import net_score as net_score_module
from openquality_validator.statistics import samples
from openquality_validator.statistics.amount import amount
from openquality_validator.statistics.availability import duration_ratio
from openquality_validator.statistics.binomial import clopper_pearson
from openquality_validator.statistics.capability import (
    both_sides,
    degrees_of_freedom,
    worst_side,
)
from openquality_validator.statistics.control_constants import D2, D3, c4
from openquality_validator.statistics.mean import mean
from openquality_validator.statistics.net_score import net_score
from openquality_validator.statistics.percentiles import percentile_indices
from openquality_validator.statistics.poisson import event_rate
from openquality_validator.statistics.quantile import lower_rank, upper_rank
from openquality_validator.statistics.reliability import failure_rate, mean_time
from openquality_validator.statistics.stability import control_chart

# NIST/SEMATECH e-Handbook, 6.3.2.2 "Individuals Control Charts": flow rates.
FLOW_RATES = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]


def test_exact_share_limits_of_the_handbook() -> None:
    # NIST/SEMATECH e-Handbook, 7.2.4.2: 4 of 20, 90 % two-sided: (0.071354, 0.401029).
    found = clopper_pearson(4, 20)
    assert found.lower == pytest.approx(0.071354, abs=1e-6)
    assert found.upper == pytest.approx(0.401029, abs=1.5e-6)  # solved there by GOAL SEEK


def test_exact_share_limit_of_a_statistics_program() -> None:
    # Keller, "Six Sigma Demystified", page 213 (Minitab): 24 of 100, lower limit 0.171348.
    assert clopper_pearson(24, 100).lower == pytest.approx(0.171348, abs=5e-7)


# Review of Particle Physics, "Statistics", the table of one-sided 95 % limits of a Poisson mean.
POISSON = [
    (0.00, 3.00),
    (0.05, 4.74),
    (0.36, 6.30),
    (0.82, 7.75),
    (1.37, 9.15),
    (1.97, 10.51),
    (2.61, 11.84),
    (3.29, 13.15),
    (3.98, 14.43),
    (4.70, 15.71),
    (5.43, 16.96),
]


@pytest.mark.parametrize("events", range(11))
def test_poisson_limits_of_the_particle_data_group(events: int) -> None:
    found = event_rate(events, 1)
    lower, upper = POISSON[events]
    assert found.lower == pytest.approx(lower, abs=0.0051)
    assert found.upper == pytest.approx(upper, abs=0.0051)


# NIST/SEMATECH e-Handbook, 8.4.5.1: factors of the estimated MTBF for 90 % two-sided limits.
@pytest.mark.parametrize(
    ("failures", "lower", "upper"),
    [(1, 0.2108, 19.4958), (2, 0.3177, 5.6281), (3, 0.3869, 3.6689), (4, 0.4370, 2.9276)],
)
def test_mean_time_factors_of_the_handbook(failures: int, lower: float, upper: float) -> None:
    found = mean_time(failures, failures, termination="time")
    assert found.lower == pytest.approx(lower, abs=1e-4)
    assert found.upper == pytest.approx(upper, abs=1e-4)


def test_the_mean_time_example_of_the_handbook() -> None:
    # Same page: 2 failures in 800 hours give 400 hours, from 127 to 2251.
    found = mean_time(2, 800, termination="time")
    rate = failure_rate(2, 800, termination="time")
    assert (found.value, round(found.lower or 0), round(found.upper or 0)) == (400, 127, 2251)
    assert rate.upper == pytest.approx(1 / (found.lower or 1))


def test_the_mean_example_of_the_handbook() -> None:
    # NIST/SEMATECH e-Handbook, 1.3.5.2, ZARR13.DAT: n 195, 90 % from 9.258763 to 9.264157.
    found = mean(9.261460, n=195, standard_deviation=0.2278881e-01, skewness=0)
    assert found.lower == pytest.approx(9.25876, abs=5e-6)
    assert found.upper == pytest.approx(9.26416, abs=5e-6)


def test_sample_sizes_of_wilks() -> None:
    # Wilks, Annals of Mathematical Statistics 12 (1941), and every table of nonparametric 95/95
    # limits since: the largest of 59, the second of 93, the third of 124; the largest of 299 for
    # 99 %. One value fewer is not enough.
    assert (upper_rank(58, 0.95), upper_rank(59, 0.95)) == (None, 59)
    assert (upper_rank(92, 0.95), upper_rank(93, 0.95)) == (92, 92)
    assert (upper_rank(123, 0.95), upper_rank(124, 0.95)) == (122, 122)
    assert (upper_rank(298, 0.99), upper_rank(299, 0.99)) == (None, 299)
    assert (lower_rank(58, 0.05), lower_rank(59, 0.05)) == (None, 1)


def test_the_score_interval_of_paired_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    # Fagerland, Lydersen and Laake, Statistics in Medicine 33 (2014), tables II and V: of 21
    # pairs 1 changed one way and 7 the other; Tango's 95 % interval is (−0.517, −0.026).
    monkeypatch.setattr(net_score_module, "Z", 1.959963984540054)
    found = net_score(1, 13, 7)
    assert found.lower == pytest.approx(-51.7, abs=0.05)
    assert found.upper == pytest.approx(-2.6, abs=0.05)


def test_the_availability_limit_is_on_the_safe_side_of_the_textbooks() -> None:
    # Trivedi, "Probability and Statistics with Reliability, Queuing, and Computer Science
    # Applications" (2001), example 10.27: 10 failures and 10 repairs, 9990 h up and 10 h down,
    # 95 % two-sided from 0.9975. That takes the observation to end with a repair; ours takes it to
    # end with the period, with 22 and 20 degrees of freedom, so it lies a little above that
    # two-sided limit and below the one-sided one of the same 20 and 20 degrees of freedom, 0.99788.
    found = duration_ratio(9990, 10, outages=10)
    assert found.value == 0.999
    assert 0.9975 < (found.lower or 0) < 0.99788


def test_individuals_chart_of_the_handbook() -> None:
    # 6.3.2.2: mean 50.81, mean moving range 1.8778, limits 55.8041 and 45.8159 with d₂ = 1.128.
    sigma = samples.sigma([FLOW_RATES], estimator="movingRange")
    assert sigma * D2[2] == pytest.approx(1.8778, abs=5e-5)
    assert sum(FLOW_RATES) / 10 == pytest.approx(50.81)
    assert 50.81 + 3 * sigma * D2[2] / 1.128 == pytest.approx(55.8041, abs=1e-4)
    assert 50.81 - 3 * sigma * D2[2] / 1.128 == pytest.approx(45.8159, abs=1e-4)
    # "none of the plotted points falls outside": rule 1 does not fire.
    assert not any(
        s.rule == 1 for s in control_chart([FLOW_RATES], estimator="movingRange").signals
    )


# NIST/SEMATECH e-Handbook, 6.3.2.1: factors for charts of means, ranges and deviations.
@pytest.mark.parametrize(
    ("size", "a2", "d4", "c4_of_it"),
    [
        (2, 1.880, 3.267, 0.7979),
        (3, 1.023, 2.575, 0.8862),
        (4, 0.729, 2.282, 0.9213),
        (5, 0.577, 2.115, 0.9400),
        (6, 0.483, 2.004, 0.9515),
        (7, 0.419, 1.924, 0.9594),
        (8, 0.373, 1.864, 0.9650),
        (9, 0.337, 1.816, 0.9693),
        (10, 0.308, 1.777, 0.9727),
    ],
)
def test_control_chart_factors_of_the_handbook(
    size: int, a2: float, d4: float, c4_of_it: float
) -> None:
    assert 3 / (D2[size] * size**0.5) == pytest.approx(a2, abs=6e-4)
    assert 1 + 3 * D3[size] / D2[size] == pytest.approx(d4, abs=1.2e-3)
    assert c4(size) == pytest.approx(c4_of_it, abs=5e-5)


def test_capability_of_the_handbook() -> None:
    # NIST/SEMATECH e-Handbook, 6.1.6: limits 8 and 20, mean 16, s = 2 give Cp 1.0 and Cpk 0.6667.
    readings = [14.0, 16.0, 18.0]  # mean 16, s 2
    found = samples.study([readings], estimator="overall", lsl=8, usl=20)
    assert found.both_sides == 1.0
    assert found.worst_side == pytest.approx(0.6667, abs=5e-5)


def test_the_cp_interval_of_montgomery() -> None:
    # Montgomery, "Introduction to Statistical Quality Control", 6th edition, example 8.4: limits
    # 38 and 62, n 20, s 1.75: Cp 2.29, 95 % two-sided from 1.57 to 3.01. Our limits are one-sided:
    # of the same chi-square distribution, 10.12 (5 %) and not 8.91 (2.5 %).
    found = both_sides(2.29, freedom=degrees_of_freedom("overall", n=20))
    assert found.lower == pytest.approx(2.29 * (10.117 / 19) ** 0.5, abs=1e-4)
    assert 1.57 < (found.lower or 0) < 2.29 < (found.upper or 0) < 3.01


def test_the_cpk_interval_of_the_handbook() -> None:
    # NIST/SEMATECH e-Handbook, 6.1.6: Cpk ± z·√(1/(9N) + Cpk²/(2(N−1))); by hand for its Cpk of
    # 0.6667 and N = 50: 1/450 + 0.44449/98 = 0.00675779, the root 0.0822058, times 1.644854.
    found = worst_side(0.6667, n=50, freedom=degrees_of_freedom("overall", n=50))
    assert found.lower == pytest.approx(0.6667 - 0.135217, abs=1e-6)


def test_an_expanded_uncertainty_is_taken_apart_as_the_guide_does() -> None:
    # JCGM 100:2008 (GUM), H.1: a gauge of 50.000838 mm, U = 93 nm with k = 2.92, so u = 32 nm.
    found = amount(50000838, expanded=93, coverage_factor=2.92)
    assert (50000838 - (found.lower or 0)) / 1.6448536 == pytest.approx(32, abs=0.5)


def test_percentiles_stand_where_mccormack_puts_them() -> None:
    # McCormack, Harris, Hurwitz and Spagon, Quality Engineering 12 (2000): percentile p lies at
    # rank p·(N+1), in a straight line between two readings. For the readings 1 to 1999 that is
    # 2000p: 2.7, 1000 and 1997.3.
    readings = [float(each) for each in range(1, 2000)]
    found = percentile_indices(readings, lsl=-1000, usl=4000)
    assert (found.low, found.median, found.high) == pytest.approx((2.7, 1000, 1997.3))
    assert found.both_sides == pytest.approx(5000 / 1994.6)
    assert found.worst_side == pytest.approx(2000 / 997.3)
