"""`openquality init` makes a starter for every kind of subject, ready for one's own data."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from openquality.configuration import find

Run = Callable[..., Any]
TYPES = ("Product", "Organization", "Site", "Service", "DataService", "AISystem")
DELIVERIES = "Promised,Delivered\n" + "2026-03-02,2026-03-02\n" * 30
MEASURE = (
    *("measure", "deliveries.csv", "--metric", "on-time-delivery", "--due", "Promised"),
    *("--event", "Delivered", "--anchor", "requested", "--level", "line"),
    *("--qualifier", "event=receipt", "--qualifier", "denominatorBasis=deliveredInPeriod"),
    *("--qualifier", "lateLimit=0 d", "--into", "attestation.json"),
)


def record(folder: Path) -> Any:  # noqa: ANN401 - any JSON value
    return orjson.loads((folder / "attestation.json").read_bytes())


@pytest.mark.parametrize("subject", TYPES)
def test_a_starter_of_each_kind_validates_and_takes_what_is_measured(
    run: Run, machine: Path, subject: str
) -> None:
    name = () if subject == "Organization" else ("--about", "Freight & more, EU")
    assert (
        run("init", "--name", "Nordbolt", "--country", "DE", "--subject", subject, *name).code == 0
    )
    validated = run("validate", "attestation.json", "--format", "json")
    assert validated.code == 0
    (document,) = validated.json["documents"]
    assert document["findings"] == []  # no warning either
    made = record(machine)["credentialSubject"]
    assert made["type"] == subject
    assert ("granularity" in made) == (subject == "Product")
    assert made["producer"]["location"] == {"country": "DE"}
    # The example claim is marked, and never signed.
    assert "example claim" in run("sign", "attestation.json").err
    (machine / "deliveries.csv").write_text(DELIVERIES)
    assert run(*MEASURE).code == 0
    (claim,) = record(machine)["credentialSubject"]["claims"]
    assert claim["counts"] == {"numerator": 30, "denominator": 30}
    assert run("validate", "attestation.json", "--evidence", ".").code == 0
    assert run("sign", "attestation.json").code == 0


def test_an_organisation_speaks_about_itself(run: Run, machine: Path) -> None:
    assert run("init", "--name", "Nordbolt", "--subject", "Organization").code == 0
    made = record(machine)
    assert made["credentialSubject"]["id"] == made["issuer"]["id"]
    assert made["credentialSubject"]["name"] == "Nordbolt"


def test_a_name_makes_the_id_of_what_has_no_other(run: Run, machine: Path) -> None:
    assert run("init", "--subject", "Site", "--about", "Plant Leipzig (2)").code == 0
    made = record(machine)
    assert made["credentialSubject"]["id"] == f"{made['issuer']['id']}#subject-plant-leipzig-2"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--subject", "Service", "--gtin", "09506000134352"), "--gtin is a product's"),
        (("--subject", "Organization", "--about", "Other"), "about itself"),
        (("--subject", "Thing"), "Thing"),
    ],
)
def test_what_does_not_go_together_makes_nothing(
    run: Run, machine: Path, arguments: tuple[str, ...], said: str
) -> None:
    ran = run("init", *arguments)
    assert ran.code == 2
    assert said in ran.err
    assert not list(machine.iterdir())


def test_the_registry_is_kept_in_the_settings_of_the_folder(run: Run, machine: Path) -> None:
    named = ("init", "supplier", "--name", "Nordbolt", "--registry", 'https://registry.example/"x"')
    assert run(*named).code == 0
    read = find(machine / "supplier")
    assert read.registry == 'https://registry.example/"x"'
    gaps = run("doctor", "supplier", "--format", "json").json["gaps"]
    assert "Y054" not in {gap["code"] for gap in gaps}


def test_settings_that_are_there_are_left_as_they_are(run: Run, machine: Path) -> None:
    (machine / "openquality.toml").write_text('language = "de"\n')
    assert run("init", "--name", "Nordbolt", "--registry", "https://registry.example").code == 0
    assert (machine / "openquality.toml").read_text() == 'language = "de"\n'
