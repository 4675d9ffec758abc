"""The pages on statistics and the catalogue say what the program does."""

import doctest
import re
from pathlib import Path

import pytest

from openquality_validator import catalogue as catalogues
from openquality_validator.catalogue import Form, Metric, Unit

SPEC = Path(__file__).parents[2] / "docs" / "spec"
STATISTICS = (SPEC / "statistics.md").read_text("utf-8")
ROWS = frozenset((SPEC / "catalogue.md").read_text("utf-8").splitlines())
CATALOGUE = catalogues.load()
BETTER = {"higherBetter": "higher", "lowerBetter": "lower", "target": "target"}


def test_every_number_on_the_statistics_page_comes_out() -> None:
    blocks = re.findall(r"^```python\n(.*?)^```$", STATISTICS, re.DOTALL | re.MULTILINE)
    page = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, "statistics.md", None, 0)
    said: list[str] = []
    result = doctest.DocTestRunner(verbose=False).run(page, out=said.append)
    assert not said
    assert result.attempted > 40


def test_every_form_has_its_section() -> None:
    headings = " ".join(re.findall(r"^## .*$", STATISTICS, re.MULTILINE))
    assert [form for form in CATALOGUE.forms if f"`{form}`" not in headings] == []


@pytest.mark.parametrize("metric", CATALOGUE.metrics.values(), ids=lambda metric: metric.id)
def test_every_metric_has_its_row(metric: Metric) -> None:
    required = ", ".join(f"`{each.name}`" for each in metric.qualifiers if each.required)
    bound = metric.example["bound"] or "none"
    row = (
        f"| `{metric.id}` | {metric.form} | `{metric.canonical_unit}` | {BETTER[metric.direction]} "
        f"| {required or '–'} | {metric.example['value']}, {bound} |"
    )
    assert row in ROWS


@pytest.mark.parametrize("unit", CATALOGUE.units.values(), ids=lambda unit: unit.code)
def test_every_unit_has_its_row(unit: Unit) -> None:
    qudt = unit.qudt.rpartition("/")[2] if unit.qudt else "–"
    row = (
        f"| `{unit.code}` | {unit.label} | {unit.quantity_kind} | {unit.factor} "
        f"| {unit.rec20 or '–'} | {qudt} |"
    )
    assert row in ROWS


@pytest.mark.parametrize("form", CATALOGUE.forms.values(), ids=lambda form: form.id)
def test_every_form_has_its_row(form: Form) -> None:
    required = ", ".join(f"`{path}`" for path in form.requires)
    assert f"| `{form.id}` | {form.definition} | {required} |" in ROWS


def test_no_row_describes_what_is_not_there() -> None:
    named = {found[1] for row in ROWS if (found := re.match(r"\| `([^`]+)` \|.*\|.*\|.*\|", row))}
    known = {*CATALOGUE.metrics, *CATALOGUE.units}
    assert {name for name in named if name not in known and name not in CATALOGUE.forms} == set()
