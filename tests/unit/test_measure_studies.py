"""Gauge R&R and acceptance sampling from rows, against the worked example of the manual."""

import hashlib
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator

import openquality_schemas
from openquality.cli.main import main
from openquality_validator.catalogue import load
from openquality_validator.errors import InvalidInput
from openquality_validator.measure import Mapping, Measured, measure, parse_csv
from openquality_validator.recompute import Outcome, recompute
from openquality_validator.statistics.gauge import gauge_study

DAYS = (date(2026, 1, 1), date(2026, 1, 30))
SCHEMA = orjson.loads(openquality_schemas.read("attestation.schema.json"))
SHAPE = {"$schema": SCHEMA["$schema"], "$defs": SCHEMA["$defs"], "$ref": "#/$defs/Mapping"}

# AIAG, "Measurement Systems Analysis", 4th edition, chapter III section B, its gauge R&R example:
# by operator, then trial, the readings of parts 1 to 10.
AIAG = {
    "A": [
        [0.29, -0.56, 1.34, 0.47, -0.80, 0.02, 0.59, -0.31, 2.26, -1.36],
        [0.41, -0.68, 1.17, 0.50, -0.92, -0.11, 0.75, -0.20, 1.99, -1.25],
        [0.64, -0.58, 1.27, 0.64, -0.84, -0.21, 0.66, -0.17, 2.01, -1.31],
    ],
    "B": [
        [0.08, -0.47, 1.19, 0.01, -0.56, -0.20, 0.47, -0.63, 1.80, -1.68],
        [0.25, -1.22, 0.94, 1.03, -1.20, 0.22, 0.55, 0.08, 2.12, -1.62],
        [0.07, -0.68, 1.34, 0.20, -1.28, 0.06, 0.83, -0.34, 2.19, -1.50],
    ],
    "C": [
        [0.04, -1.38, 0.88, 0.14, -1.46, -0.29, 0.02, -0.46, 1.77, -1.49],
        [-0.11, -1.13, 1.09, 0.20, -1.07, -0.67, 0.01, -0.56, 1.45, -1.77],
        [-0.15, -0.96, 0.67, 0.11, -1.45, -0.49, 0.21, -0.49, 1.87, -2.16],
    ],
}
ROWS = [
    (operator, str(part), reading)
    for operator, trials in AIAG.items()
    for trial in trials
    for part, reading in enumerate(trial, 1)
]
CELLS: dict[tuple[str, str], list[float]] = {}
for _operator, _part, _reading in ROWS:
    CELLS.setdefault((_part, _operator), []).append(_reading)
TEXT = "Operator,Part,mm\n" + "".join(f"{o},{p},{value}\n" for o, p, value in ROWS)
GAUGE = {
    "kind": "gauge",
    "columns": {"value": "mm", "part": "Part", "operator": "Operator"},
    "study": {"basis": "totalVariation", "sigmaMultiplier": "6"},
}


def run(text: str, metric: str, mapping: dict[str, Any]) -> Measured:
    data, parsed = text.encode(), Mapping.from_json({"v": 1, **mapping})
    assert Mapping.from_json(parsed.to_json()) == parsed
    table = parse_csv(data, parsed.table)
    found = measure(table, parsed, metrics=(metric,), catalogue=load(), period=DAYS)
    Draft202012Validator(SHAPE).validate(parsed.to_json())
    evidence = {
        "digest": f"sha256:{hashlib.sha256(data).hexdigest()}",
        "columns": list(table.columns),
        "rowCount": table.read,
        "mapping": parsed.to_json(),
    }
    (claim,) = found.claims
    for name in ("study", "inspection"):
        if name in claim:
            Draft202012Validator({**SHAPE, "$ref": f"#/$defs/{name.title()}"}).validate(claim[name])
            again = recompute(claim, evidence, data, load())
            assert (again.outcome, again.findings) == (Outcome.RECOMPUTED, ())
            number = "ndc" if name == "study" else "found"
            lied = {**claim, name: {**claim[name], number: claim[name][number] + 1}}
            wrong = recompute(lied, evidence, data, load())
            assert [each.code for each in wrong.findings] == ["E005"]
    return found


def test_the_analysis_of_variance_of_the_manual() -> None:
    # The manual, by ANOVA: the interaction is pooled; repeatability 0.199933, appraisers 0.226838,
    # GRR 0.302373, parts 1.042327; 18.4, 20.9, 27.9 and 96.0 % of the total variation 1.085; 4
    # distinct categories.
    found = gauge_study(CELLS)
    assert (found.parts, found.operators, found.trials) == (10, 3, 3)
    assert found.repeatability == pytest.approx(0.199933, abs=5e-7)
    assert found.reproducibility == pytest.approx(0.226838, abs=5e-7)
    assert found.gauge == pytest.approx(0.302373, abs=2e-6)  # summed there from rounded parts
    assert found.part == pytest.approx(1.042327, abs=5e-7)
    assert found.total == pytest.approx(1.085, abs=5e-4)
    assert 100 * found.gauge / found.total == pytest.approx(27.9, abs=0.05)
    assert found.categories == 4


def test_a_gauge_is_measured_against_the_parts_or_a_tolerance() -> None:
    (claim,) = run(TEXT, "gauge-rr", GAUGE).claims
    assert float(claim["value"]["amount"]) == pytest.approx(27.86, abs=0.005)
    assert claim["study"] == {
        "basis": "totalVariation",
        "method": "anova",
        "parts": 10,
        "operators": 3,
        "trials": 3,
        "ndc": 4,
        "sigmaMultiplier": "6",
    }
    assert "interval" not in claim
    width = {"basis": "tolerance", "sigmaMultiplier": "5.15", "tolerance": "8"}
    (claim,) = run(TEXT, "gauge-rr", {**GAUGE, "study": width}).claims
    # 100 · 5.15 · 0.302373 / 8
    assert float(claim["value"]["amount"]) == pytest.approx(19.4653, abs=1e-4)


def test_an_interaction_that_is_significant_stays_apart() -> None:
    # Operator B reads odd parts 1 higher: the interaction is far from chance, and part of the GRR.
    skewed = {
        key: [each + (key[1] == "B") * (int(key[0]) % 2) for each in trials]
        for key, trials in CELLS.items()
    }
    plain, found = gauge_study(CELLS), gauge_study(skewed)
    assert found.repeatability == pytest.approx((2.7589 / 60) ** 0.5, abs=1e-4)
    assert found.gauge > 1.3 * plain.gauge


@pytest.mark.parametrize(
    "cells",
    [
        {},
        {key: trials for key, trials in CELLS.items() if key != ("3", "B")},
        {key: trials[: 2 + (key[1] == "A")] for key, trials in CELLS.items()},
        {key: trials[:1] for key, trials in CELLS.items()},
        {key: trials for key, trials in CELLS.items() if key[1] == "A"},
        {key: trials for key, trials in CELLS.items() if key[0] == "1"},
        {key: [float(key[0])] * 3 for key in CELLS},
    ],
    ids=["none", "missing", "uneven", "one trial", "one operator", "one part", "no variation"],
)
def test_trials_that_do_not_compare_are_refused(cells: dict[tuple[str, str], list[float]]) -> None:
    with pytest.raises(InvalidInput, match="A090"):
        gauge_study(cells)


PLAN = {
    "level": "II",
    "severity": "normal",
    "planType": "single",
    "aql": {"amount": "1.0", "unit": "percentNonconforming"},
    "lotSize": 2000,
    "codeLetter": "K",
    "n": 125,
    "ac": 3,
    "re": 4,
}
INSPECTION = {
    "kind": "inspection",
    "columns": {"outcome": "Result"},
    "outcomes": {"counted": ["bad"], "notCounted": ["ok"]},
    "plan": PLAN,
}


@pytest.mark.parametrize(
    ("bad", "value", "result"),
    [(0, "1", "accepted"), (3, "1", "accepted"), (4, "0", "rejected"), (9, "0", "rejected")],
)
def test_a_lot_is_judged_by_its_plan(bad: int, value: str, result: str) -> None:
    # ISO 2859-1, letter K, AQL 1.0, normal: 125 units, accept up to 3, reject from 4.
    text = "Result,Unit\n" + "bad,x\n" * bad + "ok,x\n" * (125 - bad)
    (claim,) = run(text, "acceptance-sampling", INSPECTION).claims
    assert claim["value"] == {"amount": value, "unit": "1"}
    assert claim["inspection"] == {**PLAN, "found": bad, "result": result}
    counted = {**INSPECTION, "columns": {"events": "Flaws"}, "outcomes": {}}
    text = "Flaws,Unit\n" + f"{bad},x\n" + "0,x\n" * 124
    assert run(text, "acceptance-sampling", counted).claims == (claim,)


@pytest.mark.parametrize(
    ("mapping", "metric", "code"),
    [
        ({**INSPECTION, "plan": {**PLAN, "n": 80}}, "acceptance-sampling", "M010"),
        ({**INSPECTION, "plan": {**PLAN, "planType": "double"}}, "acceptance-sampling", "M002"),
        ({**INSPECTION, "plan": {**PLAN, "ac": "3"}}, "acceptance-sampling", "M002"),
        ({**INSPECTION, "plan": {**PLAN, "ac": True}}, "acceptance-sampling", "M002"),
        ({**INSPECTION, "plan": {"n": 125}}, "acceptance-sampling", "M002"),
        ({**INSPECTION, "plan": {}}, "acceptance-sampling", "M002"),
        ({**GAUGE, "study": {"basis": "tolerance", "sigmaMultiplier": "6"}}, "gauge-rr", "M002"),
        (
            {**GAUGE, "study": {**GAUGE["study"], "tolerance": "8"}},  # type: ignore[dict-item]
            "gauge-rr",
            "M002",
        ),
        (
            {**GAUGE, "study": {"basis": "tolerance", "sigmaMultiplier": "6", "tolerance": "0"}},
            "gauge-rr",
            "M002",
        ),
        ({**GAUGE, "study": {"basis": "parts", "sigmaMultiplier": "6"}}, "gauge-rr", "M002"),
        (GAUGE, "b10-life", "M008"),
    ],
)
def test_a_study_without_what_it_needs_is_refused(
    mapping: dict[str, Any], metric: str, code: str
) -> None:
    text = TEXT if mapping["kind"] == "gauge" else "Result,Unit\n" + "ok,x\n" * 125
    with pytest.raises(InvalidInput) as caught:
        run(text, metric, mapping)
    assert caught.value.code == code


def test_the_command_takes_plan_and_study(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parts, units = tmp_path / "gauge.csv", tmp_path / "lot.csv"
    parts.write_text(TEXT)
    units.write_text("Result,Unit\n" + "bad,x\n" * 2 + "ok,x\n" * 123)
    days = ("--from", "2026-01-01", "--to", "2026-01-30")
    study = ("--study", "basis=totalVariation", "--study", "sigmaMultiplier=6")
    columns = ("--value", "mm", "--column", "part=Part", "--column", "operator=Operator")
    assert main(["measure", str(parts), "--metric", "gauge-rr", *columns, *study, *days]) == 0
    assert "% (10 parts, 3 operators, 3 trials; ndc 4)" in capsys.readouterr().out
    plan = [f"--plan={n}={v}" for n, v in PLAN.items() if n != "aql"]
    outcomes = ("--outcome", "Result", "--counted", "bad", "--not-counted", "ok")
    arguments = ["--metric", "acceptance-sampling", *outcomes, *plan, "--plan=aql=1.0", *days]
    assert main(["measure", str(units), *arguments]) == 0
    assert "acceptance-sampling: 1 (accepted: 2 found in 125)" in capsys.readouterr().out
