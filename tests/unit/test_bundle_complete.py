"""The frozen vector of a bundle in which every member has something to say."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from openquality_validator import bundle, documents
from openquality_validator.bundle import Bundle, Verdict
from openquality_validator.errors import BundleError
from openquality_validator.tlog import checkpoint
from openquality_validator.trust import Trust

FILE = Path(__file__).parents[1] / "vectors" / "bundle" / "v1-complete.json"


@pytest.fixture(scope="module")
def vector() -> dict[str, Any]:
    value: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    return value


def judge(vector: dict[str, Any], data: bytes, **trust: Any) -> Verdict:  # noqa: ANN401
    pinned = json.loads(vector["trust"]) | trust
    return bundle.verify(
        data,
        trust=Trust.from_bytes(json.dumps(pinned).encode()),
        now=datetime.fromisoformat(vector["at"]),
        seen=checkpoint.parse(vector["seen"].encode())[0],
    )


def test_it_proves_what_it_says(vector: dict[str, Any]) -> None:
    verdict = judge(vector, vector["bundle"].encode())
    proves = vector["proves"]
    assert verdict.exit_code == 0
    assert [step.outcome for step in verdict.steps] == ["pass"] * 11 + ["unknown"]
    assert verdict.record is not None
    assert verdict.checkpoint is not None
    assert verdict.status is not None
    assert verdict.record.digest == proves["statement"]
    assert verdict.record.issuer == proves["issuer"]
    assert verdict.record.identity_level == proves["identityLevel"]
    assert (verdict.index, verdict.checkpoint.size) == (proves["index"], proves["size"])
    assert verdict.existed_by == datetime.fromisoformat(proves["existedBy"])
    assert (verdict.status.state, verdict.status.time) == (proves["state"], proves["stateAsOf"])


def test_it_is_read_and_written_as_it_is(vector: dict[str, Any]) -> None:
    data = vector["bundle"].encode()
    read = Bundle.from_bytes(data)
    assert read.to_bytes() == data
    assert len(read.keys.events) == 3
    assert [anchor.token is not None for anchor in read.anchors] == [False, True]
    assert read.status is not None
    assert len(read.status.events) == 2
    assert len(read.supporting) == 1


@pytest.mark.parametrize(
    ("member", "value", "step"),
    [
        ("keys", [], "key"),
        ("anchors", [], "checkpoint"),
        ("status", None, "status"),
        ("consistency", None, "consistency"),
    ],
)
def test_what_is_left_out_is_missed(
    vector: dict[str, Any],
    member: str,
    value: list[Any] | None,
    step: str,
) -> None:
    changed = json.loads(vector["bundle"])
    if value is None:
        del changed[member]
    else:
        changed[member] = value
    verdict = judge(vector, documents.canonical(changed))
    first = next(each for each in verdict.steps if each.outcome != "pass")
    assert verdict.exit_code in {1, 3}
    assert first.name == step


@pytest.mark.parametrize("list_name", ["keys", "anchors", "supporting"])
def test_a_list_has_at_most_a_thousand_items(vector: dict[str, Any], list_name: str) -> None:
    changed = json.loads(vector["bundle"])
    changed[list_name] = [changed[list_name][0]] * 1001
    with pytest.raises(BundleError, match=f"B004.*{list_name}"):
        Bundle.from_bytes(documents.canonical(changed))


@pytest.mark.parametrize(
    ("place", "member"),
    [
        (["keys", 0], {"note": ""}),
        (["keys", 0], {"index": -1}),
        (["anchors", 1], {"token": "?"}),
        (["anchors", 1], {"token": "AAAA" * 11_000}),
        (["anchors", 0], {"inclusionProof": ["AA=="]}),
        (["status"], {"events": {}}),
        (["status"], {"asOf": {}}),
        (["supporting", 0], {"entry": ""}),
        (["consistency"], {"proof": "x"}),
    ],
    ids=lambda value: str(value)[:40],
)
def test_every_part_is_read_strictly(
    vector: dict[str, Any], place: list[Any], member: dict[str, Any]
) -> None:
    changed = json.loads(vector["bundle"])
    target: Any = changed
    for step in place:
        target = target[step]
    target |= member
    with pytest.raises(BundleError, match="B004"):
        Bundle.from_bytes(documents.canonical(changed))


def test_the_witness_file_stands_last_among_the_keys(vector: dict[str, Any]) -> None:
    changed = json.loads(vector["bundle"])
    changed["keys"].append({"witness": "[]"})
    data = documents.canonical(changed)
    read = Bundle.from_bytes(data)
    assert (len(read.keys.events), read.keys.witness) == (3, b"[]")
    assert read.to_bytes() == data
    assert judge(vector, data).exit_code == 0  # this identifier has no witnesses
    changed["keys"].insert(0, changed["keys"].pop())
    with pytest.raises(BundleError, match="B004"):
        Bundle.from_bytes(documents.canonical(changed))
