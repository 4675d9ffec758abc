"""What goes out as UNTP 0.7.0 keeps to the classes of its released schemas."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

import openquality_schemas
from openquality_validator.catalogue import load
from openquality_validator.errors import ConversionError
from openquality_validator.projections import exact
from openquality_validator.projections.formats import Target, project

# The classes that have a `type` in the tag v0.7.0. All others are values, closed and without one:
# before the release they could have it, so that a document with more types was valid then.
TYPED = {
    *("VerifiableCredential", "DigitalProductPassport", "DigitalConformityCredential"),
    *("CredentialIssuer", "Product", "Claim", "ConformityAttestation", "ConformityAssessment"),
    *("ConformityTopic", "Criterion", "Standard", "Regulation", "PerformanceMetric", "Facility"),
    *("Party", "IdentifierScheme", "ConformityScheme", "ConformityProfile"),
}


@pytest.mark.parametrize("target", [Target.UNTP_DPP, Target.UNTP_DCC])
def test_values_carry_no_type(target: Target) -> None:
    written = list(documents(target))
    assert written
    for document in written:
        types = {each for value in objects(document) for each in value.get("type", ())}
        assert "CredentialIssuer" in types
        assert types <= TYPED


def documents(target: Target) -> Iterator[Any]:
    for name, data in openquality_schemas.examples("valid").items():
        if name.endswith(".expected.json"):
            continue
        level = "authority-globalmra" if b'"accredited"' in data else None
        try:
            found = project(
                orjson.loads(data),
                to=target,
                catalogue=load(),
                assessment_level=level if target is Target.UNTP_DCC else None,
            )
        except ConversionError:
            continue  # the record does not state what UNTP requires
        yield orjson.loads(exact.to_bytes(found.document))


def objects(value: dict[str, Any] | list[Any]) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for each in value.values() if isinstance(value, dict) else value:
        if isinstance(each, dict | list):
            yield from objects(each)
