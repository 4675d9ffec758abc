"""Measuring, held to an independent computation, to any order of rows, and to recomputation."""

import csv
import hashlib
import io
import random
import statistics
from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from openquality_validator.catalogue import load
from openquality_validator.measure import Mapping, measure, parse_csv
from openquality_validator.recompute import Outcome, recompute

FIRST = date(2020, 1, 1)
days = st.integers(0, 3000).map(lambda n: FIRST + timedelta(days=n))
gaps = st.integers(-20, 400)
lines = st.lists(st.tuples(days, gaps), min_size=1, max_size=80)
shuffles = st.randoms(use_true_random=False)


def written(rows: list[tuple[str, ...]], headings: tuple[str, ...]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([headings, *rows])
    return text.getvalue().encode()


def codes(**stated: str) -> tuple[dict[str, str], ...]:
    return tuple({"qualifier": name, "code": code} for name, code in stated.items())


ON_TIME = Mapping(
    kind="onTime",
    columns={"due": "Start", "event": "End"},
    date_formats={"due": ("%d-%b-%y",), "event": ("%d.%m.%Y",)},
    qualifiers=codes(
        anchor="requested", level="line", event="receipt", denominatorBasis="deliveredInPeriod"
    ),
)
LEAD_TIME = Mapping(
    kind="duration",
    columns={"start": "Start", "end": "End"},
    date_formats={"start": ("%d-%b-%y",), "end": ("%d.%m.%Y",)},
    qualifiers=codes(
        startEvent="orderSent",
        endEvent="delivered",
        dayCount="calendar",
        cohort="closed",
        level="line",
    ),
)


def cells(found: list[tuple[date, int]]) -> list[tuple[str, ...]]:
    return [
        (start.strftime("%d-%b-%y"), (start + timedelta(days=gap)).strftime("%d.%m.%Y"))
        for start, gap in found
    ]


def claims(data: bytes, mapping: Mapping, *metrics: str) -> tuple[dict[str, Any], ...]:
    table = parse_csv(data, mapping.table)
    found = measure(table, mapping, metrics=metrics, catalogue=load())
    evidence = {
        "digest": f"sha256:{hashlib.sha256(data).hexdigest()}",
        "columns": list(table.columns),
        "rowCount": table.read,
        "mapping": mapping.to_json(),
    }
    for claim in found.claims:
        assert recompute(claim, evidence, data, load()).outcome is Outcome.RECOMPUTED
    return found.claims


@settings(deadline=None)  # scipy is imported by the first case that needs it
@given(lines, shuffles)
def test_on_time_agrees_with_plain_counting_in_any_order(
    found: list[tuple[date, int]], shuffle: random.Random
) -> None:
    rows = cells(found)
    (claim,) = claims(written(rows, ("Start", "End")), ON_TIME, "on-time-delivery")
    on_time = sum(gap <= 0 for _, gap in found)
    assert claim["counts"] == {"numerator": on_time, "denominator": len(found)}
    assert abs(float(claim["value"]["amount"]) - 100 * on_time / len(found)) < 1e-3
    shuffle.shuffle(rows)
    assert claims(written(rows, ("Start", "End")), ON_TIME, "on-time-delivery") == (claim,)


@settings(deadline=None)  # scipy is imported by the first case that needs it
@given(lines.filter(lambda found: any(gap >= 0 for _, gap in found)), shuffles)
def test_lead_time_agrees_with_the_low_median_in_any_order(
    found: list[tuple[date, int]], shuffle: random.Random
) -> None:
    rows = cells(found)
    metrics = ("lead-time-median", "lead-time-p90")
    median, p90 = claims(written(rows, ("Start", "End")), LEAD_TIME, *metrics)
    kept = [gap for _, gap in found if gap >= 0]
    assert int(median["value"]["amount"]) == statistics.median_low(kept)
    assert sum(gap <= int(p90["value"]["amount"]) for gap in kept) * 10 >= 9 * len(kept)
    assert sum(gap < int(p90["value"]["amount"]) for gap in kept) * 10 < 9 * len(kept)
    shuffle.shuffle(rows)
    assert claims(written(rows, ("Start", "End")), LEAD_TIME, *metrics) == (median, p90)


@settings(deadline=None)  # scipy is imported by the first case that needs it
@given(
    st.lists(st.integers(9_000, 11_000), min_size=5, max_size=60).filter(
        lambda readings: len(set(readings)) > 1
    ),
    shuffles,
)
def test_ppk_agrees_with_its_definition_in_any_order_of_ordered_readings(
    readings: list[int], shuffle: random.Random
) -> None:
    mapping = Mapping(
        kind="sample",
        columns={"value": "mm", "order": "Nr", "date": "Day"},
        date_formats={"date": ("%Y-%m-%d",)},
        capability={
            "characteristic": {"id": "d", "class": "other", "lsl": "8", "usl": "12", "unit": "mm"},
            "estimator": "overall",
            "convention": "aiag",
            "distribution": "normal",
        },
    )
    rows = [(str(r / 1000), str(place), "2026-01-01") for place, r in enumerate(readings)]
    headings = ("mm", "Nr", "Day")
    (claim,) = claims(written(rows, headings), mapping, "ppk")
    values = [r / 1000 for r in readings]
    centre, spread = statistics.fmean(values), statistics.stdev(values)
    expected = min(12 - centre, centre - 8) / (3 * spread)
    assert abs(float(claim["value"]["amount"]) / expected - 1) < 1e-5
    shuffle.shuffle(rows)
    assert claims(written(rows, headings), mapping, "ppk") == (claim,)
