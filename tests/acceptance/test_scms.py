"""Real data, end to end: every figure that was computed independently for this file holds here.

The data set is not part of the project: OPENQUALITY_SCMS names the file.
"""

import csv
import re
import socket
import statistics
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from openquality import Verdict, validate
from openquality_validator.catalogue import load
from openquality_validator.statistics.claims import estimate

EXAMPLE = Path(__file__).parents[2] / "examples" / "scms" / "scms.py"
# Percent, one-sided 95 %, Clopper–Pearson.
EIGHT = {
    "S. BUYS WHOLESALER": 97.466,
    "Trinity Biotech, Plc": 98.674,
    "ABBVIE LOGISTICS (FORMERLY ABBOTT LOGISTICS BV)": 97.382,
    "PHARMACY DIRECT": 99.085,
    "MYLAN LABORATORIES LTD (FORMERLY MATRIX LABORATORIES)": 98.027,
    "HETERO LABS LIMITED": 97.745,
    "CHEMBIO DIAGNOSTIC SYSTEMS, INC.": 95.722,
    "BRISTOL-MYERS SQUIBB": 95.627,
}


@pytest.fixture(scope="module")
def rows(delivery_history: Path) -> list[dict[str, str]]:
    with delivery_history.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("vendor", "on_time", "lines", "percent"),
    [
        ("SCMS from RDC", 4477, 5404, 82.8),
        ("Orgenics, Ltd", 656, 754, 87.0),
        ("S. BUYS WHOLESALER", 704, 715, 98.5),
        ("Aurobindo Pharma Limited", 574, 668, 85.9),
        ("Trinity Biotech, Plc", 355, 356, 99.7),
    ],
)
def test_on_time_counts(found: Any, vendor: str, on_time: int, lines: int, percent: float) -> None:  # noqa: ANN401 - see the fixture
    (claim,) = found["on-time delivery"][vendor].claims
    assert claim["counts"] == {"numerator": on_time, "denominator": lines}
    assert round(float(claim["value"]["amount"]), 1) == percent


def test_every_line_has_both_dates_in_one_shape(found: Any, rows: list[dict[str, str]]) -> None:  # noqa: ANN401 - see the fixture
    vendors = found["on-time delivery"]
    assert len(vendors) == 73
    assert sum(each.usage.used for each in vendors.values()) == len(rows) == 10_324
    assert all(each.usage.left_out == () for each in vendors.values())
    assert {each.evidence["rowCount"] for each in vendors.values()} == {10_324}
    years = [each.claims[0]["period"] for each in vendors.values()]
    assert min(each["start"] for each in years)[:4] == "2006"
    assert max(each["end"] for each in years)[:4] == "2015"


def test_twenty_one_vendors_have_enough_lines(found: Any) -> None:  # noqa: ANN401 - see the fixture
    vendors = found["on-time delivery"].values()
    assert sum(each.usage.used >= 30 for each in vendors) == 21


def test_exactly_eight_reach_95_percent_by_the_bound(found: Any) -> None:  # noqa: ANN401 - see the fixture
    metric, bounds = load().metric("on-time-delivery"), {}
    for vendor, each in found["on-time delivery"].items():
        lower = estimate(metric, each.claims[0], load()).lower
        if each.usage.used >= 30 and lower is not None and lower >= 95:
            bounds[vendor] = round(lower, 3)
    assert bounds == EIGHT


def test_lead_time_uses_one_shape_and_says_what_it_left_out(found: Any) -> None:  # noqa: ANN401 - see the fixture
    vendors = found["lead time"]
    lost: Counter[str] = Counter()
    dated = 0
    for each in vendors.values():
        reasons = {left.reason: left.count for left in each.usage.left_out}
        lost.update(reasons)
        dated += each.usage.used + reasons.get("negative duration", 0) > 0
    used = sum(each.usage.used for each in vendors.values())
    assert lost == {
        "PO Sent to Vendor Date: from a distribution centre, no order to a vendor": 5404,
        "PO Sent to Vendor Date: scrambled": 1712,
        "PO Sent to Vendor Date: not captured": 328,
        "negative duration": 4,
    }
    assert used + lost["negative duration"] == 2880
    assert dated == 61
    assert sum(each.usage.used >= 30 for each in vendors.values()) == 17
    assert vendors["SCMS from RDC"].claims == ()


@pytest.mark.parametrize(
    ("vendor", "midpoint", "n"),
    [
        ("Orgenics, Ltd", 92, 479),
        ("Aurobindo Pharma Limited", 129, 455),
        ("S. BUYS WHOLESALER", 6, 320),
        ("MYLAN LABORATORIES LTD (FORMERLY MATRIX LABORATORIES)", 125.5, 216),
        ("Trinity Biotech, Plc", 77, 215),
    ],
)
def test_lead_time_medians(
    found: Any,  # noqa: ANN401 - see the fixture
    rows: list[dict[str, str]],
    vendor: str,
    midpoint: float,
    n: int,
) -> None:
    days = [
        (
            datetime.strptime(row["Delivered to Client Date"], "%d-%b-%y")  # noqa: DTZ007 - days
            - datetime.strptime(row["PO Sent to Vendor Date"], "%m/%d/%y")  # noqa: DTZ007 - days
        ).days
        for row in rows
        if row["Vendor"] == vendor
        and re.fullmatch(r"\d{1,2}/\d{1,2}/\d\d", row["PO Sent to Vendor Date"])
    ]
    assert statistics.median(days) == midpoint
    median, _ = found["lead time"][vendor].claims
    assert median["sampling"]["n"] == len(days) == n
    # Nearest rank: of an even number the lower of the two in the middle.
    assert median["value"] == {"amount": str(statistics.median_low(days)), "unit": "d"}
    assert {"qualifier": "percentileMethod", "code": "nearestRank"} in median["qualifiers"]


def test_records_are_valid_and_say_what_they_are(scms: ModuleType, found: Any) -> None:  # noqa: ANN401 - see the fixture
    did = "did:key:z6MkemxqDUFb6P1jrWw4iYfUWsS9V56eH9ort6PLsn6UP5r3"
    records = scms.attestations(found, did)
    assert len(records) == 21
    for vendor, record in records.items():
        assert validate(record).findings == ()
        subject = record["credentialSubject"]
        assert subject["name"] == vendor
        assert subject["issuerRole"] == "observer"
        assert subject["id"].startswith(f"{did}#subject-")
        for claim in subject["claims"]:
            assert claim["assessor"]["assessorLevel"] == "buyer"
            assert "not a statement by the company" in claim["limitations"]
            assert "not independent" in claim["limitations"]
    assert len({record["credentialSubject"]["id"] for record in records.values()}) == 21


def test_the_story_runs_and_every_answer_verifies_offline(
    scms: ModuleType,
    delivery_history: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked, verdicts = [], []
    ask, verify = scms.publish_and_ask, scms.verify

    def watched_ask(*given: Any) -> Any:  # noqa: ANN401 - passed through
        asked.append(ask(*given))
        return asked[0]

    def offline(*given: Any) -> list[Verdict]:  # noqa: ANN401 - passed through
        def refuse(*_: object) -> None:
            raise AssertionError("the network was asked")

        with monkeypatch.context() as cut:
            cut.setattr(socket.socket, "connect", refuse)
            cut.setattr(socket, "getaddrinfo", refuse)
            verdicts.extend(verify(*given))
        return verdicts

    monkeypatch.setattr(scms, "publish_and_ask", watched_ask)
    monkeypatch.setattr(scms, "verify", offline)
    monkeypatch.setenv("OPENQUALITY_SCMS", str(delivery_history))
    with scms.registry(None) as url:
        monkeypatch.setattr(sys, "argv", [str(EXAMPLE), url])
        scms.main()

    ((_, answer, _),) = asked
    assert answer["log"]["size"] == 21
    assert answer["total"] == 8
    assert [round(float(row["values"][0]["rankedOn"]), 3) for row in answer["rows"]] == sorted(
        EIGHT.values(), reverse=True
    )
    assert {row["values"][0]["relation"] for row in answer["rows"]} == {"buyer"}
    assert {row["values"][0]["grade"] for row in answer["rows"]} == {"identical"}
    assert [(left["reason"], left["count"]) for left in answer["leftOut"]] == [("threshold", 13)]
    assert [verdict.overall for verdict in verdicts] == ["pass"] * 8
    for verdict in verdicts:
        assert {level for _, level in verdict.verification} == {"recomputed"}
    shown = capsys.readouterr().out
    for vendor, bound in EIGHT.items():
        assert re.search(rf"{bound:.3f} % of \d+  {re.escape(vendor)}: identical", shown)
    assert "5404 left out" in shown
    assert "4 left out: negative duration" in shown
