"""Words of inspection documents that mean one thing alone: units, directions, extensions, scales.

What is not here, or could mean two things (`ReH/Rp0,2`, `T`), means nothing.
"""

import re
from collections.abc import Collection, Mapping
from decimal import Decimal

from openquality_validator.projections.exact import decimal_text

Words = Mapping[str, Collection[str]]

STRESS = {"MPa": "MPa", "N/mm2": "N/mm2", "N/mm²": "N/mm2"}
SHARE, ENERGY, LENGTH = {"%": "%"}, {"J": "J"}, {"mm": "mm"}
DIRECTIONS: Words = {
    "longitudinal": ("longitudinal", "längs", "laengs", "l"),
    "transverse": ("transverse", "transversal", "quer", "q"),
    "tangential": ("tangential",),
    "radial": ("radial",),
    "throughThickness": ("z", "dickenrichtung"),
}
PROOF: Words = {
    "rp02": ("rp0,2", "rp0.2", "rp02"),
    "rp1": ("rp1", "rp1,0", "rp1.0"),
    "rt05": ("rt0,5", "rt0.5", "rt05"),
    "reh": ("reh",),
    "rel": ("rel",),
}
GAUGES: Words = {
    "proportional": ("a5", "a5,65", "a5.65"),
    "proportional11-3": ("a10", "a11,3", "a11.3"),
    **{f"fixed{length}mm": (f"a{length}", f"a{length}mm") for length in (50, 80, 100, 200)},
}
NOTCHES: Words = {"v": ("v", "kv", "kv2", "kv8", "cvn"), "u": ("u", "ku", "ku2", "ku8")}
STRIKERS: Words = {"2": ("kv2", "ku2"), "8": ("kv8", "ku8")}
PLACES: Words = {"surface": ("surface", "oberfläche"), "core": ("core", "kern")}
_ROOM = ("rt", "room temperature", "raumtemperatur")
_FROM, _TO = 10, 35  # degrees Celsius that are room temperature: ISO 6892-1
_CELSIUS = re.compile(
    r"([+-]?[0-9]{1,4}(?:[.,][0-9]{1,2})?)\s*(?:°\s*c|celsius|cel|grad c)", re.IGNORECASE
)
_SCALE = re.compile(
    r"hv[0-9]{1,3}(?:-[0-9])?|hbw(?:2-5|[0-9]{1,2})-[0-9]{1,4}(?:-[0-9]{1,2})?"
    r"|hr(?:[acd]|[be-hk]w|(?:15|30|45)(?:n|tw))"
)


def meant(text: str, words: Words) -> str | None:
    """Return the one code whose words stand in a text; None if it is none, or several."""
    said = _said(text)
    codes = [code for code, names in words.items() if said & set(names)]
    return codes[0] if len(codes) == 1 else None


def says_more(text: str, words: Words) -> bool:
    """Tell whether a text holds other words than these."""
    return not _said(text) <= {name for names in words.values() for name in names}


def _said(text: str) -> set[str]:
    return set(re.findall(r"[^\W_]+(?:[.,][0-9]+)*", text.casefold()))


def celsius(text: str) -> str | None:
    """Return a temperature in degrees Celsius as a decimal, if the text is one."""
    found = _CELSIUS.fullmatch(text.strip().replace("\N{MINUS SIGN}", "-"))
    return decimal_text(found[1].replace(",", ".")) if found else None


def is_room(text: str) -> bool:
    """Tell whether a text says room temperature (10 to 35 °C, ISO 6892-1)."""
    stated = celsius(text)
    if stated is None:
        return text.strip().casefold() in _ROOM
    return _FROM <= Decimal(stated) <= _TO


def hardness_scale(text: str) -> str | None:
    """Return the code of the scale in the metric `hardness`: `HBW 10/3000` is `hbw10-3000`."""
    code = re.sub(r"[/.,]", "-", re.sub(r"\s", "", text.casefold()))
    return code if _SCALE.fullmatch(code) else None
