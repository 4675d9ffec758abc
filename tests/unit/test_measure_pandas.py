"""Made-up rows with every oddity that is allowed, measured here and computed with pandas."""

import io
import random
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from openquality_validator.catalogue import load
from openquality_validator.measure import Mapping, Unusable, measure, parse_csv

ROWS = 4_000
YEAR = (date(2025, 1, 1), date(2025, 12, 31))


def codes(**given: str) -> tuple[dict[str, str], ...]:
    return tuple({"qualifier": name, "code": code} for name, code in given.items())


@pytest.fixture(scope="module")
def text() -> str:
    chance = random.Random(20261121)  # noqa: S311 - made-up deliveries
    lines = ["Due,Done,Result,Hours,Events,Answer"]
    for _ in range(ROWS):
        due = date(2024, 11, 1) + timedelta(days=chance.randrange(480))
        done = due + timedelta(days=round(chance.gauss(0, 4)))
        cells = [
            f"{due:%d.%m.%Y}",
            chance.choice([f"{done:%d.%m.%Y}"] * 20 + ["", "n/a"]),
            chance.choice(["ok"] * 30 + ["bad", "rework"]),
            chance.choice([f"{chance.lognormvariate(1, 0.7):.3f}"] * 20 + [""]),
            str(chance.randrange(3)),
            str(min(10, round(chance.gauss(8, 2)))),
        ]
        lines.append(",".join(cells))
        if chance.random() < 0.01:
            lines.append("")
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def frame(text: str) -> pd.DataFrame:
    read = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)
    for column in ("Due", "Done"):
        read[column] = pd.to_datetime(read[column], format="%d.%m.%Y", errors="coerce")
    for column in ("Hours", "Events", "Answer"):
        read[column] = pd.to_numeric(read[column])
    return read


def claim_of(text: str, metric: str, mapping: Mapping) -> dict[str, Any]:
    table = parse_csv(text.encode(), mapping.table)
    (claim,) = measure(table, mapping, metrics=(metric,), catalogue=load(), period=YEAR).claims
    return claim


DATES = {"date": ("%d.%m.%Y",)}
NO_DATE = (Unusable("Done", "not recorded", equals="n/a"),)


def within(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    return frame[frame[column].between(pd.Timestamp(YEAR[0]), pd.Timestamp(YEAR[1]))]


def test_on_time(text: str, frame: pd.DataFrame) -> None:
    mapping = Mapping(
        kind="onTime",
        columns={"due": "Due", "event": "Done"},
        date_formats={"due": ("%d.%m.%Y",), "event": ("%d.%m.%Y",)},
        unusable=NO_DATE,
        qualifiers=(
            {"qualifier": "earlyLimit", "amount": "3", "unit": "d"},
            {"qualifier": "lateLimit", "amount": "1", "unit": "d"},
            *codes(
                anchor="requested",
                level="line",
                event="receipt",
                denominatorBasis="deliveredInPeriod",
            ),
        ),
    )
    rows = within(frame, "Done")
    late = (rows["Done"] - rows["Due"]).dt.days
    claim = claim_of(text, "on-time-delivery", mapping)
    assert claim["counts"] == {"numerator": late.between(-3, 1).sum(), "denominator": len(rows)}


def test_median_and_90th_percentile(text: str, frame: pd.DataFrame) -> None:
    mapping = Mapping(
        kind="duration",
        columns={"start": "Due", "end": "Done"},
        date_formats={"start": ("%d.%m.%Y",), "end": ("%d.%m.%Y",)},
        unusable=NO_DATE,
        qualifiers=codes(
            startEvent="orderSent",
            endEvent="delivered",
            dayCount="calendar",
            cohort="closed",
            level="line",
        ),
    )
    rows = within(frame, "Done")
    days = (rows["Done"] - rows["Due"]).dt.days
    days = days[days >= 0]
    for metric, share in (("lead-time-median", 0.5), ("lead-time-p90", 0.9)):
        claim = claim_of(text, metric, mapping)
        assert claim["sampling"]["n"] == len(days)
        expected = np.quantile(days, share, method="inverted_cdf")
        assert float(claim["value"]["amount"]) == expected


def test_working_days(text: str, frame: pd.DataFrame) -> None:
    holidays = ["2025-04-18", "2025-12-25", "2025-12-27"]
    mapping = Mapping.from_json(
        {
            "v": 1,
            "kind": "duration",
            "columns": {"start": "Due", "end": "Done"},
            "dateFormats": {"start": ["%d.%m.%Y"], "end": ["%d.%m.%Y"]},
            "unusable": [{"column": "Done", "equals": "n/a", "reason": "not recorded"}],
            "workingTime": {"days": ["mon", "tue", "wed", "thu", "fri"], "holidays": holidays},
            "qualifiers": list(
                codes(
                    startEvent="orderSent",
                    endEvent="delivered",
                    dayCount="working",
                    cohort="closed",
                    level="line",
                )
            ),
        }
    )
    rows = within(frame, "Done")
    rows = rows[rows["Done"] >= rows["Due"]]
    one = np.timedelta64(1, "D")
    start, end = (rows[each].to_numpy().astype("datetime64[D]") for each in ("Due", "Done"))
    days = np.busday_count(start + one, end + one, holidays=holidays)
    claim = claim_of(text, "lead-time-p90", mapping)
    assert claim["sampling"]["n"] == len(days)
    assert float(claim["value"]["amount"]) == np.quantile(days, 0.9, method="inverted_cdf")


def test_mean_spread_and_skewness(text: str, frame: pd.DataFrame) -> None:
    mapping = Mapping(
        kind="duration",
        columns={"value": "Hours"},
        unit="h",
        qualifiers=codes(
            startEvent="failure", endEvent="repaired", dayCount="calendar", cohort="closed"
        ),
    )
    hours = frame["Hours"].dropna()
    claim = claim_of(text, "mttr", mapping)
    assert claim["sampling"]["n"] == len(hours)
    assert float(claim["value"]["amount"]) == pytest.approx(hours.mean(), rel=5e-6)
    moments = claim["moments"]
    assert float(moments["standardDeviation"]) == pytest.approx(hours.std(), rel=5e-6)
    assert float(moments["skewness"]) == pytest.approx(stats.skew(hours), abs=1e-6)


def test_a_share_by_day(text: str, frame: pd.DataFrame) -> None:
    mapping = Mapping(
        kind="share",
        columns={"outcome": "Result", "date": "Due"},
        date_formats=DATES,
        counted=("bad", "rework"),
        not_counted=("ok",),
        qualifiers=codes(setupPieces="excluded", countUnit="piece"),
    )
    rows = within(frame, "Due")
    claim = claim_of(text, "scrap-rate", mapping)
    assert claim["counts"] == {
        "numerator": (rows["Result"] != "ok").sum(),
        "denominator": len(rows),
    }


def test_a_rate(text: str, frame: pd.DataFrame) -> None:
    mapping = Mapping(
        kind="rate",
        columns={"events": "Events", "exposure": "Hours", "date": "Due"},
        date_formats=DATES,
        unit="h",
        qualifiers=codes(workforce="employees", recordability="osha1904"),
    )
    rows = within(frame, "Due").dropna(subset=["Hours"])
    claim = claim_of(text, "recordable-injury-rate", mapping)
    assert claim["events"] == rows["Events"].sum()
    assert float(claim["exposure"]["amount"]) == pytest.approx(rows["Hours"].sum(), rel=1e-12)


def test_a_net_score(text: str, frame: pd.DataFrame) -> None:
    mapping = Mapping(
        kind="score",
        columns={"value": "Answer", "date": "Due"},
        date_formats=DATES,
        qualifiers=(
            *codes(occasion="transaction", channel="all"),
            {"qualifier": "invited", "amount": "9000", "unit": "1"},
        ),
    )
    answers = within(frame, "Due")["Answer"]
    groups = pd.cut(answers, [-1, 6, 8, 10], labels=["detractors", "passives", "promoters"])
    claim = claim_of(text, "net-promoter-score", mapping)
    assert claim["counts"] == groups.value_counts().to_dict()


def test_performance(text: str, frame: pd.DataFrame) -> None:
    mapping = Mapping(
        kind="sample",
        columns={"value": "Hours", "date": "Due"},
        date_formats=DATES,
        capability={
            "characteristic": {"id": "t", "class": "other", "usl": "30", "unit": "h"},
            "estimator": "overall",
            "convention": "aiag",
            "distribution": "normal",
        },
    )
    hours = within(frame, "Due")["Hours"].dropna()
    expected = (30 - hours.mean()) / (3 * hours.std())
    claim = claim_of(text, "ppk", mapping)
    assert claim["capability"]["n"] == len(hours)
    assert float(claim["value"]["amount"]) == pytest.approx(expected, rel=5e-6)
