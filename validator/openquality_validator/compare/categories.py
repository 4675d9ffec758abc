"""Category codes and the nodes above them."""

import re
from collections.abc import Mapping
from typing import Any

# Schemes whose codes carry their hierarchy in pairs of digits, zeros meaning "not divided".
_PAIRED = {"unspsc", "eclass"}


def nodes(category: Mapping[str, Any]) -> tuple[str, ...]:
    """List a category's code and every node above it, most specific first.

    UNSPSC and ECLASS codes are cut in pairs of digits, CPV digit by digit, NACE at its dots; a
    scheme without a hierarchy in its codes (GPC) takes it from `path`.
    """
    scheme, code = category["scheme"], category["code"]
    above: tuple[str, ...]
    if scheme in _PAIRED:
        above = _zeroed(re.sub(r"[^0-9]", "", code), 2)
    elif scheme == "cpv":
        above = _zeroed(code.split("-")[0], 1)
    elif scheme == "nace":
        parts = code.split(".")
        above = tuple(".".join(parts[:n]) for n in range(len(parts), 0, -1))
    else:
        above = ()
    path = tuple(reversed(category.get("path", ())))
    return tuple(dict.fromkeys((code, *above, *path)))


def family(category: Mapping[str, Any]) -> str:
    """Name the wide family a category lies in: what products must share to be comparable at all.

    The second UNSPSC level, else the topmost node that the code or its path gives.
    """
    above = nodes(category)
    if category["scheme"] == "unspsc":
        return f"unspsc:{category['code'][:4]}0000"
    return f"{category['scheme']}:{above[-1]}"


def _zeroed(digits: str, step: int) -> tuple[str, ...]:
    stem = digits.rstrip("0")
    stem += "0" * (-len(stem) % step)
    width = len(digits)
    return tuple(stem[:n].ljust(width, "0") for n in range(len(stem), 0, -step))
