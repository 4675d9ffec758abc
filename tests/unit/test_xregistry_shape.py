"""Groups, schemas and versions have the shape that xRegistry 1.0-rc4 gives them."""

import datetime as dt
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import openquality_schemas
from openquality_registry.schemagroups import shipped
from openquality_registry.schemagroups.version import (
    Deprecated,
    Group,
    Logged,
    Schema,
    Version,
)
from openquality_registry.schemagroups.xregistry import CAPABILITIES, MODEL, Shape

PAGE = (Path(__file__).parents[2] / "docs" / "spec" / "schemagroups.md").read_text("utf-8")
SHAPE = Shape("https://registry.example/v1")
FIRST = Version(
    group="did:web:buyer.example",
    name="coating",
    version="1.0",
    kind="extension",
    uri="https://buyer.example/schemas/coating.json",
    title="Coatings",
    description="What a coating is, and how thick.",
    digest="sha256:" + 64 * "1",
    mode="BACKWARD_TRANSITIVE",
    sectors=("nace:25.61",),
    logged=Logged("sha256:" + 64 * "3", 7, "2026-11-20T12:00:00.000Z"),
)
SECOND = replace(
    FIRST,
    version="1.1",
    digest="sha256:" + 64 * "2",
    ancestor="1.0",
    logged=Logged("sha256:" + 64 * "4", 12, "2026-11-21T12:00:00.000Z"),
    deprecated=Deprecated(
        dt.date(2026, 12, 1),
        "Layers were missing.",
        "sha256:" + 64 * "5",
        alternative="https://buyer.example/schemas/layers.json",
    ),
)
COATING = Schema((FIRST, SECOND))
# Attributes that the specification requires of each entity (core/spec.md), and that are not ours
# to leave out (docs/spec/schemagroups.md).
REQUIRED = {
    "group": {"schemagroupid", "self", "xid", "schemasurl"},
    "schema": {"schemaid", "versionid", "self", "xid", "isdefault", "createdat", "modifiedat"}
    | {"ancestorid", "metaurl", "versionsurl"},
    "meta": {"schemaid", "self", "xid", "createdat", "modifiedat", "readonly"}
    | {"defaultversionid", "defaultversionurl", "defaultversionsticky"},
    "version": {"schemaid", "versionid", "self", "xid", "isdefault", "createdat", "modifiedat"}
    | {"ancestorid"},
}


def shown(name: str) -> dict[str, Any]:
    found = re.search(rf"^```json {name}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert found
    example: dict[str, Any] = json.loads(found[1])
    return example


def entities() -> dict[str, dict[str, Any]]:
    return {
        "group": SHAPE.group(Group(FIRST.group, 1)),
        "schema": SHAPE.schema(COATING),
        "meta": SHAPE.meta(COATING),
        "version": SHAPE.version(COATING, FIRST),
    }


def test_the_worked_example_of_the_page_is_what_is_answered() -> None:
    assert list(shown("details").items()) == list(SHAPE.schema(COATING).items())
    assert list(shown("meta").items()) == list(SHAPE.meta(COATING).items())


@pytest.mark.parametrize("name", REQUIRED)
def test_an_entity_has_the_attributes_that_are_required_of_it(name: str) -> None:
    found = entities()[name]

    assert found.keys() >= REQUIRED[name]
    # "self" is the root and the xid; where it names a document's details, it says so.
    assert found["self"].removesuffix("$details") == f"https://registry.example/v1{found['xid']}"
    assert found["self"].endswith("$details") == (name in {"schema", "version"})
    # Names of attributes are lower case: a-z, 0-9 and _ (core/spec.md, "Extensions").
    assert all(re.fullmatch("[a-z_][a-z0-9_]{0,62}", each) for each in found)


def test_the_first_of_a_line_is_its_own_ancestor() -> None:
    assert SHAPE.version(COATING, FIRST)["ancestorid"] == "1.0"
    assert SHAPE.version(COATING, SECOND)["ancestorid"] == "1.0"
    assert SHAPE.version(COATING, FIRST)["isdefault"] is False


def test_nothing_is_said_of_compatibility_where_none_is_promised() -> None:
    free = Schema((replace(FIRST, mode=None),))

    assert "compatibility" not in SHAPE.meta(free)
    assert SHAPE.schema(free).keys().isdisjoint({"compatibilityvalidated", "mode"})


def test_the_newest_word_on_compatibility_counts_whatever_its_version() -> None:
    late = replace(
        FIRST, version="0.9", mode="FULL", logged=Logged("sha256:" + 64 * "7", 20, "2026-11-22")
    )

    assert SHAPE.meta(Schema((late, FIRST, SECOND)))["compatibility"] == "full"


def test_a_percent_sign_of_an_owner_is_escaped_once_more() -> None:
    owner = "did:web:buyer.example%3A8443"

    assert SHAPE.group(Group(owner, 1))["xid"] == "/schemagroups/did:web:buyer.example%253A8443"


def test_header_fields_are_escaped_as_the_specification_shows() -> None:
    # HTTP binding, "HTTP Header Values": the example there.
    details = SHAPE.schema(Schema((replace(FIRST, title="Euro € 😀"),)))

    fields = SHAPE.headers(details)

    assert fields["xregistry-name"] == "Euro%20%E2%82%AC%20%F0%9F%98%80"
    assert fields["xregistry-isdefault"] == "true"
    assert fields["xregistry-self"] == details["self"].removesuffix("$details")
    assert "xregistry-contenttype" not in fields
    assert "xregistry-description" not in fields
    assert all(text.isascii() and text.isprintable() for text in fields.values())


def test_a_digest_as_alternative_becomes_an_address() -> None:
    assert SECOND.deprecated is not None
    said = replace(
        SECOND.deprecated, alternative="sha256:" + 64 * "6", removal=dt.date(2027, 1, 31)
    )

    found = SHAPE.deprecated(said)

    assert found["alternative"] == "https://registry.example/v1/statements/" + 64 * "6"
    assert found["removal"] == "2027-01-31T00:00:00Z"


def test_capabilities_offer_reading_alone() -> None:
    assert all(each == {"mutable": False} for each in CAPABILITIES["available"].values())
    # These must always be there (core/spec.md, "available Capability").
    assert CAPABILITIES["available"].keys() >= {"capabilities", "entities", "model"}
    offered = CAPABILITIES["compatibilities"]["JsonSchema/draft/2020-12"]
    # The values that the specification enumerates.
    assert set(offered) == {
        "backward", "backward_transitive", "forward", "forward_transitive", "full",
        "full_transitive",
    }  # fmt: skip
    resources = MODEL["groups"]["schemagroups"]["resources"]["schemas"]
    assert (resources["singular"], resources["hasdocument"]) == ("schema", True)


def test_everything_shipped_is_in_the_built_in_group_under_its_own_digest() -> None:
    every = shipped.schemas()
    versions = [version for schema in every.values() for version in schema.versions]

    assert set(openquality_schemas.profiles()) <= every.keys()
    assert {"attestation", "metrics", "units", "profile", "status"} <= every.keys()
    assert [each.version for each in every["attestation"].versions] == ["1.0-draft.1", "1.0"]
    for version in versions:
        assert openquality_schemas.digest(shipped.contents()[version.digest]) == version.digest
        assert version.title
    assert "cpk" in shipped.metrics(every["metrics"].default.digest)
    assert "cpk" in shipped.metrics(every["quality-management"].default.digest)
    assert shipped.metrics(every["status"].default.digest) == frozenset()
