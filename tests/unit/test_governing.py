"""Who may deprecate what: also where two identities share a domain."""

from types import SimpleNamespace
from typing import Any

import pytest
from published_schemas import deprecated
from registry_at_work import KEY

from openquality.signing import generate
from openquality_registry import governing
from openquality_registry.problems import Refused
from openquality_validator import envelope

TARGET = "sha256:" + "1" * 64


@pytest.mark.parametrize(
    ("owner", "identifier", "expected"),
    [
        (KEY.did, f"{KEY.did}/coating", None),
        (generate().did, f"{KEY.did}/coating", "wrong-voice"),
        (KEY.did, f"{KEY.did}/paint", "unknown-target"),
    ],
    ids=["own", "another's", "another schema"],
)
def test_only_the_owner_deprecates_what_it_published(
    owner: str, identifier: str, expected: str | None
) -> None:
    published = SimpleNamespace(owner=owner, id=identifier)
    schemas = SimpleNamespace(one=lambda digest: published if digest == TARGET else None)
    facts: Any = SimpleNamespace(schemas=schemas)
    statement = deprecated(KEY, TARGET)
    verified = envelope.verify_statement(statement)
    if expected is None:
        pending = governing.examine(statement, verified, facts)
        assert pending.subjects == (f"schema:{KEY.did}/coating",)
        return
    with pytest.raises(Refused) as refused:
        governing.examine(statement, verified, facts)
    assert refused.value.code == expected
