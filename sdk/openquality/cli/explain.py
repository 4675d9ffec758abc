"""`openquality explain`."""

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated

import typer

from openquality.cli.output import show
from openquality_validator.errors import UnknownTerm

if TYPE_CHECKING:
    from openquality_validator.catalogue import Metric, Qualifier, Unit

CODE = re.compile(r"[A-Z][0-9]{3}")
FAMILIES = {
    "D": "reading documents",
    "S": "shape",
    "C": "catalogue",
    "A": "arithmetic",
    "T": "time",
    "I": "identity",
    "P": "plausibility",
    "X": "text",
    "R": "references",
    "E": "recomputation",
    "J": "signed envelope",
    "K": "keys",
    "L": "log formats and proofs",
    "B": "bundles and trust files",
    "M": "measuring",
    "Q": "queries",
    "V": "steps of a verdict",
}


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
    if CODE.fullmatch(term):
        _code(term)
    elif term in held.units:
        _unit(held.unit(term))
    else:
        _metric(held.metric(term))


def _code(code: str) -> None:
    from openquality_validator import keywords, query, recompute, rules
    from openquality_validator.measure import codes as measuring
    from openquality_validator.text import table

    told: dict[str, tuple[str, str]] = {
        **{
            name: (sentence, "")
            for codes in (keywords.CODES, query.CODES, measuring.CODES, recompute.CODES)
            for name, sentence in codes.items()
        },
        **{rule.code: (rule.sentence, rule.hint) for rule in (*rules.RULES, *table.RULES)},
    }
    family = FAMILIES.get(code[0])
    if code in told:
        sentence, hint = told[code]
    elif family is not None and code[0] not in {name[0] for name in told}:
        sentence, hint = "Its message says what happened, and its hint what to do.", ""
    else:
        raise UnknownTerm("finding code", code, tuple(get_close_matches(code, told, n=3)))
    show(f"{code} ({family}): {sentence}")
    if hint:
        show(hint)


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
