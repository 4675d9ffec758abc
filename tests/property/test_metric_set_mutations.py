"""Whatever a metric set, or what a record states under one, holds: findings, and never an error."""

import copy
from collections.abc import Iterator
from typing import Any

import orjson
from coated import COATING, URI, adhesion, coated, coating, schemas
from hypothesis import given, settings
from hypothesis import strategies as st

import openquality_schemas
from openquality_validator import catalogue as catalogues
from openquality_validator import documents, metric_sets, records, validate
from openquality_validator.compare.measurement import measurements
from openquality_validator.metric_sets.linting import FORMS

Json = dict[str, Any]
CODES = [*sorted(catalogues.load().units), *sorted(FORMS), "target", "currency"]
BOUNDS = sorted({bound for bounds in FORMS.values() for bound in bounds})
KINDS = [*sorted({unit.quantity_kind for unit in catalogues.load().units.values()}), "money"]
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(max_size=8)
    | st.sampled_from([*CODES, *BOUNDS, *KINDS, "0", "-1", "1e5", "0.000000000000001", "9" * 18]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=6,
)


def places(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value)  # type: ignore[arg-type]
    for name, inner in items:
        yield (*path, name)
        if isinstance(inner, dict | list):
            yield from places(inner, (*path, name))


def changed(value: Json, path: tuple[str | int, ...], new: object) -> Json:
    found = copy.deepcopy(value)
    place: Any = found
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = new
    return found


SET = coating()


@settings(max_examples=150, derandomize=True)
@given(path=st.sampled_from(sorted(places(SET), key=str)), new=VALUES)
def test_a_set_with_anything_anywhere_has_findings_or_none(
    path: tuple[str | int, ...], new: object
) -> None:
    data = orjson.dumps(changed(SET, path, new))

    report = metric_sets.lint(data, id=URI, version="1.0", earlier=(COATING,))

    # What has no finding can be read, and evaluates its own examples.
    if report.valid:
        held = metric_sets.parse(data)
        assert all(metric.id == name for name, metric in held.metrics.items())


BASE: Json = orjson.loads(openquality_schemas.read("examples/valid/organisation-on-time.json"))
CLAIM = adhesion(BASE)


@settings(max_examples=150, derandomize=True)
@given(path=st.sampled_from(sorted(places(CLAIM), key=str)), new=VALUES)
def test_a_record_with_anything_in_its_measurements_has_findings_or_values(
    path: tuple[str | int, ...], new: object
) -> None:
    value = coated(BASE, changed(CLAIM, path, new))
    parsed = documents.parse_object(orjson.dumps(value))

    report = validate.validate(parsed, schemas=schemas(COATING))

    if report.valid:
        verified = records.VerifiedRecord(
            valid=validate.require_valid(parsed, schemas=schemas(COATING)),
            issuer=value["issuer"]["id"],
            digest="sha256:" + "0" * 64,
            key_id="",
        )
        assert len(measurements(verified, catalogue=catalogues.load())) == 2
