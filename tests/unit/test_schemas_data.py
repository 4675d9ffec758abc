import orjson
import pytest

import openquality_schemas
from openquality_validator import kinds


def test_digests_are_those_of_the_standards() -> None:
    # FIPS 180-2, appendix B.1: SHA-256 of "abc"; the same bytes in base64 as SRI writes them.
    assert (
        openquality_schemas.digest(b"abc")
        == "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )
    assert openquality_schemas.sri(b"abc") == "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="


def test_every_shipped_version_has_a_schema_of_its_own_digest() -> None:
    known = openquality_schemas.known_schemas()

    assert set(known.values()) == {"1.0-draft.1", "1.0"}
    assert known[openquality_schemas.attestation_sri()] == openquality_schemas.VERSION


@pytest.mark.parametrize("kind", kinds.KINDS.values(), ids=lambda kind: kind.name + kind.type)
def test_the_schema_of_every_kind_is_shipped_and_names_itself(kind: kinds.Kind) -> None:
    for version in openquality_schemas.known_schemas(kind.schema).values():
        schema = orjson.loads(openquality_schemas.read(kind.schema, version=version))
        name = kind.schema.removesuffix(".schema.json")
        address = f"https://w3id.org/openquality/schemas/1/{name}.json"
        assert schema["$id"] == address
        assert schema["$defs"]["CredentialSchema"]["properties"]["id"]["const"] == address
        assert schema["properties"]["type"]["const"] == ["VerifiableCredential", kind.type]
    assert version in openquality_schemas.VERSIONS


def test_the_schema_names_itself_as_records_name_it() -> None:
    assert openquality_schemas.attestation_schema()["$id"] == openquality_schemas.ATTESTATION_ID


def test_a_version_that_is_not_shipped_is_not_found() -> None:
    with pytest.raises(FileNotFoundError, match=r"known: 1\.0-draft\.1"):
        openquality_schemas.read("metrics.json", version="0.9")


def test_the_public_names_are_those_listed() -> None:
    for name in openquality_schemas.__all__:
        assert hasattr(openquality_schemas, name)
