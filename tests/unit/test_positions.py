"""Where a JSON Pointer stands in a text: lines and columns from 1, columns in characters."""

import pytest

from openquality_validator.positions import Position, locate

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
