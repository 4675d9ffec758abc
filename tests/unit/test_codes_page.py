"""The page of codes and the table behind `explain` follow from the source, all of it."""

import re
import sys
from pathlib import Path

import pytest

from openquality_validator import catalogue
from openquality_validator.errors import UnknownTerm
from openquality_validator.explain import FAMILIES, codes, explain, overview

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "path", [str(ROOT), *sys.path])


def test_every_outcome_of_a_step_is_explained() -> None:
    # A step passes with a 0 at the end and fails with a 1, unless it says otherwise.
    page = (ROOT / "docs/spec/bundle.md").read_text("utf-8")
    named = set(re.findall(r"^\| (V\d{3}) \|", page, re.MULTILINE))
    assert len(named) > 40
    assert named <= codes().keys()


def test_the_page_is_what_the_source_says() -> None:
    from docs import codes as generator

    assert generator.page() == generator.PAGE.read_text("utf-8")


def test_the_table_that_ships_is_what_the_source_says() -> None:
    from docs import codes as generator

    assert generator.data() == generator.TABLE.read_bytes()


def test_every_code_in_the_source_is_documented() -> None:
    page = (ROOT / "docs/spec/findings.md").read_text("utf-8")
    source = "".join(
        path.read_text("utf-8")
        for root in ("validator/openquality_validator", "sdk/openquality")
        for path in (ROOT / root).rglob("*.py")
    )
    used = set(re.findall(r'"([A-Z]\d{3})"', source))

    assert used <= set(codes())
    assert {code[0] for code in set(codes()) - used} <= {"V"}  # made of a step's number
    assert [code for code in sorted(used) if f"\n### {code}\n" not in page] == []


def test_every_code_has_a_family_and_a_sentence() -> None:
    assert {code[0] for code in codes()} <= FAMILIES.keys()
    assert all(said["sentence"] for said in codes().values())


def test_a_rule_is_explained_with_its_hint() -> None:
    said = explain("A002", catalogue=catalogue.load())

    assert "A numerator is never larger than its denominator." in said
    assert "Check both counts." in said


@pytest.mark.parametrize(
    ("term", "part"),
    [("on-time-delivery", "denominatorBasis"), ("%", "dimensionless"), ("kg", "KGM")],
)
def test_metrics_and_units_are_explained(term: str, part: str) -> None:
    assert part in explain(term, catalogue=catalogue.load())


@pytest.mark.parametrize(
    ("term", "near"),
    [
        ("A999", "A0"),
        ("on-time-deliver", "on-time-delivery"),
        ("ontime", "on-time-delivery"),
        ("nps", "net-promoter-score"),
        ("kWh", "kW.h"),
    ],
)
def test_an_unknown_term_names_the_nearest(term: str, near: str) -> None:
    with pytest.raises(UnknownTerm) as unknown:
        explain(term, catalogue=catalogue.load())

    assert any(each.startswith(near) for each in unknown.value.nearest)


def test_a_term_of_no_kind_is_not_called_a_metric() -> None:
    with pytest.raises(UnknownTerm, match=r"^Unknown code, metric or unit 'sampleTooSmall'"):
        explain("sampleTooSmall", catalogue=catalogue.load())


def test_all_metrics_and_units_are_listed() -> None:
    held = catalogue.load()
    words = set(overview(held).replace(",", "").split())

    assert words >= {*held.metrics, *held.units}


def test_a_code_with_several_hints_shows_none_of_them() -> None:
    # M012 is said with as many hints as there are qualifiers; A002 with one.
    assert codes()["M012"]["hint"] == ""
    assert codes()["A002"]["hint"] != ""
