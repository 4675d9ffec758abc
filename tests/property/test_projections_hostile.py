"""Whatever stands in a document of another format, the answer is a draft or our own error."""

import copy
from typing import Any

import projected
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openquality_validator.catalogue import load
from openquality_validator.errors import OpenQualityError
from openquality_validator.projections import exact
from openquality_validator.projections.formats import Source, draft
from openquality_validator.projections.from_yaml import from_yaml
from openquality_validator.projections.loss import Draft

CATALOGUE = load()
texts = st.sampled_from(
    [
        *("", "1e400", "-0", "2026-13-45", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+23:59"),
        *("x" * 5_000, "\x00", "https://w3id.org/openquality/v1/metric/", "Active", "%", "~", "/"),
    ]
)
values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**53), 2**53),
        st.floats(allow_nan=False),
        texts,
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["id", "name", "unit", "value"]), inner, max_size=3),
    ),
    max_leaves=4,
)


def drafted(data: bytes, source: Source, *, is_yaml: bool = False) -> Draft | None:
    try:
        return draft(data, source=source, catalogue=CATALOGUE, is_yaml=is_yaml)
    except OpenQualityError:
        return None


def sample(source: Source) -> Any:  # noqa: ANN401 - any document
    (path,) = (projected.VECTORS).glob(f"{source}.*")
    data = path.read_bytes()
    return from_yaml(data) if path.suffix == ".yaml" else exact.from_json(data)


@pytest.mark.parametrize("source", Source)
@given(data=st.data())
def test_any_value_anywhere_gives_a_draft_or_our_error(source: Source, data: st.DataObject) -> None:
    value = copy.deepcopy(sample(source))
    place, depth = value, data.draw(st.integers(1, 7))
    for _ in range(depth):
        keys = sorted(place) if isinstance(place, dict) else range(len(place))
        if not keys:
            break
        key = data.draw(st.sampled_from(keys))
        if not isinstance(place[key], dict | list) or _ == depth - 1:
            place[key] = data.draw(values)
            break
        place = place[key]
    document = value[0] if isinstance(value, list) and len(value) == 1 else value
    found = drafted(exact.to_bytes(document), source)
    for loss in found.losses if found else ():
        assert loss.reason.endswith(".")


@pytest.mark.parametrize("source", Source)
@given(data=st.binary(max_size=200))
def test_any_bytes_give_a_draft_or_our_error(source: Source, data: bytes) -> None:
    drafted(data, source)
    drafted(data, source, is_yaml=True)


@pytest.mark.parametrize("source", Source)
def test_deep_and_huge_documents_are_refused(source: Source) -> None:
    assert drafted(b"[" * 100_000, source) is None
    assert drafted(b'{"a":' * 40 + b"1" + b"}" * 40, source) is None
    assert drafted(b'"' + b"x" * exact.MAX_BYTES + b'"', source) is None
