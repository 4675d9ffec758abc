"""Numbers that rules rest on, against what was published by others."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from openquality_validator import catalogue
from openquality_validator.rules import check_digits, inspection
from openquality_validator.rules.claim import Attestation, Claim, rounds_to
from openquality_validator.rules.identity import digital_link


# The examples of the GS1 General Specifications and of GS1's own check digit calculator.
@pytest.mark.parametrize("digits", ["09506000134352", "4006381333931", "036000291452", "96385074"])
def test_published_gtins_have_their_check_digit(digits: str) -> None:
    assert check_digits.gs1(digits)
    for wrong in set("0123456789") - {digits[-1]}:
        assert not check_digits.gs1(digits[:-1] + wrong)


# Of GLEIF itself, Deutsche Bank and Apple, from the public index of GLEIF.
LEIS = ["506700GE1G29325QX363", "7LTWFZYICNSX8D621K86", "HWUPKR0MPOU8FGXBT394"]


@pytest.mark.parametrize("code", LEIS)
def test_published_leis_have_their_check_digits(code: str) -> None:
    assert check_digits.lei(code)
    assert not check_digits.lei(code[:5] + code[6] + code[5] + code[7:])


def plan(**changes: object) -> dict[str, Any]:
    return {
        "level": "II",
        "severity": "normal",
        "planType": "single",
        "aql": {"amount": "1.0", "unit": "percentNonconforming"},
        "lotSize": 5000,
        "codeLetter": "L",
        "n": 200,
        "ac": 5,
        "re": 6,
        "found": 0,
        "result": "accepted",
    } | changes


def claim(inspected: dict[str, Any]) -> Claim:
    record = Attestation({}, {}, (), "2026-10-01", (), catalogue.load())
    nowhere = {"type": "MeasurementClaim", "inspection": inspected}
    return Claim.of(nowhere, record)


# Cells of ISO 2859-1, Tables 2-A (normal) and 2-B (tightened), single sampling.
CELLS = [
    ("normal", "L", 200, "1.0", 5),
    ("normal", "L", 200, "2.5", 10),
    ("normal", "L", 200, "4.0", 14),
    ("normal", "K", 125, "1.0", 3),
    ("normal", "K", 125, "2.5", 7),
    ("normal", "J", 80, "0.65", 1),
    ("normal", "J", 80, "1.5", 3),
    ("normal", "J", 80, "4.0", 7),
    ("normal", "H", 50, "1.0", 1),
    ("normal", "G", 32, "6.5", 5),
    ("normal", "F", 20, "0.65", 0),
    ("normal", "A", 2, "6.5", 0),
    ("tightened", "K", 125, "1.0", 2),
    ("tightened", "L", 200, "2.5", 8),
    ("tightened", "J", 80, "1.5", 2),
]


@pytest.mark.parametrize(("severity", "letter", "n", "aql", "ac"), CELLS)
def test_the_plans_of_the_standard_agree(
    severity: str, letter: str, n: int, aql: str, ac: int
) -> None:
    quality = {"amount": aql, "unit": "percentNonconforming"}
    stated = plan(severity=severity, codeLetter=letter, n=n, aql=quality, ac=ac, re=ac + 1)

    assert list(inspection.plan_size(claim(stated))) == []
    assert list(inspection.plan_acceptance(claim(stated))) == []
    for other in ({"ac": ac + 1}, {"n": n + 1}):
        rules = (inspection.plan_size, inspection.plan_acceptance)
        assert any(list(rule(claim(stated | other))) for rule in rules)


# Cells of ISO 2859-1, Table 1.
@pytest.mark.parametrize(
    ("level", "lot", "letter"),
    [
        ("II", 5000, "L"),
        ("II", 1200, "J"),
        ("II", 1201, "K"),
        ("II", 500, "H"),
        ("I", 1200, "G"),
        ("III", 1200, "K"),
        ("S-4", 1200, "F"),
        ("S-1", 150, "B"),
        ("II", 600000, "Q"),
    ],
)
def test_the_code_letters_of_the_standard_agree(level: str, lot: int, letter: str) -> None:
    quality = {"amount": "6.5", "unit": "percentNonconforming"}
    stated = plan(level=level, lotSize=lot, codeLetter=letter, aql=quality)

    assert list(inspection.plan_letter(claim(stated))) == []


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://id.gs1.org/01/09506000134352", {"01": "09506000134352"}),
        (
            "https://brand.example/shop/01/09506000134352/10/A%2FB/21/7?x=1",
            {"01": "09506000134352", "10": "A/B", "21": "7"},
        ),
        ("https://id.gs1.org/414/9506000345673", {"414": "9506000345673"}),
        ("https://brand.example/01/not-a-gtin", {}),
        ("did:key:z6Mk#subject-01", {}),
    ],
)
def test_a_digital_link_gives_its_identifiers(url: str, expected: dict[str, str]) -> None:
    assert expected == digital_link(url)


@pytest.mark.parametrize(
    ("text", "numerator", "denominator", "expected"),
    [
        ("66.7", 2, 3, True),
        ("66.67", 2, 3, True),
        ("66.66", 2, 3, False),
        ("67", 2, 3, True),
        ("66", 2, 3, False),
        ("12.5", 1, 8, True),
        ("12", 1, 8, True),  # a half may round either way
        ("13", 1, 8, True),
        ("0", 0, 7, True),
        ("100", 7, 7, True),
        ("99.99", 99995001, 100000000, False),
        ("99.99", 9999, 10000, True),
    ],
)
def test_a_percentage_rounds_to_its_digits(
    text: str, numerator: int, denominator: int, *, expected: bool
) -> None:
    assert expected == rounds_to(text, numerator, denominator, factor=Fraction(1, 100))
    off = abs(Decimal(numerator) / denominator * 100 - Decimal(text))
    assert expected == (off <= Decimal(5).scaleb(-1 - len(text.partition(".")[2])))
