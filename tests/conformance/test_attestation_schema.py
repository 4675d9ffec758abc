"""The schema keeps the promises of docs/spec/attestation.md about itself."""

# ruff: noqa: ANN401 - any JSON value

import re
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import openquality_schemas
from openquality_validator import catalogue, structure
from openquality_validator.engines import RustEngine
from openquality_validator.entry import rebuild
from openquality_validator.keywords import _KEYWORDS

SCHEMA = openquality_schemas.attestation_schema()
APPLICATORS = {"allOf", "if", "then", "else", "items", "properties", "dependentSchemas", "$ref"}
ANNOTATIONS = {"$schema", "$id", "$defs", "title", "description"}
ENTRY_LIMIT = 60_000


def schemas(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every schema object with its path; names of members and terms are not keywords."""
    yield path, node
    for keyword in ("$defs", "properties", "dependentSchemas"):
        for name, below in node.get(keyword, {}).items():
            yield from schemas(below, (*path, keyword, name))
    for keyword in ("if", "then", "else", "items", "additionalProperties", "propertyNames", "not"):
        if isinstance(node.get(keyword), dict):
            yield from schemas(node[keyword], (*path, keyword))
    for index, below in enumerate(node.get("allOf", [])):
        yield from schemas(below, (*path, "allOf", str(index)))


ALL = dict(schemas(SCHEMA))


def is_condition(path: tuple[str, ...]) -> bool:
    return "if" in path


def test_it_is_a_schema_of_2020_12() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_every_property_has_a_title_and_a_description() -> None:
    bare = [
        "/".join(path)
        for path, node in ALL.items()
        if path[-2:-1] == ("properties",)
        and not {"if", "then", "else"} & set(path)
        and not (node.get("title") and node.get("description", "").endswith("."))
    ]
    assert bare == []


def test_every_property_with_a_meaning_of_its_own_has_an_iri() -> None:
    # What a mapping holds is JSON for programs (rdf:JSON), not statements.
    bare = [
        "/".join(path)
        for path, node in ALL.items()
        if path[-2:-1] == ("properties",)
        and not {"if", "then", "else"} & set(path)
        and not path[1].startswith("Mapping")
        and path[-1] != "@context"
        and "x-iri" not in node
    ]
    assert bare == []


def test_every_object_is_closed_or_keyed_by_an_extension_or_role() -> None:
    for path, node in ALL.items():
        if "properties" in node and not {"if", "then", "else"} & set(path):
            # Claim and Evidence only choose the branch; the branch is closed.
            assert node.get("additionalProperties") is False or "allOf" in node, path


def test_every_text_list_and_open_object_has_a_cap() -> None:
    for path, node in ALL.items():
        match node.get("type"):
            case "string":
                bounded = "pattern" in node and not re.search(
                    r"[*+]", re.sub(r"\[(?:\\.|[^\]])*\]|\\.", "", node["pattern"])
                )
                assert "maxLength" in node or "format" in node or bounded, path
            case "array":
                assert "maxItems" in node, path
            case "object" if "properties" not in node:
                assert "maxProperties" in node, path
            case "integer":
                assert {"minimum", "maximum"} <= node.keys(), path


def test_every_keyword_has_a_code_or_is_known_not_to_fail_itself() -> None:
    used = {keyword for node in ALL.values() for keyword in node if not keyword.startswith("x-")}

    assert used <= set(_KEYWORDS) | APPLICATORS | ANNOTATIONS
    assert {code for code, _ in _KEYWORDS.values()} <= set(structure.CODES)


def test_a_union_names_its_branches_by_type_and_never_by_trial() -> None:
    assert not [path for path, node in ALL.items() if {"oneOf", "anyOf"} & node.keys()]
    for name in ("Claim", "Evidence"):
        union = SCHEMA["$defs"][name]
        types = [branch["if"]["properties"]["type"]["const"] for branch in union["allOf"]]
        assert types == union["properties"]["type"]["enum"]
        assert [branch["then"]["$ref"] for branch in union["allOf"]] == [
            f"#/$defs/{each}" for each in types
        ]


def test_no_member_is_for_a_natural_person() -> None:
    members = {path[-1].lower() for path in ALL if path[-2:-1] == ("properties",)}

    personal = {"email", "telephone", "phone", "fax", "person", "contact", "firstname", "birthdate"}
    assert members & personal == set()


def test_every_branch_of_the_schema_fails_in_some_example(
    all_invalid_examples: tuple[Any, ...],
) -> None:
    engine = RustEngine(openquality_schemas.read("attestation.schema.json"))
    hit: set[tuple[int, str, str]] = set()
    for example in all_invalid_examples:
        for problem in engine.problems(example.value):
            hit.update((id(problem.schema), problem.keyword, part) for part in parts(problem))
    keyword_of = dict(schemas(engine._root))

    missing = []
    for path, node in keyword_of.items():
        # Below the top, where only an object arrives (documents.parse_object).
        if not path or is_condition(path) or path[-1:] == ("propertyNames",):
            continue
        for keyword in set(node) & set(_KEYWORDS) - {"propertyNames", "maxItems"}:
            if (keyword == "additionalProperties" and node[keyword] is not False) or (
                keyword == "const" and chosen_by_the_union(path)
            ):
                continue
            missing += [
                f"{'/'.join(path)}: {keyword} {part}"
                for part in branches(keyword, node)
                if (id(node), keyword, part) not in hit
            ]
    assert missing == []


def branches(keyword: str, node: Any) -> list[str]:
    if keyword == "required":
        return list(node[keyword])
    if keyword == "dependentRequired":
        return [f"{name}>{other}" for name, others in node[keyword].items() for other in others]
    return [""]


def parts(problem: Any) -> list[str]:
    return [
        part
        for part in branches(problem.keyword, problem.schema)
        if not part
        or (
            part.split(">")[-1] not in problem.instance
            and (">" not in part or part.split(">")[0] in problem.instance)
        )
    ]


def chosen_by_the_union(path: tuple[str, ...]) -> bool:
    """Whether it is the type of a branch: with another type the branch is not looked at."""
    unions = [SCHEMA["$defs"][name]["properties"]["type"]["enum"] for name in ("Claim", "Evidence")]
    return path[-1] == "type" and any(path[1] in union for union in unions)


def test_the_example_claim_of_every_metric_has_the_shape_of_a_claim(
    record_value: Callable[[str], Any],
) -> None:
    record = record_value("organisation-on-time.json")
    common = {
        "period": {"start": "2026-04-01", "end": "2026-09-30"},
        "assessor": {"assessorLevel": "self"},
    }
    metrics = catalogue.load().metrics.values()
    record["credentialSubject"]["claims"] = [
        {"id": f"{record['id']}#{metric.id}", **common, **metric.example["claim"]}
        for metric in metrics
    ]

    assert structure.check(record).findings == ()


@pytest.mark.parametrize("letter", ["a", "ä", "€", "𝔸", '"'])
def test_the_longest_subject_keys_stay_within_a_log_entry(
    letter: str, record_value: Callable[[str], Any]
) -> None:
    record = record_value("organisation-on-time.json")
    subject = record["credentialSubject"]
    longest = "https://a.example/" + "a" * 2030
    pairs = product(["mpn", "sku", "register"], "0123456789")
    many = [{"scheme": scheme, "value": digit + letter * 127} for scheme, digit in pairs]
    subject["id"] = longest
    subject["identifiers"] = many[:20]
    subject["producer"]["party"] |= {
        "id": "did:web:" + "b" * 1000,
        "identifiers": [{**each, "value": "p" + each["value"][:-1]} for each in many[:10]],
    }
    subject["site"] = {
        "id": longest[:-1] + "s",
        "name": "Site",
        "identifiers": [{**each, "value": "s" + each["value"][:-1]} for each in many[10:20]],
    }

    assert structure.check(record).findings == ()
    entry = rebuild(b"statement", record, "2026-11-20T12:00:00.000Z")
    assert len(entry.subjects) == 3 + 20 + 10 + 10
    assert len(entry.to_bytes()) < ENTRY_LIMIT
