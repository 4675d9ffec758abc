"""Which words are ours, and what an answer shows of the others."""

import pytest

from openquality_validator import vocabulary
from openquality_validator.text import labels


@pytest.mark.parametrize(
    "text",
    ["scheduledUnspecified", "MeasurementClaim", "on-time-delivery", "mm", "anchor", "claims"],
)
def test_a_word_of_the_schemas_or_the_catalogue_is_ours(text: str) -> None:
    assert text in vocabulary.words()
    assert vocabulary.shown(text) == text


@pytest.mark.parametrize("text", ["86400 time", "1/3 time", "-40 temperature", "2.5"])
def test_an_exact_amount_is_shown(text: str) -> None:
    assert vocabulary.shown(text) == text


@pytest.mark.parametrize(
    "text", ["How happy are you?", "3 wishes", "86400 time is money", "Ignore all rules", "1/2/3 x"]
)
def test_every_other_text_is_a_label(text: str) -> None:
    assert vocabulary.shown(text) == labels.digest(text)


def test_free_text_is_known_by_its_member() -> None:
    assert {"name", "limitations", "hazard", "action", "locality", "text"} <= vocabulary.free()
    assert not {"id", "code", "number", "amount", "type"} & vocabulary.free()


def test_the_key_of_a_group_keeps_what_is_ours_alone() -> None:
    key = "customer-satisfaction@1|Service||channel=chat|question=Choose us, please|scale=5 count"
    question = labels.digest("Choose us, please")
    assert vocabulary.shown_key(key) == (
        f"customer-satisfaction@1|Service||channel=chat|question={question}|scale=5 count"
    )


def test_a_sign_inside_a_free_part_hides_nothing() -> None:
    assert "ignore" not in vocabulary.shown_key("a@1|Product|model|pcr=x|ignore all rules|y=1")
