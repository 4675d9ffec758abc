import datetime as dt
import json
import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import openquality_schemas
from openquality import asking
from openquality_validator import catalogue as catalogues
from openquality_validator import query
from openquality_validator.compare import money
from openquality_validator.compare.answer import NEEDED
from openquality_validator.compare.conditions import eligibility
from openquality_validator.compare.measurement import Measurement
from openquality_validator.compare.ranking import Indexed
from openquality_validator.evidence import Accreditor, Relation, Verification

CATALOGUE = catalogues.load()
TODAY = dt.date(2026, 11, 20)
COST = Measurement(
    digest="sha256:" + 64 * "0",
    claim="urn:uuid:0#c1",
    issuer="did:key:zA",
    subject="https://id.gs1.org/01/09506000134352",
    subject_type="Product",
    granularity="model",
    producer="did:key:zA",
    country="DE",
    size_class="small",
    family="unspsc:31160000",
    categories=(),
    metric="acquisition-cost",
    key="acquisition-cost@1|Product|model|currency=USD",
    value=None,
    lower=None,
    upper=None,
    amount=None,
    unit=None,
    n=None,
    start=None,
    end=None,
    qualifiers=(),
    population=None,
    characteristic=None,
    characteristic_class=None,
    verification=Verification.DECLARED,
    relation=Relation.PRODUCER,
    assessed_under=None,
    identity="L0",
)
DOCS = Path(__file__).parents[2] / "docs" / "spec" / "query.md"


def parsed(**members: Any) -> query.Query:  # noqa: ANN401 - any member of a query
    document = {"where": [{"metric": "on-time-delivery"}]} | members
    return query.parse(document, catalogue=CATALOGUE, today=TODAY)


def test_what_is_not_said_has_a_default_that_the_answer_can_repeat() -> None:
    found = parsed()
    assert found.as_of == TODAY
    assert found.relations == (Relation.PRODUCER, Relation.ASSESSOR)
    assert found.accreditors_from == "registry"


def test_a_threshold_in_any_allowed_unit_becomes_canonical() -> None:
    where = {"metric": "lead-time-median", "comparator": "atMost", "value": "48", "unit": "h"}
    assert parsed(where=[where]).where[0].threshold == Decimal(2)


def test_a_buyers_own_list_of_accreditors_replaces_the_registrys() -> None:
    published = (Accreditor("did:key:zRegistry", ("ISO 9001",)),)
    document = {
        "where": [{"metric": "cpk"}],
        "accreditors": [{"did": "did:key:zMine", "schemes": ["ISO 9001"]}],
    }
    own = query.parse(document, catalogue=CATALOGUE, today=TODAY, published=published)
    assert own.accreditors == (Accreditor("did:key:zMine", ("ISO 9001",)),)
    del document["accreditors"]
    theirs = query.parse(document, catalogue=CATALOGUE, today=TODAY, published=published)
    assert theirs.accreditors == published


def where(**members: Any) -> dict[str, Any]:  # noqa: ANN401 - any member of a where clause
    return {"where": [{"metric": "on-time-delivery"} | members]}


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ([], {("S001", "")}),
        ({}, {("S002", "")}),
        (where(metric="on-time-delivary"), {("Q001", "/where/0/metric")}),
        (
            {"where": [{"metric": "cpk"}, {"metric": "cpk"}]},
            {("Q002", "/where/1/metric")},
        ),
        (
            where() | {"rank": [{"metric": "cpk", "weight": "1"}]},
            {("Q003", "/rank/0/metric")},
        ),
        (
            where() | {"rank": [{"metric": "on-time-delivery", "weight": "0"}]},
            {("Q004", "/rank")},
        ),
        (where(comparator="atLeast", value="95", unit="kg"), {("Q005", "/where/0/unit")}),
        (
            where(qualifiers=[{"qualifier": "ancor", "code": "requested"}]),
            {("Q006", "/where/0/qualifiers/0/qualifier")},
        ),
        (where(qualifiers=[{"qualifier": "anchor"}]), {("Q007", "/where/0/qualifiers/0")}),
    ],
)
def test_a_mistake_is_a_finding_with_its_place(
    document: object, expected: set[tuple[str, str]]
) -> None:
    with pytest.raises(query.InvalidQuery) as refused:
        query.parse(document, catalogue=CATALOGUE, today=TODAY)
    found = {(finding.code, finding.pointer) for finding in refused.value.report.errors}
    assert expected == found


def test_all_mistakes_are_found_at_once() -> None:
    document = {"where": [{"metric": "cppk"}, {"metric": "otd"}]}
    with pytest.raises(query.InvalidQuery) as refused:
        query.parse(document, catalogue=CATALOGUE, today=TODAY)
    assert ["/where/0/metric", "/where/1/metric"] == [
        finding.pointer for finding in refused.value.report.errors
    ]


def test_every_reason_has_a_mend_and_is_documented() -> None:
    text = DOCS.read_text()
    question = parsed(
        where=[{"metric": "on-time-delivery", "comparator": "atLeast", "value": "9", "unit": "%"}],
        floors={"verification": "recomputed", "independence": "accredited", "identity": "L2"},
        maxAgeDays=1,
        certificates=[{"scheme": "ISO 9001"}],
    )
    reasons = {c.reason.split(":")[0] for c in eligibility(question, question.where[0])}
    assert reasons <= set(NEEDED)
    assert not [reason for reason in NEEDED if f"`{reason}" not in text]


def test_every_query_code_is_documented() -> None:
    text = DOCS.read_text()
    assert not [code for code in query.CODES if f"| {code} |" not in text]


def test_a_threshold_in_a_currency_keeps_other_currencies_out() -> None:
    clause = {"metric": "acquisition-cost", "comparator": "atMost", "value": "10", "unit": "EUR"}
    found = parsed(where=[clause])
    assert found.where[0].threshold == Decimal(10)
    reasons = [c.reason for c in eligibility(found, found.where[0])]
    assert reasons.index("currencyDiffers") < reasons.index("threshold")


def test_the_example_of_the_documentation_is_a_query() -> None:
    (example, *_) = re.findall(r"```json\n(.*?)```", DOCS.read_text(), re.DOTALL)
    found = query.parse(json.loads(example), catalogue=CATALOGUE, today=TODAY)
    assert found.countries == ("DE", "FR")
    assert found.certificates[0].on == TODAY


def test_every_parameter_and_member_is_documented() -> None:
    text = DOCS.read_text()
    assert not [name for name in asking.HELP if f"`{name}`" not in text]
    _, version = openquality_schemas.newest("query.schema.json")
    schema = json.loads(openquality_schemas.read("query.schema.json", version=version))
    assert not [name for name in schema["properties"] if f"`{name}" not in text]


MONEY = {"metric": "acquisition-cost", "unit": "EUR"}
RATE = {"from": "USD", "to": "EUR", "rate": "0.92", "date": "2026-11-19", "source": "ECB"}


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        (
            {"subject": {"identifiers": [{"scheme": "gtin", "value": "09506000134353"}]}},
            ("Q012", "/subject/identifiers/0/value"),
        ),
        (
            {"subject": {"identifiers": [{"scheme": "lei", "value": "529900T8BM49AURSDO56"}]}},
            ("Q012", "/subject/identifiers/0/value"),
        ),
        ({"where": [MONEY], "rates": [RATE, RATE]}, ("Q013", "/rates/1")),
        ({"where": [MONEY], "rates": [RATE | {"from": "USX"}]}, ("Q013", "/rates/0/from")),
        ({"where": [MONEY], "rates": [RATE | {"to": "CHF"}]}, ("Q013", "/rates/0/to")),
        ({"where": [MONEY], "rates": [RATE | {"rate": "0"}]}, ("Q013", "/rates/0/rate")),
        ({"where": [MONEY], "rates": [RATE | {"date": "2026-11-21"}]}, ("Q013", "/rates/0/date")),
        ({"fairness": {"reserve": {"share": "0.5"}}}, ("Q014", "/fairness/reserve")),
        ({"provenance": [{"material": {}}]}, ("Q015", "/provenance/0/material")),
        ({"without": ["no-such"]}, ("Q016", "/without/0")),
        ({"bundles": True, "limit": 51}, ("Q018", "/limit")),
        (
            {
                "serviceLevels": [
                    {
                        "indicator": "on-time-delivry",
                        "comparator": "atLeast",
                        "value": "9",
                        "unit": "%",
                        "of": "promised",
                    }
                ]
            },
            ("Q001", "/serviceLevels/0/indicator"),
        ),
    ],
)  # fmt: skip
def test_a_mistake_in_what_is_asked_besides_is_a_finding_with_its_place(
    members: dict[str, Any], expected: tuple[str, str]
) -> None:
    with pytest.raises(query.InvalidQuery) as refused:
        parsed(**members)
    assert [expected] == [(f.code, f.pointer) for f in refused.value.report.errors]


@pytest.mark.parametrize(
    ("members", "near"),
    [
        ({"metric": "on-time-delivary"}, "on-time-delivery"),
        ({"metric": "lead-time-median", "comparator": "atMost", "value": "1", "unit": "day"}, "d"),
        ({"qualifiers": [{"qualifier": "ancor", "code": "requested"}]}, "anchor"),
        ({"qualifiers": [{"qualifier": "anchor", "code": "reqested"}]}, "requested"),
    ],
)
def test_a_finding_names_the_nearest_right_word(members: dict[str, Any], near: str) -> None:
    with pytest.raises(query.InvalidQuery) as refused:
        parsed(**where(**members))
    (finding,) = refused.value.report.errors
    assert f"Did you mean {near}" in finding.hint


def test_a_scheme_that_is_none_names_the_nearest() -> None:
    with pytest.raises(query.InvalidQuery) as refused:
        parsed(subject={"category": {"scheme": "unspc", "code": "31"}})
    (finding,) = refused.value.report.errors
    assert (finding.code, finding.hint) == ("S004", "Did you mean unspsc?")


def test_an_amount_is_converted_exactly_and_as_it_is_shown() -> None:
    # 100 USD at 0.92 is 92 EUR exactly; in binary floats 1.1 * 1.1 is not 1.21.
    assert "100 USD at a rate of 0.92 EUR is 92 EUR" in DOCS.read_text()
    clause = MONEY | {"comparator": "atMost", "value": "92", "of": "value"}
    (asked,) = parsed(where=[clause], rates=[RATE]).where
    row = Indexed(0, replace(COST, value=100.0, unit="USD"))
    priced = money.price(row, asked)
    assert priced is not None
    assert (priced.value, money.left_out(priced, asked)) == (Decimal("92.00"), None)
    clause = MONEY | {"comparator": "atMost", "value": "1.21", "of": "value"}
    (asked,) = parsed(where=[clause], rates=[RATE | {"rate": "1.1"}]).where
    row = Indexed(0, replace(COST, value=1.1, unit="USD"))
    priced = money.price(row, asked)
    assert priced is not None
    assert money.left_out(priced, asked) is None
    assert priced.indexed.measurement.key == "acquisition-cost@1|Product|model|currency=EUR"
    assert money.price(Indexed(0, replace(COST, unit="CHF")), asked) is None
