"""The table of rules: each is told apart, explained, shown, and missed when it is gone."""

from collections import defaultdict
from typing import Any

import pytest

from openquality_validator import catalogue, rules, text
from openquality_validator.text import table

RECORD_RULES = [pytest.param(rule, id=rule.code) for rule in rules.RULES]
TEXT_RULES = [pytest.param(rule, id=rule.code) for rule in table.RULES]


@pytest.fixture(scope="session")
def examples_of(all_invalid_examples: tuple[Any, ...]) -> dict[str, list[Any]]:
    found: defaultdict[str, list[Any]] = defaultdict(list)
    for example in all_invalid_examples:
        for code in {code for code, _ in example.expected}:
            found[code].append(example)
    return found


def found_in(value: Any) -> set[tuple[str, str]]:  # noqa: ANN401 - a record
    version = value["catalogueVersion"]
    held = catalogue.load() if catalogue.is_later(version) else catalogue.load(version)
    found = [*rules.check(value, held), *text.check(value)]
    return {(finding.code, finding.pointer) for finding in found}


def without(rule: rules.Rule, table: tuple[rules.Rule, ...]) -> tuple[rules.Rule, ...]:
    return tuple(each for each in table if each is not rule)


@pytest.mark.parametrize("rule", RECORD_RULES)
def test_a_record_goes_wrong_when_its_rule_is_removed(
    rule: rules.Rule, examples_of: dict[str, list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    examples = examples_of[rule.code]
    before = [found_in(example.value) for example in examples]

    monkeypatch.setattr(rules, "RULES", without(rule, rules.RULES))
    rules._rules.cache_clear()
    try:
        after = [found_in(example.value) for example in examples]
    finally:
        rules._rules.cache_clear()

    assert examples
    # What a record has of the shape beside it, the schema finds and no rule.
    beyond_shape = [{each for each in e.expected if each[0][0] != "S"} for e in examples]
    assert before == beyond_shape
    assert all(one != other for one, other in zip(before, after, strict=True))


@pytest.mark.parametrize("rule", TEXT_RULES)
def test_a_text_goes_wrong_when_its_rule_is_removed(
    rule: rules.Rule, examples_of: dict[str, list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    examples = examples_of[rule.code]

    monkeypatch.setattr(table, "RULES", without(rule, table.RULES))
    after = [found_in(example.value) for example in examples]

    assert examples
    assert all(found != e.expected for found, e in zip(after, examples, strict=True))


@pytest.mark.parametrize("rule", RECORD_RULES + TEXT_RULES)
def test_a_rule_says_what_holds_and_what_to_do(rule: rules.Rule) -> None:
    assert rule.sentence.endswith(".")
    assert rule.hint.endswith(".")


def test_no_code_stands_twice() -> None:
    codes = [rule.code for rule in (*rules.RULES, *table.RULES)]

    assert sorted(set(codes)) == sorted(codes)
