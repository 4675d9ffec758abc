"""What deviates from promises, limits and schedules; dates and figures are worked out by hand."""

import calendar
import copy
from fractions import Fraction

import pytest
from conforming import (
    ASSESSOR,
    BUYER,
    CONDITIONS,
    SUBJECT,
    Json,
    Log,
    attestation,
    day,
    deviations,
    on_time,
    promise,
)

import openquality_schemas
from openquality_validator import catalogue as catalogues
from openquality_validator import documents
from openquality_validator.compare.measurement import measurements
from openquality_validator.conformity import Deviation, limits
from openquality_validator.conformity.point import Point, exact
from openquality_validator.profiles import draft
from openquality_validator.validate import require_valid


def month(number: int, numerator: int, denominator: int = 100, **more: object) -> Json:
    last = calendar.monthrange(2026, number)[1]
    start, end = f"2026-{number:02}-01", f"2026-{number:02}-{last}"
    return on_time(start, end, numerator, denominator, **more)


def told(found: list[Deviation]) -> list[tuple[str, str, str | None, str | None]]:
    """Name kind, day of opening, day and reason of closing."""
    return [
        (
            each.kind.value,
            each.opened.day.isoformat(),
            None if each.closed is None else each.closed.day.isoformat(),
            None if each.why is None else each.why.value,
        )
        for each in found
    ]


def promised(*claims: Json) -> Log:
    log = Log()
    log.attest("2026-01-01", *(claims or (promise("2026-01-01", "2026-12-31"),)))
    return log


def test_the_records_of_these_tests_are_valid() -> None:
    value = attestation(
        1, [promise("2026-01-01", "2026-12-31"), month(1, 97)], signed_on="2026-02-03"
    )
    require_valid(documents.parse_object(documents.canonical(value)))


def test_a_value_that_misses_a_promise_opens_and_the_next_that_keeps_it_closes() -> None:
    log = promised()
    log.attest("2026-02-05", month(1, 97))
    missed = log.attest("2026-03-05", month(2, 94))
    kept = log.attest("2026-04-05", month(3, 95))
    (found,) = deviations(log, "2026-04-06")
    assert told([found]) == [("promise", "2026-03-05", "2026-04-05", "met")]
    assert found.opened.statement == missed
    assert found.closed is not None
    assert found.closed.statement == kept
    assert {statement for statement, _ in found.found.sources} == {missed, log.entries[0][0].digest}
    assert found.found.detail["value"] == "94"
    assert found.subject == SUBJECT


def test_exactly_what_was_promised_keeps_the_promise() -> None:
    # 29 of 100 is 28.999999999999996 % in binary arithmetic.
    log = promised(promise("2026-01-01", "2026-12-31", "29"))
    log.attest("2026-02-05", month(1, 29))
    assert deviations(log, "2026-02-06") == []


def test_the_value_decides_and_not_the_bound() -> None:
    # The lower 95 % bound of 97 of 100 is 92.4 %: the promise was kept all the same.
    log = promised()
    log.attest("2026-02-05", month(1, 97))
    assert deviations(log, "2026-02-06") == []


def test_other_conditions_another_period_or_another_length_are_not_what_was_promised() -> None:
    others = copy.deepcopy(CONDITIONS)
    others[0]["code"] = "requested"
    for claim in (
        month(1, 50, qualifiers=others),
        on_time("2025-12-15", "2026-01-14", 50, 100),
        on_time("2026-01-01", "2026-03-31", 50, 100),
        on_time("2026-01-01", "2026-01-07", 50, 100),
    ):
        log = promised()
        log.attest("2026-01-31", claim)
        assert deviations(log, "2026-02-01") == []


def test_the_word_of_a_stranger_or_a_buyer_breaks_no_promise_and_is_no_data() -> None:
    log = promised()
    log.attest("2026-02-05", month(1, 50), key=BUYER, role="observer")
    # January's data are due on 2 March (31 + 30 days after the eve of the promise), and came not.
    assert told(deviations(log, "2026-03-05")) == [("gap", "2026-03-02", None, None)]


def test_the_word_of_a_listed_assessor_counts() -> None:
    log = promised()
    claim = month(1, 50, method={"standard": "ISO-9001"}, assessor={"assessorLevel": "thirdParty"})
    log.attest("2026-02-05", claim, key=ASSESSOR, role="assessor")
    (found,) = deviations(log, "2026-02-06")
    assert found.found.issuer == ASSESSOR.did


def test_nobody_promises_for_somebody_else() -> None:
    log = Log()
    log.attest("2026-01-01", promise("2026-01-01", "2026-12-31"), key=BUYER, role="observer")
    log.attest("2026-02-05", month(1, 50), key=BUYER, role="observer")
    assert deviations(log, "2026-12-31") == []


def test_late_data_are_a_gap_until_they_come() -> None:
    log = promised()
    log.attest("2026-02-05", month(1, 97))
    # The window after 31 January ends on 2 March, and its data are due 30 days later, on 1 April.
    assert told(deviations(log, "2026-04-01")) == []
    assert told(deviations(log, "2026-04-02")) == [("gap", "2026-04-02", None, None)]
    log.attest("2026-04-10", month(2, 97))
    found = deviations(log, "2026-04-11")
    assert told(found) == [("gap", "2026-04-02", "2026-04-10", "met")]
    assert found[0].found.detail["from"] == "2026-02-01"
    assert found[0].opened.index is None


def test_a_month_that_is_left_out_stays_a_gap_however_good_the_next_one_is() -> None:
    log = promised()
    log.attest("2026-02-05", month(1, 97))
    log.attest("2026-04-01", month(3, 99))
    (found,) = deviations(log, "2026-04-20")
    assert told([found]) == [("gap", "2026-04-01", None, None)]
    assert (found.found.detail["from"], found.found.detail["to"]) == ("2026-02-01", "2026-02-28")
    log.attest("2026-04-25", month(2, 98))
    assert told(deviations(log, "2026-04-26")) == [("gap", "2026-04-01", "2026-04-25", "met")]


@pytest.mark.parametrize(("next_day", "is_gap"), [("2026-02-15", False), ("2026-02-16", True)])
def test_half_a_window_between_two_periods_is_a_gap(next_day: str, *, is_gap: bool) -> None:
    log = promised()
    log.attest("2026-02-05", month(1, 97))
    log.attest("2026-03-16", on_time(next_day, "2026-03-15", 97, 100))
    assert [each.kind == "gap" for each in deviations(log, "2026-03-16")] == [True] * is_gap


def test_a_longer_period_fills_no_gap() -> None:
    log = promised()
    log.attest("2026-03-01", on_time("2026-01-01", "2026-02-28", 197, 200))
    assert told(deviations(log, "2026-03-02")) == [("gap", "2026-03-02", None, None)]


def test_a_promise_that_is_over_closes_what_was_open_without_making_it_good() -> None:
    log = promised(promise("2026-01-01", "2026-02-28"))
    log.attest("2026-02-05", month(1, 50))
    # Data of February are due until 30 March; nothing is expected from 31 March on.
    assert told(deviations(log, "2026-04-02")) == [
        ("promise", "2026-02-05", "2026-03-31", "ended"),
    ]


@pytest.mark.parametrize(
    ("start", "end", "window"),
    [
        ("2026-01-01", "9999-12-31", "30"),
        ("9999-12-30", "9999-12-31", "30"),
        ("2026-01-01", "9999-12-31", "999999999999999999"),
        ("0001-01-01", "0001-01-01", "0.0000001"),
    ],
)
def test_promises_at_the_ends_of_the_calendar_do_no_harm(start: str, end: str, window: str) -> None:
    log = promised(
        promise(start, end, window={"amount": window, "unit": "d"}),
        promise("2026-01-01", "2026-12-31"),
    )
    log.attest("2026-02-05", month(1, 90), on_time("9999-12-30", "9999-12-31", 1, 2))
    assert ("promise", "2026-02-05", None, None) in told(deviations(log, "2026-03-31"))


def test_a_withdrawn_promise_closes_its_deviations_and_a_reinstated_one_opens_them_again() -> None:
    log = promised()
    log.attest("2026-02-05", month(1, 90))
    made = log.entries[0][0].digest
    log.say("2026-02-10", "suspended", made)
    log.say("2026-02-15", "reinstated", made)
    assert told(deviations(log, "2026-02-16")) == [
        ("promise", "2026-02-05", "2026-02-10", "withdrawn"),
        ("promise", "2026-02-15", None, None),
    ]


def test_a_value_that_is_taken_back_has_kept_nothing_and_leaves_a_gap() -> None:
    log = promised()
    log.attest("2026-02-05", month(1, 97))
    missed = log.attest("2026-03-05", month(2, 90))
    log.say("2026-03-10", "revoked", missed)
    assert told(deviations(log, "2026-04-02")) == [
        ("promise", "2026-03-05", "2026-03-10", "withdrawn"),
        ("gap", "2026-04-02", None, None),
    ]


def test_a_stranger_withdraws_nothing() -> None:
    log = promised()
    log.attest("2026-02-05", month(1, 90))
    log.say("2026-02-10", "suspended", log.entries[0][0].digest, key=BUYER)
    assert told(deviations(log, "2026-02-16")) == [("promise", "2026-02-05", None, None)]


def test_a_corrected_value_takes_the_place_of_the_wrong_one() -> None:
    log = promised()
    wrong = log.attest("2026-02-05", month(1, 90))
    log.attest("2026-02-07", month(1, 96), supersedes=wrong)
    assert told(deviations(log, "2026-02-08")) == [("promise", "2026-02-05", "2026-02-07", "met")]


def test_of_one_issuer_a_hundred_promises_are_held() -> None:
    log = promised(*(promise("2026-01-01", "2026-12-31", f"95.{n:03}") for n in range(120)))
    log.attest("2026-02-05", month(1, 90))
    assert len(deviations(log, "2026-02-06")) == 100


def test_of_one_issuer_a_hundred_lines_are_held() -> None:
    claims = [
        month(1, 90, characteristic={"id": f"route {n}", "class": "other"}) for n in range(120)
    ]
    log = promised()
    log.attest("2026-02-05", *claims)
    assert len(deviations(log, "2026-02-06")) == 100
    log.say("2026-02-07", "suspended", log.entries[1][0].digest)
    log.say("2026-02-08", "reinstated", log.entries[1][0].digest)
    assert len([each for each in deviations(log, "2026-02-09") if each.closed is None]) == 100


def weeks(counts: list[tuple[int, int]]) -> Log:
    """Measure one week after the other, each admitted on the Monday after it."""
    log = Log()
    monday = day("2025-01-06").toordinal()
    for x, n in counts:
        start, end, after = (type(day("2025-01-06")).fromordinal(monday + k) for k in (0, 6, 7))
        log.attest(after.isoformat(), on_time(start.isoformat(), end.isoformat(), x, n))
        monday += 7
    return log


# 20 weeks of 95 of 100: p̄ = 0.95, σ of 100 lines √(0.95·0.05/100) = 0.021794, of 400 half of it.
STEADY = [(95, 100)] * 20


@pytest.mark.parametrize(
    ("after", "rules"),
    [
        ([(89, 100)], []),  # 2.75 sigma
        ([(88, 100)], [1]),  # 3.21 sigma
        ([(367, 400)], []),  # 2.98 of its own sigma
        ([(366, 400)], [1]),  # 3.21: 91.5 % of 400 signals, and 89 % of 100 does not
        ([(90, 100), (95, 100), (90, 100)], [2]),  # 2.29 twice of three
        ([(92, 100)] * 4, [3]),  # 1.38 four times of five
        ([(94, 100)] * 8, [4]),  # eight on one side
        ([(94, 100)] * 7, []),
        ([(100, 100)] * 8, []),  # better than usual is no deviation
    ],
)
def test_a_line_signals_by_the_zone_tests_on_its_own_limits(
    after: list[tuple[int, int]], rules: list[int]
) -> None:
    found = [e for e in deviations(weeks(STEADY + after), "2025-12-31") if e.kind == "limit"]
    last = len(STEADY + after) - 1
    fired = [rule for e in found if e.opened.index == last for rule in e.found.detail["rules"]]
    assert fired == rules


def test_fewer_than_twenty_periods_have_no_limits() -> None:
    assert deviations(weeks([*STEADY[:19], (50, 100)]), "2025-12-31") == []


def test_what_does_not_vary_at_all_has_no_limits() -> None:
    assert deviations(weeks([(100, 100)] * 20 + [(50, 100)]), "2025-12-31") == []


def test_a_signal_is_closed_by_the_next_value_without_one() -> None:
    found = deviations(weeks([*STEADY, (88, 100), (95, 100)]), "2025-12-31")
    assert told(found) == [("limit", "2025-06-02", "2025-06-09", "met")]
    assert found[0].found.detail["centre"] == "95"
    assert found[0].found.detail["lower"] == "88.4617"  # 95 − 3 · 2.17945


def point(value: Fraction, count: float | None = None, size: float | None = None) -> Point:
    at = day("2026-01-01")
    return Point(0, 0, "sha256:", "c", at, at, value, count, size)


def test_limits_of_proportions_are_those_of_the_handbook() -> None:
    # NIST/SEMATECH e-Handbook, 6.3.3.2: 30 wafers with 50 chips each; the same in Montgomery,
    # Introduction to Statistical Quality Control, example 7.1: 0.2313, 0.0524 and 0.4102.
    defective = (
        *(12, 15, 8, 10, 4, 7, 16, 9, 14, 10, 5, 6, 17, 12, 22),
        *(8, 10, 5, 13, 11, 20, 18, 24, 15, 9, 12, 7, 13, 9, 6),
    )
    found = limits.limits([point(Fraction(x, 50), x, 50) for x in defective], form="binomialRatio")
    assert found is not None
    sigma = found.sigma(point(Fraction(0), 0, 50))
    assert found.chart == "p"
    assert found.centre == pytest.approx(0.2313, abs=5e-5)
    assert found.centre - 3 * sigma == pytest.approx(0.0524, abs=5e-5)
    assert found.centre + 3 * sigma == pytest.approx(0.4102, abs=5e-5)


def test_limits_of_counts_are_those_of_the_handbook() -> None:
    # NIST/SEMATECH e-Handbook, 6.3.3.1: 25 wafers, 400 defects: 16, 4 and 28.
    counts = (
        *(16, 14, 28, 16, 12, 20, 10, 12, 10, 17, 19, 17, 14),
        *(16, 15, 13, 14, 16, 11, 20, 11, 19, 16, 31, 13),
    )
    found = limits.limits([point(Fraction(x), x, 1) for x in counts], form="eventRate")
    assert found is not None
    one, four = (found.sigma(point(Fraction(0), 0, n)) for n in (1, 4))
    assert (found.chart, found.centre) == ("u", 16)
    assert (16 - 3 * one, 16 + 3 * one) == pytest.approx((4, 28))
    assert four == pytest.approx(2)  # √(16 / 4): four wafers at once vary by half as much


def test_limits_of_individual_values_are_those_of_the_handbook() -> None:
    # NIST/SEMATECH e-Handbook, 6.3.2.2: flow rates: 50.81, 45.8159 and 55.8041.
    rates = ("49.6", "47.6", "49.9", "51.3", "47.8", "51.2", "52.6", "52.4", "53.6", "52.1")
    found = limits.limits([point(Fraction(x)) for x in rates], form="median")
    assert found is not None
    assert found.chart == "individuals"
    assert found.centre == pytest.approx(50.81)
    assert found.centre - 3 * found.spread == pytest.approx(45.8159, abs=2e-3)
    assert found.centre + 3 * found.spread == pytest.approx(55.8041, abs=2e-3)


def test_exact_values_agree_with_the_estimates_of_every_example() -> None:
    catalogue = catalogues.load()
    seen = set()
    for name, data in openquality_schemas.examples("valid").items():
        if not data.startswith(b"{"):
            continue  # the findings that an example has
        record = documents.parse_object(data)
        held = draft(record, digest=f"sha256:{name}")
        claims = {e["id"]: e for e in record.value["credentialSubject"]["claims"]}
        for each in measurements(held.record, catalogue=catalogue):
            claim, metric = claims[each.claim], catalogue.metric(each.metric)
            if claim["type"] != "MeasurementClaim" or each.value is None:
                continue
            found = exact(metric, claim, catalogue)
            if found is not None:
                assert float(found) == pytest.approx(each.value), (name, each.metric)
                seen.add(metric.form)
    assert {"binomialRatio", "eventRate", "durationRatio", "netScore"} <= seen


def test_an_objective_in_another_unit_is_converted_exactly() -> None:
    log = promised(
        promise("2026-01-01", "2026-12-31", "0.95") | {"objective": {"amount": "0.95", "unit": "1"}}
    )
    log.attest("2026-02-05", month(1, 95))
    assert deviations(log, "2026-02-06") == []


def test_ids_follow_from_what_happened_alone() -> None:
    log = promised()
    log.attest("2026-02-05", month(1, 90))
    first, second = deviations(log, "2026-02-06"), deviations(log, "2026-02-20")
    assert [each.id for each in first] == [each.id for each in second]
    assert Deviation.from_json(first[0].to_json()) == first[0]
