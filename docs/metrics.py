"""Write docs/spec/metrics.md, the reference of the metrics, from the catalogue that ships."""

from collections.abc import Iterator
from pathlib import Path

from openquality_validator import catalogue as catalogues
from openquality_validator.catalogue import Metric, Qualifier

PAGE = Path("docs/spec/metrics.md")
INTRODUCTION = """\
# Metrics

Made from the catalogue `{version}` by `make docs`; a test holds this page to it.

What the parts of an entry mean, and the forms and units, stand in [catalogue.md](catalogue.md); how a bound is computed in [statistics.md](statistics.md).
`openquality explain METRIC` shows an entry.
The example of each is worked by hand, and a test computes it again.
"""  # noqa: E501 - Markdown has one sentence a line
HEADER = (
    "| metric | form | unit | better | required qualifiers | example: value, ranking bound |\n"
    "|---|---|---|---|---|---|"
)
BETTER = {"higherBetter": "higher", "lowerBetter": "lower", "target": "target"}


def page() -> str:
    """Return the whole page."""
    catalogue = catalogues.load()
    groups: dict[str, list[Metric]] = {}
    for metric in catalogue.metrics.values():
        groups.setdefault(metric.dimension, []).append(metric)
    lines = [INTRODUCTION.format(version=catalogue.version)]
    lines.append(f"There are {len(catalogue.metrics)} metrics.")
    for dimension, metrics in groups.items():
        lines += ["", f"## {dimension.capitalize()}", "", HEADER, *map(_row, metrics)]
        for metric in metrics:
            lines += _section(metric)
    return "\n".join(lines) + "\n"


def _row(metric: Metric) -> str:
    required = ", ".join(f"`{each.name}`" for each in metric.qualifiers if each.required)
    bound = metric.example["bound"] or "none"
    return (
        f"| [`{metric.id}`](#{metric.id}) | {metric.form} | `{metric.canonical_unit}` "
        f"| {BETTER[metric.direction]} | {required or '–'} "
        f"| {metric.example['value']}, {bound} |"
    )


def _section(metric: Metric) -> Iterator[str]:
    yield f"\n### {metric.id}\n"
    yield f"**{metric.label}**, version {metric.version}."
    yield from _sentences(metric.definition)
    low, high = metric.value_range
    span = f"{'no least' if low is None else low} to {'no greatest' if high is None else high}"
    codes = metric.allowed_units if metric.quantity_kind != catalogues.MONEY else ("currency",)
    units = ", ".join(f"`{code}`" for code in codes)
    facts = {
        "value": f"`{metric.formula}`",
        "units": f"{units}; in `{metric.canonical_unit}`: {span}",
        "ranked by": f"{metric.bound}, {BETTER[metric.direction]} is better",
        "stands on": f"{metric.carrier}, with {', '.join(f'`{path}`' for path in metric.requires)}",
        "must agree": ", ".join(f"`{path}`" for path in metric.compared_members),
        "observable": "by whoever receives the goods or services" if metric.observable else "",
        "least sample": str(metric.min_sample or ""),
        "current for": f"{metric.max_age_days} days",
        "source": "; ".join(metric.source),
        "elsewhere": ", ".join(f"{each['relation']}: {each['iri']}" for each in metric.mappings),
        "example": metric.example["working"],
    }
    yield "\n| | |\n|---|---|"
    yield from (
        f"| {name} | {fact.replace('|', '&#124;')} |" for name, fact in facts.items() if fact
    )
    if metric.qualifiers:
        yield "\n| qualifier | role | | says |\n|---|---|---|---|"
        yield from map(_qualifier, metric.qualifiers)


def _qualifier(qualifier: Qualifier) -> str:
    need = "required" if qualifier.required else "optional"
    listed = ", ".join(f"`{code}`" for code in qualifier.codes)
    kind = {"quantity": f" In {listed}.", "code": f" One of {listed}."}.get(qualifier.kind, "")
    return f"| `{qualifier.name}` | {qualifier.role} | {need} | {qualifier.definition}{kind} |"


def _sentences(text: str) -> list[str]:
    """Put each sentence on a line of its own, as Markdown is written here."""
    return text.replace(". ", ".\n").split("\n")
