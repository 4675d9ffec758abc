import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from openquality_validator import catalogue as catalogues
from openquality_validator import query
from openquality_validator.compare.answer import NEEDED
from openquality_validator.compare.conditions import eligibility
from openquality_validator.evidence import Accreditor, Relation

CATALOGUE = catalogues.load()
TODAY = dt.date(2026, 11, 20)
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
