"""docs/spec/governance.md: its worked example, its limits and its codes are what the code does."""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fenced_blocks import blocks
from registry_at_work import attestation

import openquality_schemas
from openquality import credentials
from openquality_validator import documents, validate
from openquality_validator.compatibility import Mode
from openquality_validator.explain import codes
from openquality_validator.findings import Finding
from openquality_validator.governance import (
    SchemaKind,
    Version,
    checking,
    extension,
    publication,
    succession,
)

PAGE = (Path(__file__).parents[2] / "docs" / "spec" / "governance.md").read_text("utf-8")
OWNER = "did:web:buyer.example"


def block(language: str) -> str:
    (only,) = blocks(PAGE, language)
    return only.removesuffix("\n")


FIRST = block("json content 1.0")
URI = json.loads(FIRST)["$id"]


def published(version: str, content: str) -> dict[str, Any]:
    subject = {
        "id": URI,
        "kind": "extension",
        "name": "coating",
        "version": version,
        "title": "Coating",
        "description": "How thick a coating is.",
        "content": content,
    }
    now = datetime(2026, 11, 20, tzinfo=UTC)
    return credentials.make("SchemaPublication", subject, issuer=OWNER, name="Buyer", now=now)


def findings(value: dict[str, Any], schema: str = "") -> tuple[Finding, ...]:
    record = documents.parse_object(documents.canonical(value))
    data = schema.encode()
    return validate.validate(record, schemas={openquality_schemas.sri(data): data}).findings


def test_the_digest_is_that_of_the_bytes_of_the_page() -> None:
    data = FIRST.encode()
    assert f"The SHA-256 of these {len(data)} bytes" in PAGE
    assert block("text digest") == f"sha256:{hashlib.sha256(data).hexdigest()}"
    pin = {"id": URI, "digestSRI": openquality_schemas.sri(data)}
    assert json.loads(block("json pin")) == pin


@pytest.mark.parametrize(("name", "expected"), [("fits", []), ("fails", block("text findings"))])
def test_the_extensions_of_the_page_come_to_what_it_says(name: str, expected: str) -> None:
    made = attestation(1)
    made["extensionSchemas"] = [json.loads(block("json pin"))]
    made["credentialSubject"]["extensions"] = {URI: json.loads(block(f"json {name}"))}
    told = findings(made, FIRST)
    lines = expected.splitlines() if expected else []
    assert len(told) == len(lines)
    for each, line in zip(told, lines, strict=True):
        code, keyword = line.split()
        assert each.code == code
        assert f"{keyword} " in f"{each.hint} "


@dataclass(frozen=True)
class Before:
    """A publication of the page in a log."""

    text: str
    version: Version
    digest: str = ""
    owner: str = OWNER
    name: str = "coating"
    kind: SchemaKind = SchemaKind.EXTENSION
    mode: Mode = Mode.BACKWARD_TRANSITIVE
    metrics: tuple[str, ...] = ()

    @property
    def content(self) -> str:
        return openquality_schemas.digest(self.text.encode())


def after(version: str, content: str, *before: Before) -> list[Finding]:
    made = published(version, content)
    assert findings(made) == ()
    said = publication.read(made, digest="")
    texts = {each.content: each.text.encode() for each in before}
    return list(succession.check(said, before, named=URI, content=lambda each: texts[each.content]))


def test_the_versions_of_the_page_follow_each_other_as_it_says() -> None:
    second, third = block("json content 1.1"), block("json content 1.2")
    one, two = Before(FIRST, Version(1, 0)), Before(second, Version(1, 1))
    assert after("1.0", FIRST) == []
    assert after("1.1", second, one) == []
    (only,) = after("1.2", third, one, two)
    assert block("text refusal") == f"{only.code} {only.message}"
    assert after("2.0", third, one, two) == []


def test_the_limits_of_the_page_are_those_of_the_code() -> None:
    assert f"at most {publication.MAX_CONTENT:,} bytes" in PAGE
    assert f"more than {checking.STEPS:,} steps" in PAGE
    assert f"more than {checking.MAX_WEIGHT:,} subschemas" in PAGE
    assert f"more than {extension.MAX_WORK:,}" in PAGE


def test_every_code_of_governance_stands_on_the_page() -> None:
    named = set(re.findall(r"\b[SZ]\d{3}\b", PAGE))
    own = {code for code in codes() if re.fullmatch(r"Z3\d\d|S03[2-9]", code)}
    assert own <= named
    assert named <= set(codes()) | {"Z220", "Z229", "Z201", "Z211"}
