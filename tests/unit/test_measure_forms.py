"""Every form from rows: worked by hand, written by the schema, and recomputed."""

import hashlib
from datetime import date, datetime
from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator

import openquality_schemas
from openquality_validator.catalogue import load
from openquality_validator.errors import InvalidInput, UnusableData
from openquality_validator.measure import Mapping, Measured, measure, parse_csv
from openquality_validator.measure.working import WorkingTime
from openquality_validator.recompute import Outcome, recompute

DAYS = (date(2026, 1, 1), date(2026, 1, 30))  # thirty days: 720 hours, 2,592,000 seconds
CLOCK = ("%Y-%m-%dT%H:%M",)
SCHEMA = orjson.loads(openquality_schemas.read("attestation.schema.json"))

SHAPE = {"$schema": SCHEMA["$schema"], "$defs": SCHEMA["$defs"], "$ref": "#/$defs/Mapping"}


def codes(**given: str) -> list[dict[str, str]]:
    return [{"qualifier": name, "code": code} for name, code in given.items()]


FAILURES = [
    {"qualifier": "operatingConditions", "text": "at 40 °C"},
    *codes(dataSource="field", failureDefinition="operationStopping"),
]
INJURIES = codes(workforce="employees", recordability="osha1904")
ERRORS = codes(measurementPoint="customer", retries="counted")
UP_TIME = codes(
    measurementPoint="customer", plannedMaintenance="countsAsDown", serviceHours="always"
)
ASKED = [
    *codes(occasion="transaction", channel="all"),
    {"qualifier": "invited", "amount": "30", "unit": "1"},
]
ENERGY = codes(energyScope="electricity", proof="directContract")
AUDIT = [*codes(audit="certification"), {"qualifier": "standard", "text": "ISO 9001"}]
REPAIRS = codes(startEvent="failure", endEvent="repaired", dayCount="calendar", cohort="closed")


def run(text: str, metric: str, mapping: dict[str, Any]) -> Measured:
    """Measure, and prove that what comes out is as the schema wants it, and comes out again."""
    data = text.encode()
    parsed = Mapping.from_json({"v": 1, **mapping})
    assert Mapping.from_json(parsed.to_json()) == parsed
    Draft202012Validator(SHAPE).validate(parsed.to_json())
    table = parse_csv(data, parsed.table)
    found = measure(table, parsed, metrics=(metric,), catalogue=load(), period=DAYS)
    evidence = {
        "digest": f"sha256:{hashlib.sha256(data).hexdigest()}",
        "columns": list(table.columns),
        "rowCount": table.read,
        "mapping": parsed.to_json(),
    }
    (claim,) = found.claims
    again = recompute(claim, evidence, data, load())
    assert (again.outcome, again.findings) == (Outcome.RECOMPUTED, ())
    for name in ("events", "failures", "outages"):
        if name in claim:
            wrong = recompute({**claim, name: claim[name] + 1}, evidence, data, load())
            assert [each.code for each in wrong.findings] == ["E004"]
    for name, part in (("exposure", "amount"), ("durations", "up")):
        if name in claim:
            lied = {**claim, name: {**claim[name], part: "7"}}
            wrong = recompute(lied, evidence, data, load())
            assert [each.code for each in wrong.findings] == ["E004"]
    if "moments" in claim:
        lied = {**claim, "moments": {**claim["moments"], "skewness": "9"}}
        wrong = recompute(lied, evidence, data, load())
        assert [each.code for each in wrong.findings] == ["E005"]
    return found


def test_a_rate_counts_events_against_an_exposure() -> None:
    # 4 in 600,000 h are 4·200,000/600,000 = 1.33333; U = χ²(0.95, 10)/2 = 9.153519 → 3.05118.
    text = "Site,Injuries,Hours\nA,3,350000.5\nB,1,249999.5\nC,0,\n"
    mapping = {
        "kind": "rate",
        "columns": {"events": "Injuries", "exposure": "Hours"},
        "unit": "h",
        "qualifiers": INJURIES,
    }
    found = run(text, "recordable-injury-rate", mapping)
    (claim,) = found.claims
    assert claim["events"] == 4
    assert claim["exposure"] == {"amount": "600000", "unit": "h"}
    assert claim["value"] == {"amount": "1.33333", "unit": "/(200000.h)"}
    assert claim["interval"]["upper"] == "3.05118"
    assert found.usage.left_out[0].reason == "Hours: empty"


def test_a_rate_of_rows_counts_each_row_as_one() -> None:
    text = "Status\n" + "200\n" * 999 + "500\n"
    mapping = {
        "kind": "rate",
        "columns": {"outcome": "Status"},
        "outcomes": {"counted": ["500"], "notCounted": ["200"]},
        "qualifiers": ERRORS,
    }
    (claim,) = run(text, "error-rate", mapping).claims
    assert claim["value"] == {"amount": "0.1", "unit": "%"}
    assert claim["exposure"] == {"amount": "1000", "unit": "1"}
    with pytest.raises(UnusableData, match="M004"):
        run(text + "404\n", "error-rate", mapping)


DEFECTS = {
    "kind": "rate",
    "columns": {"events": "Defects", "exposure": "Boards", "opportunities": "Joints"},
    "unit": "1",
    "qualifiers": [
        {"qualifier": "opportunityDefinition", "text": "Each solder joint"},
        *codes(detectionPoint="internal"),
    ],
}


def test_defects_are_counted_against_opportunities() -> None:
    # The worked example of statistics.md: 27 in 500 boards of 40 joints.
    text = "Defects,Boards,Joints\n20,300,40\n7,200,40\n"
    metric = "defects-per-million-opportunities"
    (claim,) = run(text, metric, DEFECTS).claims
    assert claim["value"] == {"amount": "1350", "unit": "[ppm]"}
    assert claim["exposure"] == {"amount": "20000", "unit": "1"}
    assert claim["counts"] == {"units": 500, "opportunitiesPerUnit": 40}
    assert claim["interval"]["upper"] == "1861.71"
    for rows in ("20,300,40\n7,200,41\n", "20,300,0\n", "1,2.5,40\n"):
        with pytest.raises(UnusableData, match="M010"):
            run("Defects,Boards,Joints\n" + rows, metric, DEFECTS)
    without = {**DEFECTS, "columns": {"events": "Defects", "exposure": "Boards"}}
    with pytest.raises(UnusableData, match=r"M008.*Map opportunities"):
        run(text, metric, without)
    with pytest.raises(UnusableData, match=r"M002.*unit"):
        run(text, metric, {**DEFECTS, "unit": "h"})


LIFE = {
    "kind": "rate",
    "columns": {"events": "Failures", "exposure": "Running"},
    "unit": "h",
    "qualifiers": FAILURES,
}


def test_time_to_failure_is_total_time_over_failures() -> None:
    # The worked example of statistics.md: 3 failures in 50,000 h.
    text = "Item,Failures,Running\n1,2,20000\n2,1,12500\n3,0,17500\n"
    (claim,) = run(text, "mtbf", LIFE).claims
    assert claim["value"] == {"amount": "16666.7", "unit": "h"}
    assert (claim["failures"], claim["termination"]) == (3, "time")
    assert claim["interval"] == {"lower": "6448.57", "level": "0.95", "sided": "one"}
    (claim,) = run(text, "failure-rate", LIFE).claims
    assert claim["value"] == {"amount": "60", "unit": "10*-6/h"}


def test_no_failure_gives_a_bound_and_no_value() -> None:
    text = "Item,Failures,Running\n1,0,50000\n"
    (claim,) = run(text, "mtbf", LIFE).claims
    assert "value" not in claim
    assert claim["interval"]["lower"] == "16690.4"
    (claim,) = run(text, "failure-rate", LIFE).claims
    assert claim["value"]["amount"] == "0"


OUTAGES = {
    "kind": "availability",
    "columns": {"start": "Down", "end": "Up"},
    "dateFormats": {"start": list(CLOCK), "end": list(CLOCK)},
    "qualifiers": UP_TIME,
}


def test_a_log_of_outages_gives_the_rest_of_the_period_as_up() -> None:
    # 2 h, then 1 h overlapped by another row (3 h in all), then the last 5 h of the period.
    text = (
        "Down,Up\n"
        "2026-01-05T10:00,2026-01-05T12:00\n"
        "2026-01-10T10:00,2026-01-10T12:00\n"
        "2026-01-10T11:00,2026-01-10T13:00\n"
        "2026-01-30T19:00,\n"  # still down
        "2025-12-01T00:00,2025-12-02T00:00\n"  # before the period
        "2026-02-01T00:00,\n"  # after it
        "2026-01-06T10:00,2026-01-06T09:00\n"
    )
    found = run(text, "availability", OUTAGES)
    (claim,) = found.claims
    assert claim["outages"] == 3
    assert claim["durations"] == {"up": str(710 * 3600), "down": str(10 * 3600), "unit": "s"}
    assert claim["value"] == {"amount": "98.6111", "unit": "%"}  # 710/720
    assert (found.usage.used, found.usage.other) == (4, 2)
    assert [each.reason for each in found.usage.left_out] == ["negative duration"]


def test_outages_that_touch_are_one_and_are_cut_to_the_period() -> None:
    text = (
        "Down,Up\n"
        "2025-12-31T23:00,2026-01-01T01:00\n"
        "2026-01-01T01:00,2026-01-01T02:00\n"
        "2026-01-30T23:00,2026-02-03T00:00\n"
    )
    (claim,) = run(text, "availability", OUTAGES).claims
    assert claim["outages"] == 2
    assert claim["durations"]["down"] == str(3 * 3600)


def test_up_and_down_add_up() -> None:
    # The worked example of statistics.md: 8750 h up, 10 h down, 4 outages.
    text = "Month,Up,Down,Outages\n1,4400,3.5,1\n2,4350,6.5,3\n"
    mapping = {
        "kind": "availability",
        "columns": {"up": "Up", "down": "Down", "outages": "Outages"},
        "unit": "h",
        "qualifiers": UP_TIME,
    }
    (claim,) = run(text, "availability", mapping).claims
    assert claim["value"] == {"amount": "99.8858", "unit": "%"}
    assert claim["interval"]["lower"] == "99.5241"
    without = {**mapping, "columns": {"up": "Up", "down": "Down"}}
    (claim,) = run(text, "availability", without).claims
    assert "outages" not in claim
    assert "interval" not in claim


def test_a_net_score_sorts_answers_into_three_groups() -> None:
    # The worked example of statistics.md: 62 promoters, 25 passives, 13 detractors.
    answers = ["9"] * 30 + ["10"] * 32 + ["7"] * 12 + ["8"] * 13 + ["0"] * 6 + ["6"] * 7
    mapping = {"kind": "score", "columns": {"value": "Answer"}, "qualifiers": ASKED}
    (claim,) = run(
        "Answer,Case\n" + ",x\n".join([*answers, ""]), "net-promoter-score", mapping
    ).claims
    assert claim["counts"] == {"promoters": 62, "passives": 25, "detractors": 13}
    assert claim["value"] == {"amount": "49", "unit": "1"}
    assert claim["interval"]["lower"] == "36.2865"
    with pytest.raises(UnusableData, match=r"M010.*11 is above 10"):
        run("Answer,Case\n11,x\n", "net-promoter-score", mapping)
    by_month = "Month,P,N,D\n1,60,20,10\n2,2,5,3\n"
    three = {"promoters": "P", "passives": "N", "detractors": "D"}
    counted = {"kind": "score", "columns": three, "qualifiers": ASKED}
    assert run(by_month, "net-promoter-score", counted).claims[0]["counts"] == claim["counts"]


def test_an_amount_adds_up_and_may_be_for_each_of_something() -> None:
    text = "Month,Green,All\n1,120.5,200\n2,7.5,0\n"
    mapping = {
        "kind": "amount",
        "columns": {"value": "Green", "per": "All"},
        "unit": "1",
        "qualifiers": ENERGY,
    }
    (claim,) = run(text, "renewable-energy-share", mapping).claims
    assert claim["value"] == {"amount": "64", "unit": "%"}
    assert "interval" not in claim
    with pytest.raises(UnusableData, match=r"M010.*'All' is zero"):
        run("Month,Green,All\n1,5,0\n", "renewable-energy-share", mapping)
    stated = {**mapping, "columns": {"value": "Green"}, "unit": "%"}
    assert run("Green,A\n64,x\n", "renewable-energy-share", stated).claims[0]["value"] == {
        "amount": "64",
        "unit": "%",
    }


def test_a_count_counts_rows_or_adds_a_column() -> None:
    text = "Finding,State,Number\n1,open,1\n2,closed,0\n3,open,1\n"
    rows = {
        "kind": "count",
        "columns": {"outcome": "State"},
        "outcomes": {"counted": ["open"], "notCounted": ["closed"]},
        "qualifiers": AUDIT,
    }
    column = {"kind": "count", "columns": {"events": "Number"}, "qualifiers": AUDIT}
    for mapping in (rows, column):
        (claim,) = run(text, "open-major-nonconformities", mapping).claims
        assert claim["value"] == {"amount": "2", "unit": "1"}
    none = run("Finding,State\n1,closed\n", "open-major-nonconformities", rows)
    assert none.claims[0]["value"]["amount"] == "0"


def test_a_mean_comes_with_spread_and_skewness() -> None:
    # 1, 2, 3, 10 h: mean 4, squares 9+4+1+36 = 50, s = √(50/3) = 4.08248; m₂ = 12.5,
    # m₃ = (−27−8−1+216)/4 = 45, g = 45/12.5^1.5 = 1.018234.
    text = "Failed,Repaired\n" + "".join(
        f"2026-01-05T08:00,2026-01-05T{8 + hours:02}:00\n" for hours in (1, 2, 3, 10)
    )
    mapping = {
        "kind": "duration",
        "columns": {"start": "Failed", "end": "Repaired"},
        "dateFormats": {"start": list(CLOCK), "end": list(CLOCK)},
        "qualifiers": REPAIRS,
    }
    (claim,) = run(text, "mttr", mapping).claims
    assert claim["value"] == {"amount": "4", "unit": "h"}
    assert claim["moments"] == {"standardDeviation": "4.08248", "skewness": "1.018234"}
    assert claim["sampling"]["n"] == 4
    assert "interval" not in claim  # below 50
    with pytest.raises(UnusableData, match=r"M006.*no spread"):
        run(text[: text.index("\n", 20) + 1], "mttr", mapping)


def test_a_mean_of_enough_values_has_its_bound() -> None:
    from scipy import stats

    hours = [1 + place % 7 for place in range(60)]
    mapping = {"kind": "duration", "columns": {"value": "h"}, "unit": "h", "qualifiers": REPAIRS}
    (claim,) = run("h,n\n" + "".join(f"{each},x\n" for each in hours), "mttr", mapping).claims
    assert claim["moments"]["skewness"] == f"{stats.skew(hours):.6f}".rstrip("0")
    assert float(claim["value"]["amount"]) == pytest.approx(sum(hours) / 60, rel=1e-5)
    assert "upper" in claim["interval"]


WEEKDAYS = {"days": ["mon", "tue", "wed", "thu", "fri"], "holidays": ["2026-01-06"]}
LEAD = codes(
    startEvent="orderSent", endEvent="delivered", dayCount="working", cohort="closed", level="line"
)


def test_working_days_leave_out_weekends_and_holidays() -> None:
    # 2026-01-02 is a Friday. To Monday: 1. To Wednesday over the holiday of Tuesday: 2. From
    # Saturday to Monday: 1. The same day: 0.
    text = (
        "Sent,Done\n2026-01-02,2026-01-05\n2026-01-02,2026-01-07\n2026-01-03,2026-01-05\n"
        "2026-01-05,2026-01-05\n2026-01-02,2026-01-16\n2026-01-05,2026-01-04\n"
    )
    mapping = {
        "kind": "duration",
        "columns": {"start": "Sent", "end": "Done"},
        "dateFormats": {"start": ["%Y-%m-%d"], "end": ["%Y-%m-%d"]},
        "workingTime": WEEKDAYS,
        "qualifiers": LEAD,
    }
    found = run(text, "lead-time-median", mapping)  # 0, 1, 1, 2, 9
    assert found.claims[0]["value"] == {"amount": "1", "unit": "d"}
    assert found.claims[0]["orderStatistic"] == {"rank": 5, "amount": "9"}
    assert found.usage.left_out[0].reason == "negative duration"
    calendar = {**mapping, "workingTime": {}}
    with pytest.raises(UnusableData, match=r"M012.*dayCount"):
        run(text, "lead-time-median", calendar)
    hours = {**mapping, "workingTime": {**WEEKDAYS, "from": "08:00", "until": "17:00"}}
    with pytest.raises(UnusableData, match="M003"):
        run(text, "lead-time-median", hours)


def test_working_hours_stop_the_clock_at_night() -> None:
    # Friday 16:00 to Monday 09:30: one hour on Friday, one and a half on Monday.
    text = "In,Out\n2026-01-02T16:00,2026-01-05T09:30\n"
    mapping = {
        "kind": "duration",
        "columns": {"start": "In", "end": "Out"},
        "dateFormats": {"start": list(CLOCK), "end": list(CLOCK)},
        "workingTime": {**WEEKDAYS, "from": "08:00", "until": "17:00"},
        "qualifiers": codes(
            startEvent="reported",
            endEvent="solved",
            hoursBasis="serviceHours",
            cohort="closed",
            agent="human",
            channel="phone",
        ),
    }
    (claim,) = run(text, "resolution-time", mapping).claims
    assert claim["value"] == {"amount": "2.5", "unit": "h"}


def test_working_time_agrees_with_counting_day_by_day() -> None:
    works = WorkingTime.from_json(
        {"days": ["sat", "mon", "wed"], "holidays": ["2026-01-07", "2026-01-08", "2026-02-14"]}
    )
    first = date(2025, 12, 20).toordinal()
    for start in range(first, first + 30):
        for length in range(60):
            days = [date.fromordinal(start + 1 + each) for each in range(length)]
            expected = sum(
                each.weekday() in (0, 2, 5) and each.isoformat() not in {"2026-01-07", "2026-02-14"}
                for each in days
            )
            assert expected == works.days_between(
                date.fromordinal(start), date.fromordinal(start + length)
            )
    assert works.days_between(date.min, date.max) > 10**6
    assert works.microseconds_before(datetime.max) > 0  # noqa: DTZ901 - a clock on the wall


@pytest.mark.parametrize(
    "member",
    [
        {"days": []},
        {"days": ["monday"]},
        {"days": "mon"},
        {"holidays": ["2026-01-01"]},
        {"days": ["mon"], "holidays": ["1.1.2026"]},
        {"days": ["mon"], "holidays": "2026-01-01"},
        {"days": ["mon"], "from": "17:00", "until": "08:00"},
        {"days": ["mon"], "from": "8:00"},
        {"days": ["mon"], "until": "24:01"},
        {"days": ["mon"], "from": 8},
        {"days": ["mon"], "hours": "8-17"},
        {"days": ["mon"], "holidays": [f"{1000 + n}-01-01" for n in range(1001)]},
    ],
)
def test_working_time_that_does_not_read_is_refused(member: dict[str, Any]) -> None:
    with pytest.raises(UnusableData, match=r"M002.*workingTime"):
        WorkingTime.from_json(member)


DATES = {"start": ["%Y-%m-%d"], "end": ["%Y-%m-%d"]}
SOME_HOURS = [*UP_TIME[:2], *codes(serviceHours="statedHours")]
DEPTH = {"kind": "count", "columns": {"events": "N"}, "qualifiers": codes(inputs="all")}
VALUE = {"kind": "amount", "columns": {"value": "V"}}


@pytest.mark.parametrize(
    ("mapping", "metric", "code"),
    [
        ({**LIFE, "unit": None}, "mtbf", "M002"),
        ({**LIFE, "unit": "kg"}, "mtbf", "C090"),
        ({**LIFE, "columns": {"events": "N"}}, "mtbf", "M002"),
        (LIFE, "on-time-delivery", "M008"),
        (LIFE, "b10-life", "M008"),
        ({**OUTAGES, "dateFormats": DATES}, "availability", "M003"),
        ({**OUTAGES, "columns": {**OUTAGES["columns"], "outages": "N"}}, "availability", "M002"),
        ({**OUTAGES, "qualifiers": SOME_HOURS}, "availability", "M012"),
        ({"kind": "score", "columns": {"promoters": "P"}}, "net-promoter-score", "M002"),
        (DEPTH, "traceability-depth", "M008"),
        ({**VALUE, "unit": "m3"}, "water-use", "M008"),
        (VALUE, "renewable-energy-share", "M002"),
        ({**VALUE, "unit": "%", "workingTime": WEEKDAYS}, "renewable-energy-share", "M002"),
    ],
)
def test_a_mapping_that_cannot_give_the_metric_is_refused(
    mapping: dict[str, Any], metric: str, code: str
) -> None:
    text = "Failures,Running,Down,Up,N,V,P\n1,2,2026-01-05,2026-01-05,1,1,1\n"
    with pytest.raises(InvalidInput) as caught:
        run(text, metric, {name: part for name, part in mapping.items() if part is not None})
    assert caught.value.code == code


def test_a_value_in_a_unit_of_another_kind_differs_and_raises_nothing() -> None:
    data = b"Item,Failures,Running\n1,2,20000\n"
    mapping = Mapping.from_json({"v": 1, **LIFE})
    table = parse_csv(data, mapping.table)
    (claim,) = measure(table, mapping, metrics=("mtbf",), catalogue=load(), period=DAYS).claims
    evidence = {
        "digest": f"sha256:{hashlib.sha256(data).hexdigest()}",
        "columns": list(table.columns),
        "rowCount": 1,
        "mapping": mapping.to_json(),
    }
    for name, member, code in (
        ("value", {"amount": "10000", "unit": "kg"}, "E003"),
        ("value", {"amount": "10000", "unit": "no such unit"}, "E003"),
        ("exposure", {"amount": "20000", "unit": "kg"}, "E004"),
    ):
        found = recompute({**claim, name: member}, evidence, data, load())
        assert [each.code for each in found.findings] == [code]
    in_days = {**claim, "exposure": {"amount": "833.333", "unit": "d"}}
    assert recompute(in_days, evidence, data, load()).outcome is Outcome.RECOMPUTED


JUNK: list[Any] = [
    *(None, True, -1, 1e300, "", "x", [], [[]], {}, {"a": 1}, "NaN", "1e999999999", "9" * 40, "kg"),
    *("\ud800", ["mon"], {"days": ["mon"]}, {"days": [["mon"]]}, {"holidays": {}}),
]
PERIODS = [("2026-01-01", "2026-01-30"), ("0001-01-01", "9999-12-31"), ("0001-01-01", "9999-12-30")]


@pytest.mark.parametrize("member", ["columns", "dateFormats", "unit", "qualifiers", "workingTime"])
@pytest.mark.parametrize(
    ("mapping", "metric"),
    [
        (LIFE, "mtbf"),
        (OUTAGES, "availability"),
        ({**OUTAGES, "kind": "duration", "qualifiers": REPAIRS, "workingTime": WEEKDAYS}, "mttr"),
    ],
    ids=["rate", "availability", "duration"],
)
def test_hostile_members_end_in_a_finding(
    mapping: dict[str, Any], metric: str, member: str
) -> None:
    data = (
        b"Failures,Running,Down,Up\n1,2,2026-01-05T00:00,2026-01-05T01:00\n"
        b"0,9,0001-01-01T00:00,9999-12-31T23:59\n"
    )
    evidence = {
        "digest": f"sha256:{hashlib.sha256(data).hexdigest()}",
        "columns": ["Failures", "Running", "Down", "Up"],
        "rowCount": 2,
    }
    for start, end in PERIODS:
        claim = {"metric": metric, "period": {"start": start, "end": end}, "failures": 9}
        for junk in JUNK:
            hostile = {**evidence, "mapping": {"v": 1, **mapping, member: junk}}
            found = recompute({**claim, "outages": 9, "moments": junk}, hostile, data, load())
            assert found.outcome is not Outcome.RECOMPUTED
            assert found.findings
