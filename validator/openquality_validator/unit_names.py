"""Units as people name them in a cell, and their codes."""

from collections.abc import Iterator
from typing import Final

from openquality_validator.catalogue import Catalogue

_MICRO: Final = str.maketrans("\N{MICRO SIGN}\N{GREEK SMALL LETTER MU}²³", "uu23")
# What people write in English, German and French beside the codes and labels of the catalogue.
_WORDS: Final = {
    "%": ("pct", "prozent", "pourcent", "vh"),
    "s": ("sec", "secs", "sek", "sekunde", "sekunden", "seconde", "secondes"),
    "min": ("mins", "mn", "minuten"),
    "h": ("hr", "hrs", "std", "stunde", "stunden", "heure", "heures"),
    "d": ("day", "days", "tag", "tage", "jour", "jours"),
    "wk": ("week", "weeks", "woche", "wochen", "semaine", "semaines"),
    "{each}": ("pc", "pcs", "piece", "pieces", "stk", "stück", "pièce", "pièces"),
    "[ppm]": ("ppm",),
    "Cel": ("°c",),
    "EUR": ("€", "euro", "euros"),
}

_KEPT: Final[dict[str, dict[str, str]]] = {}  # by the digest of a catalogue, of which few exist


def unit(text: str, *, catalogue: Catalogue) -> str | None:
    """Return the code of the one unit or currency that a text names, else None.

    `percent`, `Prozent` and `PCT` are `%`, `kWh` is `kW.h`. Small and capital letters tell prefixes
    apart (`mW` and `MW`), so other letters count only where all of a text are small or capital.
    """
    if text in catalogue.units or text in catalogue.currencies:
        return text
    named = _KEPT.get(catalogue.digest)
    if named is None:
        named = _KEPT[catalogue.digest] = _named(catalogue)
    found = named.get(_plain(text))
    if found is None and len(text) > 1 and (text.islower() or text.isupper() or text.istitle()):
        found = named.get(_plain(text).casefold())
    return found or None


def _named(catalogue: Catalogue) -> dict[str, str]:
    """Return the code by each of its names; a name of two units names none, and gives ''."""
    names: dict[str, str] = {}
    for name, code in _names(catalogue):
        names[name] = code if names.get(name, code) == code else ""
    return names


def _names(catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    for code, known in catalogue.units.items():
        label = known.label.partition(" of ")[0]
        for each in (code, known.rec20 or code, label, f"{label}s"):
            yield _plain(each), code
            yield _plain(each).casefold(), code
    for code in catalogue.currencies:
        yield code.casefold(), code
    for code, words in _WORDS.items():
        yield from ((_plain(word), code) for word in words)


def _plain(text: str) -> str:
    """Leave out what people leave out of a code: points, blanks and brackets."""
    return "".join(each for each in text.translate(_MICRO) if each not in " .[]{}\u00a0")
