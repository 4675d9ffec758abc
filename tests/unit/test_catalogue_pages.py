"""The pages on statistics and the catalogue say what the program does."""

import doctest
import re
import sys
from pathlib import Path

import pytest

import openquality_schemas
from openquality_validator import catalogue as catalogues
from openquality_validator.catalogue import Form, Metric, Unit

ROOT = Path(__file__).parents[2]
SPEC = ROOT / "docs" / "spec"
METRICS = (SPEC / "metrics.md").read_text("utf-8")
STATISTICS = (SPEC / "statistics.md").read_text("utf-8")
ROWS = frozenset((SPEC / "catalogue.md").read_text("utf-8").splitlines())
CATALOGUE = catalogues.load()


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


def test_the_page_of_the_metrics_is_what_the_catalogue_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "path", [str(ROOT), *sys.path])
    from docs import metrics

    assert metrics.page() == metrics.PAGE.read_text("utf-8")


@pytest.mark.parametrize("metric", CATALOGUE.metrics.values(), ids=lambda metric: metric.id)
def test_every_metric_is_explained_in_full(metric: Metric) -> None:
    _, _, rest = METRICS.partition(f"\n### {metric.id}\n")
    section = rest.partition("\n### ")[0]
    for part in (metric.label, metric.formula, metric.example["working"], *metric.source):
        assert part in section
    assert "".join(section.split()).count("".join(metric.definition.split())) == 1
    for qualifier in metric.qualifiers:
        assert f"| `{qualifier.name}` | {qualifier.role} |" in section
    assert f"[`{metric.id}`](#{metric.id})" in METRICS


def test_every_version_has_its_row() -> None:
    for version in openquality_schemas.CATALOGUES:
        many = len(catalogues.load(version).metrics)
        assert any(row.startswith(f"| `{version}` | {many} |") for row in ROWS)


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
    known = {*CATALOGUE.units, *CATALOGUE.forms}
    assert named - known == set()
