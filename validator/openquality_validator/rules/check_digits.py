"""Check digits: they find a typing error. They prove no ownership.

GTIN and GLN: GS1 General Specifications, modulo 10 with the weights 3 and 1 from the right.
LEI: ISO 17442, the modulo 97-10 of ISO/IEC 7064.
"""

from functools import lru_cache

_KEPT = 1024  # a supplier's own numbers stand in each of its records


@lru_cache(maxsize=_KEPT)
def gs1(digits: str) -> bool:
    """Say whether the last digit of a GTIN or GLN is its check digit."""
    odd, even = digits[-1::-2].encode(), digits[-2::-2].encode()
    total = sum(odd) + 3 * sum(even) - ord("0") * (len(odd) + 3 * len(even))
    return total % 10 == 0


_LETTERS = {ord(letter): str(int(letter, 36)) for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}


@lru_cache(maxsize=_KEPT)
def lei(text: str) -> bool:
    """Say whether a Legal Entity Identifier leaves 1 modulo 97, its letters read as 10 to 35."""
    return int(text.translate(_LETTERS)) % 97 == 1
