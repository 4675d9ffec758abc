"""Profile documents with anything changed: read, or refused with findings, and never a crash."""

import datetime as dt
import json
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

import openquality_schemas
from openquality_validator import profiles
from openquality_validator.errors import InvalidInput

AS_OF = dt.date(2026, 11, 20)
DOCUMENTS = [
    json.loads(openquality_schemas.profile(name)) for name in openquality_schemas.profiles()
]
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 40_000),
    st.sampled_from(
        ["", "0", "1", "100", "99999999999999999", "0.000000000000001", "-1", "x", "hardness",
         "on-time-delivery", "mtbf", "acquisition-cost", "EUR", "%", "d", "atLeast", "recall"]
    ),
    st.lists(st.sampled_from(["recall", "delivery", "x"]), max_size=2),
    st.fixed_dictionaries({}, optional={"id": st.just("recall"), "states": st.just(["passed"])}),
)  # fmt: skip


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        inner = [place for name, each in value.items() for place in places(each, (*path, name))]
    elif isinstance(value, list):
        inner = [place for at, each in enumerate(value) for place in places(each, (*path, at))]
    else:
        inner = []
    return [path, *inner] if path else inner


PLACES = [places(document) for document in DOCUMENTS]


@given(st.data())
def test_a_changed_profile_is_read_or_refused(data: st.DataObject) -> None:
    which = data.draw(st.integers(0, len(DOCUMENTS) - 1))
    document = json.loads(json.dumps(DOCUMENTS[which]))
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(PLACES[which]))
        holder: Any = document
        try:
            for step in path[:-1]:
                holder = holder[step]
            holder[path[-1]] = data.draw(VALUES)
        except (KeyError, IndexError, TypeError):
            continue  # a change before has taken the place away
    try:
        profile = profiles.parse(orjson.dumps(document))
    except InvalidInput:
        return
    subject = "did:web:nobody.example"
    found = profiles.evaluate(profile, (), subject=subject, as_of=AS_OF)
    assert found.points == 0
    assert orjson.dumps(found.to_json())
