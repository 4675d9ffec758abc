"""The list of what an onboarding asks for; the only module that reads it.

Claims are asked for by a profile. What a profile does not say, identifiers and times of warning, a
small list beside it does (`onboarding.schema.json`).
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import orjson

import openquality_schemas
from openquality_validator import profiles
from openquality_validator.profiles import Profile

BASIC = "supplier-basic"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Hold a list: schemes of identifiers, the profile of the claims, days of warning."""

    id: str
    version: str
    title: str
    organisation: tuple[str, ...]
    product: tuple[str, ...]
    warn_days: int
    profile: Profile


@cache
def basic() -> Wanted:
    """Read the shipped list "supplier onboarding basic"."""
    data = files("openquality_schemas").joinpath(f"onboarding/{BASIC}.json").read_bytes()
    value = orjson.loads(data)
    named = value["profile"]
    return Wanted(
        id=value["id"],
        version=value["version"],
        title=value["title"],
        organisation=tuple(value["organisation"]),
        product=tuple(value["product"]),
        warn_days=value["warnDays"],
        profile=profiles.parse(openquality_schemas.profile(named["id"], version=named["version"])),
    )
