"""The page of a record shows its extensions, the schema of each, and what stands against that."""

import json
from pathlib import Path
from typing import Any

import pytest
from registry_at_work import attestation, publish, registry
from schemas_at_work import TEXT, coating, deprecation, publication, publish_all

import openquality_schemas
from openquality.signing import generate, sign
from openquality_validator import envelope

NESTED = {
    "type": "array",
    "items": {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "place": TEXT,
            "microns": {"type": "integer"},
            "passed": {"type": "boolean"},
        },
    },
}
STATED: dict[str, Any] = {
    "process": "painted",
    "layers": '2 < 3 & "4" > 3',
    "tests": [{"place": "edge", "microns": 80, "passed": True}, {"place": "middle"}],
}


@pytest.mark.parametrize("is_deprecated", [False, True])
def test_a_record_says_under_which_schema_it_states_what(
    tmp_path: Path, *, is_deprecated: bool
) -> None:
    key = generate()
    schema = coating(key, layers={"type": "string"}, tests=NESTED)
    uri, data = schema["$id"], json.dumps(schema, indent=2).encode()
    made = attestation(1, key=key)
    made["extensionSchemas"] = [{"id": uri, "digestSRI": openquality_schemas.sri(data)}]
    subject = made["credentialSubject"]
    subject["extensions"] = {uri: STATED}
    subject["claims"][1]["extensions"] = {uri: {"process": "galvanised"}}
    statement = sign(made, key)
    release = publication(schema, key, kind="extension", name="coating", version="1.0")
    with registry(tmp_path / "data") as (client, _):
        publish_all(client, release)
        if is_deprecated:
            publish_all(client, deprecation(release, key))
        answer = publish(client, statement)
        assert answer.status_code == 201, answer.text  # what is deprecated still admits records
        path = f"/records/{envelope.digest(statement).removeprefix('sha256:')}"
        page = client.get(path, headers={"accept": "text/html"}).text

    assert f'href="/schemas/{key.did}/coating/1.0"' in page
    assert ("its owner says that it should be used no more from" in page) == is_deprecated
    assert ("Layers were missing." in page) == is_deprecated
    for shown in ("painted", "galvanised", "edge", "middle", "80"):
        assert f">{shown}</bdi>" in page
    assert "2 &lt; 3 &amp; &#34;4&#34; &gt; 3" in page
    if is_deprecated:  # and that first, with how the record stands
        assert page.index("Layers were missing.") < page.index('id="measured"')
