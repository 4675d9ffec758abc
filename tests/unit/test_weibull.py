"""A Weibull fit of lives: published estimates, an independent optimum, and claims from rows."""

import hashlib
import math
from typing import Any

import numpy as np
import pytest
from measured_claims import DAYS, measured
from scipy.optimize import brentq, minimize, minimize_scalar
from scipy.stats import t as student
from scipy.stats import weibull_min

from openquality_validator.catalogue import load
from openquality_validator.errors import InvalidInput, UnusableData
from openquality_validator.measure import Mapping, lives, measure, parse_csv
from openquality_validator.recompute import Outcome, recompute
from openquality_validator.statistics.weibull import weibull_fit

# NIST/SEMATECH e-Handbook 8.2.2.1 and 8.4.1.3: 20 units, of which 10 failed before 500 hours.
FAILED = (54, 187, 216, 240, 244, 335, 361, 373, 375, 386)
RUNNING = (500,) * 10


def test_the_fit_is_the_published_one() -> None:
    found = weibull_fit(FAILED, RUNNING)
    assert (round(found.scale, 3), round(found.shape, 4)) == (606.528, 1.7208)
    # B10 by the published figures: 606.528·(−ln 0.9)^(1/1.7208)
    assert found.life.value == pytest.approx(606.528 * 0.1053605 ** (1 / 1.7208), rel=1e-5)
    assert (found.tested, found.failed) == (20, 10)


def log_likelihood(shape: float, scale: float) -> float:
    model = weibull_min(shape, scale=scale)
    return float(model.logpdf(FAILED).sum() + model.logsf(RUNNING).sum())


def test_the_limits_are_where_an_independent_likelihood_falls_by_as_much() -> None:
    def badness(logs: Any) -> float:  # noqa: ANN401 - an array of two numbers
        return -log_likelihood(math.exp(logs[0]), math.exp(logs[1]))

    best = minimize(badness, [0.0, 6.0], method="Nelder-Mead", tol=1e-12)
    assert -best.fun == pytest.approx(-75.135, abs=5e-4)  # as the handbook prints it
    allowed = student.ppf(0.95, len(FAILED) - 1) ** 2

    def spare(life: float) -> float:
        found = minimize_scalar(
            lambda shape: -log_likelihood(shape, life * (-math.log(0.9)) ** (-1 / shape)),
            bounds=(0.05, 20),
            method="bounded",
            options={"xatol": 1e-10},
        )
        return float(2 * (found.fun - best.fun) - allowed)

    found = weibull_fit(FAILED, RUNNING).life
    assert found.value is not None
    assert found.lower == pytest.approx(brentq(spare, 20, found.value), rel=1e-6)
    assert found.upper == pytest.approx(brentq(spare, found.value, 480), rel=1e-6)


@pytest.mark.heavy
@pytest.mark.parametrize(("tested", "failures"), [(5, 5), (20, 5), (20, 10), (50, 10), (20, 20)])
def test_the_lower_limit_holds_nearly_as_often_as_it_says(tested: int, failures: int) -> None:
    # docs/spec/statistics.md: .92 to .95; 2,000 trials have a standard error of .006.
    random = np.random.default_rng(20261121)
    true = (-math.log(0.9)) ** (1 / 2)
    held = 0
    for _ in range(2000):
        times = [float(t) for t in np.sort(random.weibull(2.0, tested))]
        rest = [times[failures - 1]] * (tested - failures)
        lower = weibull_fit(times[:failures], rest).life.lower
        held += lower is not None and lower <= true
    assert held / 2000 > 0.905


@pytest.mark.parametrize("factor", [1e-9, 3600.0, 1e12])
def test_another_unit_of_time_changes_nothing_but_the_unit(factor: float) -> None:
    here = weibull_fit(FAILED, RUNNING)
    there = weibull_fit([t * factor for t in FAILED], [t * factor for t in RUNNING])
    assert there.shape == pytest.approx(here.shape, rel=1e-9)
    for one, other in (
        (here.scale, there.scale),
        (here.life.value, there.life.value),
        (here.life.lower, there.life.lower),
        (here.life.upper, there.life.upper),
    ):
        assert one is not None
        assert other == pytest.approx(one * factor, rel=1e-8)


def test_items_that_all_fail_almost_together_are_fitted() -> None:
    found = weibull_fit([1000.0, 1000.1, 1000.2, 1000.3, 1000.4, 1000.5])
    assert found.shape > 1000
    lower, value = found.life.lower, found.life.value
    assert lower is not None
    assert value is not None
    assert 990 < lower < value < 1000.5


@pytest.mark.parametrize(
    ("failed", "running"),
    [
        ((), ()),
        ((1, 2, 3, 4), (9, 9)),
        ((0, 1, 2, 3, 4), ()),
        ((1, 2, 3, 4, 5), (-1,)),
        ((7, 7, 7, 7, 7), ()),
        ((7, 7, 7, 7, 7), (1, 2)),
    ],
)
def test_what_fits_no_shape_is_refused(failed: tuple[float, ...], running: tuple[float]) -> None:
    with pytest.raises(InvalidInput, match="A090"):
        weibull_fit(failed, running)


DATA = b"Pump,Hours,State\n" + b"".join(
    b"%d,%d,%s\n" % (n, hours, state)
    for n, (hours, state) in enumerate(
        [*((t, b"failed") for t in FAILED), *((t, b"runs") for t in RUNNING)]
    )
)
MAPPING: dict[str, Any] = {
    "v": 1,
    "kind": "life",
    "columns": {"value": "Hours", "outcome": "State"},
    "outcomes": {"counted": ["failed"], "notCounted": ["runs"]},
    "unit": "h",
    "qualifiers": [
        {"qualifier": "operatingConditions", "text": "Continuous duty at 40 °C"},
        {"qualifier": "dataSource", "code": "test"},
        {"qualifier": "failureDefinition", "code": "operationStopping"},
        {"qualifier": "censoring", "code": "included"},
    ],
}


def test_rows_of_failed_and_running_items_give_a_claim_that_recomputes() -> None:
    claim = measured(DATA, MAPPING, "b10-life")
    assert claim["value"] == {"amount": "164.022", "unit": "h"}
    assert claim["interval"] == {"lower": "65.7412", "level": "0.95", "sided": "one"}
    assert claim["study"] == {
        "method": "maximumLikelihood",
        "distribution": "weibull",
        "shape": "1.7208",
        "scale": "606.528",
        "tested": 20,
        "failed": 10,
    }
    evidence = {
        "digest": f"sha256:{hashlib.sha256(DATA).hexdigest()}",
        "columns": ["Pump", "Hours", "State"],
        "rowCount": 20,
        "mapping": MAPPING,
    }
    assert recompute(claim, evidence, DATA, load()).outcome is Outcome.RECOMPUTED
    in_days = {
        **claim,
        "value": {"amount": "6.834", "unit": "d"},
        "interval": {"lower": "2.73921", "level": "0.95", "sided": "one"},
        "study": {**claim["study"], "scale": "25.272"},
    }
    assert recompute(in_days, evidence, DATA, load()).outcome is Outcome.RECOMPUTED
    other = {**claim, "study": {**claim["study"], "failed": 9}}
    assert recompute(other, evidence, DATA, load()).outcome is Outcome.DIFFERS


def test_the_lower_limit_is_rounded_down() -> None:
    # Three times the times above: 3·65.74121 = 197.22364, which 197.224 would overstate.
    rows = [*((t, "failed") for t in FAILED), *((t, "runs") for t in RUNNING)]
    data = "Hours,State\n" + "".join(f"{3 * hours},{state}\n" for hours, state in rows)
    meaning = Mapping.from_json(MAPPING)
    table = parse_csv(data.encode(), meaning.table)
    found = measure(table, meaning, metrics=("b10-life",), catalogue=load(), period=DAYS)
    assert found.claims[0]["interval"]["lower"] == "197.223"


def test_without_an_outcome_every_item_failed_and_censoring_says_so() -> None:
    columns = {"columns": {"value": "Hours"}, "outcomes": {}}
    with pytest.raises(UnusableData, match=r"M012.*here it is measured by none"):
        measured(DATA, MAPPING | columns, "b10-life")
    qualifiers = [*MAPPING["qualifiers"][:3], {"qualifier": "censoring", "code": "none"}]
    claim = measured(DATA, MAPPING | columns | {"qualifiers": qualifiers}, "b10-life")
    assert (claim["study"]["tested"], claim["study"]["failed"]) == (20, 20)


def test_lives_give_no_other_study_and_no_endless_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnusableData, match=r"M008.*Use the kind gauge"):
        measured(DATA, MAPPING, "gauge-rr")
    monkeypatch.setattr(lives, "MOST_ITEMS", 19)
    with pytest.raises(UnusableData, match=r"M010.*one item more than 19"):
        measured(DATA, MAPPING, "b10-life")
