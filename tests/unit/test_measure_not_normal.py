"""Capability of readings that are not normal: by percentiles, with no bound."""

from datetime import date
from typing import Any

import pytest

from openquality_validator.catalogue import load
from openquality_validator.errors import InvalidInput, UnusableData
from openquality_validator.measure import Mapping, Measured, measure, table_of
from openquality_validator.statistics.percentiles import LEAST_N, percentile_indices

DAY = (date(2026, 1, 1), date(2026, 1, 1))
# 1 to 1000, each once, in an order without trend: as far from normal as a flat distribution is.
READINGS = [place * 389 % 1001 for place in range(1, 1001)]


def run(metric: str, readings: list[int], **study: Any) -> Measured:  # noqa: ANN401 - JSON
    mapping = Mapping(
        kind="sample",
        columns={"value": "mm"},
        capability={
            "characteristic": {
                "id": "gap",
                "class": "other",
                "lsl": "-1000",
                "usl": "2000",
                "unit": "mm",
            },
            "estimator": "overall",
            "convention": "iso22514",
            "distribution": "other",
            **study,
        },
    )
    rows = [("mm",), *((str(each),) for each in readings)]
    return measure(table_of(rows), mapping, metrics=(metric,), catalogue=load(), period=DAY)


def test_an_index_stands_on_three_percentiles_and_has_no_bound() -> None:
    # Ranks 0.00135·1001 = 1.35135, 500.5 and 999.64865; the reading at rank r is r. Upper side
    # (2000 − 500.5)/(999.64865 − 500.5) = 1499.5/499.14865, lower 1500.5/499.14865.
    (claim,) = run("ppk", READINGS).claims
    assert float(claim["value"]["amount"]) == pytest.approx(1499.5 / 499.14865, rel=5e-6)
    (claim,) = run("pp", READINGS).claims
    assert float(claim["value"]["amount"]) == pytest.approx(3000 / 998.2973, rel=5e-6)
    assert "interval" not in claim
    assert claim["capability"]["distribution"] == "other"
    assert claim["capability"]["n"] == claim["sampling"]["n"] == 1000
    assert claim["capability"]["mean"] == "500.5"


def test_means_of_subgroups_show_whether_it_is_stable() -> None:
    assert run("pp", READINGS, subgroupSize=5).claims[0]["capability"]["stable"] is True
    (claim,) = run("cp", READINGS, subgroupSize=5).claims
    assert claim["metric"] == "cp"
    rising = sorted(READINGS)
    assert run("pp", rising, subgroupSize=5).claims[0]["capability"]["stable"] is False
    with pytest.raises(UnusableData, match="M011"):
        run("cp", rising, subgroupSize=5)


@pytest.mark.parametrize(
    ("metric", "study", "code"),
    [
        ("ppk", {"estimator": "pooled", "subgroupSize": 5}, "M002"),
        ("cpk", {"convention": "aiag", "subgroupSize": 5}, "M008"),
        ("ppk", {"distribution": "weibull"}, "M002"),
        ("pp", {"characteristic": {"id": "g", "class": "other", "usl": "1", "unit": "mm"}}, "M008"),
        ("ppk", {"characteristic": {"id": "g", "class": "other", "unit": "mm"}}, "A090"),
    ],
)
def test_what_percentiles_cannot_say_is_refused(
    metric: str, study: dict[str, Any], code: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        run(metric, READINGS, **study)
    assert caught.value.code == code


def test_too_few_readings_give_no_outer_percentile() -> None:
    assert run("ppk", READINGS[:LEAST_N]).claims
    with pytest.raises(InvalidInput, match=r"A090.*at least 740"):
        run("ppk", READINGS[: LEAST_N - 1])


def test_readings_that_agree_give_no_index() -> None:
    with pytest.raises(InvalidInput, match="A090"):
        percentile_indices([5.0] * 800, usl=9.0)
    with pytest.raises(InvalidInput, match=r"A090.*not below"):
        percentile_indices(range(800), lsl=9.0, usl=9.0)


def test_of_normal_readings_both_methods_give_nearly_the_same() -> None:
    # Quantiles of the normal distribution itself, so that nothing is left to chance.
    from scipy.stats import norm

    from openquality_validator.statistics.samples import study

    readings = [float(norm.ppf(rank / 20_001)) for rank in range(1, 20_001)]
    by_percentiles = percentile_indices(readings, lsl=-4, usl=6)
    by_sigma = study([readings], estimator="overall", lsl=-4, usl=6)
    assert by_percentiles.worst_side == pytest.approx(by_sigma.worst_side, rel=0.01)
    assert by_percentiles.both_sides == pytest.approx(by_sigma.both_sides or 0, rel=0.01)
