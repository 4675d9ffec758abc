"""What a publication of a schema is refused for, by itself and after those before it."""

import copy
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from coated import coating as coating_set
from published_schemas import DIALECT, coating, publication

import openquality_schemas
from openquality import credentials
from openquality.signing import generate
from openquality_validator import documents, validate
from openquality_validator.compatibility import Mode
from openquality_validator.findings import Finding
from openquality_validator.governance import SchemaKind, Version, namespace, succession
from openquality_validator.governance import publication as publications

KEY = generate()
URI = f"{KEY.did}/coating"
SCID = "QmaJp6pmb6RUk4oaDyWQcjeqYbvxsc3kvmHWPpz7B5JwDU"


def findings(made: dict[str, Any]) -> tuple[Finding, ...]:
    return validate.validate(documents.parse_object(documents.canonical(made))).findings


def codes(**said: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - members of a subject
    return [(each.code, each.pointer) for each in findings(publication(KEY, **said))]


def schema(**members: Any) -> str:  # noqa: ANN401 - keywords of a schema
    return coating(URI, **members)


@pytest.mark.parametrize(
    ("did", "name", "expected"),
    [
        ("did:key:z6Mk", "did:key:z6Mk/a", True),
        ("did:key:z6Mk", "did:key:z6Mk/", False),
        ("did:key:z6Mk", "did:key:z6MkOther/a", False),
        ("did:key:z6Mk", "did:key:z6Mk/a#b", False),
        ("did:key:z6Mk", "https://buyer.example/a", False),
        ("did:web:buyer.example", "did:web:buyer.example/a", True),
        ("did:web:buyer.example", "https://buyer.example/a", True),
        ("did:web:buyer.example", "https://buyer.example.net/a", False),
        ("did:web:buyer.example", "http://buyer.example/a", False),
        ("did:web:buyer.example", "https://buyer.example/%61", False),
        ("did:web:buyer.example", "https://buyer.example/../a", False),
        ("did:web:buyer.example", "https://buyer.example/a\\b", False),
        ("did:web:buyer.example:unit", "https://buyer.example/unit/a", True),
        ("did:web:buyer.example:unit", "https://buyer.example/a", False),
        ("did:web:buyer.example:unit", "https://buyer.example/unity", False),
        (f"did:webvh:{SCID}:buyer.example", "https://buyer.example/a/b", True),
        (f"did:webvh:{SCID}:buyer.example:i:x", "https://buyer.example/i/x/b", True),
        (f"did:webvh:{SCID}:buyer.example:i:x", "https://buyer.example/i/y/b", False),
        (f"did:webvh:{SCID}:buyer.example", f"did:webvh:{SCID}:buyer.example/b", True),
    ],
)
def test_an_identity_names_things_below_itself(did: str, name: str, expected: bool) -> None:  # noqa: FBT001 - a table
    assert namespace.holds(did, name) is expected


def test_a_publication_within_the_rules_has_no_finding() -> None:
    assert codes() == []


CONTENT = "/credentialSubject/content"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (schema(type="objekt"), "Z001"),
        (schema(properties={"a": {"$ref": "https://other.example/a"}}), "Z002"),
        (schema(properties={"a": {"$ref": "#/$defs/none"}}), "Z003"),
        (schema(allOf=[{"$ref": "#"}]), "Z004"),
        (schema(properties={"a": {"pattern": "(?=a)"}}), "Z005"),
        (schema(properties={"a": {"pattern": "^(a+)+$"}}), "Z006"),
        (schema(unknown=1), "Z008"),
        (schema(properties={"a": {"format": "email"}}), "Z009"),
        ("[1, 2", "D003"),
        ('{"a": 1, "a": 2}', "D004"),
        (schema(title="a\u202eb"), "X003"),
        (json.dumps({"$schema": DIALECT, "$id": f"{URI}2", "type": "object"}), "Z307"),
        ("x" * 150_000 + "\u00e9" * 100_000, "Z302"),
    ],
    ids=lambda value: value[:40],
)
def test_what_a_schema_has_wrong_is_told_at_the_content(content: str, expected: str) -> None:
    found = codes(content=content)
    assert (expected, CONTENT) in found


def test_a_name_outside_the_namespace_is_refused() -> None:
    assert codes(id="https://buyer.example/coating") == [("Z301", "/credentialSubject/id")]


def test_a_schema_that_doubles_at_each_level_is_refused_for_its_weight() -> None:
    part = {"type": "object", "additionalProperties": {"$ref": "#/$defs/part"}}
    once = {"allOf": [part]}
    twice = {"allOf": [part, {"type": "object", "properties": {"a": {"$ref": "#/$defs/part"}}}]}

    assert codes(content=schema(properties={"a": once}, **{"$defs": {"part": once}})) == []
    assert codes(content=schema(properties={"a": twice}, **{"$defs": {"part": twice}})) == [
        ("Z304", CONTENT)
    ]


def test_a_profile_must_add_up_and_name_what_there_is() -> None:
    shipped = orjson.loads(openquality_schemas.profile("quality-management"))
    version = shipped["version"]

    def said(document: dict[str, Any], **more: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - members of a subject
        text = json.dumps(document)
        name = shipped["id"]
        members = {"kind": "profile", "name": name, "version": version, "id": f"{KEY.did}/{name}"}
        return codes(**{**members, "content": text, **more})

    mine = shipped | {"owner": {"name": "Buyer"}}
    assert said(mine) == []
    assert said(mine | {"points": "99"}) == [("Z202", CONTENT)]
    assert said(mine | {"version": "9.9"}) == [("Z307", CONTENT)]
    assert said(mine | {"id": "other"}) == [("Z307", CONTENT)]
    assert said(mine | {"owner": {"name": "B", "id": "did:key:zOther"}}) == [("Z307", CONTENT)]
    assert said(mine, compatibility="NONE")[0][1] == "/credentialSubject/compatibility"
    for member, wrong, code in (("metric", "cpkk", "Q001"), ("unit", "kg", "Q005")):
        changed = copy.deepcopy(mine)
        asked = next(
            each["asks"]
            for section in changed["sections"]
            for each in section["indicators"]
            if each["asks"].get("type") == "metric" and "unit" in each["asks"]
        )
        asked[member] = wrong
        assert code in {found for found, _ in said(changed)}


def test_a_metric_set_is_held_to_its_own_rules() -> None:
    uri = f"{KEY.did}/coating"
    whole = coating_set(id=uri, version="1.0")
    assert codes(kind="metrics", content=json.dumps(whole)) == []
    assert codes(kind="metrics", content=json.dumps(whole | {"metrics": []}))[0][1] == CONTENT
    assert codes(kind="metrics", version="1.1", content=json.dumps(whole)) != []


def test_readers_are_not_advised_to_refuse_before_a_schema_is_deprecated() -> None:
    subject = {
        "id": URI,
        "target": "sha256:" + "1" * 64,
        "reason": "Old.",
        "effective": "2027-01-02",
        "removal": "2027-01-01",
    }
    now = datetime(2026, 11, 20, tzinfo=UTC)
    made = credentials.make("SchemaDeprecation", subject, issuer=KEY.did, name="B", now=now)
    assert [(f.code, f.pointer) for f in findings(made)] == [("Z306", "/credentialSubject/removal")]
    subject["removal"] = "2027-01-02"
    made = credentials.make("SchemaDeprecation", subject, issuer=KEY.did, name="B", now=now)
    assert findings(made) == ()


# Documents of 256 KiB that once took half a minute, or for ever.


def _nested(depth: int) -> Any:  # noqa: ANN401 - a schema
    made: Any = {"type": "string"}
    for _ in range(depth):
        made = {"properties": {"a": made}}
    return made


DOUBLED = {
    f"d{n}": {"anyOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} if n < 60 else {} for n in range(61)
}
HOSTILE = {
    "groups in groups": schema(properties={"a": {"pattern": "^" + "(" * 900 + "a" + ")" * 900}}),
    "nothing, often": schema(properties={"a": {"pattern": "^(((){9999}){9999}){9999}a$"}}),
    "many slow patterns": schema(
        properties={
            str(n): {"pattern": "^" + "".join(f"[a-z{m}]?" for m in range(10)) * 6 + f"{n}$"}
            for n in range(190)
        }
    ),
    "one long name": schema(**{"$defs": {"n" * 100_000: {"allOf": [{}] * 9_000}}}),
    "references to itself": schema(
        properties={f"p{n}": {"items": {"$ref": "#"}} for n in range(3_500)}
    ),
    "doubled alternatives": schema(**{"$defs": DOUBLED, "$ref": "#/$defs/d0"}),
    "nesting": json.dumps(schema(properties={"a": _nested(60)})) + " " * 200_000,
    "brackets": "[" * 131_000 + "]" * 131_000,
    "keywords": schema(**{f"k{n}": 1 for n in range(15_000)}),
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_document_is_refused_after_bounded_work(content: str) -> None:
    assert len(content) <= publications.MAX_CONTENT
    # Without the count of steps, some of these do not end.
    assert 0 < len(codes(content=content)) <= 101


def test_the_same_document_costs_the_same_whatever_was_asked_before() -> None:
    slow = schema(
        properties={
            str(n): {"pattern": f"^(?:{'|'.join('abcdefghij')}){{0,60}}{'[a-j]?' * 12}{n}$"}
            for n in range(190)
        }
    )
    assert codes(content=slow) == codes(content=slow) == [("Z303", CONTENT)]


# After those before.


@dataclass(frozen=True)
class Before:
    """A publication in a log."""

    text: str
    version: Version
    mode: Mode = Mode.BACKWARD_TRANSITIVE
    owner: str = KEY.did
    name: str = "coating"
    kind: SchemaKind = SchemaKind.EXTENSION
    metrics: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        return f"{self.version} {self.text}"

    @property
    def content(self) -> str:
        return openquality_schemas.digest(self.text.encode())


def after(*before: Before, named: str | None = URI, **said: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - members of a subject
    made = publications.read(publication(KEY, **said), digest="")
    texts = {each.digest: each.text.encode() for each in before}
    found = succession.check(
        made, before, named=named, content=lambda earlier: texts[earlier.digest]
    )
    return [(each.code, each.pointer) for each in found]


def version(
    major: int,
    minor: int,
    mode: Mode = Mode.BACKWARD_TRANSITIVE,
    **members: Any,  # noqa: ANN401 - keywords of a schema
) -> Before:
    return Before(schema(**members), Version(major, minor), mode)


OPEN: dict[str, Any] = {"required": []}  # takes what the usual one takes, and more


def test_a_version_that_reads_all_before_it_may_follow() -> None:
    assert after(named=None) == []
    assert after(version(1, 0), version="1.1", content=schema(**OPEN)) == []


def test_a_version_that_breaks_one_before_it_is_refused_within_its_major_version() -> None:
    before = (version(1, 0, **OPEN),)
    assert after(*before, version="1.1") == [("Z103", CONTENT)]
    assert after(*before, version="2.0") == []
    assert after(version(1, 0, Mode.NONE, **OPEN), version="1.1") == []
    assert after(version(1, 0, Mode.FORWARD, **OPEN), version="1.1") == []
    assert after(version(1, 0, Mode.FORWARD), version="1.1", content=schema(**OPEN)) != []


def test_a_published_version_stays_and_a_later_one_is_higher() -> None:
    at = "/credentialSubject/version"
    assert after(version(1, 0), content=schema(**OPEN)) == [("Z011", at)]
    assert after(version(1, 0)) == [("Z313", at)]
    assert after(version(1, 2), version="1.1") == [("Z314", at)]
    assert after(version(1, 2), version(2, 0), version="1.10") == []


def test_a_name_is_that_of_one_schema_of_one_owner_and_kind() -> None:
    assert after(Before("", Version(1, 0), owner="did:key:zOther"), version="1.1") == [
        ("Z311", "/credentialSubject/id")
    ]
    at = "/credentialSubject/name"
    assert after(Before("", Version(1, 0), name="paint"), version="1.1") == [("Z312", at)]
    assert after(named=f"{KEY.did}/other") == [("Z312", at)]
    assert after(Before("", Version(1, 0), kind=SchemaKind.PROFILE), version="1.1") == [
        ("Z312", "/credentialSubject/kind")
    ]


def test_only_versions_behind_a_broken_chain_are_compared_beside_the_last() -> None:
    chain = tuple(version(1, minor) for minor in range(1_000))

    def compared(before: tuple[Before, ...], mode: Mode, major: int = 1) -> list[str]:
        return [str(each.version) for each in succession.needed(before, major, mode)]

    transitive = Mode.BACKWARD_TRANSITIVE
    assert compared(chain, transitive) == ["1.999"]
    assert compared(chain, transitive, 2) == []
    assert compared(chain, Mode.NONE) == []
    assert compared(chain, Mode.FULL_TRANSITIVE)[:2] == ["1.999", "1.998"]
    assert compared(chain, Mode.FULL) == ["1.999"]
    # What followed 1.3 had to keep to nothing: 1.3 is held against the new one by itself.
    loose = (*chain[:3], version(1, 3, Mode.NONE), *chain[4:7])
    assert compared(loose, transitive) == ["1.6", "1.3"]
    # A publication of another major version between them said it.
    between = (*chain[:3], version(2, 0, Mode.NONE), *chain[3:6])
    assert compared(between, transitive) == ["1.5", "1.2"]


def test_a_change_that_would_take_for_ever_counts_as_breaking() -> None:
    def entangled(last: int) -> dict[str, Any]:
        parts = [
            {"not": {"properties": {f"a{n}": {"const": n}, f"b{n}": {}}, "required": [f"a{n}"]}}
            for n in range(1_200)
        ]
        return {"allOf": parts, "maxProperties": last, "additionalProperties": True}

    found = after(version(1, 0, **entangled(5)), version="1.1", content=schema(**entangled(6)))
    assert found == [("Z315", CONTENT)]


def test_of_a_thousand_versions_only_the_last_is_read() -> None:
    chain = [version(1, minor) for minor in range(1_000)]
    read: list[str] = []

    def content(earlier: succession.Earlier) -> bytes:
        read.append(str(earlier.version))
        return chain[0].text.encode()

    made = publication(KEY, version="1.1000", content=schema(**OPEN))
    said = publications.read(made, digest="")
    assert list(succession.check(said, chain, named=URI, content=content)) == []
    assert read == ["1.999"]


def test_what_a_metric_means_never_changes_even_in_a_new_major_version() -> None:
    uri = f"{KEY.did}/coating"
    old = coating_set(id=uri, version="1.0")
    names = tuple(sorted(f"{uri}#{each['id']}" for each in old["metrics"]))
    text = json.dumps(old)
    before = Before(text, Version(1, 0), kind=SchemaKind.METRICS, metrics=names)

    def next_one(**members: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - members of a set
        whole = json.dumps(coating_set(id=uri, **{"version": "2.0", **members}))
        return after(before, kind="metrics", version="2.0", content=whole)

    turned = [
        each
        | {"direction": "lowerBetter" if each["direction"] == "higherBetter" else "higherBetter"}
        for each in old["metrics"]
    ]
    assert next_one() == []
    assert CONTENT in {at for _, at in next_one(metrics=turned)}
