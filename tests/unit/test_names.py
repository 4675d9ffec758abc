"""Names are cut so that people find them by what they type, in the scripts that they write."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openquality_registry.answering import names


def found(typed: str, name: str) -> bool:
    """Tell whether a question finds a name: each beginning is that of a token of the name."""
    kept = set(names.tokens(name))
    asked = names.asked(typed)
    return bool(asked) and all(any(token.startswith(word) for token in kept) for word in asked)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("möller", "Möller & Söhne GmbH"),
        ("MOLLER sohne", "Möller & Söhne GmbH"),
        ("hauptstrasse", "Hauptstraße 5"),
        ("Mo\u0308ller", "Möller & Söhne GmbH"),  # the umlaut as two characters
        ("شرکت", "شرکت فولاد می\u200cسازیم"),
        ("میسازیم", "شرکت فولاد می\u200cسازیم"),  # with and without the joiner
        ("भारत इस्पात", "भारत इस्पात लिमिटेड"),
        ("精密", "苏州精密机械有限公司"),
        ("机械有限", "苏州精密机械有限公司"),
        ("苏州精密机械有限公司上海分公司", "苏州精密机械有限公司上海分公司"),
        ("ねじ", "東京ねじ製作所"),
        ("👩\u200d🔧", "👩\u200d🔧 Schrauben"),
        ("ΝΑΥΠΗΓΕΙΑ", "Ναυπηγεία Σύρου"),
        ("9506000134352", "09506000134352"),
        ("09506000134352", "09506000134352"),
        ("NB-4017-M8", "NB-4017-M8X30-88"),
        ("m8x30", "NB-4017-M8X30-88"),
        ("ＩＳＯ ９００１", "ISO 9001"),  # full-width letters
    ],
)
def test_a_name_is_found_by_what_people_type(typed: str, name: str) -> None:
    assert found(typed, name)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("nordbolt", "Nordbord GmbH"),
        ("ordbolt", "Nordbolt GmbH"),  # only from the beginning of a word
        ("州苏", "苏州精密"),
        ("भारत", "इस्पात"),
        ("", "Nordbolt"),
        ("&  –", "Nordbolt"),
        ("%", "100 %"),
        ("_", "a_b"),
    ],
)
def test_another_name_is_not_found(typed: str, name: str) -> None:
    assert not found(typed, name)


def test_marks_of_other_scripts_are_kept() -> None:
    """Without its vowel signs a word of Hindi would be another word."""
    assert not found("कल", "काला")


def test_a_hostile_text_gives_few_and_short_tokens() -> None:
    record = {
        "issuer": {"name": "a" * 5_000},
        "credentialSubject": {
            "id": "did:key:x",
            "name": " ".join(f"w{n}" for n in range(5_000)),
            "identifiers": [{"value": "字" * 5_000}],
            "claims": [],
        },
    }
    tokens = names.of_attestation(record)
    assert len(tokens) == names.MOST
    assert max(map(len, tokens)) <= names.LONGEST
    assert len(names.asked("w " * 5_000 + "字" * 5_000 + " 1 2 3 4 5 6 7 8 9 10")) <= names.ASKED


@given(
    st.text(alphabet=st.characters(max_codepoint=0x7F))
    | st.text(alphabet=st.characters(max_codepoint=0x2FF))
    | st.text(alphabet=st.characters(min_codepoint=0x2010, max_codepoint=0x205E) | st.just("é"))
)
def test_the_short_ways_give_what_the_long_one_gives(text: str) -> None:
    assert list(names._words(text)) == list(names._any_words(text))
