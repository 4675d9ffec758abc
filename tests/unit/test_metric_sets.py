"""What a metric set can have wrong: each mistake gives its finding, at its place."""

import json
from collections import Counter
from typing import Any

import orjson
import pytest
from coated import ADHESION, COATING, REJECTION, URI, coating

import openquality_schemas
from openquality_validator import catalogue as catalogues
from openquality_validator import metric_sets
from openquality_validator.findings import Severity
from openquality_validator.metric_sets.linting import FORMS, LASTING
from openquality_validator.records import InvalidRecord

Json = dict[str, Any]
FIRST, SECOND = "/metrics/0", "/metrics/1"
CATALOGUE = catalogues.load()


def found(document: object, **said: Any) -> set[tuple[str, str]]:  # noqa: ANN401 - of `lint`
    report = metric_sets.lint(orjson.dumps(document), **said)
    return {(each.code, each.pointer) for each in report.errors}


def changed(pointer: str, value: object) -> Json:
    """Put a value where a JSON Pointer leads."""
    new = coating()
    *path, last = (int(part) if part.isdecimal() else part for part in pointer.split("/")[1:])
    place: Any = new
    for step in path:
        place = place[step]
    place[last] = value
    return new


def test_the_set_of_the_examples_is_in_order() -> None:
    assert metric_sets.lint(COATING, id=URI, version="1.0", earlier=(COATING,)).findings == ()


@pytest.mark.parametrize(
    ("pointer", "value", "findings"),
    [
        ("/id", f"{URI}#own", {("S006", "/id")}),
        ("/version", "1", {("S006", "/version")}),
        ("/metrics", [], {("S010", "/metrics")}),
        (f"{FIRST}/carrier", "FootprintClaim", {("S005", f"{FIRST}/carrier")}),
        (f"{FIRST}/form", "index", {("S004", f"{FIRST}/form")}),
        (f"{FIRST}/requires", ["id.x"], {("S004", f"{FIRST}/requires/0")}),
        (f"{SECOND}/id", "coating-adhesion", {("Z220", f"{SECOND}/id")}),
        (f"{FIRST}/qualifiers/1/name", "substrate", {("Z220", f"{FIRST}/qualifiers/1/name")}),
        (f"{FIRST}/allowedUnits", ["MPa", "psi"], {("Z221", f"{FIRST}/allowedUnits/1")}),
        (f"{FIRST}/allowedUnits", ["MPa", "J"], {("Z221", f"{FIRST}/allowedUnits/1")}),
        (f"{FIRST}/canonicalUnit", "MW.h", {("Z221", f"{FIRST}/canonicalUnit")}),
        (f"{FIRST}/qualifiers/1/units", ["d", "days"], {("Z221", f"{FIRST}/qualifiers/1/units/1")}),
        (f"{FIRST}/bound", "clopperPearson", {("Z222", f"{FIRST}/bound")}),
        (f"{SECOND}/bound", "none", {("Z222", f"{SECOND}/bound")}),
        (f"{SECOND}/valueRange", ["100", "0"], {("Z223", f"{SECOND}/valueRange")}),
        (f"{SECOND}/valueRange", ["0", "0"], {("Z223", f"{SECOND}/valueRange")}),
        (f"{FIRST}/direction", "target", {("Z226", f"{FIRST}/qualifiers")}),
        # Of the example: its shape, its rules, its numbers.
        (f"{FIRST}/example/claim/colour", "red", {("S003", f"{FIRST}/example/claim/colour")}),
        (
            f"{FIRST}/example/claim/extensions",
            {"a:b": {}},
            {("S017", f"{FIRST}/example/claim/extensions")},
        ),
        (f"{FIRST}/example/claim/metric", "coating", {("Z224", f"{FIRST}/example/claim/metric")}),
        (f"{FIRST}/example/claim/value/unit", "h", {("Z224", f"{FIRST}/example/claim/value/unit")}),
        (
            f"{FIRST}/example/claim/qualifiers",
            [{"qualifier": "substrate", "code": "zinc"}],
            {("Z224", f"{FIRST}/example/claim/qualifiers")},
        ),
        (f"{FIRST}/example/value", "6.3", {("Z225", f"{FIRST}/example/value")}),
        (f"{FIRST}/example/bound", None, {("Z225", f"{FIRST}/example/bound")}),
        # Texts that a reader would not see, or that would be read as markup.
        (f"{FIRST}/label", "Adhe\u200bsion", {("X002", f"{FIRST}/label")}),
        (f"{FIRST}/definition", "A <b>bold</b> definition.", {("X008", f"{FIRST}/definition")}),
    ],
)
def test_a_mistake_is_found_where_it_is(
    pointer: str, value: object, findings: set[tuple[str, str]]
) -> None:
    assert found(changed(pointer, value)) == findings


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"{", "D003"),
        (b'{"id": 1, "id": 2}', "D004"),
        (b" " * 262_145, "D001"),
        (b"[]", "S001"),
        (COATING.replace(b'"0.4"', b"0.4"), "S001"),
    ],
)
def test_what_is_no_set_at_all_has_findings_and_raises_nothing(data: bytes, code: str) -> None:
    report = metric_sets.lint(data)

    assert code in {each.code for each in report.errors}


def test_of_many_mistakes_the_first_hundred_are_listed() -> None:
    units = [f"x{number}" for number in range(40)]
    qualifier = {"role": "state", "required": False, "kind": "quantity", "units": units}
    qualifier["definition"] = "Nothing that is measured."
    wrong = changed(
        f"{FIRST}/qualifiers", [{"name": f"q{number}", **qualifier} for number in range(20)]
    )

    codes = Counter(each.code for each in metric_sets.lint(orjson.dumps(wrong)).errors)

    assert codes == {"Z221": 100, "S099": 1}


def test_a_set_is_published_under_its_own_name_and_version() -> None:
    assert found(coating(), id=f"{URI}s", version="1.1") == {("Z228", "/id"), ("Z228", "/version")}


@pytest.mark.parametrize(
    ("member", "value", "bound"),
    [
        ("canonicalUnit", "N/mm2", "5.87103"),
        ("direction", "lowerBetter", "6.52897"),  # 6.2 + 1.644854 * 0.4 / 2
    ],
)
def test_what_a_value_means_never_changes_under_one_id(member: str, value: str, bound: str) -> None:
    later = changed(f"{FIRST}/{member}", value) | {"version": "2.0"}
    later["metrics"][0]["version"] = "2.0"
    later["metrics"][0]["example"]["bound"] = bound
    assert found(later) == set()

    assert found(later, earlier=(COATING,)) == {("Z227", f"{FIRST}/{member}")}
    later["metrics"][0]["id"] = later["metrics"][0]["example"]["claim"]["metric"] = "adhesion"
    assert found(later, earlier=(COATING,)) == set()


def test_forms_bounds_and_quantities_are_those_of_the_catalogue() -> None:
    """Whatever metric of the catalogue a set could hold, its own lint lets pass."""
    for metric in CATALOGUE.metrics.values():
        if metric.carrier == "MeasurementClaim" and metric.form not in {"index", "verdict"}:
            kinds = FORMS[metric.form][metric.bound]
            assert metric.quantity_kind in (kinds or {metric.quantity_kind}), metric.id
    assert CATALOGUE.forms.keys() - FORMS.keys() == {"index", "verdict"}


def test_the_catalogue_s_own_entries_pass_as_a_set() -> None:
    entries = json.loads(openquality_schemas.read("metrics.json"))["metrics"]
    ours = [
        entry
        for entry in entries
        if entry["carrier"] == "MeasurementClaim" and entry["form"] not in {"index", "verdict"}
    ]
    for part in (ours[:50], ours[50:]):
        report = metric_sets.lint(orjson.dumps(coating(metrics=part)))
        # Our definitions mark codes in Markdown, which pages of our own render.
        assert {each.code for each in report.errors} <= {"X009"}
    assert len(ours) > 80


def test_the_schema_differs_from_the_catalogue_s_only_where_it_must() -> None:
    def read(name: str, version: str) -> Json:
        definitions: Json = json.loads(openquality_schemas.read(name, version=version))["$defs"]
        return definitions

    own, ours = read("metric-set.schema.json", "1.1-draft.1"), read("catalogue.schema.json", "1.0")
    assert ours.keys() - own.keys() == {"Form", "Path", "Paths", "Unit", "UnitTable"}
    assert own.keys() - ours.keys() == {"DecimalOrNull"}
    mine, theirs = own["Metric"], ours["Metric"]
    assert mine["required"] == theirs["required"]
    assert mine["properties"].keys() == theirs["properties"].keys()
    for name, each in mine["properties"].items():
        assert each["title"] == theirs["properties"][name]["title"]
    assert set(LASTING) < mine["properties"].keys()


def test_a_catalogue_is_widened_by_the_metrics_of_a_set_and_stays_what_it_was() -> None:
    wide = metric_sets.widened(CATALOGUE, (metric_sets.parse(COATING),))

    assert wide.metrics.keys() - CATALOGUE.metrics.keys() == {ADHESION, REJECTION}
    assert (wide.version, wide.digest) == (CATALOGUE.version, CATALOGUE.digest)
    assert wide.metric("cpk") is CATALOGUE.metric("cpk")
    metric = wide.metric(ADHESION)
    assert (metric.id, metric.requires) == (ADHESION, ("value",))
    assert metric_sets.set_of(metric.id) == URI
    assert metric_sets.widened(CATALOGUE, ()) is CATALOGUE


def test_a_metric_with_units_of_a_later_catalogue_stays_out_of_an_earlier_one() -> None:
    earlier = catalogues.load("1.0-draft.1")
    assert "MPa" not in earlier.units

    wide = metric_sets.widened(earlier, (metric_sets.parse(COATING),))

    assert wide.metrics.keys() - earlier.metrics.keys() == {REJECTION}


def test_a_set_that_may_not_be_published_is_not_read() -> None:
    wrong = orjson.dumps(changed(f"{FIRST}/example/value", "6.3"))

    with pytest.raises(InvalidRecord, match="Z225") as refused:
        metric_sets.parse(wrong)

    assert [each.severity for each in refused.value.report.findings] == [Severity.ERROR]
