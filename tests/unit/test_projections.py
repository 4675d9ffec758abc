"""What projections keep and lose, value by value, and that docs/spec/projections.md says so."""
# ruff: noqa: ANN401 - documents of any shape

import json
import re
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import projected
import pytest

import openquality_schemas
from openquality_validator.catalogue import load
from openquality_validator.errors import ConversionError
from openquality_validator.projections import exact
from openquality_validator.projections.formats import Source, Target, draft, project
from openquality_validator.projections.from_yaml import from_yaml

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/spec/projections.md").read_text("utf-8")
VERSION = "1.0-draft.1"  # the tables are held to its examples
CATALOGUE = load(VERSION)
RECORDS = {
    name.removesuffix(".json"): orjson.loads(data)
    for name, data in openquality_schemas.examples("valid", version=VERSION).items()
    if not name.endswith(".expected.json")
}
# Of the others UNTP requires what they do not state: a product, a facility, an accreditation.
CONVERTED = {
    Target.UNTP_DPP: {"battery-cell", "fastener-cpk-on-time"},
    Target.UNTP_DCC: {
        "battery-cell",
        "electronics-site",
        "fastener-cpk-on-time",
        "food-batch",
        "laboratory-accreditation",
        "management-certificate",
        "organisation-on-time",
        "pump-life-cycle-cost",
        "recall-notice",
        "shaft-sample",
    },
    Target.SCHEMA_ORG: set(RECORDS),
    Target.GS1: set(RECORDS),
}
BOTH_WAYS = [
    (target, name)
    for target in (Target.UNTP_DPP, Target.UNTP_DCC)
    for name in sorted(CONVERTED[target])
]
# What UNTP requires and the record does not state is written by its least, and comes back.
DEFAULTS = {
    "/assessor/assessmentLevel": {"none"},
    "/assessor/attestationType": {"declaration", "certification"},
}
# Which version and kind of document it is, and that it is in force: read, and then of no effect.
ENVELOPE = {"@context[]", "type[]", "apiVersion", "specVersion", "status"}


def to(target: Target) -> projected.Convert:
    def convert(record: Any) -> tuple[object, list[str]]:
        level = None
        if target is Target.UNTP_DCC and '"accredited"' in json.dumps(record):
            level = "authority-globalmra"
        found = project(record, to=target, catalogue=CATALOGUE, assessment_level=level)
        return found.document, [loss.pointer for loss in found.losses]

    return convert


def drafted(source: Source) -> projected.Convert:
    def convert(value: Any) -> tuple[object, list[str]]:
        found = draft(exact.to_bytes(value), source=source, catalogue=CATALOGUE)
        return found.claims, [loss.pointer for loss in found.losses]

    return convert


def document(source: Source) -> Any:
    (path,) = projected.VECTORS.glob(f"{source}.*")
    if path.suffix == ".json":
        return exact.from_json(path.read_bytes())
    found = from_yaml(path.read_bytes())
    return found if len(found) > 1 else found[0]


def fates_out(target: Target) -> dict[str, set[str]]:
    found = defaultdict(set)
    for name in CONVERTED[target]:
        record = RECORDS[name]
        fates = projected.fates(record, to(target))
        for pointer, fate in fates.items():
            found[projected.general(record, pointer)].add(fate)
    return found


def fates_in(source: Source) -> dict[str, set[str]]:
    value = document(source)
    found = defaultdict(set)
    for pointer, fate in projected.fates(value, drafted(source)).items():
        found[projected.general(value, pointer)].add(fate)
    return found


def table(heading: str) -> dict[str, str]:
    """Return the strength that the page gives each member, under a heading."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in section.splitlines()
        if line.startswith("| `")
    ]
    return {member: row[2] for row in rows for member in re.findall(r"`([^`]+)`", row[0])}


def assert_says(said: dict[str, str], fates: dict[str, set[str]]) -> None:
    kept = {
        member: found
        for member, found in fates.items()
        if found & {projected.KEPT, projected.PARTLY} and member not in ENVELOPE
    }
    assert set(said) == set(kept)
    for member, found in kept.items():
        assert said[member] in ({"exact", "close"} if projected.KEPT in found else {"broad"})


@pytest.mark.parametrize("target", Target)
def test_nothing_of_a_record_is_lost_in_silence(target: Target) -> None:
    silent = {name for name, found in fates_out(target).items() if projected.SILENT in found}
    assert silent <= ENVELOPE


@pytest.mark.parametrize("source", Source)
def test_nothing_of_a_document_is_lost_in_silence(source: Source) -> None:
    silent = {name for name, found in fates_in(source).items() if projected.SILENT in found}
    assert silent <= ENVELOPE


@pytest.mark.parametrize("target", Target)
def test_the_page_lists_what_goes_out_and_how_well(target: Target) -> None:
    assert_says(table(f"To `{target}`"), fates_out(target))


@pytest.mark.parametrize("source", Source)
def test_the_page_lists_what_comes_in_and_how_well(source: Source) -> None:
    assert_says(table(f"From `{source}`"), fates_in(source))


@pytest.mark.parametrize("target", Target)
@pytest.mark.parametrize("name", RECORDS)
def test_a_record_is_converted_or_refused_for_what_is_required(name: str, target: Target) -> None:
    if name in CONVERTED[target]:
        assert to(target)(RECORDS[name])[0]
    else:
        with pytest.raises(ConversionError) as refused:
            to(target)(RECORDS[name])
        assert refused.value.code == "F005"


@pytest.mark.parametrize(("target", "name"), BOTH_WAYS)
def test_what_comes_back_from_untp_is_what_went_out_less_the_losses(
    target: Target, name: str
) -> None:
    record = RECORDS[name]
    there, lost = to(target)(record)
    back, _ = drafted(Source(target))(there)
    claims = [
        (f"/credentialSubject/claims/{index}", claim)
        for index, claim in enumerate(record["credentialSubject"]["claims"])
        if not is_lost(f"/credentialSubject/claims/{index}", lost)
        and claim["type"] != "ProvenanceClaim"  # of the product, not a claim, in a passport
    ]
    claims.sort(key=lambda pair: pair[1]["type"] != "CertificateClaim")
    assert [claim["type"] for _, claim in claims] == [claim["type"] for claim in back]
    for (pointer, claim), returned in zip(claims, back, strict=True):
        went = {
            below: at(claim, below)
            for below in projected.leaves(claim)
            if not is_lost(pointer + below, lost) and below not in {"/id", "/status", "/lastAudit"}
        }
        came = {below: at(returned, below) for below in projected.leaves(returned)}
        assert went == {
            below: value
            for below, value in came.items()
            if not is_lost(pointer + below, lost)
            and not (below not in went and value in DEFAULTS.get(below, ()))
        }


def is_lost(pointer: str, lost: Any) -> bool:
    return any(pointer == each or pointer.startswith(f"{each}/") for each in lost)


def at(value: Any, pointer: str) -> Any:
    for name in pointer[1:].split("/"):
        value = value[int(name) if isinstance(value, list) else name]
    return value


@pytest.mark.parametrize("target", Target)
def test_numbers_go_out_exactly_as_they_are_stated(target: Target) -> None:
    record = json.loads(json.dumps(RECORDS["fastener-cpk-on-time"]))
    amount = "123456789012345678.123456789012345"
    record["credentialSubject"]["claims"][0]["value"]["amount"] = amount
    found = project(record, to=target, catalogue=CATALOGUE)
    if target is not Target.GS1:  # which has no term for a measured quality
        assert amount.encode() in exact.to_bytes(found.document)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (Decimal("1.30"), "1.30"),
        ("+007.10", "7.10"),
        ("-0.00", "0.00"),
        ("-0.05", "-0.05"),
        (10**17, "1" + 17 * "0"),
        (10**18, None),
        (10**4000, None),
        (Decimal("1e-16"), None),
        (Decimal("1e4"), "10000"),
        (Decimal("1e300"), None),
        (Decimal("NaN"), None),
        (True, None),
        ("1,5", None),
        ("1e3", None),
        ("٣", None),
        ("", None),
    ],
)
def test_a_decimal_is_taken_exactly_or_not_at_all(given: object, text: str | None) -> None:
    assert exact.decimal_text(given) == text


@pytest.mark.parametrize(
    ("text", "places", "moved"),
    [("0.995", 2, "99.5"), ("0.9", 2, "90"), ("1", 2, "100"), ("1.050", -2, "0.01050")],
)
def test_a_share_becomes_percent_by_moving_the_point(text: str, places: int, moved: str) -> None:
    assert exact.decimal_text(exact.shifted(text, places)) == moved


def test_a_product_footprint_of_pact_is_read_member_by_member() -> None:
    (claim,) = draft(
        (projected.VECTORS / "pact.json").read_bytes(), source=Source.PACT, catalogue=CATALOGUE
    ).claims
    # biogenic: -0.06 + 0.01 + 0.03 - 0.03; the total: 2.30 + 0.01 - 0.05
    assert claim == {
        "type": "FootprintClaim",
        "metric": "carbon-footprint",
        "period": {"start": "2025-01-01", "end": "2025-12-31"},
        "value": {"amount": "2.26", "unit": "kg"},
        "declaredUnit": {"amount": "1", "unit": "{each}"},
        "declaredUnitMass": {"amount": "1.850", "unit": "kg"},
        "carbon": {"fossil": "2.30", "biogenic": "-0.05", "landUse": "0.01"},
        "boundary": "cradleToGate",
        "method": {"standard": "ISO14067"},
        "pcr": {"name": "Plastic crates 1.2"},
        "gwpSet": "AR6-GWP100",
        "geography": {"countries": ["DE"], "text": "Western Europe"},
        "primaryDataShare": "61.5",
        "verification": {
            "party": {"name": "Prüfhaus Nord GmbH"},
            "standard": "ISO 14064-3",
            "date": "2026-02-10",
        },
    }


def test_parts_of_a_footprint_that_do_not_add_up_are_lost() -> None:
    value = document(Source.PACT)
    value["pcf"]["fossilGhgEmissions"] = "2.31"
    claims, lost = drafted(Source.PACT)(value)
    assert "carbon" not in claims[0]
    assert "/pcf/fossilGhgEmissions" in lost


def test_a_deprecated_footprint_is_not_taken() -> None:
    value = document(Source.PACT) | {"status": "Deprecated"}
    claims, lost = drafted(Source.PACT)(value)
    assert (claims, lost) == ((), [""])


def test_a_mill_certificate_gives_plant_heat_and_composition() -> None:
    (claim, *_), _ = drafted(Source.EN10168)(document(Source.EN10168))
    assert claim == {
        "type": "ProvenanceClaim",
        "facility": {
            "name": "Stahlwerk Altena AG",
            "location": {"country": "DE", "locality": "Altena"},
        },
        "batch": "H-77120",
        "materials": [  # percent to fraction; CEV is no element
            {"name": "C", "massFraction": "0.0041"},
            {"name": "Cr", "massFraction": "0.01050"},
            {"name": "Mo", "massFraction": "0.0020"},
        ],
    }


def test_objectives_become_promises_with_a_window_in_days() -> None:
    claims, _ = drafted(Source.OPENSLO)(document(Source.OPENSLO))
    common = {
        "type": "ServiceLevelClaim",
        "comparator": "atLeast",
        "window": {"amount": "28", "unit": "d"},
    }
    assert claims == (
        {**common, "objective": {"amount": "99.5", "unit": "%"}},
        {**common, "objective": {"amount": "99.9", "unit": "%"}},
    )


@pytest.mark.parametrize(
    ("duration", "window"),
    [
        ("30d", {"amount": "30", "unit": "d"}),
        ("12h", {"amount": "12", "unit": "h"}),
        ("90m", None),  # no whole hours
        ("120m", {"amount": "2", "unit": "h"}),
        ("1M", None),  # months differ
        ("1Q", None),
        ("1Y", None),
        ("0d", None),
        ("ten days", None),
    ],
)
def test_only_a_window_of_fixed_length_is_taken(
    duration: str, window: dict[str, str] | None
) -> None:
    value = document(Source.OPENSLO)[1]
    value["spec"]["timeWindow"][0]["duration"] = duration
    claims, lost = drafted(Source.OPENSLO)(value)
    assert claims[0].get("window") == window
    assert ("/spec/timeWindow" in lost) == (window is None)


@pytest.mark.parametrize(
    ("source", "change", "code"),
    [
        (Source.UNTP_DPP, {"type": ["VerifiableCredential"]}, "F001"),
        (Source.UNTP_DPP, {"@context": ["https://test.uncefact.org/untp/dpp/0.6.1/"]}, "F002"),
        (Source.UNTP_DCC, {"credentialSubject": []}, "F003"),
        (Source.PACT, {"specVersion": "2.3.0"}, "F002"),
        (Source.PACT, {"status": 7}, "F003"),
        (Source.ODCS, {"kind": "Dataset"}, "F001"),
        (Source.ODCS, {"apiVersion": "v2.2.2"}, "F002"),
        (Source.ODCS, {"slaProperties": {}}, "F003"),
        (Source.EN10168, {"RefSchemaUrl": "https://example.com"}, "F001"),
        (Source.COA, {"RefSchemaUrl": "https://s.example/coa-schemas/v2.0.0/schema.json"}, "F002"),
    ],
)
def test_a_document_that_is_not_what_was_named_is_refused(
    source: Source, change: dict[str, Any], code: str
) -> None:
    with pytest.raises(ConversionError) as refused:
        drafted(source)(document(source) | change)
    assert refused.value.code == code


@pytest.mark.parametrize("amount", ["1e5", "", "12 kg", "1" + "0" * 30, "9" * 10_000])
def test_an_amount_that_no_record_can_hold_is_refused(amount: object) -> None:
    value = document(Source.PACT)
    value["pcf"]["pcfIncludingBiogenicUptake"] = amount
    with pytest.raises(ConversionError) as refused:
        drafted(Source.PACT)(value)
    assert refused.value.code == "F004"


@pytest.mark.parametrize(
    ("name", "target", "says"),
    [
        ("organisation-on-time", Target.UNTP_DPP, "product"),
        ("shaft-sample", Target.UNTP_DPP, "facility"),
        ("data-service", Target.UNTP_DCC, "DataService"),
        ("management-certificate", Target.UNTP_DCC, "--assessment-level"),
        ("buyer-observation", Target.UNTP_DCC, "attestationType"),
    ],
)
def test_what_untp_requires_and_the_record_lacks_is_said(
    name: str, target: Target, says: str
) -> None:
    with pytest.raises(ConversionError) as refused:
        project(RECORDS[name], to=target, catalogue=CATALOGUE)
    assert refused.value.code == "F005"
    assert says in str(refused.value)


@pytest.mark.parametrize("name", ["certifier", "assessor"])
def test_what_somebody_else_assessed_is_not_attested(name: str) -> None:
    record = json.loads(json.dumps(RECORDS["laboratory-accreditation"]))
    claim = record["credentialSubject"]["claims"][0]
    party = claim[name]["party"] if name == "assessor" else claim[name]
    party |= {"id": "did:web:other.example", "name": "Other"}
    with pytest.raises(ConversionError, match="its issuer, and here it is Other"):
        project(record, to=Target.UNTP_DCC, catalogue=CATALOGUE)


def test_a_certificate_that_is_not_active_is_not_attested() -> None:
    record = json.loads(json.dumps(RECORDS["laboratory-accreditation"]))
    record["credentialSubject"]["claims"][0]["status"] = "withdrawn"
    with pytest.raises(ConversionError, match="withdrawn"):
        project(record, to=Target.UNTP_DCC, catalogue=CATALOGUE)


@pytest.mark.parametrize("target", [Target.SCHEMA_ORG, Target.GS1])
def test_a_status_that_only_says_inactive_is_a_loss(target: Target) -> None:
    record = json.loads(json.dumps(RECORDS["laboratory-accreditation"]))
    record["credentialSubject"]["claims"][0]["status"] = "suspended"
    found, lost = to(target)(record)
    assert "/credentialSubject/claims/0/status" in lost
    assert "INACTIVE" in json.dumps(found).upper()


def test_a_unit_without_a_code_keeps_its_own_with_the_prefix() -> None:
    found, _ = to(Target.SCHEMA_ORG)(RECORDS["supplier-quotes-assessor"])
    assert '"unitCode":"UCUM:10*-6/h"' in orjson.dumps(found, default=str).decode()


@pytest.mark.parametrize(
    ("target", "level"), [(Target.UNTP_DCC, "excellent"), (Target.GS1, "scheme-cab")]
)
def test_an_assessment_level_that_does_not_fit_is_refused(target: Target, level: str) -> None:
    with pytest.raises(ConversionError) as refused:
        project(
            RECORDS["fastener-cpk-on-time"],
            to=target,
            catalogue=CATALOGUE,
            assessment_level=level,
        )
    assert refused.value.code == "F008"
