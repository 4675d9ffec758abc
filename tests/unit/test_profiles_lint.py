"""What a profile document can have wrong: each mistake gives its finding, at its place."""

import copy
import json
from typing import Any

import orjson
import pytest

import openquality_schemas
from openquality_validator import profiles
from openquality_validator.catalogue import load

Json = dict[str, Any]
FIRST = "/sections/0/indicators/0"
ONBOARDING: Json = json.loads(openquality_schemas.profile("supplier-onboarding-basic"))
AGENT: Json = json.loads(openquality_schemas.profile("procurement-agent"))


def found(document: Json) -> set[tuple[str, str]]:
    return {(f.code, f.pointer) for f in profiles.check(document, catalogue=load())}


def changed(document: Json, pointer: str, value: object) -> Json:
    """Put a value where a JSON Pointer leads; `None` takes the member out."""
    new = copy.deepcopy(document)
    *path, last = (int(p) if p.isdecimal() else p for p in pointer.split("/")[1:])
    place: Any = new
    for step in path:
        place = place[step]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return new


@pytest.mark.parametrize(
    ("pointer", "value", "finding"),
    [
        ("/sections/1/id", "measured", ("Z201", "/sections/1/id")),
        (f"{FIRST}/id", "recall", ("Z201", "/sections/1/indicators/1/id")),
        (f"{FIRST}/points", "31", ("Z202", "/sections/0/points")),
        ("/points", "101", ("Z202", "/points")),
        (f"{FIRST}/asks/metric", "on-time-delivry", ("Q001", f"{FIRST}/asks/metric")),
        (f"{FIRST}/asks/unit", "d", ("Q005", f"{FIRST}/asks/unit")),
        (f"{FIRST}/asks/comparator", "atMost", ("Z207", f"{FIRST}/asks/comparator")),
        (
            f"{FIRST}/asks/qualifiers",
            [{"qualifier": "colour", "code": "red"}],
            ("Q006", f"{FIRST}/asks/qualifiers/0/qualifier"),
        ),
        (
            f"{FIRST}/appliesWhen",
            {"indicators": [{"id": "recal", "states": ["passed"]}]},
            ("Z203", f"{FIRST}/appliesWhen/indicators/0/id"),
        ),
        (
            f"{FIRST}/appliesWhen",
            {"parameters": [{"name": "tier", "values": ["high"]}]},
            ("Z203", f"{FIRST}/appliesWhen/parameters/0"),
        ),
        (
            f"{FIRST}/appliesWhen",
            {"indicators": [{"id": "delivery", "states": ["passed"]}]},
            ("Z204", f"{FIRST}/appliesWhen"),
        ),
        (f"{FIRST}/assumed", ["weight"], ("Z203", f"{FIRST}/assumed/0")),
        ("/levels/0/requires", ["recal"], ("Z203", "/levels/0/requires/0")),
        ("/levels/1/minPoints", "50", ("Z206", "/levels/1/minPoints")),
        ("/levels/1/minPoints", "101", ("Z206", "/levels/1/minPoints")),
        ("/levels/1/always", True, ("Z206", "/levels/1/always")),
        ("/levels", None, ("S002", "")),
        ("/sections/0/weight", "1", ("S003", "/sections/0/weight")),
        (f"{FIRST}/asks/value", None, ("S002", f"{FIRST}/asks")),
    ],
)
def test_a_mistake_is_found_where_it_is(
    pointer: str, value: object, finding: tuple[str, str]
) -> None:
    assert found(ONBOARDING) == set()
    assert found(changed(ONBOARDING, pointer, value)) == {finding}


def test_a_metric_that_is_best_at_a_target_has_no_threshold() -> None:
    asks = {"type": "metric", "metric": "hardness", "comparator": "atLeast", "unit": "1"}
    document = changed(ONBOARDING, f"{FIRST}/asks", {**asks, "value": "200"})

    assert found(document) == {("Z207", f"{FIRST}/asks/comparator")}


def test_conditions_that_run_in_a_circle_are_all_named() -> None:
    def when(other: str) -> Json:
        return {"indicators": [{"id": other, "states": ["passed"]}]}

    document = changed(ONBOARDING, f"{FIRST}/appliesWhen", when("recall"))
    document = changed(document, "/sections/1/indicators/1/appliesWhen", when("complaints"))
    assert found(document) == set()

    document = changed(document, "/sections/1/indicators/2/appliesWhen", when("delivery"))
    places = (FIRST, "/sections/1/indicators/1", "/sections/1/indicators/2")
    assert found(document) == {("Z204", f"{place}/appliesWhen") for place in places}


@pytest.mark.parametrize(
    ("values", "code"),
    [({"low": "80", "high": "90"}, "Z205"), ({"low": "1", "medium": "2", "top": "3"}, "Z203")],
)
def test_thresholds_are_given_for_each_value_of_a_parameter(
    values: dict[str, str], code: str
) -> None:
    place = "/sections/2/indicators/1/asks/valueBy"
    document = changed(AGENT, f"{place}/values", values)

    assert (code, place) in found(document)


def test_the_default_of_a_parameter_is_one_of_its_values() -> None:
    assert found(changed(AGENT, "/parameters/0/default", "top")) == {
        ("Z203", "/parameters/0/default")
    }


def test_a_profile_with_mistakes_is_not_read_and_says_all_of_them() -> None:
    document = changed(changed(ONBOARDING, "/points", "7"), "/levels/1/always", value=True)

    with pytest.raises(profiles.InvalidProfile) as refused:
        profiles.parse(orjson.dumps(document))

    assert {f.code for f in refused.value.report.errors} == {"Z202", "Z206"}


@pytest.mark.parametrize("value", [None, [], "profile", {}, {"id": 7}])
def test_what_is_no_profile_at_all_is_a_finding(value: object) -> None:
    assert any(True for _ in profiles.check(value, catalogue=load()))
