"""The nearest right word: through case and joints first, then initials and parts, then letters."""

import pytest

from openquality_validator.nearest import nearest, same

METRICS = ("on-time-delivery", "on-time-in-full", "lead-time", "cpk", "cp")
MEMBERS = ("validFrom", "validUntil", "issuer", "credentialSubject")


@pytest.mark.parametrize(
    ("term", "known", "first"),
    [
        ("On Time Delivery", METRICS, "on-time-delivery"),
        ("on-time-deliverry", METRICS, "on-time-delivery"),
        ("otd", METRICS, "on-time-delivery"),
        ("delivery", METRICS, "on-time-delivery"),
        ("valid_from", MEMBERS, "validFrom"),
        ("vu", MEMBERS, None),  # too short to mean one of them
        ("isuer", MEMBERS, "issuer"),
        ("xyzzy", MEMBERS, None),
    ],
)
def test_the_first_word_is_the_one_that_people_mean(
    term: str, known: tuple[str, ...], first: str | None
) -> None:
    assert next(iter(nearest(term, known)), None) == first


def test_no_more_words_come_than_are_asked_for() -> None:
    assert nearest("time", METRICS, most=1) == ("on-time-delivery",)
    assert nearest("time", METRICS, most=2) == ("on-time-delivery", "on-time-in-full")


@pytest.mark.parametrize(
    ("term", "found"),
    [
        ("ValidFrom", "validFrom"),
        ("VALID FROM", "validFrom"),
        ("valid-from", "validFrom"),
        ("validFro", None),
    ],
)
def test_the_same_word_differs_in_case_and_joints_alone(term: str, found: str | None) -> None:
    assert same(term, MEMBERS) == found


def test_a_word_that_may_be_two_is_neither() -> None:
    assert same("lead time", ("lead-time", "leadTime")) is None
