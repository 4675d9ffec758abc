"""Patterns: which every engine reads alike, which may take for ever, and which imply others."""

import itertools
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openquality_validator.compatibility import patterns
from openquality_validator.compatibility.automaton import implies, is_harmless
from openquality_validator.compatibility.patterns import NotPortable, is_portable, parse

SCHEMAS = Path(__file__).parents[2] / "schemas" / "openquality_schemas"


def ours() -> set[str]:
    found: set[str] = set()

    def walk(value: Any) -> None:  # noqa: ANN401 - any JSON value
        if isinstance(value, dict):
            if isinstance(value.get("pattern"), str):
                found.add(value["pattern"])
            for below in value.values():
                walk(below)
        elif isinstance(value, list):
            for below in value:
                walk(below)

    for path in sorted(SCHEMAS.rglob("*.schema.json")):
        walk(orjson.loads(path.read_bytes()))
    return found


def test_every_pattern_of_our_own_is_portable_and_harmless() -> None:
    known = ours()

    assert len(known) > 50
    assert [each for each in known if not is_portable(each)] == []
    assert [each for each in known if not is_harmless(each)] == []


# The first five are of the literature on denial of service by regular expressions.
@pytest.mark.parametrize(
    "pattern",
    [
        "^(a+)+$",
        "^([a-zA-Z]+)*$",
        "^(a|aa)+$",
        "^(a|a?)+$",
        "^(.*a){12}$",
        "^(a*)*$",
        "^(?:x+x+)+y$",
        "^a*a*$",
        "^\\s*[^,]*\\s*$",
        "a+$",
        "^(?:a?){30}a{30}$",
        "^(a{1,100}){1,100}$",
        "^[a-z]{1,2000}[a-z]{1,2000}$",
    ],
)
def test_a_pattern_that_may_take_for_ever_is_found(pattern: str) -> None:
    assert is_portable(pattern)
    assert not is_harmless(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "^[a-z]+(?:-[a-z]+)*$",
        "^(?:[0-9]{8}|[0-9]{12,14})$",
        "^(a|b)*abb$",
        "^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?$",
        "^",
        "x",
        "^(?:ab|a)(?:bc|c)*$",
    ],
)
def test_a_pattern_that_cannot_is_not(pattern: str) -> None:
    assert is_harmless(pattern)


@pytest.mark.parametrize("pattern", sorted(ours()))
def test_a_harmless_pattern_takes_a_backtracking_engine_no_time(pattern: str) -> None:
    # Repeating what a pattern takes, with something at the end that it does not, is the attack.
    attack = re.sub(r"[^A-Za-z0-9.:/-]", "", pattern)[:12] * 300 + " \0\n"

    # A catastrophic one would still be at it when the suite is stopped.
    assert patterns.compiled(pattern).search(attack) is None or not parse(pattern).to_end


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        (r"(?=a)", "look around"),
        (r"(?<n>a)", "look around"),
        (r"(a)\1", "not read alike"),
        (r"\d+", r"\[0-9\]"),
        (r"\w", "not read alike"),
        (r"\bword", "not read alike"),
        (r"a*?", "lazy"),
        (r"a++", "possessive"),
        (r"^a|b$", "one alternative only"),
        (r"(^a)", "means nothing"),
        (r"(a$|b)", "anchor"),
        (r"[]", "empty"),
        (r"[[a]", r"written \\\["),
        (r"[a&&b]", "combines sets"),
        (r"[z-a]", "no order"),
        (r"a{3,2}", "counts backwards"),
        (r"a{,2}", "counts nothing"),
        (r"a{20000}", "beyond"),
        (r"(a", "not closed"),
        (r"[a", "ends in the middle"),
        ("a" * 2_001, "more than"),
    ],
)
def test_what_engines_read_differently_is_refused_with_a_reason(pattern: str, reason: str) -> None:
    with pytest.raises(NotPortable, match=reason):
        parse(pattern)


ATOMS = ("a", "b", "[ab]", "[^a]", "(?:a|bc)", "(?:ab?)", ".", "c")
TEXTS = ["".join(each) for n in range(5) for each in itertools.product("abc", repeat=n)]
pieces = st.tuples(st.sampled_from(ATOMS), st.sampled_from(("", "?", "*", "+", "{2}", "{1,3}")))
bodies = st.lists(pieces.map("".join), min_size=1, max_size=4).map("".join)
whole = st.tuples(st.sampled_from(("", "^")), bodies, st.sampled_from(("", "$"))).map("".join)


@given(whole, whole)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_a_pattern_implies_another_only_if_every_text_says_so(one: str, other: str) -> None:
    counter = [t for t in TEXTS if re.search(one, t) and not re.search(other, t)]

    if implies(one, other):
        assert counter == []
    elif not counter:
        # Not proved though no short text speaks against it: then a longer one must.
        longer = ("".join(each) for n in range(5, 9) for each in itertools.product("abc", repeat=n))
        assert any(re.search(one, t) and not re.search(other, t) for t in longer) or "." in other


@given(whole, st.text("abc\n", max_size=8))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_a_portable_pattern_matches_as_the_linear_engine_does(pattern: str, text: str) -> None:
    options = jsonschema_rs.RegexOptions()
    validator = jsonschema_rs.Draft202012Validator({"pattern": pattern}, pattern_options=options)

    assert (patterns.compiled(pattern).search(text) is not None) == validator.is_valid(text)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("^[a-z]{1,10}$", "^[a-z0-9]{1,20}$", True),
        ("^[a-z]{1,10}$", "^[a-z0-9]{1,9}$", False),
        ("^a", "a", True),
        ("a", "^a", False),
        ("^[a-z]+$", "^[a-z]+", True),
        ("^(?:[0-9]{8}|[0-9]{12,14})$", "^[0-9]{8,14}$", True),
        # Where engines differ on a character, the one is not said to imply the other.
        ("^.$", "^[^\\n]$", True),
        ("^[^\\n]$", "^.$", False),
    ],
)
def test_patterns_imply_others_by_their_languages(one: str, other: str, *, expected: bool) -> None:
    assert implies(one, other) is expected
