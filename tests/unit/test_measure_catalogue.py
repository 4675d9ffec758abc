"""Every metric of the catalogue is measured from rows, or listed as written by hand."""

from datetime import date
from typing import Any

import orjson
import pytest

import openquality_schemas
from openquality import validate
from openquality_validator.catalogue import Metric, load
from openquality_validator.errors import UnusableData
from openquality_validator.findings import Severity
from openquality_validator.measure import Mapping, measure, parse_csv
from openquality_validator.measure.run import fixed_qualifiers
from openquality_validator.recompute import Outcome, recompute

CATALOGUE = load()
DRAFT = "1.0"  # the first whose schema holds every kind of mapping
DAYS = (date(2026, 1, 1), date(2026, 1, 2))
BY_HAND = {  # docs/guide/measure.md says why
    *("traceability-depth", "recycled-content", "recyclability"),
    *("proof-strength", "tensile-strength", "elongation-after-fracture", "impact-energy"),
    *("hardness", "reparability-score"),
    *("carbon-footprint", "water-use", "energy-use", "waste-intensity"),
    *("acquisition-cost", "operating-cost", "total-cost-of-ownership"),
}
DATA = b"N,D,V,P,O\n" + b"".join(
    b"%d,%d,%s,%s,%s\n" % (n, 4, value, part, operator)
    for n, value, part, operator in [
        *((1, b"1.5", b"a", b"x"), (0, b"1.7", b"a", b"x"), (2, b"2.5", b"b", b"x")),
        *((1, b"2.6", b"b", b"x"), (1, b"1.4", b"a", b"y"), (1, b"1.6", b"a", b"y")),
        *((1, b"2.8", b"b", b"y"), (0, b"2.4", b"b", b"y")),
    ]
)
UNIT = "the metric's"
WAYS: dict[str, dict[str, Any]] = {
    "binomialRatio": {"kind": "share", "columns": {"numerator": "N", "denominator": "D"}},
    "product": {
        "kind": "share",
        "columns": {"numerator": "N", "denominator": "D", "step": "P"},
    },
    "median": {"kind": "duration", "columns": {"value": "V"}, "unit": UNIT},
    "quantile": {"kind": "duration", "columns": {"value": "V"}, "unit": UNIT},
    "mean": {"kind": "duration", "columns": {"value": "V"}, "unit": UNIT},
    "eventRate": {"kind": "rate", "columns": {"events": "N", "exposure": "V"}, "unit": "1"},
    "timeToFailure": {"kind": "rate", "columns": {"events": "N", "exposure": "V"}, "unit": "h"},
    "durationRatio": {"kind": "availability", "columns": {"up": "V", "down": "N"}, "unit": "h"},
    "netScore": {"kind": "score", "columns": {"value": "N"}},
    "amount": {"kind": "amount", "columns": {"value": "V"}, "unit": UNIT},
    "count": {"kind": "count", "columns": {"events": "N"}},
    "index": {
        "kind": "sample",
        "columns": {"value": "V"},
        "capability": {
            "characteristic": {"id": "d", "class": "other", "lsl": "0", "usl": "9", "unit": "mm"},
            "estimator": "overall",
            "convention": "iso22514",
            "distribution": "normal",
        },
    },
    "verdict": {
        "kind": "inspection",
        "columns": {"events": "N"},
        "plan": {
            "level": "II",
            "severity": "normal",
            "planType": "single",
            "aql": {"amount": "1.5", "unit": "percentNonconforming"},
            "lotSize": 30,
            "codeLetter": "D",
            "n": 8,
            "ac": 0,
            "re": 1,
        },
    },
    "study": {
        "kind": "gauge",
        "columns": {"value": "V", "part": "P", "operator": "O"},
        "study": {"basis": "totalVariation", "sigmaMultiplier": "6"},
    },
}


LIFE = {"kind": "life", "columns": {"value": "V"}, "unit": "h"}


def way_to(metric: Metric) -> dict[str, Any]:
    way = {"v": 1, **(LIFE if metric.id == "b10-life" else WAYS[metric.form])}
    if way.get("unit") == UNIT:
        way["unit"] = metric.canonical_unit
    if metric.form == "eventRate" and metric.quantity_kind == "rate":
        way["unit"] = "h"
    if "counts.units" in metric.requires:
        columns = {"events": "N", "exposure": "D", "opportunities": "D"}
        way["columns"] = columns
    fixed = fixed_qualifiers(Mapping.from_json(way))
    stated: list[dict[str, str]] = []
    for each in metric.qualifiers:
        part = {"qualifier": each.name}
        if each.kind == "code":
            code = fixed.get(each.name)
            stated.append({**part, "code": code if code in each.codes and code else each.codes[0]})
        elif each.kind == "text":
            stated.append({**part, "text": "as agreed"})
        else:
            stated.append({**part, "amount": "1", "unit": (each.units or ("1",))[0]})
    # A qualifier that may be left out is stated only where measuring fixes it.
    required = {each.name for each in metric.qualifiers if each.required}
    way["qualifiers"] = [each for each in stated if each["qualifier"] in required | set(fixed)]
    return way


@pytest.mark.parametrize("name", sorted(each.id for each in CATALOGUE.metrics.values()))
def test_a_metric_is_measured_to_a_valid_claim_or_listed_as_written_by_hand(name: str) -> None:
    metric = CATALOGUE.metric(name)
    mapping = Mapping.from_json(way_to(metric))
    table = parse_csv(DATA, mapping.table)
    if name in BY_HAND:
        with pytest.raises(UnusableData, match=r"M008.*write its claim by hand"):
            measure(table, mapping, metrics=(name,), catalogue=CATALOGUE, period=DAYS)
        return
    (claim,) = measure(table, mapping, metrics=(name,), catalogue=CATALOGUE, period=DAYS).claims
    assert claim["value"]["unit"] == metric.canonical_unit
    record = orjson.loads(openquality_schemas.read("examples/valid/fastener-cpk-on-time.json"))
    record["credentialSchema"]["digestSRI"] = openquality_schemas.attestation_sri(version=DRAFT)
    record["catalogueVersion"] = DRAFT
    evidence = {
        "id": f"{record['id']}#e1",
        "type": "Dataset",
        "digest": openquality_schemas.digest(DATA),
        "mediaType": "text/csv",
        "columns": list(table.columns),
        "rowCount": table.read,
        "mapping": mapping.to_json(),
    }
    of_record = {
        "id": f"{record['id']}#c1",
        "assessor": {"assessorLevel": "self"},
        "evidenceRefs": [evidence["id"]],
    }
    record["evidence"] = [evidence]
    record["credentialSubject"]["claims"] = [{**of_record, **claim}]
    findings = validate(orjson.dumps(record)).findings
    assert [each for each in findings if each.severity is Severity.ERROR] == []
    again = recompute(claim, evidence, DATA, CATALOGUE)
    assert (again.outcome, again.findings) == (Outcome.RECOMPUTED, ())
