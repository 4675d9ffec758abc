"""An uncertainty that the mapping states goes into the claim, gives a bound and is recomputed."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from measured_claims import measured

from openquality.cli.main import main
from openquality_validator.catalogue import load
from openquality_validator.errors import UnusableData
from openquality_validator.measure import Mapping
from openquality_validator.recompute import Outcome, Recomputation, recompute

DATA = b"Month,Green,All\n1,120.5,150\n2,7.5,50\n"  # 128 of 200 are 64 %
ENERGY = {
    "v": 1,
    "kind": "amount",
    "columns": {"value": "Green", "per": "All"},
    "unit": "1",
    "qualifiers": [
        {"qualifier": "energyScope", "code": "electricity"},
        {"qualifier": "proof", "code": "directContract"},
    ],
}
STATED = ENERGY | {"uncertainty": {"expanded": "0.02", "coverageFactor": "2"}}


def again(claim: dict[str, Any], mapping: dict[str, Any]) -> Recomputation:
    evidence = {
        "digest": f"sha256:{hashlib.sha256(DATA).hexdigest()}",
        "columns": ["Month", "Green", "All"],
        "rowCount": 2,
        "mapping": mapping,
    }
    return recompute(claim, evidence, DATA, load())


def test_it_is_stated_in_the_unit_of_the_mapping_and_gives_the_bound() -> None:
    # 0.02 of 1 are 2 %: 64 − 1.644854·2/2 = 62.355146, rounded away from the value.
    claim = measured(DATA, STATED, "renewable-energy-share")
    assert claim["value"] == {"amount": "64", "unit": "%"}
    assert claim["uncertainty"] == {"expanded": "2", "coverageFactor": "2"}
    assert claim["interval"] == {"lower": "62.3551", "level": "0.95", "sided": "one"}
    assert again(claim, STATED).outcome is Outcome.RECOMPUTED


def test_without_its_factor_it_gives_no_bound() -> None:
    claim = measured(DATA, ENERGY | {"uncertainty": {"expanded": "0.02"}}, "renewable-energy-share")
    assert claim["uncertainty"] == {"expanded": "2"}
    assert "interval" not in claim


def test_a_claim_in_another_unit_still_agrees() -> None:
    claim = measured(DATA, STATED, "renewable-energy-share")
    claim["value"] = {"amount": "0.64", "unit": "1"}
    claim["uncertainty"]["expanded"] = "0.02"
    claim["interval"]["lower"] = "0.623551"
    assert again(claim, STATED).outcome is Outcome.RECOMPUTED


@pytest.mark.parametrize(
    ("stated", "mapping"),
    [
        ({"expanded": "1", "coverageFactor": "2"}, STATED),
        ({"expanded": "2", "coverageFactor": "3"}, STATED),
        ({"expanded": "2", "coverageFactor": "2"}, ENERGY),
    ],
)
def test_an_uncertainty_that_the_mapping_does_not_give_differs(
    stated: dict[str, str], mapping: dict[str, Any]
) -> None:
    found = again(
        measured(DATA, STATED, "renewable-energy-share") | {"uncertainty": stated}, mapping
    )
    assert found.outcome is Outcome.DIFFERS
    assert ("E005", "/uncertainty") in {(each.code, each.pointer) for each in found.findings}


@pytest.mark.parametrize(
    ("uncertainty", "words"),
    [
        ({"coverageFactor": "2"}, "expanded and, if known"),
        ({"expanded": "1", "k": "2"}, "expanded and, if known"),
        ({"expanded": "-1", "coverageFactor": "2"}, "expanded is '-1'"),
        ({"expanded": "1e999", "coverageFactor": "2"}, "expanded is '1e999'"),
        ({"expanded": "1", "coverageFactor": "two"}, "coverageFactor is 'two'"),
        ({"expanded": 1, "coverageFactor": "2"}, "1 is not a text"),
        ("2", "it is an object"),
    ],
)
def test_what_is_no_uncertainty_is_refused(uncertainty: object, words: str) -> None:
    with pytest.raises(UnusableData, match=f"M002.*`uncertainty`.*{words}"):
        Mapping.from_json(ENERGY | {"uncertainty": uncertainty})


def test_only_an_amount_has_one() -> None:
    mapping = {"v": 1, "kind": "count", "columns": {"events": "N"}}
    with pytest.raises(UnusableData, match=r"M002.*kind amount, and only with it"):
        Mapping.from_json(mapping | {"uncertainty": {"expanded": "1"}})


def test_what_is_read_off_specimens_is_not_summed_up() -> None:
    steel = [
        {"qualifier": name, "code": code}
        for name, code in (("statistic", "least"), ("specimenDirection", "longitudinal"))
    ]
    mapping = {"v": 1, "kind": "amount", "columns": {"value": "Green"}, "unit": "MPa"}
    with pytest.raises(UnusableData, match=r"M008.*write its claim by hand"):
        measured(DATA, mapping | {"qualifiers": steel}, "tensile-strength")


def test_the_command_line_states_it_by_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "energy.csv"
    data.write_bytes(DATA)
    asked = ("measure", str(data), "--metric", "renewable-energy-share", "--value", "Green")
    qualifiers = ("--qualifier", "energyScope=electricity", "--qualifier", "proof=directContract")
    period = ("--from", "2026-01-01", "--to", "2026-06-30")
    common = (*asked, "--column", "per=All", "--unit", "1", *qualifiers, *period)
    stated = ("--uncertainty", "expanded=0.02", "--uncertainty", "coverageFactor=2")
    assert main([*common, *stated]) == 0
    assert "at least 62.3551 % (one-sided 95 %" in capsys.readouterr().out
    assert main([*common]) == 0
    assert "state it (--uncertainty)" in capsys.readouterr().out
