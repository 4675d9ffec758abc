"""What a publication says of a file, where the file and its publisher say it between them."""

import json
from pathlib import Path
from typing import Any

import pytest

import openquality_schemas
from openquality.governing import NotText, Unsaid, Wish, subject
from openquality_validator.compatibility import Mode
from openquality_validator.errors import MalformedDocument
from openquality_validator.governance import SchemaKind, namespace

OWNER = "did:web:buyer.example"
SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "https://buyer.example/coating.json",
    "title": "Coatings",
    "description": "What a coating is.",
}


def write(folder: Path, value: object, name: str = "Our coating.v2.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(value, indent=1))
    return path


def test_a_schema_says_its_uri_title_and_description(tmp_path: Path) -> None:
    path = write(tmp_path, SCHEMA)

    said = subject(path, Wish(version="1.0"), owner=OWNER)

    assert said == {
        "id": "https://buyer.example/coating.json",
        "kind": "extension",
        "name": "our-coating",
        "version": "1.0",
        "title": "Coatings",
        "description": "What a coating is.",
        "content": path.read_text(),
    }


def test_what_the_publisher_says_comes_first(tmp_path: Path) -> None:
    wish = Wish(
        kind=SchemaKind.EXTENSION, name="coating", version="2.0", uri="https://buyer.example/c",
        title="T", description="D", sectors=("nace:25.61",), mode=Mode.FULL,
    )  # fmt: skip

    said = subject(write(tmp_path, SCHEMA), wish, owner=OWNER)

    del said["content"]
    assert said == {
        "id": "https://buyer.example/c",
        "kind": "extension",
        "name": "coating",
        "version": "2.0",
        "title": "T",
        "description": "D",
        "compatibility": "FULL",
        "sectors": ["nace:25.61"],
    }


@pytest.mark.parametrize(
    ("owner", "uri"),
    [
        (OWNER, f"{OWNER}/quality-management"),
        # A URI holds no percent sign: the address beside the identity's file is taken.
        ("did:web:buyer.example%3A8443:qa", "https://buyer.example:8443/qa/quality-management"),
    ],
)
def test_a_profile_says_all_but_its_uri(tmp_path: Path, owner: str, uri: str) -> None:
    value: dict[str, Any] = json.loads(openquality_schemas.profile("quality-management"))

    said = subject(write(tmp_path, value), Wish(), owner=owner)

    assert (said["kind"], said["name"], said["version"]) == ("profile", value["id"], "1.0")
    assert (said["title"], said["description"]) == (value["title"], value["basis"])
    assert said["id"] == uri
    assert namespace.holds(owner, uri)


def test_what_nobody_says_is_asked_for(tmp_path: Path) -> None:
    for missing, option in (("$id", "--uri"), ("title", "--title"), ("description", "--descr")):
        rest = {name: value for name, value in SCHEMA.items() if name != missing}
        with pytest.raises(Unsaid, match=option):
            subject(write(tmp_path, rest), Wish(version="1.0"), owner=OWNER)
    with pytest.raises(Unsaid, match="--version"):
        subject(write(tmp_path, SCHEMA), Wish(), owner=OWNER)
    with pytest.raises(Unsaid):
        subject(write(tmp_path, [1]), Wish(version="1.0"), owner=OWNER)


def test_bytes_that_no_statement_can_hold_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_bytes('{"title": "Überzug"}'.encode("latin-1"))
    with pytest.raises(NotText, match="UTF-8"):
        subject(path, Wish(version="1.0"), owner=OWNER)
    path.write_bytes(b'{"a": 1, "a": 2}')
    with pytest.raises(MalformedDocument):
        subject(path, Wish(version="1.0"), owner=OWNER)
