"""The guide names the pages that there are, and the style sheet knows the inks of the charts."""

import re
from importlib.resources import files
from pathlib import Path

import pytest

from openquality.plots import inks
from openquality_registry.bootstrap import build
from openquality_registry.pages import site, words
from openquality_registry.pages.record import FORMS
from openquality_registry.settings import load
from openquality_validator.evidence import Independence, Relation, Verification
from openquality_validator.recompute import Outcome

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "pages.md"
SHEET = (files("openquality_registry.pages") / "static" / "site.css").read_text()


def test_the_guide_names_every_page(tmp_path: Path) -> None:
    parts = build(load(data=tmp_path / "data", workers=0))
    paths = {re.sub(r":path", "", route.path) for route in site.routes(parts)}
    parts.close()
    said = set(re.findall(r"`(/[^`? ]*)[^`]*`", GUIDE.read_text()))
    known = {re.sub(r"\{[^}]*\}(:\{value\})?(\.svg)?", "{}", each) for each in said}
    made = {re.sub(r"\{[^}]*\}", "{}", path) for path in paths} - {"/static/{}"}
    assert made <= known


def test_the_guide_names_every_form() -> None:
    for name, _ in FORMS:
        assert f"`{name}`" in GUIDE.read_text()


@pytest.mark.parametrize("ink", [ink for ink in inks.DARK if ink != inks.PAPER])
def test_every_ink_of_a_chart_changes_in_the_dark(ink: str) -> None:
    for attribute in ("fill", "stroke"):
        assert f'.chart [{attribute}="{ink}"]' in SHEET


@pytest.mark.parametrize(
    ("codes", "said"),
    [
        (Independence, words.INDEPENDENCE),
        (Independence, words.SIGNS),
        (Verification, words.VERIFICATION),
        (Relation, words.RELATION),
        (Outcome, words.OUTCOMES),
    ],
)
def test_every_code_has_words_of_its_own(codes: type, said: dict[str, str]) -> None:
    assert said.keys() == {code.value for code in codes}  # type: ignore[attr-defined]
    assert len(set(said.values())) == len(said)
