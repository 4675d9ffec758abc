"""Replay of stored records: what remains valid, what does not, and what says nothing."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

import openquality_schemas
from openquality_validator.compatibility import (
    Evidence,
    Mode,
    Reading,
    Replayed,
    judge,
    read,
    replay,
    same_major,
)
from openquality_validator.compatibility.replay import MAX_LOST
from openquality_validator.engines import Engine, PythonEngine, RustEngine, compiled

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema(**keywords: Any) -> bytes:  # noqa: ANN401 - schemas
    return orjson.dumps({"$schema": DIALECT, "type": "object", **keywords})


FIRST = schema(properties={"n": {"type": "integer"}}, additionalProperties=False)
SECOND = schema(properties={"n": {"type": "integer", "maximum": 9}}, additionalProperties=False)


def evidence(records: list[tuple[str, object]], old: list[bytes], new: bytes) -> Evidence:
    found = Evidence()
    for each in replay(records, old=[compiled(data) for data in old], new=compiled(new)):
        found.add(each)
    return found


def test_records_are_counted_and_those_that_are_lost_named_with_their_places() -> None:
    found = evidence([("a", {"n": 1}), ("b", {"n": 10}), ("c", {"m": 1})], [FIRST], SECOND)

    assert found.to_json() == {
        "read": 3,
        "validBefore": 2,
        "remainValid": 1,
        "lost": [{"record": "b", "problems": [{"pointer": "/n", "keyword": "maximum"}]}],
    }
    assert str(found) == (
        "1 of 2 published records remain valid. 1 more were not valid before and say nothing."
    )
    assert not found.holds


def test_large_counts_are_written_as_people_write_them() -> None:
    found = Evidence()
    for n in range(1_204):
        found.add(Replayed(str(n), before=True, after=True))

    assert str(found) == "1,204 of 1,204 published records remain valid."
    assert found.holds


def test_a_record_follows_the_version_of_its_time() -> None:
    old = schema(properties={"m": {"type": "string"}}, additionalProperties=False)

    found = evidence([("a", {"m": ""}), ("b", {"n": 1})], [old, FIRST], FIRST)

    assert (found.valid, found.remaining, [each.name for each in found.lost]) == (2, 1, ["a"])


@pytest.mark.parametrize("engine", [RustEngine, PythonEngine])
def test_both_engines_replay_alike(engine: type[Engine]) -> None:
    data = openquality_schemas.read("attestation.schema.json")
    stricter = orjson.loads(data)
    stricter["required"].append("supersedes")
    examples = openquality_schemas.examples("valid").items()
    records = [(n, orjson.loads(d)) for n, d in examples if not n.endswith(".expected.json")]
    old, new = engine(data), engine(orjson.dumps(stricter))  # type: ignore[call-arg]

    found = list(replay(records, old=[old], new=new))

    lost = [name for name, value in records if "supersedes" not in value]
    assert lost
    assert [each.name for each in found if each.is_lost] == lost
    assert {each.problems for each in found if each.is_lost} == {(("", "required"),)}


def test_records_are_read_one_by_one_and_only_the_first_lost_ones_kept() -> None:
    pulled = []

    def records() -> Iterator[tuple[str, object]]:
        for n in range(3_000):
            pulled.append(n)
            yield str(n), {"n": 10}

    found = Evidence()
    for count, each in enumerate(replay(records(), old=[compiled(FIRST)], new=compiled(SECOND)), 1):
        found.add(each)
        assert len(pulled) == count

    assert (found.read, found.valid, found.remaining, len(found.lost)) == (
        3_000,
        3_000,
        0,
        MAX_LOST,
    )


VERSIONS = {"1.0": FIRST, "1.1": FIRST, "1.2": SECOND, "2.0": schema()}


@pytest.mark.parametrize(
    ("mode", "against", "compatible"),
    [
        # The new version is the first one again: wider than 1.2, closed where 2.0 is open.
        (Mode.NONE, [], True),
        (Mode.BACKWARD, ["1.2"], True),
        (Mode.BACKWARD_TRANSITIVE, ["1.0", "1.1", "1.2"], True),
        (Mode.FORWARD, ["1.2"], False),
        (Mode.FORWARD_TRANSITIVE, ["1.0", "1.1", "1.2"], False),
        (Mode.FULL, ["1.2"], False),
        (Mode.FULL_TRANSITIVE, ["1.0", "1.1", "1.2"], False),
    ],
)
def test_a_mode_says_which_versions_and_which_direction_count(
    mode: Mode, against: list[str], *, compatible: bool
) -> None:
    released = {name: read(data, side="old") for name, data in same_major("1.3", VERSIONS).items()}

    found = judge(read(FIRST), released, mode=mode)

    assert [each.against for each in found] == against
    assert all(each.compatible for each in found) is compatible


def test_only_the_versions_that_break_are_said_to() -> None:
    released = {name: read(data, side="old") for name, data in VERSIONS.items()}

    found = judge(read(SECOND), released, mode=Mode.BACKWARD_TRANSITIVE, reading=Reading.LENIENT)

    assert {each.against: each.compatible for each in found} == {
        "1.0": False,
        "1.1": False,
        "1.2": True,
        "2.0": False,
    }


def test_versions_of_another_major_are_not_looked_at() -> None:
    assert [*same_major("1.3", VERSIONS)] == ["1.0", "1.1", "1.2"]
    assert [*same_major("2.1-draft.1", VERSIONS)] == ["2.0"]
