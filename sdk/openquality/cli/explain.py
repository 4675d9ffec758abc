"""`openquality explain`."""

from typing import TYPE_CHECKING, Annotated

import typer

from openquality.cli.output import show

if TYPE_CHECKING:
    from openquality_validator.catalogue import Metric, Qualifier, Unit


def explain(
    term: Annotated[str, typer.Argument(help="A finding code, a metric, or a unit.")],
) -> None:
    """Explain a finding code, a metric or a unit.

    Example:
        openquality explain C001
        openquality explain on-time-delivery
        openquality explain "%"
    """
    from openquality_validator import catalogue

    held = catalogue.load()
    if term in held.units:
        _unit(held.unit(term))
    else:
        _metric(held.metric(term))


def _metric(metric: "Metric") -> None:
    show(f"{metric.id}: {metric.label}")
    show(metric.definition)
    show("")
    low, high = ("" if end is None else f"{end:f}" for end in metric.value_range)
    facts = {
        "carried by": metric.carrier,
        "form": metric.form,
        "formula": metric.formula,
        "unit": f"{metric.canonical_unit} (allowed: {', '.join(metric.allowed_units[:12])})",
        "range": f"{low or 'no least'} to {high or 'no greatest'}",
        "direction": metric.direction,
        "ranked by": metric.bound,
        "least sample": "none" if metric.min_sample is None else str(metric.min_sample),
        "old after": f"{metric.max_age_days} days",
        "needs": ", ".join(metric.requires),
        "source": "; ".join(metric.source),
    }
    for name, text in facts.items():
        show(f"  {name:<13} {text}")
    if metric.qualifiers:
        show("Qualifiers:")
    for qualifier in metric.qualifiers:
        _qualifier(qualifier)


def _qualifier(qualifier: "Qualifier") -> None:
    need = "required" if qualifier.required else "optional"
    codes = f" One of: {', '.join(qualifier.codes)}." if qualifier.codes else ""
    show(f"  {qualifier.name} ({qualifier.role}, {need}): {qualifier.definition}{codes}")


def _unit(unit: "Unit") -> None:
    show(f"{unit.code}: {unit.label}")
    show(f"  measures      {unit.quantity_kind}")
    show(f"  in base unit  {unit.factor}")
    show(f"  UN/ECE        {unit.rec20 or 'none'}")
    show(f"  QUDT          {unit.qudt or 'none'}")
