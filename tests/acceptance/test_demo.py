"""`openquality demo` tells the whole story, and each of its samples is what the story says."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from openquality import validate
from openquality_registry.demo import suppliers

COMMAND = Path(sys.executable).parent / "openquality"


@pytest.fixture(scope="module")
def story() -> str:
    done = subprocess.run(
        [COMMAND, "demo"], check=False, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize(
    "line",
    [
        "125 rows → cpk 1.34276",
        "480 rows → on-time-delivery 97.5 %",
        "Glanz & Gloria Ltd: refused with 422 invalid-statement",
        "error X002 at /credentialSubject/name: U+200B",
        "error A001 at /credentialSubject/claims/1/value/amount",
        "The record is valid in time and not revoked as of",
        "2 of 2 claims were recomputed from the data given.",
        "Nordbolt Fasteners GmbH, changed: fail",
    ],
)
def test_each_step_shows_what_it_is_for(story: str, line: str) -> None:
    assert line in story


def test_the_bound_decides_and_not_the_value(story: str) -> None:
    ranked = [line for line in story.splitlines() if line.strip().startswith("cpk ")]
    values = [float(line.split()[1]) for line in ranked]
    bounds = [float(line.split("bound")[1].split()[0]) for line in ranked]
    assert values == sorted(values)
    assert bounds == sorted(bounds, reverse=True)


def test_each_run_makes_its_own_identities() -> None:
    one, other = suppliers.sample("schraubwerk"), suppliers.sample("schraubwerk")
    assert one.key.did != other.key.did
    assert one.record["issuer"]["id"] == one.key.did


def test_every_sample_but_the_polished_one_is_valid() -> None:
    maker, _ = suppliers.nordbolt()
    for supplier in (maker, *suppliers.others()):
        assert validate(json.dumps(supplier.record).encode()).valid, supplier.name
    assert not validate(json.dumps(suppliers.sample("glanz").record).encode()).valid
