"""Units convert exactly, unknown terms are helped, and every entry of the catalogue is complete."""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise, permutations
from typing import Any

import jsonschema
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import openquality_schemas
from openquality_validator import catalogue as catalogues
from openquality_validator import rules
from openquality_validator.catalogue import Catalogue, Metric
from openquality_validator.errors import InvalidInput, UnknownTerm
from openquality_validator.statistics import ranking_bound
from openquality_validator.statistics.claims import estimate

VERSIONS = openquality_schemas.CATALOGUES
CATALOGUE = catalogues.load(VERSIONS[-1])
ENTRIES = [
    pytest.param(catalogue, metric, id=f"{version}-{metric.id}")
    for version in VERSIONS
    for catalogue in (catalogues.load(version),)
    for metric in catalogue.metrics.values()
]
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
COMMON = ("id", "period", "assessor")  # members of every claim
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


def read(name: str, version: str) -> Any:  # noqa: ANN401 - any JSON value
    return orjson.loads(openquality_schemas.read(name, version=version))


def test_the_digest_binds_both_files() -> None:
    metrics, units = (
        openquality_schemas.read(name, version=CATALOGUE.version)
        for name in ("metrics.json", "units.json")
    )
    assert catalogues.parse(metrics=metrics, units=units).digest == CATALOGUE.digest
    assert catalogues.parse(metrics=metrics + b" ", units=units).digest != CATALOGUE.digest
    assert catalogues.parse(metrics=metrics, units=units + b" ").digest != CATALOGUE.digest


def test_a_released_catalogue_never_changes() -> None:
    # Computed with sha256sum and xxd when each was released; records and bundles name it.
    assert catalogues.load("1.0-draft.1").digest == (
        "sha256:2563a920b67628c154618d353754ad3d58561085cdc2df66e5bb7cbc8de611fc"
    )
    assert catalogues.load("1.0").digest == (
        "sha256:7dae9fbafe17a9cc79bc87c6688c9bc8349ace3df13a5076164a4662cde69383"
    )


def test_a_version_is_read_once() -> None:
    for version in VERSIONS:
        assert catalogues.load(version) is catalogues.load(version)


@pytest.mark.parametrize(
    ("version", "later"),
    [
        ("1.0-draft.1", False),
        ("1.0-draft.2", False),
        ("1.0-draft.10", False),
        ("1.0", False),
        ("1.1-draft.1", True),
        ("1.1", True),
        ("1.3", True),
        ("0.9", False),
        ("0.9-draft.7", False),
        ("", False),
        ("next", False),
        ("1.3 ", False),
    ],
)
def test_a_version_is_later_than_all_that_are_shipped_or_not(version: str, later: bool) -> None:  # noqa: FBT001 - a table
    assert catalogues.is_later(version) is later


@pytest.mark.parametrize("version", VERSIONS)
def test_the_files_have_the_form_of_their_schema(version: str) -> None:
    schema = read("catalogue.schema.json", version)
    jsonschema.Draft202012Validator.check_schema(schema)
    metrics, units = read("metrics.json", version), read("units.json", version)
    table = {"$defs": schema["$defs"], "$ref": "#/$defs/UnitTable"}
    assert not [e.message for e in jsonschema.Draft202012Validator(schema).iter_errors(metrics)]
    assert not [e.message for e in jsonschema.Draft202012Validator(table).iter_errors(units)]
    catalogue = catalogues.load(version)
    assert len(metrics["metrics"]) == len(catalogue.metrics)
    assert len(units["units"]) == len(catalogue.units)
    assert metrics["version"] == units["version"] == catalogue.version == version


@pytest.mark.parametrize("version", VERSIONS)
def test_the_schema_refuses_an_entry_without_any_of_its_members(version: str) -> None:
    schema = read("catalogue.schema.json", version)
    unwrapped = {"required": [], "properties": {}, "additionalProperties": True}
    checker = jsonschema.Draft202012Validator({**schema, "$ref": "#/$defs/Metric"} | unwrapped)
    for entry in read("metrics.json", version)["metrics"]:
        assert checker.is_valid(entry)
        for name in entry.keys() - {"requires", "comparedMembers"}:
            without = {k: v for k, v in entry.items() if k != name}
            assert not checker.is_valid(without), (entry["id"], name)


@pytest.mark.parametrize("version", VERSIONS)
def test_no_metric_lacks_any_part_of_an_entry(version: str) -> None:
    # The members of the design, written down here and not read from the schema.
    members = {
        *("id", "version", "label", "definition", "dimension", "carrier", "form", "formula"),
        *("quantityKind", "canonicalUnit", "allowedUnits", "valueRange", "direction", "bound"),
        *("observable", "qualifiers", "minSample", "maxAgeDays", "source", "mappings", "example"),
    }
    may_be_empty = {"qualifiers", "mappings"}  # they say that there are none
    may_be_null = {"minSample"}  # there is no sample
    sampled = {"binomialRatio", "eventRate", "netScore", "product", "median", "quantile", "mean"}
    for entry in read("metrics.json", version)["metrics"]:
        assert members <= entry.keys(), entry["id"]
        for name in members - may_be_empty - may_be_null:
            assert entry[name] not in ("", [], {}, None), (entry["id"], name)
        # Rates over hours have an exposure and no sample.
        counted = entry["form"] in sampled and entry["quantityKind"] != "rate"
        assert entry["minSample"] is not None or not counted, entry["id"]
        assert all(source.strip() for source in entry["source"])
        assert entry["example"].keys() == {"claim", "value", "bound", "working"}
        assert any(letter.isdigit() for letter in entry["example"]["working"]) or (
            version == "1.0-draft.1"  # two counts were stated there and not worked
        ), entry["id"]


def test_the_first_set_is_complete_and_stays() -> None:
    assert sorted(catalogues.load("1.0-draft.1").metrics) == sorted(FIRST_SET)
    for earlier, later in pairwise(VERSIONS):
        gone = catalogues.load(earlier).metrics.keys() - catalogues.load(later).metrics.keys()
        assert gone == set()


def test_there_are_metrics_for_every_field_of_the_design() -> None:
    assert len(CATALOGUE.metrics) >= 60
    for few in (
        {"concession-rate", "rework-rate", "cpk"},  # discrete manufacturing
        {"early-life-failure-rate", "no-fault-found-rate", "test-fault-coverage"},  # electronics
        {"pathogen-positive-rate", "trace-time", "remaining-shelf-life-p10"},  # food
        {"perfect-order-rate", "damage-rate", "inventory-record-accuracy"},  # logistics
        {"containment-rate", "ai-wrong-answer-rate", "escalation-success-rate"},  # AI contact
        {"change-failure-rate", "escaped-defect-rate", "sbom-coverage"},  # software
        {"data-completeness", "data-accuracy", "data-delay-p95"},  # data services
    ):
        assert few <= CATALOGUE.metrics.keys()


def test_values_of_one_major_version_compare_across_catalogues() -> None:
    """What decides whether two values compare may change only with the major version."""
    for earlier, later in pairwise(VERSIONS):
        for metric in catalogues.load(earlier).metrics.values():
            now = catalogues.load(later).metrics[metric.id]
            if now.version.split(".")[0] != metric.version.split(".")[0]:
                continue
            assert _comparable(now) == _comparable(metric), metric.id
            # A currency that is no longer in use leaves the list, and its amounts compare no more.
            if metric.quantity_kind != "money":
                assert set(metric.allowed_units) <= set(now.allowed_units)
            for qualifier in metric.qualifiers:
                kept = now.qualifier(qualifier.name)
                assert (kept.role, kept.kind) == (qualifier.role, qualifier.kind)
                assert set(qualifier.codes) <= set(kept.codes)
            if now.version == metric.version:
                assert now.definition == metric.definition, metric.id
                assert now.qualifiers == metric.qualifiers, metric.id


def _comparable(metric: Metric) -> tuple[object, ...]:
    return (
        metric.form,
        metric.quantile,
        metric.canonical_unit,
        metric.quantity_kind,
        metric.direction,
        metric.bound,
        metric.carrier,
        metric.value_range,
        metric.compared_members,
        {q.name for q in metric.qualifiers if q.required},
    )


@pytest.mark.parametrize(("catalogue", "metric"), ENTRIES)
def test_the_example_of_a_metric_comes_out_as_worked_by_hand(
    catalogue: Catalogue, metric: Metric
) -> None:
    found = estimate(metric, metric.example["claim"], catalogue)
    stated = {each["qualifier"]: each for each in metric.example["claim"].get("qualifiers", ())}
    target = float(stated["target"]["amount"]) if metric.direction == "target" else None
    bound = ranking_bound(found, direction=metric.direction, target=target)
    assert _to_six_digits(found.value) == _to_six_digits(metric.example["value"])
    assert _to_six_digits(bound) == _to_six_digits(metric.example["bound"])


def _to_six_digits(number: float | str | None) -> str | None:
    return None if number is None else format(float(number), ".6g")


@pytest.mark.parametrize(("catalogue", "metric"), ENTRIES)
def test_the_example_of_a_metric_is_a_claim_that_breaks_no_rule(
    catalogue: Catalogue, metric: Metric, record_value: Callable[[str], Any]
) -> None:
    record = record_value("organisation-on-time.json")
    record["catalogueVersion"] = catalogue.version
    common = {name: record["credentialSubject"]["claims"][0][name] for name in COMMON}
    record["credentialSubject"]["claims"] = [common | metric.example["claim"]]
    found = list(rules.check(record, catalogue))
    assert not [f"{each.code} {each.pointer}: {each.message}" for each in found]


@pytest.mark.parametrize(("catalogue", "metric"), ENTRIES)
def test_the_example_of_a_metric_is_a_claim_that_the_schema_takes(
    catalogue: Catalogue, metric: Metric
) -> None:
    del catalogue
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


@pytest.mark.parametrize(("catalogue", "metric"), ENTRIES)
def test_the_example_of_a_metric_states_what_the_metric_asks_for(
    catalogue: Catalogue, metric: Metric
) -> None:
    del catalogue
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


@pytest.mark.parametrize(("catalogue", "metric"), ENTRIES)
def test_units_of_a_metric_convert_to_its_canonical_unit(
    catalogue: Catalogue, metric: Metric
) -> None:
    if metric.quantity_kind == "money":
        return
    assert metric.canonical_unit in metric.allowed_units
    for code in metric.allowed_units:
        assert catalogue.unit(code).quantity_kind == metric.quantity_kind
    for qualifier in metric.qualifiers:
        assert all(code in catalogue.units for code in qualifier.units)
        assert len(qualifier.codes) == len(set(qualifier.codes))
    names = [qualifier.name for qualifier in metric.qualifiers]
    assert len(names) == len(set(names))


def test_a_metric_that_is_best_at_a_target_lets_the_claim_state_it() -> None:
    at_target = [m for m in CATALOGUE.metrics.values() if m.direction == "target"]
    assert [metric.id for metric in at_target] == ["hardness"]
    for metric in at_target:
        target = metric.qualifier("target")
        # Buyers may ask for another one: two targets make values differ, and never bar them.
        assert (target.role, target.required, target.kind) == ("match", False, "quantity")
        assert target.units == metric.allowed_units


def test_money_is_in_the_currencies_of_today() -> None:
    # ISO 4217 as amended to number 180: the lev ended with 2025, the newest codes are in.
    assert {"SLE", "VED", "XCG", "ZWG"} <= CATALOGUE.currencies
    assert not {"BGN", "HRK", "ANG", "CUC", "SLL", "ZWL", "XXX"} & CATALOGUE.currencies


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
        ("Cel", "CEL"),
    ],
)
def test_common_codes_are_those_of_recommendation_20(code: str, rec20: str) -> None:
    assert CATALOGUE.unit(code).rec20 == rec20


@pytest.mark.parametrize(("catalogue", "metric"), ENTRIES)
def test_direction_and_bound_fit_each_other(catalogue: Catalogue, metric: Metric) -> None:
    found = estimate(metric, metric.example["claim"], catalogue)
    if metric.bound == "none":
        assert (found.lower, found.upper) == (None, None)
    low, high = metric.value_range
    assert low is None or found.value is None or found.value >= low
    assert high is None or found.value is None or found.value <= high


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("KWH", "kW.h"),
        ("kwh", "kW.h"),
        ("Ms", "ms"),
        ("D", "d"),
        ("MIN", "min"),
        ("PPM", "[ppm]"),
        ("eur", "EUR"),
        ("percent", "%"),
        ("Kilogram", "kg"),
        ("KGM", "kg"),
        ("µm", "um"),
        ("day", "d"),
    ],
)
def test_what_people_write_for_a_unit_is_recognised_and_not_taken(text: str, meant: str) -> None:
    assert text not in CATALOGUE.units
    assert CATALOGUE.units_like(text)[0] == meant
    with pytest.raises(UnknownTerm):
        CATALOGUE.unit(text)


def test_no_unit_is_near_a_month() -> None:
    assert CATALOGUE.units_like("mo") == ()
