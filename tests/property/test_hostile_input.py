"""Whatever someone signs or sends, the answer is a verdict or our own error, and nothing else."""

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import mutations
import orjson
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

import openquality_schemas
from openquality import signing
from openquality_validator import bundle, envelope
from openquality_validator.errors import OpenQualityError
from openquality_validator.trust import Trust

NOW = datetime(2026, 12, 1, tzinfo=UTC)
VECTORS = Path(__file__).parents[1] / "vectors" / "bundle"
BUNDLE = json.loads(json.loads((VECTORS / "v1.json").read_text(encoding="utf-8"))["bundle"])
COMPLETE = VECTORS / "v1-complete.json"
KEY = signing.generate()

odd_texts = st.sampled_from(
    [
        "",
        "did:key:",
        "2026-13-01",
        "1e400",
        "NaN",
        "\x00",
        "../../etc/passwd",
        "z" * 3_000,
        "#",
        "1",
    ]
)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**53) + 1, 2**53 - 1), odd_texts),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["id", "type", "unit", "amount"]), inner, max_size=3),
    ),
    max_leaves=4,
)


@cache
def credentials() -> tuple[dict[str, Any], ...]:
    found = []
    for name, data in openquality_schemas.examples("valid").items():
        if not name.endswith(".expected.json"):
            issuer = orjson.loads(data)["issuer"]["id"].encode()
            found.append(orjson.loads(data.replace(issuer, KEY.did.encode())))
    return tuple(found)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else ()
    items = enumerate(value) if isinstance(value, list) else items
    for name, inner in items:
        yield from places(inner, (*path, name))


def changed(value: Any, data: st.DataObject) -> Any:  # noqa: ANN401
    """Replace, or delete, what stands at one to three places."""
    result = copy.deepcopy(value)
    for _ in range(data.draw(st.integers(1, 3))):
        *above, last = data.draw(st.sampled_from(list(places(result))))
        parent = result
        for step in above:
            parent = parent[step]
        if data.draw(st.booleans()):
            parent[last] = data.draw(values)
        elif len(parent) > 1:
            del parent[last]
    return result


@given(st.data())
def test_any_signed_credential_is_verified_or_refused(data: st.DataObject) -> None:
    value = changed(data.draw(st.sampled_from(credentials())), data)
    try:
        statement = signing.sign(value, KEY)
        record = envelope.verify_statement(statement)
    except OpenQualityError:
        return
    assert record.value == value
    assert record.issuer == KEY.did


@given(st.data())
def test_any_bundle_gets_a_verdict(data: st.DataObject) -> None:
    verdict = bundle.verify(rfc8785.dumps(changed(BUNDLE, data)), trust=Trust(), now=NOW)
    assert len(verdict.steps) == 12


def trust_file() -> dict[str, Any]:
    """Complete the trust file of a frozen bundle with every member there is."""
    value: dict[str, Any] = json.loads(json.loads(COMPLETE.read_text(encoding="utf-8"))["trust"])
    value["logs"][0]["keys"][0] |= {
        "validFrom": "2026-01-01T00:00:00Z",
        "validUntil": "2027-01-01T01:00:00+01:00",
    }
    return value | {
        "issuers": [{"did": KEY.did, "name": "x", "keys": [KEY.did.removeprefix("did:key:")]}],
        "accreditors": [{"did": KEY.did, "schemes": ["x"]}],
        "statusIssuers": [{"did": KEY.did, "schemes": ["x"]}],
    }


TRUST = trust_file()


def check_trust(data: bytes) -> bool:
    """Read a trust file; whatever is read is written as itself."""
    try:
        trust = Trust.from_bytes(data)
    except OpenQualityError:
        return False
    assert Trust.from_bytes(trust.to_bytes()) == trust
    return True


def test_the_trust_file_itself_is_read_with_all_its_members() -> None:
    assert check_trust(orjson.dumps(TRUST))
    assert TRUST.keys() == orjson.loads(Trust.from_bytes(orjson.dumps(TRUST)).to_bytes()).keys()


@given(st.data())
def test_any_trust_file_is_read_or_refused(data: st.DataObject) -> None:
    check_trust(orjson.dumps(changed(TRUST, data)))


@given(mutations.of_bytes(orjson.dumps(TRUST)))
def test_any_bytes_are_a_trust_file_or_refused(data: bytes) -> None:
    check_trust(data)


@given(st.binary(max_size=120) | st.text("ey.A-_=+/", max_size=60).map(str.encode))
def test_any_bytes_are_no_statement(data: bytes) -> None:
    try:
        envelope.verify_statement(data)
    except OpenQualityError:
        return
    raise AssertionError(data)
