"""From claim members to an estimate in the canonical unit."""

import subprocess
import sys
from copy import deepcopy
from typing import Any

import pytest

from openquality_validator import catalogue as catalogues
from openquality_validator.errors import InvalidInput
from openquality_validator.statistics import Estimate
from openquality_validator.statistics.binomial import clopper_pearson
from openquality_validator.statistics.claims import READERS, estimate

CATALOGUE = catalogues.load()


def example(metric_id: str, **changed: Any) -> Estimate:  # noqa: ANN401 - any claim member
    metric = CATALOGUE.metric(metric_id)
    claim = deepcopy(dict(metric.example["claim"]))
    claim.update(changed)
    claim = {name: value for name, value in claim.items() if value is not None}
    return estimate(metric, claim, CATALOGUE)


def test_every_form_has_a_reader_and_every_reader_a_form() -> None:
    assert set(READERS) == set(CATALOGUE.forms) == {m.form for m in CATALOGUE.metrics.values()}


def test_the_value_of_counts_does_not_depend_on_the_stated_one() -> None:
    assert example("on-time-delivery", value={"amount": "100", "unit": "%"}).value == 97.5
    assert example("on-time-delivery", value=None).value == 97.5


def test_a_stated_value_converts_to_the_canonical_unit() -> None:
    shorter = example(
        "lead-time-median",
        value={"amount": "600", "unit": "h"},
        orderStatistic={"rank": 32, "amount": "768"},
    )
    assert shorter == Estimate(25.0, None, 32.0)


def test_exposure_converts_to_the_unit_of_the_rate() -> None:
    in_days = example("recordable-injury-rate", exposure={"amount": "25000", "unit": "d"})
    assert in_days.value == pytest.approx(4 / 600000 * 200000)
    assert in_days == example("recordable-injury-rate")
    time = example("mtbf", exposure={"amount": "2083.333333333333333", "unit": "d"})
    assert time.value == pytest.approx(50000 / 3)


def test_a_design_effect_divides_what_was_counted() -> None:
    plain = example("on-time-delivery")
    clustered = example("on-time-delivery", sampling={"n": 480, "designEffect": "2"})
    assert clustered.value == pytest.approx(97.5)
    assert clustered.lower == pytest.approx(100 * (clopper_pearson(234, 240).lower or 0))
    assert plain.lower is not None
    assert clustered.lower is not None
    assert clustered.lower < plain.lower


@pytest.mark.parametrize(
    "metric_id",
    [
        "cp",
        "cpk",
        "defects-per-million-opportunities",
        "on-time-delivery",
        "rolled-throughput-yield",
        "mttr",
        "mtbf",
        "failure-rate",
        "availability",
        "net-promoter-score",
    ],
)
def test_a_design_effect_widens_every_counted_bound(metric_id: str) -> None:
    metric = CATALOGUE.metric(metric_id)
    n = metric.example["claim"].get("sampling", {}).get("n", 100)
    # A mean needs 50 effective values: its example has just that many.
    start = {"n": 4 * n}
    plain = example(metric_id, sampling=start)
    clustered = example(metric_id, sampling={**start, "designEffect": "1.5"})
    if metric.direction == "higherBetter":
        assert plain.lower is not None
        assert clustered.lower is not None
        assert clustered.lower < plain.lower
    else:
        assert plain.upper is not None
        assert clustered.upper is not None
        assert clustered.upper > plain.upper


def test_a_design_effect_asks_for_a_higher_rank() -> None:
    assert example("lead-time-p90").upper == 96
    n = {"n": 100, "designEffect": "1.5"}
    assert example("lead-time-p90", sampling=n).upper is None
    far = {"rank": 98, "amount": "98"}
    assert example("lead-time-p90", sampling=n, orderStatistic=far).upper == 98


def test_a_design_effect_below_one_promises_nothing_more() -> None:
    assert example("on-time-delivery", sampling={"n": 480, "designEffect": "0.1"}) == example(
        "on-time-delivery"
    )


def test_a_rank_too_low_gives_no_bound() -> None:
    low = {"rank": 31, "amount": "31"}
    assert example("lead-time-median", orderStatistic=low).upper is None
    assert example("lead-time-median", orderStatistic={"rank": 51, "amount": "51"}).upper is None
    assert example("lead-time-median", orderStatistic=None) == Estimate(25.0)


def test_an_index_that_is_not_normal_has_no_bound() -> None:
    capability = dict(CATALOGUE.metric("cpk").example["claim"]["capability"], distribution="other")
    assert example("cpk", capability=capability) == Estimate(1.33)


def test_bounds_stay_within_the_value_range() -> None:
    tiny = example(
        "water-use",
        value={"amount": "0.01", "unit": "m3"},
        uncertainty={"expanded": "1", "coverageFactor": "2"},
    )
    assert tiny.lower == 0
    high = example(
        "recycled-content",
        value={"amount": "99", "unit": "%"},
        uncertainty={"expanded": "30", "coverageFactor": "2"},
    )
    assert high.upper == 100


def test_money_stays_in_its_currency() -> None:
    assert example("acquisition-cost", value={"amount": "1200", "unit": "JPY"}).value == 1200


@pytest.mark.parametrize(
    ("interval", "lower"),
    [
        ({"lower": "7400", "level": "0.95", "sided": "one"}, 7400),
        ({"lower": "7400", "upper": "12000", "level": "0.90", "sided": "two"}, 7400),
        ({"lower": "7400", "level": "0.90", "sided": "one"}, None),
        ({"lower": "7400", "upper": "12000", "level": "0.89", "sided": "two"}, None),
    ],
)
def test_a_study_keeps_the_limits_that_it_states(
    interval: dict[str, str], lower: float | None
) -> None:
    assert example("b10-life", interval=interval).lower == lower


def test_a_quantile_that_is_better_higher_has_a_lower_limit() -> None:
    from dataclasses import replace

    metric = replace(CATALOGUE.metric("lead-time-median"), direction="higherBetter")
    claim = dict(metric.example["claim"], orderStatistic={"rank": 19, "amount": "19"})
    assert estimate(metric, claim, CATALOGUE) == Estimate(25.0, 19.0, None)
    claim["orderStatistic"] = {"rank": 20, "amount": "20"}
    assert estimate(metric, claim, CATALOGUE).lower is None


@pytest.mark.parametrize(
    ("metric_id", "changed"),
    [
        ("on-time-delivery", {"counts": None}),
        ("on-time-delivery", {"counts": {"numerator": 481, "denominator": 480}}),
        ("on-time-delivery", {"counts": "many"}),
        ("lead-time-median", {"value": None}),
        ("lead-time-median", {"value": {"amount": "soon", "unit": "d"}}),
        ("mttr", {"moments": None}),
        ("mtbf", {"failures": 0, "termination": "failure"}),
        ("rolled-throughput-yield", {"steps": []}),
    ],
)
def test_a_claim_without_its_data_is_refused(metric_id: str, changed: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match="A090"):
        example(metric_id, **changed)


def test_the_refusal_names_the_members_of_the_form() -> None:
    with pytest.raises(InvalidInput) as caught:
        example("on-time-delivery", counts=None)
    assert "counts.numerator, counts.denominator" in caught.value.hint


def test_no_estimate_loads_the_slow_part_of_scipy() -> None:
    program = """
import sys
from openquality_validator import catalogue
from openquality_validator.statistics.claims import estimate
assert "scipy" not in sys.modules
shipped = catalogue.load()
for metric in shipped.metrics.values():
    estimate(metric, metric.example["claim"], shipped)
assert "scipy.special" in sys.modules
print([name for name in ("scipy.stats", "scipy.optimize") if name in sys.modules])
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
