"""GTINs of feeds and labels in one normal form."""

import pytest

from openquality_validator import gtin
from openquality_validator.errors import InvalidInput

# Check digits worked out by hand: weights 3 and 1 from the right, to the next ten.
#   9638507 -> 3*(7+5+3+9) + 1*(0+8+6) = 72+14 = 86 -> 4
#   03600029145 -> 3*(5+1+2+0+6+0) + 1*(4+9+0+0+3) = 42+16 = 58 -> 2
#   400638133393 -> 3*(3+3+3+8+6+0) + 1*(9+3+1+3+0+4) = 69+20 = 89 -> 1
CASES = (
    ("96385074", "00000096385074"),
    ("036000291452", "00036000291452"),
    ("4006381333931", "04006381333931"),
    ("09506000134352", "09506000134352"),
    ("4006381 333931", "04006381333931"),
    ("0-36000-29145-2", "00036000291452"),
)


@pytest.mark.parametrize(("text", "normal"), CASES)
def test_every_kind_becomes_14_digits(text: str, normal: str) -> None:
    assert gtin.normal(text) == normal


@pytest.mark.parametrize(
    "text", ["", "4006381333930", "123", "400638133393", "40063813339310", "٤٠٠٦٣٨١٣٣٣٩٣١", "gtin"]
)
def test_what_is_no_gtin_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        gtin.normal(text)
    assert caught.value.code == "I001"
