"""What buyers type, to members of a query document: `on-time-delivery>=95 %`."""

import re
from dataclasses import dataclass
from typing import Any

from openquality_validator.catalogue import Catalogue
from openquality_validator.errors import OpenQualityError
from openquality_validator.message import message
from openquality_validator.metric_sets.metric_set import is_qualified

# The id of a metric; before it, where it is of a metric set, the set's URI and a number sign.
_METRIC = r"((?:[a-z][a-z0-9+.-]*:[^\s#<>]+#)?[a-z][a-z0-9-]*)"
CONDITION = re.compile(rf"\s*{_METRIC}\s*(?:(>=|<=)\s*(-?\d+(?:\.\d+)?)\s*(\S.*?)?)?\s*")
QUALIFIER = re.compile(rf"\s*{_METRIC}\.([A-Za-z0-9]+)\s*=\s*(\S.*?)\s*")
AMOUNT = re.compile(r"(-?\d+(?:\.\d+)?)\s*(\S.*)")
WEIGHT = re.compile(rf"\s*{_METRIC}\s*=\s*(\d+(?:\.\d+)?)\s*")
DECIMAL = re.compile(r"\d+(?:\.\d+)?")
CAS = re.compile(r"\d{2,7}-\d{2}-\d")
COUNTRY = re.compile(r"[A-Z]{2}")
RATE = re.compile(
    r"\s*([A-Z]{3}):([A-Z]{3})\s*=\s*(\d+(?:\.\d+)?)\s*@\s*(\d{4}-\d{2}-\d{2})(?:,\s*(\S.*?))?\s*"
)
TARGET = re.compile(rf"\s*{_METRIC}\s*=\s*(-?\d+(?:\.\d+)?)\s*(\S.*?)\s*")
COMPARATORS = {">=": "atLeast", "<=": "atMost"}


@dataclass(eq=False)
class Unclear(OpenQualityError):
    """Say which option cannot be read, and how it is written."""

    option: str
    text: str
    form: str
    more: str = ""

    def __str__(self) -> str:
        said = message(
            "{option} {text!r} cannot be read; write it like {form!r}.",
            option=self.option,
            text=self.text,
            form=self.form,
        )
        return f"{said} {self.more}".strip()


def condition(text: str, catalogue: Catalogue, *, option: str = "--where") -> dict[str, Any]:
    """Read `METRIC`, `METRIC>=AMOUNT UNIT` or `METRIC<=AMOUNT UNIT` as a member of `where`.

    Raises Unclear, or UnknownTerm for a metric that the catalogue does not hold. Of a metric set
    only the registry knows the units.
    """
    found = CONDITION.fullmatch(text)
    if found is None:
        raise Unclear(option, text, "on-time-delivery>=95 %")
    name, sign, amount, unit = found.groups()
    metric = None if is_qualified(name) else catalogue.metric(name)
    if sign is None:
        return {"metric": name}
    if unit is None and metric is None:
        raise Unclear(option, text, f"{name}{sign}{amount} %")
    if unit is None and metric is not None:
        # 95 may mean 95 % or the ratio 95: a guess would answer another question.
        allowed = ", ".join(metric.allowed_units[:8])
        raise Unclear(
            option,
            text,
            f"{name}{sign}{amount} {metric.allowed_units[0]}",
            message("Units: {allowed}.", allowed=allowed),
        )
    return {"metric": name, "comparator": COMPARATORS[sign], "value": amount, "unit": unit}


def qualifier(text: str, catalogue: Catalogue) -> tuple[str, dict[str, Any]]:
    """Read `METRIC.QUALIFIER=VALUE` as the metric's id and a member of its `qualifiers`."""
    found = QUALIFIER.fullmatch(text)
    if found is None:
        raise Unclear("--qualifier", text, "on-time-delivery.anchor=firstConfirmed")
    metric, name, value = found.groups()
    if is_qualified(metric):
        # Only the registry knows the set: what looks like an amount with a unit is meant as one.
        kind = "quantity" if AMOUNT.fullmatch(value) else "code"
    else:
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
    """Read `SCHEME[:EDITION][,scope=[SCHEME:]CODE][,on=DATE][,accredited]`."""
    first, *more = text.split(",")
    scheme, _, edition = first.partition(":")
    found: dict[str, Any] = {"scheme": scheme, **({"edition": edition} if edition else {})}
    for part in more:
        name, mark, value = part.strip().partition("=")
        match name:
            case "accredited" if not mark:
                found["accredited"] = True
            case "on" if value:
                found["on"] = value
            case "scope" if value:
                classification, colon, code = value.partition(":")
                found["scope"] = (
                    {"scheme": classification, "code": code} if colon else {"code": value}
                )
            case _:
                raise Unclear("--certificate", text, "ISO-9001:2015,scope=nace:25.9,on=2026-11-20")
    return found


def identifier(text: str) -> dict[str, str]:
    """Read `SCHEME:VALUE` as an identifier."""
    scheme, mark, value = text.partition(":")
    if not mark or not value:
        raise Unclear("--identifier", text, "gtin:09506000134352")
    return {"scheme": scheme, "value": value}


def accreditor(text: str) -> dict[str, Any]:
    """Read `DID=SCHEME[,SCHEME]` as an accreditor."""
    did, mark, schemes = text.partition("=")
    if not mark or not schemes:
        raise Unclear("--accreditor", text, "did:web:office.example=ISO-9001,ISO-14001")
    return {"did": did, "schemes": schemes.split(",")}


def material(text: str) -> dict[str, str]:
    """Read `CAS-NUMBER` or `NAME`, and `>=SHARE` if wanted, as a material."""
    name, mark, share = text.partition(">=")
    name = name.strip()
    if not name or (mark and not DECIMAL.fullmatch(share.strip())):
        raise Unclear("--material", text, "7439-89-6>=0.5")
    said = {"casNumber" if CAS.fullmatch(name) else "name": name}
    return {**said, **({"minMassFraction": share.strip()} if mark else {})}


def level(option: str, text: str, catalogue: Catalogue) -> dict[str, str]:
    """Read `INDICATOR>=AMOUNT UNIT` as a service level."""
    found = condition(text, catalogue, option=option)
    if "value" not in found:
        raise Unclear(option, text, "on-time-delivery>=95 %")
    return {"indicator": found.pop("metric"), **found}


def rate(text: str) -> dict[str, str]:
    """Read `FROM:TO=RATE@DATE[,SOURCE]` as a dated exchange rate."""
    found = RATE.fullmatch(text)
    if found is None:
        raise Unclear("--rate", text, "USD:EUR=0.92@2026-11-20,European Central Bank")
    source, target, amount, date, published = found.groups()
    return {
        "from": source,
        "to": target,
        "rate": amount,
        "date": date,
        "source": published or message("not stated"),
    }


def reserve(text: str) -> dict[str, Any]:
    """Read `SHARE:WHO[,WHO]`, each a size class or a country, as what is reserved."""
    share, mark, who = text.partition(":")
    named = [each.strip() for each in who.split(",")]
    if not mark or not DECIMAL.fullmatch(share.strip()) or not all(named):
        raise Unclear("--reserve", text, "0.2:micro,small,DE")
    countries = [each for each in named if COUNTRY.fullmatch(each)]
    classes = [each for each in named if each not in countries]
    return {
        "share": share.strip(),
        **({"sizeClasses": classes} if classes else {}),
        **({"countries": countries} if countries else {}),
    }


def target(text: str) -> tuple[str, str, str]:
    """Read `METRIC=AMOUNT UNIT` as a metric, its target and the unit."""
    found = TARGET.fullmatch(text)
    if found is None:
        raise Unclear("--target", text, "hardness=58 HRC")
    return found[1], found[2], found[3]
