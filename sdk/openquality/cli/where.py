"""What buyers type, to members of a query document: `on-time-delivery>=95 %`."""

import re
from dataclasses import dataclass
from typing import Any

from openquality_validator.catalogue import Catalogue
from openquality_validator.errors import OpenQualityError

CONDITION = re.compile(r"\s*([a-z][a-z0-9-]*)\s*(?:(>=|<=)\s*(-?\d+(?:\.\d+)?)\s*(\S.*?)?)?\s*")
QUALIFIER = re.compile(r"\s*([a-z][a-z0-9-]*)\.([A-Za-z0-9]+)\s*=\s*(\S.*?)\s*")
AMOUNT = re.compile(r"(-?\d+(?:\.\d+)?)\s*(\S.*)")
WEIGHT = re.compile(r"\s*([a-z][a-z0-9-]*)\s*=\s*(\d+(?:\.\d+)?)\s*")
COMPARATORS = {">=": "atLeast", "<=": "atMost"}


@dataclass(eq=False)
class Unclear(OpenQualityError):
    """Say which option cannot be read, and how it is written."""

    option: str
    text: str
    form: str
    more: str = ""

    def __str__(self) -> str:
        said = f"{self.option} {self.text!r} cannot be read; write it like {self.form!r}."
        return f"{said} {self.more}".strip()


def condition(text: str, catalogue: Catalogue) -> dict[str, Any]:
    """Read `METRIC`, `METRIC>=AMOUNT UNIT` or `METRIC<=AMOUNT UNIT` as a member of `where`.

    Raises Unclear, or UnknownTerm for a metric that the catalogue does not hold.
    """
    found = CONDITION.fullmatch(text)
    if found is None:
        raise Unclear("--where", text, "on-time-delivery>=95 %")
    name, sign, amount, unit = found.groups()
    metric = catalogue.metric(name)
    if sign is None:
        return {"metric": name}
    if unit is None:
        # 95 may mean 95 % or the ratio 95: a guess would answer another question.
        allowed = ", ".join(metric.allowed_units[:8])
        raise Unclear(
            "--where", text, f"{name}{sign}{amount} {metric.allowed_units[0]}", f"Units: {allowed}."
        )
    return {"metric": name, "comparator": COMPARATORS[sign], "value": amount, "unit": unit}


def qualifier(text: str, catalogue: Catalogue) -> tuple[str, dict[str, Any]]:
    """Read `METRIC.QUALIFIER=VALUE` as the metric's id and a member of its `qualifiers`."""
    found = QUALIFIER.fullmatch(text)
    if found is None:
        raise Unclear("--qualifier", text, "on-time-delivery.anchor=firstConfirmed")
    metric, name, value = found.groups()
    kind = catalogue.metric(metric).qualifier(name).kind
    if kind != "quantity":
        return metric, {"qualifier": name, kind: value}
    amount = AMOUNT.fullmatch(value)
    if amount is None:
        raise Unclear("--qualifier", text, f"{metric}.{name}=2 d")
    return metric, {"qualifier": name, "amount": amount[1], "unit": amount[2]}


def weight(text: str) -> dict[str, str]:
    """Read `METRIC=WEIGHT` as a member of `rank`."""
    found = WEIGHT.fullmatch(text)
    if found is None:
        raise Unclear("--rank", text, "on-time-delivery=2")
    return {"metric": found[1], "weight": found[2]}


def category(text: str) -> dict[str, str]:
    """Read `SCHEME:CODE` as a category."""
    scheme, mark, code = text.partition(":")
    if not mark or not code:
        raise Unclear("--category", text, "unspsc:31161500")
    return {"scheme": scheme, "code": code}


def certificate(text: str) -> dict[str, Any]:
    """Read `SCHEME[:EDITION]` as a certificate that must be held."""
    scheme, _, edition = text.partition(":")
    return {"scheme": scheme, **({"edition": edition} if edition else {})}
