"""The delivery history, measured here and computed once more with pandas, counts included.

The data set is not part of the project: OPENQUALITY_SCMS names the file. Nothing of ours is used on
the side of pandas: neither how cells are read, nor how rows are chosen, nor how values are ranked.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

EXAMPLE = Path(__file__).parents[2] / "examples" / "scms" / "scms.py"
DUE, DONE, SENT = "Scheduled Delivery Date", "Delivered to Client Date", "PO Sent to Vendor Date"


@pytest.fixture(scope="module")
def frame(delivery_history: Path) -> pd.DataFrame:
    read = pd.read_csv(delivery_history, encoding="utf-8-sig", dtype=str, keep_default_na=False)
    for column in (DUE, DONE):
        read[column] = pd.to_datetime(read[column], format="%d-%b-%y")
    read["ordered"] = pd.to_datetime(read[SENT], format="%m/%d/%y", errors="coerce")
    read["Vendor"] = read["Vendor"].str.strip()
    return read


def test_on_time_of_every_vendor(found: Any, frame: pd.DataFrame) -> None:  # noqa: ANN401 - see the fixture
    expected = (
        frame.assign(on_time=frame[DONE] <= frame[DUE])
        .groupby("Vendor")
        .agg(
            numerator=("on_time", "sum"),
            denominator=("on_time", "size"),
            start=(DONE, "min"),
            end=(DONE, "max"),
        )
    )
    ours = found["on-time delivery"]
    assert set(ours) == set(expected.index)
    assert len(ours) == 73
    for vendor, row in expected.iterrows():
        (claim,) = ours[vendor].claims
        assert claim["counts"] == {
            "numerator": row["numerator"],
            "denominator": row["denominator"],
        }
        share = 100 * row["numerator"] / row["denominator"]
        assert float(claim["value"]["amount"]) == pytest.approx(share, rel=5e-6)
        assert claim["period"] == {
            "start": f"{row['start']:%Y-%m-%d}",
            "end": f"{row['end']:%Y-%m-%d}",
        }
        if row["numerator"]:
            late = row["denominator"] - row["numerator"]
            lower = 100 * stats.beta.ppf(0.05, row["numerator"], late + 1)
            assert float(claim["interval"]["lower"]) == pytest.approx(lower, rel=2e-5)


def test_on_time_from_month_to_month(found: Any, frame: pd.DataFrame) -> None:  # noqa: ANN401 - see the fixture
    vendor = "SCMS from RDC"
    lines = frame[frame["Vendor"] == vendor]
    by_month = lines.assign(on_time=lines[DONE] <= lines[DUE]).groupby(
        lines[DONE].dt.to_period("M")
    )
    expected = {
        (month.year, month.month): [rows["on_time"].sum(), len(rows)] for month, rows in by_month
    }
    assert found["on-time delivery"][vendor].measured.tally.days.months == expected


def test_lead_time_of_every_vendor(found: Any, frame: pd.DataFrame) -> None:  # noqa: ANN401 - see the fixture
    dated = frame[frame["ordered"].notna()]
    days = (dated[DONE] - dated["ordered"]).dt.days
    used = dated.assign(days=days)[days >= 0]
    ours = found["lead time"]
    n_of = used.groupby("Vendor").size()
    assert {vendor for vendor, each in ours.items() if each.claims} == set(n_of.index)
    for vendor, rows in used.groupby("Vendor"):
        values = np.sort(rows["days"].to_numpy())
        n = len(values)
        for claim, share in zip(ours[vendor].claims, (0.5, 0.9), strict=True):
            assert claim["sampling"]["n"] == n
            # The inverse of the empirical distribution: the value at rank ⌈n·p⌉.
            value = np.quantile(values, share, method="inverted_cdf")
            assert float(claim["value"]["amount"]) == value
            below = stats.binom.cdf(np.arange(n), n, share)
            ranks = np.flatnonzero(below >= 0.95)
            if len(ranks):
                assert claim["orderStatistic"]["rank"] == ranks[0] + 1
                assert float(claim["orderStatistic"]["amount"]) == values[ranks[0]]
            else:
                assert "orderStatistic" not in claim


def test_every_line_that_was_left_out_is_accounted_for(found: Any, frame: pd.DataFrame) -> None:  # noqa: ANN401 - see the fixture
    lost: dict[str, int] = {}
    for each in found["lead time"].values():
        for left in each.usage.left_out:
            lost[left.reason] = lost.get(left.reason, 0) + left.count
    days = (frame[DONE] - frame["ordered"]).dt.days
    expected = {
        "from a distribution centre": (frame[SENT] == "N/A - From RDC").sum(),
        "not captured": (frame[SENT] == "Date Not Captured").sum(),
        "scrambled": frame[SENT].str.fullmatch(r"\d{4}-\d\d-\d\d").sum(),
        "negative duration": (days < 0).sum(),
    }
    for words, count in expected.items():
        assert sum(number for reason, number in lost.items() if words in reason) == count
    assert sum(lost.values()) == sum(expected.values())
    assert sum(each.usage.used for each in found["lead time"].values()) == (days >= 0).sum()
