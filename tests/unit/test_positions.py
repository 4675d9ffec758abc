"""Where a JSON Pointer stands in a text: lines and columns from 1, columns in characters."""

import pytest

from openquality_validator.positions import Position, fault, locate, spans

TEXT = """\
{
  "name": "Möller \\"& Söhne\\"", "id": "urn:uuid:1",
  "claims": [
    {"value": {"amount": "1.33"}}, [],
    { "a/b": 1, "m~n": [10, 20], "": {"x": null} }
  ],
  "\\u006eote": "\\n{[", "empty": [ ]
}
"""


def place(pointer: str, *, text: str | bytes = TEXT) -> tuple[int, int]:
    found = locate(text, [pointer])[pointer]
    return found.line, found.column


@pytest.mark.parametrize(
    ("pointer", "expected"),
    [
        ("", (1, 1)),
        ("/name", (2, 11)),
        ("/id", (2, 39)),
        ("/claims", (3, 13)),
        ("/claims/0", (4, 5)),
        ("/claims/0/value/amount", (4, 26)),
        ("/claims/1", (4, 36)),
        ("/claims/2/a~1b", (5, 14)),
        ("/claims/2/m~0n/1", (5, 29)),
        ("/claims/2//x", (5, 44)),
        ("/note", (7, 16)),
        ("/empty", (7, 33)),
    ],
)
def test_a_value_is_shown_where_it_starts(pointer: str, expected: tuple[int, int]) -> None:
    assert expected == place(pointer)


@pytest.mark.parametrize(
    ("pointer", "expected"),
    [
        ("/missing", (1, 1)),
        ("/claims/0/value/unit", (4, 6)),
        ("/claims/0/missing", (4, 5)),
        ("/claims/9", (3, 3)),
        ("/claims/x", (3, 3)),
        ("/claims/1/0", (4, 36)),
        ("/empty/0", (7, 24)),
        ("/name/deeper", (2, 3)),
    ],
)
def test_a_missing_member_is_shown_at_the_key_of_what_lacks_it(
    pointer: str, expected: tuple[int, int]
) -> None:
    assert expected == place(pointer)


def test_columns_count_characters_not_bytes() -> None:
    assert place("/b", text='{"a": "😀é", "b": 1}'.encode()) == (1, 18)


def test_windows_line_ends_count_once() -> None:
    assert place("/b", text='{\r\n"a": 1,\r\n"b": 2}') == (3, 6)


def test_a_position_reads_as_editors_write_it() -> None:
    assert str(Position(3, 14)) == "3:14"


@pytest.mark.parametrize("text", ["", " ", "{", '{"a"', '{"a": ', '{"a": [1,', "nonsense", b"\xff"])
def test_a_text_that_is_not_json_has_a_place_too(text: str | bytes) -> None:
    line, column = place("/a/1", text=text)

    assert line == 1
    assert column >= 1


@pytest.mark.parametrize(
    ("pointer", "value", "name"),
    [
        ("/name", '"Möller \\"& Söhne\\""', '"name"'),
        ("/claims/0/value", '{"amount": "1.33"}', '"value"'),
        ("/claims/1", "[]", None),
        ("/claims/2/m~0n/1", "20", None),
        ("/note", '"\\n{["', '"\\u006eote"'),
    ],
)
def test_a_span_holds_the_value_and_its_key_as_written(
    pointer: str, value: str, name: str | None
) -> None:
    span = spans(TEXT, [pointer])[pointer]
    assert TEXT[span.start : span.end] == value
    assert name == (TEXT[slice(*span.name)] if span.name else None)
    assert not span.is_missing


def test_a_missing_value_has_the_span_of_what_lacks_it() -> None:
    span = spans(TEXT, ["/claims/0/value/unit"])["/claims/0/value/unit"]
    assert TEXT[span.start : span.end] == '{"amount": "1.33"}'
    assert span.is_missing


def test_all_pointers_are_found_in_one_reading() -> None:
    pointers = ["/claims/2//x", "", "/empty", "/claims", "/claims/9/x", "/name", "/claims/0"]
    assert locate(TEXT, pointers) == {each: locate(TEXT, [each])[each] for each in pointers}


@pytest.mark.parametrize(
    ("text", "code", "found"),
    [
        ('{"a": {"b": 1}, "c": [{"b": 1}], "a": 2}', "D004", (33, 36)),
        ('{"a": "a", "b": "a"}', "D004", None),
        ("", "D004", None),
        ("[" * 40, "D005", (33, 34)),
        ('{"a": 1, "n": -9007199254740992}', "D007", (14, 31)),
        ('{"a": 9007199254740991, "n": "9007199254740992", "b": 1e999}', "D007", (54, 59)),
    ],
)
def test_what_strict_json_forbids_has_a_place(
    text: str, code: str, found: tuple[int, int] | None
) -> None:
    assert found == fault(text, code)
