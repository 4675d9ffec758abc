"""The page on the format says what the schema says."""

import re
from pathlib import Path

import orjson

import openquality_schemas

PAGE = (Path(__file__).parents[2] / "docs" / "spec" / "attestation.md").read_text(encoding="utf-8")
SCHEMA = openquality_schemas.attestation_schema()
DEFS = SCHEMA["$defs"]


def test_the_worked_record_is_the_shipped_example() -> None:
    (block,) = re.findall(r"```json\n(.*?)```", PAGE, flags=re.DOTALL)

    assert orjson.loads(block) == orjson.loads(
        openquality_schemas.examples("valid")["organisation-on-time.json"]
    )


def test_every_claim_type_is_listed_with_what_it_must_have() -> None:
    for name in DEFS["Claim"]["properties"]["type"]["enum"]:
        needed = ", ".join(f"`{member}`" for member in DEFS[name]["required"] if member != "id")
        assert f"| `{name}` | {DEFS[name]['description']} | {needed} |" in PAGE


def test_every_member_of_the_record_and_every_closed_list_of_the_subject_is_named() -> None:
    lists = [
        SCHEMA["properties"],
        DEFS["Subject"]["properties"],
        DEFS["MeasurementClaim"]["properties"],
        *(DEFS["Subject"]["properties"][name]["enum"] for name in ("type", "issuerRole")),
        DEFS["Subject"]["properties"]["granularity"]["enum"],
        DEFS["Identifier"]["properties"]["scheme"]["enum"],
        DEFS["Category"]["properties"]["scheme"]["enum"],
        DEFS["Assessor"]["properties"]["assessorLevel"]["enum"],
        DEFS["Evidence"]["properties"]["type"]["enum"],
    ]
    code = " ".join(re.findall(r"`([^`\n]+)`", PAGE.split("## Around the claims")[1]))
    missing = [
        name
        for names in lists
        for name in names
        if re.search(rf"\b{re.escape(name.strip('@'))}\b", code) is None
    ]

    assert missing == []


def test_the_stated_limits_are_those_of_the_schema() -> None:
    subject = DEFS["Subject"]["properties"]
    limits = {
        subject["claims"]["maxItems"]: "200 claims",
        SCHEMA["properties"]["evidence"]["maxItems"]: "100 evidence entries",
        subject["identifiers"]["maxItems"]: "20 identifiers of the subject",
        DEFS["Party"]["properties"]["identifiers"][
            "maxItems"
        ]: "10 of its producer, 10 of its site",
        DEFS["Text"]["maxLength"]: "texts up to 2,000",
        DEFS["Name"]["maxLength"]: "names up to 300",
        DEFS["Identifier"]["properties"]["value"]["maxLength"]: "identifiers up to 128",
        DEFS["HttpsUrl"]["maxLength"]: "addresses up to 2,048",
    }
    for limit, sentence in limits.items():
        assert f"{limit:,}" in sentence
        assert sentence in PAGE
