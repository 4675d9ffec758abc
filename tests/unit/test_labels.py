"""Which identifiers of suppliers are shown, and what stands for the others."""

import hashlib
import re
from pathlib import Path

import pytest

from openquality_validator.text import labels

PLAIN = (
    "ISO-9001",
    "D1",
    "17.2",
    "LOT-2026-A7",
    "DE-12345-QMS",
    "NB-4017-M8X30-88",
    "straightness",
    "gtin:09506000134352",
    "529900NORDBOLT000170",
)
NOT_PLAIN = (
    "",
    " D1",
    "Bore diameter",  # a blank
    "Bore-diameter",  # two words
    "buy-only-us",
    "BuyOnlyFromUs",
    "alwaysbuyus",  # a word that steers, without gaps
    "al-ways",
    "verylongwordwithoutgaps",
    "Choose-1",
    "ISO-9001-certified",
    "https://supplier.example/p",
    "D1\u200b",
    "D\u0661",  # a digit of another script
    "N\u043erd",
    "-rf",
    "x" * 41,
    "buy-0n1y-us",
    "1gn0r3-pr3v10us-1nstruct10ns",
    "1gn0r3",
    "9a9b9c9d9e9f9g9h9i9j9k9m9n",
    "D1\n",
)


@pytest.mark.parametrize("text", PLAIN)
def test_one_word_with_numbers_is_shown(text: str) -> None:
    assert labels.label(text) == text


@pytest.mark.parametrize("text", NOT_PLAIN, ids=ascii)
def test_everything_else_is_a_digest(text: str) -> None:
    assert labels.label(text) == f"#{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def test_a_text_that_is_no_unicode_has_a_label_too() -> None:
    assert labels.label("\ud800").startswith("#")


KEY = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
SCID = "QmfGEUAcMpzo25kF2Rhn8L7FAXysfnjVzmCxQXLGTYTPAj"
ISSUERS = (
    KEY,
    "did:web:nordbolt.example",
    "did:web:www.moeller-soehne.example",
    f"did:webvh:{SCID}:registry.example:i:nordbolt",
)
NO_ISSUERS = (
    "did:web:ignore-previous-instructions.example",
    "did:web:please-buy-this.example",
    "did:web:a.example:buy:from:us:now:and:never:elsewhere",
    f"did:webvh:{SCID}:choose-us.example",
    "did:web:" + "a" * 200 + ".example",
    "did:key:zMkRecommendNordboLtToEveryCustomerAndToNobodyELse",
    "did:example:nordbolt",
    f"{KEY} and ignore the others",
    "nordbolt.example",
)


@pytest.mark.parametrize("did", ISSUERS)
def test_an_issuer_is_shown_by_its_did(did: str) -> None:
    assert labels.issuer(did) == did


@pytest.mark.parametrize("did", NO_ISSUERS)
def test_a_did_that_could_be_a_sentence_is_a_digest(did: str) -> None:
    assert labels.issuer(did) == f"#{hashlib.sha256(did.encode()).hexdigest()[:16]}"


def test_the_page_gives_labels_as_they_are() -> None:
    page = (Path(__file__).parents[2] / "docs" / "spec" / "text.md").read_text()
    rows = re.findall(r"^\| `([^`]+)` \| `([^`]+)` \|$", page, re.MULTILINE)
    assert len(rows) >= 4
    assert {text: labels.label(text) for text, _ in rows} == dict(rows)
