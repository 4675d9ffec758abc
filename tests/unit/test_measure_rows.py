"""Rows to claims: each kind of mapping, and everything that a row can have against it."""

from collections.abc import Sequence
from datetime import date

import pytest

from openquality_validator.catalogue import load
from openquality_validator.errors import InvalidInput, UnusableData
from openquality_validator.measure import (
    Condition,
    LeftOut,
    Mapping,
    Measured,
    Unusable,
    measure,
    measure_groups,
    table_of,
)

ON_TIME_CODES = {"anchor": "requested", "level": "line", "event": "receipt"}
LEAD_CODES = {
    "startEvent": "orderSent",
    "endEvent": "delivered",
    "dayCount": "calendar",
    "cohort": "closed",
    "level": "line",
}
SERVICE_CODES = {
    "startEvent": "reported",
    "endEvent": "solved",
    "hoursBasis": "always",
    "cohort": "closed",
    "agent": "human",
    "channel": "phone",
}


def codes(**given: str) -> tuple[dict[str, str], ...]:
    return tuple({"qualifier": name, "code": code} for name, code in given.items())


def on_time(basis: str = "deliveredInPeriod", *more: dict[str, str], **parts: object) -> Mapping:
    return Mapping(
        **{
            "kind": "onTime",
            "columns": {"due": "Due", "event": "Done"},
            "date_formats": {"due": ("%Y-%m-%d",), "event": ("%Y-%m-%d",)},
            "qualifiers": (*codes(**ON_TIME_CODES, denominatorBasis=basis), *more),
            **parts,
        }
    )


def lead_time(**parts: object) -> Mapping:
    return Mapping(
        **{
            "kind": "duration",
            "columns": {"start": "Sent", "end": "Done"},
            "date_formats": {"start": ("%Y-%m-%d",), "end": ("%Y-%m-%d",)},
            "qualifiers": codes(**LEAD_CODES),
            **parts,
        }
    )


def share(columns: dict[str, str], **parts: object) -> Mapping:
    return Mapping(
        kind="share",
        columns=columns,
        qualifiers=codes(
            detectionPoint="incoming", countUnit="piece", stepScope="line", retest="excluded"
        ),
        **parts,
    )


def run(
    rows: Sequence[Sequence[str]],
    mapping: Mapping,
    metric: str,
    period: tuple[date, date] | None = None,
) -> Measured:
    return measure(table_of(rows), mapping, metrics=(metric,), catalogue=load(), period=period)


DELIVERIES = [
    ("Due", "Done", "Who"),
    ("2026-01-10", "2026-01-10", "A"),  # on the day
    ("2026-01-10", "2026-01-07", "A"),  # three days early
    ("2026-01-10", "2026-01-11", "A"),  # one day late
    ("2026-01-20", "2026-01-25", "B"),  # five days late
    ("2026-01-31", "", "A"),  # open
    ("2026-02-10", "", "A"),  # open
]


def test_on_time_counts_what_came_no_later_than_the_due_day() -> None:
    found = run(DELIVERIES, on_time(), "on-time-delivery")
    (claim,) = found.claims
    assert claim["counts"] == {"numerator": 2, "denominator": 4}
    assert claim["value"] == {"amount": "50", "unit": "%"}
    assert claim["sampling"]["n"] == 4
    assert claim["period"] == {"start": "2026-01-07", "end": "2026-01-25"}
    assert found.usage.left_out == (LeftOut("Done: empty", 2, 6, ""),)


def test_the_limit_that_ranks_is_stated_rounded_away_from_the_value() -> None:
    # Worked in the design: 468 of 480 have the lower limit .959809, none of 125 the upper .0236810.
    rows = [("Bad", "All"), ("12", "480")]
    day = (date(2026, 1, 1), date(2026, 1, 1))
    mapping = share({"numerator": "Bad", "denominator": "All"})
    by_part = [
        ("Due", "Done"),
        *([("2026-01-10", "2026-01-10")] * 468),
        *([("2026-01-10", "2026-01-11")] * 12),
    ]
    (good,) = run(by_part, on_time(), "on-time-delivery").claims
    assert good["interval"] == {"lower": "95.9808", "level": "0.95", "sided": "one"}
    (none,) = run([rows[0], ("0", "125")], mapping, "defective-rate", day).claims
    assert none["interval"] == {"upper": "2.3681", "level": "0.95", "sided": "one"}


@pytest.mark.parametrize(
    ("limits", "on_time_lines"),
    [
        ({"lateLimit": "1"}, 3),
        ({"lateLimit": "5"}, 4),
        ({"earlyLimit": "2"}, 1),
        ({"earlyLimit": "3"}, 2),
        ({"earlyLimit": "0", "lateLimit": "1"}, 2),
    ],
)
def test_limits_widen_or_narrow_what_is_on_time(limits: dict[str, str], on_time_lines: int) -> None:
    stated = [{"qualifier": name, "amount": days, "unit": "d"} for name, days in limits.items()]
    (claim,) = run(DELIVERIES, on_time("deliveredInPeriod", *stated), "on-time-delivery").claims
    assert claim["counts"] == {"numerator": on_time_lines, "denominator": 4}


def test_limits_in_hours_must_be_whole_days() -> None:
    day = {"qualifier": "lateLimit", "amount": "24", "unit": "h"}
    (claim,) = run(DELIVERIES, on_time("deliveredInPeriod", day), "on-time-delivery").claims
    assert claim["counts"]["numerator"] == 3
    with pytest.raises(UnusableData, match="M002"):
        run(DELIVERIES, on_time("deliveredInPeriod", {**day, "amount": "30"}), "on-time-delivery")


def test_an_overdue_open_line_is_late_when_lines_due_are_counted() -> None:
    january = (date(2026, 1, 1), date(2026, 1, 31))
    found = run(DELIVERIES, on_time("dueInPeriod"), "on-time-delivery", january)
    # Four delivered and one overdue at the end of January; the line due in February is another's.
    assert found.claims[0]["counts"] == {"numerator": 2, "denominator": 5}
    assert (found.usage.used, found.usage.other, found.usage.left_out) == (5, 1, ())


def test_an_open_line_that_may_still_come_in_time_is_left_out() -> None:
    grace = {"qualifier": "lateLimit", "amount": "1", "unit": "d"}
    january = (date(2026, 1, 1), date(2026, 1, 31))
    found = run(DELIVERIES, on_time("dueInPeriod", grace), "on-time-delivery", january)
    assert found.claims[0]["counts"] == {"numerator": 3, "denominator": 4}
    assert found.usage.left_out == (
        LeftOut("not delivered, and not yet late at the end of the period", 1, 6, "2026-01-31"),
    )


def test_open_lines_without_a_period_are_an_error() -> None:
    with pytest.raises(UnusableData, match="M009"):
        run(DELIVERIES, on_time("dueInPeriod"), "on-time-delivery")


def test_in_full_needs_the_quantities_and_counts_by_them() -> None:
    rows = [
        ("Due", "Done", "Ordered", "Got"),
        ("2026-01-10", "2026-01-10", "100", "100"),
        ("2026-01-10", "2026-01-10", "100", "99.5"),
        ("2026-01-10", "2026-01-11", "100", "100"),
    ]
    mapping = on_time(
        columns={"due": "Due", "event": "Done", "ordered": "Ordered", "received": "Got"}
    )
    assert run(rows, mapping, "on-time-in-full").claims[0]["counts"] == {
        "numerator": 1,
        "denominator": 3,
    }
    with pytest.raises(UnusableData, match="M008"):
        run(rows, mapping, "on-time-delivery")
    with pytest.raises(UnusableData, match=r"M008.*ordered and received"):
        run(rows, on_time(), "on-time-in-full")


def test_lead_time_takes_the_value_at_the_nearest_rank() -> None:
    # 1 to 100 days: the catalogue's own example for the 90th percentile, bound at rank 96.
    rows = [
        ("Sent", "Done"),
        *(
            ("2026-01-01", str(date.fromordinal(date(2026, 1, 1).toordinal() + d)))
            for d in range(1, 101)
        ),
    ]
    claims = measure(
        table_of(rows),
        lead_time(),
        metrics=("lead-time-median", "lead-time-p90"),
        catalogue=load(),
    ).claims
    assert [claim["value"] for claim in claims] == [
        {"amount": "50", "unit": "d"},
        {"amount": "90", "unit": "d"},
    ]
    assert claims[1]["orderStatistic"] == {"rank": 96, "amount": "96"}


def test_too_few_durations_give_no_bound() -> None:
    rows = [("Sent", "Done"), *([("2026-01-01", "2026-01-05")] * 28)]
    (claim,) = run(rows, lead_time(), "lead-time-p90").claims
    assert "orderStatistic" not in claim
    assert claim["sampling"]["n"] == 28


def test_a_negative_duration_is_reported_and_left_out() -> None:
    rows = [("Sent", "Done"), ("2026-01-05", "2026-01-09"), ("2026-01-05", "2026-01-04")]
    found = run(rows, lead_time(), "lead-time-median")
    assert found.usage.left_out == (LeftOut("negative duration", 1, 3, "2026-01-05 to 2026-01-04"),)
    # Its day is no part of the period either.
    assert found.claims[0]["period"] == {"start": "2026-01-09", "end": "2026-01-09"}


def test_the_cohort_decides_which_date_the_period_holds() -> None:
    rows = [("Sent", "Done"), ("2026-01-05", "2026-02-09"), ("2026-02-05", "2026-02-06")]
    february = (date(2026, 2, 1), date(2026, 2, 28))
    opened = lead_time(qualifiers=codes(**{**LEAD_CODES, "cohort": "opened"}))
    assert run(rows, lead_time(), "lead-time-median", february).usage.used == 2
    assert run(rows, opened, "lead-time-median", february).usage.used == 1


def test_times_of_day_give_durations_in_the_metrics_unit() -> None:
    rows = [
        ("Sent", "Done"),
        ("2026-03-28T23:30:00+01:00", "2026-03-29T04:00:00+02:00"),  # the clock went forward
    ]
    zoned = ("%Y-%m-%dT%H:%M:%S%z",)
    mapping = lead_time(
        date_formats={"start": zoned, "end": zoned}, qualifiers=codes(**SERVICE_CODES)
    )
    (claim,) = run(rows, mapping, "resolution-time").claims
    assert claim["value"] == {"amount": "3.5", "unit": "h"}


def test_an_offset_on_one_side_only_is_refused() -> None:
    mapping = lead_time(
        date_formats={"start": ("%Y-%m-%d %H:%M:%S",), "end": ("%Y-%m-%dT%H:%M:%S%z",)}
    )
    with pytest.raises(UnusableData, match="M003"):
        run([("Sent", "Done"), ("a", "b")], mapping, "lead-time-median")


def test_values_keep_nine_decimals_exactly() -> None:
    rows = [("ms",), ("0.000000003",), ("0.000000001",), ("0.000000002",)]
    mapping = Mapping(
        kind="duration",
        columns={"value": "ms"},
        unit="ms",
        qualifiers=(
            *codes(measurementPoint="client", failedRequests="excluded"),
            {"qualifier": "requestKind", "text": "GET"},
        ),
    )
    day = (date(2026, 1, 1), date(2026, 1, 1))
    assert run(rows, mapping, "latency-p95", day).claims[0]["value"]["amount"] == "0.000000003"
    with pytest.raises(UnusableData, match="M010"):
        run([("ms",), ("0.0000000001",)], mapping, "latency-p95", day)
    with pytest.raises(UnusableData, match="M009"):
        run(rows, mapping, "latency-p95")


def test_a_duration_can_only_be_stated_as_it_is_computed() -> None:
    working = lead_time(qualifiers=codes(**{**LEAD_CODES, "dayCount": "working"}))
    with pytest.raises(UnusableData, match=r"M012.*dayCount"):
        run([("Sent", "Done"), ("2026-01-05", "2026-01-09")], working, "lead-time-median")


def test_a_share_counts_outcomes_or_sums_counts() -> None:
    day = (date(2026, 1, 1), date(2026, 1, 31))
    units = [("Result",), ("ok",), ("scrap",), (" ok ",), ("ok",)]
    by_unit = share({"outcome": "Result"}, counted=("scrap",), not_counted=("ok",))
    lots = [("Bad", "All"), ("1", "3"), ("0", "1")]
    by_lot = share({"numerator": "Bad", "denominator": "All"})
    for rows, mapping in ((units, by_unit), (lots, by_lot)):
        (claim,) = run(rows, mapping, "defective-rate", day).claims
        assert claim["counts"] == {"numerator": 1, "denominator": 4}
        assert claim["value"] == {"amount": "25", "unit": "%"}


def test_rolled_yield_multiplies_the_steps() -> None:
    # The worked example of the design: 195/200, 490/500, 148/150 give 94.2760 %.
    rows = [
        ("Step", "Good", "In"),
        ("weld", "195", "200"),
        ("paint", "240", "250"),
        ("test", "148", "150"),
        ("paint", "250", "250"),
    ]
    mapping = share({"step": "Step", "numerator": "Good", "denominator": "In"})
    day = (date(2026, 1, 1), date(2026, 1, 31))
    (claim,) = run(rows, mapping, "rolled-throughput-yield", day).claims
    assert claim["value"] == {"amount": "94.276", "unit": "%"}
    assert claim["steps"] == [
        {"name": "paint", "passed": 490, "total": 500},
        {"name": "test", "passed": 148, "total": 150},
        {"name": "weld", "passed": 195, "total": 200},
    ]


@pytest.mark.parametrize(
    ("rows", "mapping", "code", "words"),
    [
        (
            [("Result",), ("ok",), ("rework",)],
            share({"outcome": "Result"}, counted=("scrap",), not_counted=("ok",)),
            "M004",
            "Row 3, 'Result': 'rework'",
        ),
        (
            [("Bad", "All"), ("3", "2")],
            share({"numerator": "Bad", "denominator": "All"}),
            "M010",
            "Row 2: 3 of 2",
        ),
        (
            [("Bad", "All"), ("1", "2.5")],
            share({"numerator": "Bad", "denominator": "All"}),
            "M010",
            "Row 2, 'All': '2.5'",
        ),
        (
            [("Bad", "All"), ("-1", "2")],
            share({"numerator": "Bad", "denominator": "All"}),
            "M010",
            "Row 2, 'Bad': '-1'",
        ),
        (
            [("Bad", "All"), ("1", "1,000")],
            share({"numerator": "Bad", "denominator": "All"}),
            "M004",
            "Row 2, 'All': '1,000'",
        ),
        (
            [("Bad", "All"), ("1", "1" + "0" * 40)],
            share({"numerator": "Bad", "denominator": "All"}),
            "M004",
            "Row 2, 'All'",
        ),
        (
            [("Bad", "All"), ("1",)],
            share({"numerator": "Bad", "denominator": "All"}),
            "M007",
            "Row 2 has 1 cells",
        ),
        (
            [("Bad", "Bad"), ("1", "2")],
            share({"numerator": "Bad", "denominator": "All"}),
            "M007",
            "'Bad' stands more than once",
        ),
        (
            [("Bad", ""), ("1", "2")],
            share({"numerator": "Bad", "denominator": "All"}),
            "M007",
            "Column 2 has no heading",
        ),
        ([], share({"numerator": "Bad", "denominator": "All"}), "M007", "empty"),
        (
            [("Bad", "Total"), ("1", "2")],
            share({"numerator": "Bad", "denominator": "All"}),
            "M001",
            "The columns are: Bad, Total",
        ),
        (
            [("Bad", "All")],
            share({"numerator": "Bad", "denominator": "All"}),
            "M006",
            "None of the 0 rows",
        ),
        (
            [("Bad", "All"), ("0", "0")],
            share({"numerator": "Bad", "denominator": "All"}),
            "M006",
            "1 left out: All: zero",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and value.startswith("M0") else "",
)
def test_rows_that_cannot_be_measured_say_where_and_why(
    rows: list[tuple[str, ...]], mapping: Mapping, code: str, words: str
) -> None:
    day = (date(2026, 1, 1), date(2026, 1, 31))
    with pytest.raises(UnusableData) as caught:
        run(rows, mapping, "defective-rate", day)
    assert caught.value.code == code
    assert words in str(caught.value)


def test_a_date_of_another_shape_shows_row_value_and_the_format_that_would_read_it() -> None:
    rows = [
        ("Due", "Done", "Who"),
        ("2026-01-10", "2026-01-10", "A"),
        ("2026-01-10", "8/27/14", "A"),
    ]
    with pytest.raises(UnusableData) as caught:
        run(rows, on_time(), "on-time-delivery")
    assert caught.value.code == "M004"
    assert caught.value.message == ("Row 3, 'Done': '8/27/14' is not a date of the form %Y-%m-%d.")
    assert caught.value.hint.startswith("It reads as %m/%d/%y: ")


def test_declared_cells_are_counted_by_their_reason() -> None:
    rows = [
        ("Due", "Done", "Who"),
        ("2026-01-10", "n/a", "A"),
        ("2026-01-10", "8/27/14", "A"),
        ("2026-01-10", "9/1/14", "A"),
        ("2026-01-10", "2026-01-10", "A"),
    ]
    mapping = on_time(
        unusable=(
            Unusable("Done", "never stated", equals="n/a"),
            Unusable("Done", "scrambled", shape="9/99/99"),
            Unusable("Done", "scrambled", shape="9/9/99"),
        )
    )
    found = run(rows, mapping, "on-time-delivery")
    assert found.usage.used == 1
    assert found.usage.left_out == (
        LeftOut("Done: scrambled", 2, 3, "8/27/14"),
        LeftOut("Done: never stated", 1, 2, "n/a"),
    )


def test_every_row_is_accounted_for() -> None:
    found = run(DELIVERIES, on_time(where=(Condition("Who", "A"),)), "on-time-delivery")
    lost = sum(each.count for each in found.usage.left_out)
    assert (found.usage.rows, found.usage.used, found.usage.other, lost) == (6, 3, 1, 2)


def test_groups_give_what_measuring_each_alone_gives() -> None:
    groups = measure_groups(
        table_of(DELIVERIES),
        on_time(),
        by="Who",
        metrics=("on-time-delivery",),
        catalogue=load(),
    )
    assert list(groups) == ["A", "B"]
    for who, found in groups.items():
        alone = run(DELIVERIES, on_time(where=(Condition("Who", who),)), "on-time-delivery")
        assert found == alone


def test_a_group_without_usable_rows_has_an_account_and_no_claim() -> None:
    rows = [("Due", "Done", "Who"), ("2026-01-10", "", "A"), ("2026-01-10", "2026-01-10", "B")]
    groups = measure_groups(
        table_of(rows), on_time(), by="Who", metrics=("on-time-delivery",), catalogue=load()
    )
    assert groups["A"].claims == ()
    assert groups["A"].usage.left_out == (LeftOut("Done: empty", 1, 2, ""),)


def test_blank_rows_are_none_and_keep_the_numbers_of_the_others() -> None:
    rows = [("Due", "Done", "Who"), (), ("", "", ""), ("2026-01-10", "x", "A")]
    with pytest.raises(UnusableData, match="Row 4"):
        run(rows, on_time(), "on-time-delivery")


@pytest.mark.parametrize("metric", ["carbon-footprint", "cpk", "defective-rate", "mtbf"])
def test_a_metric_that_the_mapping_does_not_give_is_refused(metric: str) -> None:
    with pytest.raises(UnusableData, match="M008"):
        run(DELIVERIES, on_time(), metric)


def test_a_missing_qualifier_is_named_with_its_codes() -> None:
    mapping = on_time(qualifiers=codes(anchor="requested"))
    with pytest.raises(UnusableData, match=r"M012.*level.*line, order, unit"):
        run(DELIVERIES, mapping, "on-time-delivery")


READINGS = [11.99, 12.01, 12.00, 12.02, 11.98, 12.01, 11.99, 12.00, 12.01, 11.99] * 3


def sample(rows: list[float], **study: object) -> tuple[list[tuple[str, ...]], Mapping]:
    mapping = Mapping(
        kind="sample",
        columns={"value": "mm", "order": "Nr"},
        capability={
            "characteristic": {
                "id": "d",
                "class": "critical",
                "lsl": "11.9",
                "usl": "12.1",
                "unit": "mm",
            },
            "estimator": "overall",
            "convention": "aiag",
            "distribution": "normal",
            **study,
        },
    )
    return [("Nr", "mm"), *((str(i), str(x)) for i, x in enumerate(rows))], mapping


DAY = (date(2026, 1, 1), date(2026, 1, 1))


def test_ppk_is_the_nearer_limit_over_three_standard_deviations() -> None:
    import statistics

    rows, mapping = sample(READINGS)
    (claim,) = run(rows, mapping, "ppk", DAY).claims
    centre, spread = statistics.fmean(READINGS), statistics.stdev(READINGS)
    expected = min(12.1 - centre, centre - 11.9) / (3 * spread)
    assert float(claim["value"]["amount"]) == pytest.approx(expected, rel=1e-5)
    assert claim["capability"]["stable"] is True
    assert claim["capability"]["n"] == claim["sampling"]["n"] == 30
    assert claim["characteristic"]["id"] == "d"


def test_an_unstable_process_has_no_cpk_and_a_ppk_that_says_so() -> None:
    drifting = [reading + 0.004 * place for place, reading in enumerate(READINGS)]
    rows, mapping = sample(drifting, estimator="movingRange")
    with pytest.raises(UnusableData, match=r"M011.*rule \d at point \d+"):
        run(rows, mapping, "cpk", DAY)
    (claim,) = run(rows, mapping, "ppk", DAY).claims
    assert claim["capability"]["stable"] is False


def test_subgroups_come_from_a_size_or_a_column() -> None:
    rows, by_size = sample(READINGS, estimator="rBar", subgroupSize=5)
    named = [
        (*row, "group" if place == 0 else str((place - 1) // 5)) for place, row in enumerate(rows)
    ]
    _, plain = sample(READINGS, estimator="rBar")
    by_column = Mapping(
        kind="sample",
        columns={**plain.columns, "subgroup": "group"},
        capability=plain.capability,
    )
    one, other = run(rows, by_size, "cpk", DAY), run(named, by_column, "cpk", DAY)
    assert one.claims == other.claims
    assert one.claims[0]["capability"]["subgroups"] == 6
    assert one.claims[0]["capability"]["subgroupSize"] == 5


@pytest.mark.parametrize(
    ("study", "metric", "code"),
    [
        ({"subgroupSize": 7, "estimator": "rBar"}, "ppk", "M010"),
        ({"distribution": "other"}, "ppk", "A090"),
        ({"subgroupSize": "5"}, "ppk", "M002"),
        (
            {"characteristic": {"id": "d", "class": "other", "usl": "12.1", "unit": "mm"}},
            "pp",
            "M008",
        ),
        (
            {"characteristic": {"id": "d", "class": "other", "usl": "wide", "unit": "mm"}},
            "ppk",
            "M002",
        ),
        ({"characteristic": {"id": "d", "class": "other", "unit": "mm"}}, "ppk", "A090"),
        ({"estimator": "guess"}, "ppk", "A090"),
    ],
)
def test_a_study_that_does_not_fit_is_refused(
    study: dict[str, object], metric: str, code: str
) -> None:
    rows, mapping = sample(READINGS, **study)
    with pytest.raises(InvalidInput) as caught:
        run(rows, mapping, metric, DAY)
    assert caught.value.code == code


def test_two_readings_in_one_place_are_refused() -> None:
    rows, mapping = sample(READINGS)
    rows[2] = (rows[1][0], rows[2][1])
    with pytest.raises(UnusableData, match="M010"):
        run(rows, mapping, "ppk", DAY)
