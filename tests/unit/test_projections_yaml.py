"""YAML files of others: the plain part is read exactly, and the dangerous part is refused."""

import sys
from decimal import Decimal

import pytest

from openquality_validator.errors import ConversionError
from openquality_validator.projections.from_yaml import MAX_BYTES, from_yaml

BOMB = "a: &a [x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(20)
)


def test_values_are_what_json_would_say_and_numbers_exact() -> None:
    assert from_yaml(
        b"share: 0.1\nwhole: 12\nlong: 0.123456789012345678901\nday: 2026-01-31\n"
        b"yes: true\nnone: ~\nword: no\nquoted: '12'\nlist: [1, {a: b}]\n5: five\n"
    ) == [
        {
            "share": Decimal("0.1"),
            "whole": 12,
            "long": Decimal("0.123456789012345678901"),
            "day": "2026-01-31",
            "yes": True,
            "none": None,
            "word": "no",
            "quoted": "12",
            "list": [1, {"a": "b"}],
            "5": "five",
        }
    ]


def test_a_file_may_hold_several_documents() -> None:
    assert from_yaml(b"a: 1\n---\nb: 2\n") == [{"a": 1}, {"b": 2}]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (BOMB, "anchor or alias"),
        ("a: *b", "anchor or alias"),
        ("a: !!python/object/apply:os.system [x]", "a tag"),
        ("a: 1\na: 2", "twice"),
        ("1: x\n'1': y", "twice"),
        ("? [a]\n: 1", "no plain key"),
        ("[" * 100_000, "nested deeper"),
        ("{a: " * 5_000, "nested deeper"),
        ("a: [", "line 1"),
        ("a: b: c", "line 1"),
        ("\x00", ""),
        ("x" * (MAX_BYTES + 1), "more than"),
    ],
    ids=lambda text: str(text)[:12],
)
def test_what_is_no_plain_yaml_is_refused(text: str, says: str) -> None:
    with pytest.raises(ConversionError) as refused:
        from_yaml(text.encode())
    assert refused.value.code == "F006"
    assert says in refused.value.message


def test_what_is_no_utf_8_is_refused() -> None:
    with pytest.raises(ConversionError) as refused:
        from_yaml(b"a: \xff\xfe\xfa")
    assert refused.value.code == "F006"


def test_without_the_library_the_error_names_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(ConversionError) as refused:
        from_yaml(b"a: 1")
    assert refused.value.code == "F007"
    assert "openquality[yaml]" in refused.value.hint
