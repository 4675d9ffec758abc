"""Mechanical tests of a mill certificate become claims that say no more than the certificate."""
# ruff: noqa: ANN401 - documents of any shape

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from openquality_validator.catalogue import load
from openquality_validator.projections.formats import Source, draft
from openquality_validator.rules import check

CERTIFICATE = Path(__file__).parents[1] / "vectors/projections/en10168.json"


def drafted(*inspections: Any) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Read a certificate with these inspections: its measured claims, and losses by pointer."""
    document = json.loads(CERTIFICATE.read_text("utf-8"))
    if inspections:
        document["Certificate"]["Inspection"] = list(inspections)
    found = draft(json.dumps(document).encode(), source=Source.EN10168, catalogue=load())
    claims = [each for each in found.claims if each["type"] == "MeasurementClaim"]
    return claims, {each.pointer: each.reason for each in found.losses}


def said(claim: dict[str, Any]) -> dict[str, str]:
    return {
        each["qualifier"]: each["code"] if "code" in each else f"{each['amount']} {each['unit']}"
        for each in claim["qualifiers"]
    }


def test_each_test_becomes_a_claim_with_what_the_certificate_says() -> None:
    claims, _ = drafted()
    found = [
        (each["metric"], *each["value"].values(), each["sampling"]["n"], said(each))
        for each in claims
    ]
    along, across = {"specimenDirection": "longitudinal"}, {"specimenDirection": "transverse"}
    one, charpy = (
        {"statistic": "single"},
        {
            "notch": "v",
            "temperature": "-20 Cel",
            "specimenWidth": "10 mm",
            "strikerRadius": "2 mm",
            **across,
        },
    )
    assert found == [
        ("proof-strength", "905.0", "N/mm2", 1, {"proofKind": "rp02", **along, **one}),
        ("tensile-strength", "1021.5", "MPa", 1, {**along, **one}),
        (
            "elongation-after-fracture",
            "13.5",
            "%",
            1,
            {"gaugeLength": "proportional"} | along | one,
        ),
        (
            "hardness",
            "313",
            "1",
            2,
            {"scale": "hbw5-750", "testPlace": "core", "statistic": "mean"},
        ),
        ("impact-energy", "41.2", "J", 3, {**charpy, "statistic": "mean"}),
        ("impact-energy", "38.5", "J", 3, {**charpy, "statistic": "least"}),
    ]


def test_with_period_and_assessor_the_claims_break_no_rule(
    record_value: Callable[[str], Any],
) -> None:
    record = record_value("food-batch.json")
    record["catalogueVersion"] = load().version
    record.pop("evidence")
    record["credentialSubject"]["claims"] = [
        {
            "id": f"{record['id']}#t{place}",
            "period": {"start": "2026-04-01", "end": "2026-04-02"},
            "assessor": {"assessorLevel": "self"},
            **claim,
        }
        for place, claim in enumerate(drafted()[0])
    ]
    found = [f"{each.code} {each.pointer}" for each in check(record, load())]
    assert found == []


PROOF = {"Property": "Rp0.2", "Value": 377, "Unit": "MPa"}


def tensile(proof: dict[str, Any] | None = None, **inspection: Any) -> dict[str, Any]:
    return {"C02": "L", **inspection, "TensileTest": {"C11": PROOF | (proof or {})}}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Rp0,2", "rp02"),
        ("Streckgrenze ReH", "reh"),
        ("ReL (MPa)", "rel"),
        ("Rp1.0", "rp1"),
        ("Rt0,5", "rt05"),
        ("Streckgrenze ReH/RP0,2", None),  # of a published sample: it names two
        ("Yield strength", None),
        ("", None),
    ],
)
def test_a_proof_strength_says_which_if_its_words_name_one(text: str, kind: str | None) -> None:
    (claim,), lost = drafted(tensile({"Property": text}))
    assert said(claim).get("proofKind") == kind
    reason = lost.get("/Certificate/Inspection/0/TensileTest/C11/Property", "")
    assert ("add the qualifier proofKind" in reason) == (kind is None)


@pytest.mark.parametrize(
    ("text", "gauge"),
    [
        ("A", "proportional"),
        ("A5", "proportional"),
        ("Bruchdehnung A5,65", "proportional"),
        ("A11.3", "proportional11-3"),
        ("A80mm", "fixed80mm"),
        ("A50", "fixed50mm"),
        ("Bruchdehnung A5/A80", None),
        ("A 80 mm", None),
    ],
)
def test_a_gauge_length_is_read_if_it_is_named(text: str, gauge: str | None) -> None:
    test = {"C13": {"Property": text, "Value": 29.7, "Unit": "%"}}
    (claim,), _ = drafted({"TensileTest": test})
    assert said(claim).get("gaugeLength") == gauge
    assert claim["value"] == {"amount": "29.7", "unit": "%"}


@pytest.mark.parametrize(
    ("text", "direction"),
    [
        ("0001 längs", "longitudinal"),
        ("Q", "transverse"),
        ("transverse", "transverse"),
        ("tangential", "tangential"),
        ("T", None),  # transverse or tangential
        ("längs und quer", None),
    ],
)
def test_a_direction_is_read_if_it_is_one(text: str, direction: str | None) -> None:
    (claim,), lost = drafted(tensile(C02=text))
    assert said(claim).get("specimenDirection") == direction
    assert ("/Certificate/Inspection/0/C02" in lost) == (
        text not in {"Q", "transverse", "tangential"}
    )


@pytest.mark.parametrize("text", ["23 °C", "+20°C", "RT", "Raumtemperatur", "10 Celsius"])
def test_a_tensile_test_at_room_temperature_is_read(text: str) -> None:
    assert len(drafted(tensile(C03=text))[0]) == 1


@pytest.mark.parametrize("text", ["-20 Celsius", "150 °C", "36 °C", "warm"])
def test_a_tensile_test_at_another_temperature_is_another_property(text: str) -> None:
    claims, lost = drafted(tensile(C03=text))
    assert claims == []
    assert text in lost["/Certificate/Inspection/0/TensileTest"]


@pytest.mark.parametrize("unit", ["psi", "ksi", "mpa", "J", None])
def test_a_strength_in_another_unit_is_lost(unit: str | None) -> None:
    measurement = {"Unit": unit} if unit else {"Unit": None}
    claims, lost = drafted(tensile(measurement))
    assert claims == []
    assert "MPa or N/mm2" in lost["/Certificate/Inspection/0/TensileTest/C11"]


def test_of_several_alike_test_pieces_the_least_is_stated() -> None:
    pieces = [tensile({"Value": value}) for value in (377, 365.5, 380)]
    across = tensile({"Value": 350}, C02="quer")
    claims, lost = drafted(*pieces, across)
    assert [(c["value"]["amount"], c["sampling"]["n"], said(c)["statistic"]) for c in claims] == [
        ("365.5", 3, "least"),
        ("350", 1, "single"),
    ]
    for place, stated in ((0, False), (1, True), (2, False)):
        pointer = f"/Certificate/Inspection/{place}/TensileTest/C11"
        assert (pointer in lost) == (not stated)


def hardness(method: str, **test: Any) -> dict[str, Any]:
    return {"HardnessTest": {"C30": method, **test}}


@pytest.mark.parametrize(
    ("method", "scale"),
    [
        ("HV 10", "hv10"),
        ("HV0,5", "hv0-5"),
        ("HBW 2.5/187.5", "hbw2-5-187-5"),
        ("HBW 10/3000", "hbw10-3000"),
        ("HRC", "hrc"),
        ("HRBW", "hrbw"),
        ("HR15N", "hr15n"),
    ],
)
def test_a_hardness_needs_its_scale(method: str, scale: str) -> None:
    (claim,), _ = drafted(hardness(method, C32={"Value": 58.4}))
    assert said(claim) == {"scale": scale, "statistic": "mean"}
    assert scale in load().metric("hardness").qualifier("scale").codes


@pytest.mark.parametrize("method", ["Brunell", "HB", "HRB", "Vickers", "HV 10/30", ""])
def test_a_hardness_on_no_stated_scale_says_nothing(method: str) -> None:
    # The first is of a published sample; HB and HRB leave the ball open.
    claims, lost = drafted(hardness(method, C32={"Value": 80.3, "Unit": "J"}))
    assert all(said(each)["scale"] == "hv10-30" for each in claims)
    assert claims == []
    assert "/Certificate/Inspection/0/HardnessTest" in lost


def test_one_hardness_alone_is_single_and_several_without_a_mean_are_lost() -> None:
    (claim,), _ = drafted(hardness("HRC", C31=[{"Value": 58}]))
    assert (claim["value"]["amount"], said(claim)["statistic"]) == ("58", "single")
    claims, lost = drafted(hardness("HRC", C31=[{"Value": 58}, {"Value": 59}]))
    assert claims == []
    assert "/Certificate/Inspection/0/HardnessTest/C31" in lost


def test_an_impact_test_without_words_keeps_its_energy_and_no_guess() -> None:
    test = {"C40": "0001 längs", "C42": [{"Value": 71, "Unit": "J"}]}
    (claim,), lost = drafted({"C03": "cold", "NotchedBarImpactTest": test})
    assert claim["value"] == {"amount": "71", "unit": "J"}
    assert said(claim) == {"statistic": "single"}
    assert {
        "/Certificate/Inspection/0/C03",
        "/Certificate/Inspection/0/NotchedBarImpactTest/C40",
    } <= lost.keys()
