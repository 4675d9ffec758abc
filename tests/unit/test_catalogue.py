"""Units convert exactly, unknown terms are helped, and every entry of the catalogue is complete."""

from decimal import Decimal
from fractions import Fraction
from itertools import permutations
from typing import Any

import jsonschema
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import openquality_schemas
from openquality_validator import catalogue as catalogues
from openquality_validator.catalogue import Metric
from openquality_validator.errors import InvalidInput, UnknownTerm
from openquality_validator.statistics import ranking_bound
from openquality_validator.statistics.claims import estimate

CATALOGUE = catalogues.load()
METRICS = list(CATALOGUE.metrics.values())
SCHEMA = orjson.loads(openquality_schemas.read("catalogue.schema.json"))
# The first set of the design, by dimension.
FIRST_SET = [
    "cp",
    "cpk",
    "pp",
    "ppk",
    "defective-rate",
    "defects-per-million-opportunities",
    "first-pass-yield",
    "rolled-throughput-yield",
    "scrap-rate",
    "return-rate",
    "warranty-claim-rate",
    "acceptance-sampling",
    "gauge-rr",
    "on-time-delivery",
    "on-time-in-full",
    "order-fill-rate",
    "lead-time-median",
    "lead-time-p90",
    "mtbf",
    "mttr",
    "failure-rate",
    "b10-life",
    "availability",
    "latency-p95",
    "error-rate",
    "first-response-time",
    "resolution-time",
    "first-contact-resolution",
    "complaint-rate",
    "customer-satisfaction",
    "net-promoter-score",
    "human-escalation-time",
    "human-escalation-availability",
    "ai-disclosure-rate",
    "corrective-action-closure-time",
    "open-major-nonconformities",
    "open-minor-nonconformities",
    "carbon-footprint",
    "water-use",
    "energy-use",
    "renewable-energy-share",
    "waste-intensity",
    "recycled-content",
    "recyclability",
    "recordable-injury-rate",
    "living-wage-coverage",
    "traceability-coverage",
    "traceability-depth",
    "acquisition-cost",
    "operating-cost",
    "total-cost-of-ownership",
]
PAIRS = [
    (one.code, other.code)
    for one, other in permutations(CATALOGUE.units.values(), 2)
    if one.quantity_kind == other.quantity_kind
]
AMOUNTS = st.decimals(
    min_value=Decimal("-1e15"), max_value=Decimal("1e15"), places=9, allow_nan=False
)


@pytest.mark.parametrize(
    ("amount", "source", "target", "expected"),
    [
        ("0.975", "1", "%", "97.5"),
        ("97.5", "%", "1", "0.975"),
        ("1350", "[ppm]", "%", "0.135"),
        ("1", "d", "h", "24"),
        ("2", "wk", "d", "14"),
        ("36", "h", "d", "1.5"),
        ("1.5", "s", "ms", "1500"),
        ("1", "kW.h", "MJ", "3.6"),
        ("2500", "L", "m3", "2.5"),
        ("60", "10*-6/h", "10*-9/h", "60000"),
        ("6", "10*-6/h", "/(200000.h)", "1.2"),
        ("-0.5", "t", "kg", "-500"),
        ("25.4", "mm", "um", "25400"),
        ("7", "%", "%", "7"),
        ("0", "d", "s", "0"),
    ],
)
def test_conversion_is_exact(amount: str, source: str, target: str, expected: str) -> None:
    assert str(CATALOGUE.convert(Decimal(amount), source, target)) == expected


@settings(deadline=None)
@given(AMOUNTS, st.sampled_from(PAIRS))
def test_conversion_there_and_back_gives_the_same(amount: Decimal, pair: tuple[str, str]) -> None:
    source, target = pair
    there = CATALOGUE.convert(amount, source, target)
    exact = Fraction(amount) * CATALOGUE.unit(source).factor / CATALOGUE.unit(target).factor
    assert abs(Fraction(there) - exact) <= abs(exact) / 10**33
    if Fraction(there) == exact:
        assert CATALOGUE.convert(there, target, source) == amount


def test_a_quotient_without_end_keeps_34_digits() -> None:
    assert CATALOGUE.convert(Decimal(1), "h", "wk") == Decimal(
        "0.005952380952380952380952380952380952"
    )
    assert CATALOGUE.convert(Decimal(168), "h", "wk") == 1


def test_the_factor_of_a_unit_is_its_conversion() -> None:
    assert CATALOGUE.factor("1", "%") == 100
    assert CATALOGUE.factor("EUR", "EUR") == 1
    for source, target in PAIRS:
        assert CATALOGUE.factor(source, target) == pytest.approx(
            float(CATALOGUE.convert(Decimal(1), source, target)), rel=1e-15
        )


@pytest.mark.parametrize(
    ("source", "target", "words"),
    [
        ("d", "%", "measures time"),
        ("1", "{each}", "dimensionless"),
        ("EUR", "USD", "exchange rates"),
        ("EUR", "currency", "exchange rates"),
        ("1", "EUR", "exchange rates"),
    ],
)
def test_another_quantity_does_not_convert(source: str, target: str, words: str) -> None:
    with pytest.raises(InvalidInput, match="C090") as caught:
        CATALOGUE.convert(Decimal(1), source, target)
    assert words in caught.value.message
    with pytest.raises(InvalidInput, match="C090"):
        CATALOGUE.factor(source, target)


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-Infinity", "sNaN"])
def test_what_is_no_number_does_not_convert(amount: str) -> None:
    with pytest.raises(InvalidInput, match="C090"):
        CATALOGUE.convert(Decimal(amount), "d", "h")


def test_unknown_terms_name_the_nearest_known_ones() -> None:
    with pytest.raises(UnknownTerm) as metric:
        CATALOGUE.metric("on-time-delivry")
    assert metric.value.nearest[0] == "on-time-delivery"
    with pytest.raises(UnknownTerm) as unit:
        CATALOGUE.convert(Decimal(1), "kWh", "J")
    assert "kW.h" in unit.value.nearest
    with pytest.raises(UnknownTerm) as qualifier:
        CATALOGUE.metric("on-time-delivery").qualifier("ancor")
    assert qualifier.value.nearest == ("anchor",)
    with pytest.raises(UnknownTerm) as version:
        catalogues.load("1.0-draft.2")
    assert version.value.nearest == ("1.0-draft.1",)
    with pytest.raises(UnknownTerm):
        CATALOGUE.convert(Decimal(1), "mo", "mo")  # a month has no exact length


def test_money_compares_in_its_own_currency() -> None:
    cost = CATALOGUE.metric("acquisition-cost")
    assert CATALOGUE.canonical_unit(cost, unit="EUR") == "EUR"
    assert {"EUR", "USD", "JPY"} <= set(cost.allowed_units) == set(CATALOGUE.currencies)
    lead_time = CATALOGUE.metric("lead-time-median")
    assert CATALOGUE.canonical_unit(lead_time, unit="h") == "d"


def test_the_digest_binds_both_files() -> None:
    metrics, units = (openquality_schemas.read(f) for f in ("metrics.json", "units.json"))
    assert catalogues.parse(metrics=metrics, units=units).digest == CATALOGUE.digest
    assert catalogues.parse(metrics=metrics + b" ", units=units).digest != CATALOGUE.digest
    assert catalogues.parse(metrics=metrics, units=units + b" ").digest != CATALOGUE.digest


def test_a_version_is_read_once() -> None:
    assert catalogues.load() is CATALOGUE


def test_the_files_have_the_form_of_their_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    metrics = orjson.loads(openquality_schemas.read("metrics.json"))
    units = orjson.loads(openquality_schemas.read("units.json"))
    table = {"$defs": SCHEMA["$defs"], "$ref": "#/$defs/UnitTable"}
    assert not [e.message for e in jsonschema.Draft202012Validator(SCHEMA).iter_errors(metrics)]
    assert not [e.message for e in jsonschema.Draft202012Validator(table).iter_errors(units)]
    assert len(metrics["metrics"]) == len(METRICS)
    assert len(units["units"]) == len(CATALOGUE.units)
    assert metrics["version"] == units["version"] == CATALOGUE.version == "1.0-draft.1"


def test_the_schema_refuses_an_entry_without_any_of_its_members() -> None:
    entry = orjson.loads(openquality_schemas.read("metrics.json"))["metrics"][0]
    checker = jsonschema.Draft202012Validator({**SCHEMA, "$ref": "#/$defs/Metric"} | _unwrapped())
    assert checker.is_valid(entry)
    optional = {"requires", "comparedMembers"}
    for name in entry.keys() - optional:
        assert not checker.is_valid({k: v for k, v in entry.items() if k != name}), name


def _unwrapped() -> dict[str, Any]:
    return {"required": [], "properties": {}, "additionalProperties": True}


def test_the_first_set_is_complete() -> None:
    assert sorted(CATALOGUE.metrics) == sorted(FIRST_SET)


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.id)
def test_the_example_of_a_metric_comes_out_as_worked_by_hand(metric: Metric) -> None:
    found = estimate(metric, metric.example["claim"], CATALOGUE)
    bound = ranking_bound(found, direction=metric.direction)
    assert _to_six_digits(found.value) == _to_six_digits(metric.example["value"])
    assert _to_six_digits(bound) == _to_six_digits(metric.example["bound"])


def _to_six_digits(number: float | str | None) -> str | None:
    return None if number is None else format(float(number), ".6g")


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.id)
def test_the_example_of_a_metric_is_a_claim_that_the_schema_takes(metric: Metric) -> None:
    attestation = openquality_schemas.attestation_schema()
    schema = {"$defs": attestation["$defs"], "$ref": f"#/$defs/{metric.carrier}"}
    claim = {
        "id": "urn:uuid:6e8bc430-9c3a-4a7c-8b1e-1a2b3c4d5e6f#c1",
        "period": {"start": "2026-01-01", "end": "2026-06-30"},
        "assessor": {"party": {"name": "Sample"}, "assessorLevel": "self"},
        **metric.example["claim"],
    }
    errors = jsonschema.Draft202012Validator(schema).iter_errors(claim)
    assert not [f"{error.json_path}: {error.message}" for error in errors]


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.id)
def test_the_example_of_a_metric_states_what_the_metric_asks_for(metric: Metric) -> None:
    claim = metric.example["claim"]
    assert (claim["type"], claim["metric"]) == (metric.carrier, metric.id)
    assert [path for path in metric.requires if not _has(claim, path)] == []
    stated = {each["qualifier"]: each for each in claim.get("qualifiers", [])}
    required = {q.name for q in metric.qualifiers if q.required}
    assert required <= stated.keys() <= {q.name for q in metric.qualifiers}
    for name, each in stated.items():
        qualifier = metric.qualifier(name)
        assert qualifier.kind != "code" or each["code"] in qualifier.codes
        assert qualifier.kind != "quantity" or each["unit"] in qualifier.units
        assert qualifier.kind != "text" or each["text"]


def _has(claim: Any, path: str) -> bool:  # noqa: ANN401 - any claim member
    for name in path.split("."):
        if name not in claim:
            return False
        claim = claim[name]
    return True


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.id)
def test_units_of_a_metric_convert_to_its_canonical_unit(metric: Metric) -> None:
    if metric.quantity_kind == "money":
        return
    assert metric.canonical_unit in metric.allowed_units
    for code in metric.allowed_units:
        assert CATALOGUE.unit(code).quantity_kind == metric.quantity_kind
    for qualifier in metric.qualifiers:
        assert all(code in CATALOGUE.units for code in qualifier.units)
        assert len(qualifier.codes) == len(set(qualifier.codes))
    names = [qualifier.name for qualifier in metric.qualifiers]
    assert len(names) == len(set(names))


def test_every_quantity_kind_has_one_base_unit() -> None:
    kinds = {unit.quantity_kind for unit in CATALOGUE.units.values()}
    bases = [unit.quantity_kind for unit in CATALOGUE.units.values() if unit.factor == 1]
    assert sorted(bases) == sorted(kinds)


@pytest.mark.parametrize(
    ("code", "rec20"),
    [
        ("1", "C62"),
        ("{each}", "EA"),
        ("%", "P1"),
        ("[ppm]", "59"),
        ("kg", "KGM"),
        ("d", "DAY"),
        ("h", "HUR"),
        ("kW.h", "KWH"),
        ("m3", "MTQ"),
        ("L", "LTR"),
    ],
)
def test_common_codes_are_those_of_recommendation_20(code: str, rec20: str) -> None:
    assert CATALOGUE.unit(code).rec20 == rec20


def test_direction_and_bound_fit_each_other() -> None:
    for metric in METRICS:
        found = estimate(metric, metric.example["claim"], CATALOGUE)
        if metric.bound == "none":
            assert (found.lower, found.upper) == (None, None)
        low, high = metric.value_range
        assert low is None or found.value is None or found.value >= low
        assert high is None or found.value is None or found.value <= high
