"""The worked example of docs/spec/catalogue.md is a set and a record in order."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from coated import COATING, URI, coated, schemas
from fenced_blocks import blocks

from openquality_validator import catalogue as catalogues
from openquality_validator import documents, metric_sets, records, validate
from openquality_validator.compare.measurement import measurements

PAGE = Path("docs/spec/catalogue.md").read_text("utf-8")
(SET,) = blocks(PAGE, "json metric-set")
(STATED,) = blocks(PAGE, "json measurements")


def test_the_set_of_the_page_is_the_first_part_of_the_one_of_the_tests() -> None:
    whole = orjson.loads(COATING)

    assert orjson.loads(SET) == whole | {"metrics": whole["metrics"][:1]}
    assert metric_sets.lint(SET.encode()).findings == ()


def test_the_measurement_of_the_page_gives_the_bound_of_the_page(
    record_value: Callable[[str], Any],
) -> None:
    value = coated(record_value("organisation-on-time.json"), pinned=SET.encode())
    value["credentialSubject"]["extensions"][URI] = orjson.loads(STATED)
    parsed = documents.parse_object(documents.canonical(value))
    valid = validate.require_valid(parsed, schemas=schemas(SET.encode()))
    assert valid.report.findings == ()

    verified = records.VerifiedRecord(
        valid=valid, issuer=value["issuer"]["id"], digest="sha256:" + "0" * 64, key_id=""
    )
    *_, pulled = measurements(verified, catalogue=catalogues.load())

    assert f'`openquality query --where "{pulled.metric}>=5 MPa"`' in PAGE
    assert "= 5.87103 MPa" in PAGE
    assert pulled.lower == pytest.approx(5.87103, abs=5e-6)


def test_the_page_names_every_code_of_the_lint() -> None:
    source = Path("validator/openquality_validator/metric_sets")
    text = "".join(each.read_text("utf-8") for each in sorted(source.glob("*.py")))
    said = {f"Z{number}" for number in range(220, 230) if f'"Z{number}"' in text}

    assert {code for code in said if code in PAGE} == said
