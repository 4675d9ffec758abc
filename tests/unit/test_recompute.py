"""A claim recomputed from its data agrees, or says exactly what differs."""

import hashlib
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from openquality_validator.catalogue import load
from openquality_validator.measure import Dialect, Mapping, Table, measure, parse_csv, table_of
from openquality_validator.recompute import Outcome, recompute, recompute_all

DATA = b"Due,Done,Who\n" + b"".join(
    b"2026-01-%02d,2026-01-%02d,%s\n"
    % (1 + i % 20, 1 + i % 20 + (i % 7 == 0), b"AB"[i % 2 : i % 2 + 1])
    for i in range(60)
)
CODES = {
    "anchor": "requested",
    "level": "line",
    "event": "receipt",
    "denominatorBasis": "deliveredInPeriod",
}
MAPPING = Mapping(
    kind="onTime",
    columns={"due": "Due", "event": "Done"},
    date_formats={"due": ("%Y-%m-%d",), "event": ("%Y-%m-%d",)},
    qualifiers=tuple({"qualifier": name, "code": code} for name, code in CODES.items()),
).only("Who", "A")


def made() -> tuple[dict[str, Any], dict[str, Any]]:
    found = measure(
        parse_csv(DATA, MAPPING.table), MAPPING, metrics=("on-time-delivery",), catalogue=load()
    )
    evidence = {
        "id": "urn:uuid:0#e1",
        "type": "Dataset",
        "digest": f"sha256:{hashlib.sha256(DATA).hexdigest()}",
        "columns": ["Due", "Done", "Who"],
        "rowCount": 60,
        "mapping": MAPPING.to_json(),
    }
    claim = {"id": "urn:uuid:0#c1", **found.claims[0], "evidenceRefs": [evidence["id"]]}
    return deepcopy(claim), evidence


def test_a_measured_claim_recomputes() -> None:
    claim, evidence = made()
    assert recompute(claim, evidence, DATA, load()).outcome is Outcome.RECOMPUTED


def test_counting_by_hand_agrees() -> None:
    # Every other row is A's; of those i = 0, 14, 28, 42, 56 came a day late.
    assert made()[0]["counts"] == {"numerator": 25, "denominator": 30}


@pytest.mark.parametrize("unit", [("83.3333", "%"), ("83.33", "%"), ("83", "%"), ("0.833333", "1")])
def test_a_value_agrees_within_the_digits_that_it_states(unit: tuple[str, str]) -> None:
    claim, evidence = made()
    claim["value"] = {"amount": unit[0], "unit": unit[1]}
    if unit[1] == "1":
        claim["interval"]["lower"] = "0.6"  # limits are in the unit of the value
        assert recompute(claim, evidence, DATA, load()).outcome is Outcome.DIFFERS
        del claim["interval"]
    assert recompute(claim, evidence, DATA, load()).outcome is Outcome.RECOMPUTED


def set_value(amount: str, unit: str = "%") -> Callable[[Any, Any], None]:
    return lambda claim, _: claim.update(value={"amount": amount, "unit": unit})


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        (set_value("83.34"), "E003", "/c/value"),
        (set_value("84"), "E003", "/c/value"),
        (set_value("0.8334", "1"), "E003", "/c/value"),
        (lambda claim, _: claim["counts"].update(numerator=26), "E004", "/c/counts"),
        (lambda claim, _: claim["sampling"].update(n=31), "E004", "/c/sampling"),
        (lambda claim, _: claim["period"].update(end="2026-01-10"), "E003", "/c/value"),
        (
            lambda claim, _: claim["qualifiers"][0].update(code="lastConfirmed"),
            "E005",
            "/c/qualifiers",
        ),
        (lambda claim, _: claim["qualifiers"].pop(), "E005", "/c/qualifiers"),
        (
            lambda claim, _: claim.update(orderStatistic={"rank": 1, "amount": "1"}),
            "E005",
            "/c/orderStatistic",
        ),
        (lambda _, entry: entry.update(digest="sha256:" + "0" * 64), "E001", "/e/digest"),
        (lambda _, entry: entry.update(rowCount=61), "E002", "/e/columns"),
        (lambda _, entry: entry["columns"].reverse(), "E002", "/e/columns"),
        (lambda _, entry: entry["mapping"]["columns"].update(due="Who"), "E006", "/e/mapping"),
        (lambda _, entry: entry["mapping"].update(kind="x"), "E006", "/e/mapping"),
        (lambda _, entry: entry["mapping"]["where"][0].update(equals="Z"), "E006", "/e/mapping"),
        (lambda claim, _: claim.update(metric="no-such-metric"), "E006", "/e/mapping"),
        (lambda claim, _: claim.pop("period"), "E006", "/e/mapping"),
    ],
)
def test_what_differs_is_named(change: Callable[[Any, Any], None], code: str, pointer: str) -> None:
    claim, evidence = made()
    change(claim, evidence)
    found = recompute(claim, evidence, DATA, load(), claim_pointer="/c", evidence_pointer="/e")
    assert found.outcome is Outcome.DIFFERS
    assert (code, pointer) in {(each.code, each.pointer) for each in found.findings}


def test_a_mapping_with_another_limit_does_not_back_a_claim() -> None:
    claim, evidence = made()
    lenient = [*evidence["mapping"]["qualifiers"]]
    lenient.append({"qualifier": "lateLimit", "amount": "1", "unit": "d"})
    evidence["mapping"]["qualifiers"] = lenient
    claim["counts"]["numerator"] = 30
    claim["value"]["amount"] = "100"
    del claim["interval"]
    found = recompute(claim, evidence, DATA, load())
    assert [each.code for each in found.findings] == ["E005"]


def test_one_changed_byte_of_the_data_is_another_file() -> None:
    claim, evidence = made()
    for place in (0, len(DATA) // 2, len(DATA) - 1):
        other = bytearray(DATA)
        other[place] ^= 1
        found = recompute(claim, evidence, bytes(other), load())
        assert [each.code for each in found.findings] == ["E001"]


@pytest.mark.parametrize(
    "change",
    [
        lambda _, entry: entry.pop("mapping"),
        lambda _, entry: entry["mapping"].update(table={"sheet": "A"}),
        lambda _, entry: entry["mapping"].update(v=2),
        lambda claim, _: claim.update(metric="defective-rate"),
        lambda claim, _: claim.pop("metric"),
    ],
)
def test_what_cannot_be_recomputed_is_no_difference(change: Callable[[Any, Any], None]) -> None:
    claim, evidence = made()
    change(claim, evidence)
    found = recompute(claim, evidence, DATA, load())
    assert found.outcome is Outcome.NOT_RECOMPUTABLE
    assert [each.code for each in found.findings] == ["E007"]


HUGE = "1e999999999"


@pytest.mark.parametrize(
    "change",
    [
        {"qualifiers": [{"qualifier": "lateLimit", "amount": HUGE, "unit": "d"}]},
        {"qualifiers": [{"qualifier": "lateLimit", "amount": "9" * 30, "unit": "d"}]},
        {"qualifiers": [{"qualifier": "lateLimit", "amount": "NaN", "unit": "d"}]},
        {"qualifiers": [{"qualifier": "lateLimit", "amount": "1", "unit": "kg"}]},
        {"qualifiers": [{"qualifier": "lateLimit", "amount": "1", "unit": "fortnight"}]},
        {"qualifiers": [{"qualifier": "lateLimit", "text": "soon"}]},
        {"dateFormats": {"due": ["%Y-%m-%d"] * 100_000, "event": ["%Y-%m-%d"]}},
        {"dateFormats": {"due": ["%Y-%m-%d" + " " * 100_000], "event": ["%Y-%m-%d"]}},
        {"where": [{"column": "Who", "equals": "A"}] * 100_000},
        {"where": [{"column": "Nobody", "equals": "A"}]},
        {"table": {"encoding": "utf-16"}},
        {"table": {"delimiter": ";"}},
        {"columns": {"due": "Due", "event": "Due\u0000"}},
        {"kind": "sample", "columns": {"value": "Due"}, "dateFormats": {}, "capability": {"x": 1}},
    ],
)
def test_a_hostile_mapping_ends_in_a_finding_and_quickly(change: dict[str, Any]) -> None:
    claim, evidence = made()
    evidence["mapping"] = {**evidence["mapping"], **change}
    if "qualifiers" in change:
        evidence["mapping"]["qualifiers"] = [
            *MAPPING.to_json()["qualifiers"],
            *change["qualifiers"],
        ]
    found = recompute(claim, evidence, DATA, load())
    assert found.outcome is not Outcome.RECOMPUTED
    assert len(found.findings) == 1


@pytest.mark.parametrize("limit", [HUGE, "NaN", "Infinity", "", None, 12, ["12"]])
def test_a_hostile_specification_limit_ends_in_a_finding(limit: object) -> None:
    claim, evidence = made()
    evidence["mapping"] = {
        "v": 1,
        "kind": "sample",
        "columns": {"value": "Who"},
        "capability": {
            "characteristic": {"id": "d", "class": "other", "usl": limit, "unit": "mm"},
            "estimator": "overall",
            "convention": "aiag",
            "distribution": "normal",
        },
    }
    data = b"Who\n" + b"1\n2\n3\n" * 20
    evidence["digest"] = f"sha256:{hashlib.sha256(data).hexdigest()}"
    found = recompute({**claim, "metric": "ppk"}, evidence, data, load())
    assert found.outcome is Outcome.DIFFERS
    assert [each.code for each in found.findings] == ["E006"]


def test_a_third_in_another_unit_still_agrees() -> None:
    data = b"Start,End\n" + b"2026-01-01T00:00:00,2026-01-01T08:00:20\n" * 9
    evening = ("%Y-%m-%dT%H:%M:%S",)
    stated = {
        "startEvent": "reported",
        "endEvent": "solved",
        "hoursBasis": "always",
        "cohort": "closed",
        "agent": "human",
        "channel": "phone",
    }
    mapping = Mapping(
        kind="duration",
        columns={"start": "Start", "end": "End"},
        date_formats={"start": evening, "end": evening},
        qualifiers=tuple({"qualifier": name, "code": code} for name, code in stated.items()),
    )
    table = parse_csv(data, mapping.table)
    (claim,) = measure(table, mapping, metrics=("resolution-time",), catalogue=load()).claims
    evidence = {
        "digest": f"sha256:{hashlib.sha256(data).hexdigest()}",
        "columns": ["Start", "End"],
        "rowCount": 9,
        "mapping": mapping.to_json(),
    }
    assert claim["value"] == {"amount": "8.00556", "unit": "h"}
    assert claim["orderStatistic"] == {"rank": 8, "amount": "8.00556"}
    claim["value"] = {"amount": "0.333565", "unit": "d"}
    claim["orderStatistic"]["amount"] = "0.333565"
    claim["interval"]["upper"] = "0.333565"
    assert recompute(claim, evidence, data, load()).outcome is Outcome.RECOMPUTED


def test_a_workbook_is_read_by_what_the_caller_brings() -> None:
    claim, evidence = made()
    evidence["mapping"]["table"] = {"sheet": "A"}

    def read(data: bytes, dialect: Dialect) -> Table:
        assert dialect.sheet == "A"
        return table_of(line.split(",") for line in data.decode().splitlines())

    assert recompute(claim, evidence, DATA, load(), read_table=read).outcome is Outcome.RECOMPUTED


def test_all_claims_with_data_at_hand_are_answered() -> None:
    claim, evidence = made()
    wrong = {**claim, "id": "urn:uuid:0#c2", "counts": {"numerator": 1, "denominator": 30}}
    without = {"id": "urn:uuid:0#c3", "type": "MeasurementClaim"}
    report = {"id": "urn:uuid:0#e2", "type": "Report", "digest": "sha256:x"}
    document = {
        "credentialSubject": {"claims": [claim, wrong, without]},
        "evidence": [report, evidence],
    }
    answers = recompute_all(document, {evidence["digest"]: DATA}, load())
    assert {name: each.outcome for name, each in answers.items()} == {
        "urn:uuid:0#c1": Outcome.RECOMPUTED,
        "urn:uuid:0#c2": Outcome.DIFFERS,
    }
    assert answers["urn:uuid:0#c2"].findings[0].pointer == "/credentialSubject/claims/1/counts"
    assert recompute_all(document, {}, load()) == {}
