"""The page of observations says what the rules do."""

import re
from pathlib import Path

from openquality_validator.evidence import Relation
from openquality_validator.observations import (
    CODES,
    Seen,
    dates,
    marks,
    observe,
    outliers,
    rewrites,
)
from openquality_validator.observations.seen import Peer, Value

PAGE = (Path(__file__).parents[2] / "docs/spec/observations.md").read_text("utf-8")


def block(name: str) -> str:
    found = re.search(rf"^```text {name}\n(.*?)\n```$", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def test_every_code_has_its_row() -> None:
    assert re.findall(r"^\| (O\d{3}) \|", PAGE, re.MULTILINE) == list(CODES)


def test_the_worked_example_is_what_the_rules_say() -> None:
    values = [float(text) for text in block("values").split()]
    peers = tuple(Peer(value, f"did:key:z{at}") for at, value in enumerate(values))

    def said(value: float) -> list[str]:
        claim = Value("c1", Relation.PRODUCER, value, peers=peers)
        return [each.message for each in observe(Seen(1, "did:key:z1", "s", 0, 0, {}, (claim,)))]

    assert [said(value) for value in values] == [[]] * 9 + [[block("message")]]


def test_the_page_states_the_limits_of_the_rules() -> None:
    for limit in (
        f"at least {rewrites.LEAST} times within {rewrites.WITHIN} days",
        f"more than {dates.MOST_DAYS_AFTER_PERIOD} days before the log took the record",
        f"more than {dates.MOST_DAYS_AFTER_VALID} days before the log took it",
        f"at least {marks.LEAST_DIGITS} digits",
        f"at least {marks.LEAST_ROWS} rows",
        f"the {outliers.MOST_VALUES} newest",
        f"Fewer than {outliers.LEAST_VALUES} values",
        f"fewer than {outliers.LEAST_ISSUERS} issuers",
        f"{outliers.SCALE} · |x − m| / MAD, and more than {outliers.LIMIT} is far",
    ):
        assert limit in PAGE
