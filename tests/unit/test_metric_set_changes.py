"""What a change of a catalogue of metrics does to old records and old readers."""

import copy
from collections.abc import Callable
from typing import Any

import orjson
import pytest

import openquality_schemas
from openquality_validator.compatibility import Effect
from openquality_validator.compatibility.metric_set import compare_metrics

OLD = orjson.loads(openquality_schemas.read("metrics.json"))
METRIC = next(n for n, m in enumerate(OLD["metrics"]) if m["id"] == "on-time-delivery")
KEEPS, BREAKS, UNKNOWN = Effect.KEEPS, Effect.BREAKS, Effect.UNKNOWN


def changed(change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    new = copy.deepcopy(OLD)
    change(new["metrics"][METRIC])
    return new  # type: ignore[no-any-return]


def put(member: str, value: object) -> Callable[[dict[str, Any]], None]:
    return lambda metric: metric.update({member: value})


def qualifier(**members: Any) -> Callable[[dict[str, Any]], None]:  # noqa: ANN401 - its members
    return lambda metric: metric["qualifiers"][0].update(members)


def added(*, required: bool) -> Callable[[dict[str, Any]], None]:
    new = {"name": "lane", "role": "state", "required": required, "kind": "text"}
    return lambda metric: metric["qualifiers"].append(new)


CASES = [
    # Values of before and after do not compare: neither side may read the other's.
    ("canonicalUnit", put("canonicalUnit", "1"), "Z142", BREAKS, BREAKS),
    ("direction", put("direction", "lowerBetter"), "Z142", BREAKS, BREAKS),
    ("form", put("form", "mean"), "Z142", BREAKS, BREAKS),
    ("major version", put("version", "9.0"), "Z142", BREAKS, BREAKS),
    ("role", qualifier(role="state"), "Z142", BREAKS, BREAKS),
    ("definition", put("definition", "Share of orders on time."), "Z143", UNKNOWN, UNKNOWN),
    ("formula", put("formula", "on time / all"), "Z143", UNKNOWN, UNKNOWN),
    ("label", put("label", "On time"), "Z150", KEEPS, KEEPS),
    ("guide value", put("maxAgeDays", 1), "Z150", KEEPS, KEEPS),
    ("fewer units", put("allowedUnits", ["%"]), "Z144", BREAKS, KEEPS),
    ("more units", put("allowedUnits", ["%", "1", "[ppth]", "[ppm]", "kg"]), "Z145", KEEPS, BREAKS),
    ("narrower range", put("valueRange", ["50", "100"]), "Z146", BREAKS, KEEPS),
    ("wider range", put("valueRange", ["0", None]), "Z147", KEEPS, BREAKS),
    ("a member must be stated", put("requires", ["sampling.n"]), "Z148", BREAKS, KEEPS),
    ("a new required qualifier", added(required=True), "Z148", BREAKS, BREAKS),
    ("a new optional qualifier", added(required=False), "Z149", KEEPS, BREAKS),
]


@pytest.mark.parametrize(
    ("change", "rule", "backward", "forward"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_each_change_of_a_metric_has_its_rule_and_effects(
    change: Callable[[dict[str, Any]], None], rule: str, backward: Effect, forward: Effect
) -> None:
    found = compare_metrics(OLD, changed(change))

    assert (rule, backward, forward) in {(c.rule, c.backward, c.forward) for c in found.changes}
    assert (found.backward, found.forward) == (backward, forward)


def test_a_qualifier_that_must_be_stated_now_breaks_old_claims_alone() -> None:
    new = copy.deepcopy(OLD)
    metric, place = next(
        (m, n) for m in new["metrics"] for n, q in enumerate(m["qualifiers"]) if not q["required"]
    )
    metric["qualifiers"][place]["required"] = True
    at = new["metrics"].index(metric)

    (change,) = compare_metrics(OLD, new).changes
    (back,) = compare_metrics(new, OLD).changes

    assert (change.rule, change.backward, change.forward) == ("Z148", BREAKS, KEEPS)
    assert change.new == f"/metrics/{at}/qualifiers/{place}/required"
    assert (back.rule, back.backward, back.forward) == ("Z149", KEEPS, BREAKS)


def test_metrics_are_known_by_id_wherever_they_stand() -> None:
    new = copy.deepcopy(OLD)
    new["metrics"].reverse()

    assert compare_metrics(OLD, new).changes == ()


def test_a_metric_added_or_taken_away_breaks_one_side() -> None:
    fewer = copy.deepcopy(OLD)
    gone = fewer["metrics"].pop(METRIC)

    (lost,) = compare_metrics(OLD, fewer).changes
    (come,) = compare_metrics(fewer, OLD).changes

    assert (lost.rule, lost.old, lost.new) == ("Z141", f"/metrics/{METRIC}", None)
    assert (lost.backward, lost.forward) == (BREAKS, KEEPS)
    assert (come.rule, come.backward, come.forward) == ("Z140", KEEPS, BREAKS)
    assert repr(gone["id"]) in lost.sentence


def test_the_catalogue_is_neutral_to_itself() -> None:
    assert compare_metrics(OLD, OLD).changes == ()
