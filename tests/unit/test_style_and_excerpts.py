"""What a terminal is shown: colour if it wants it, and the line with a caret under the place."""

import io

import pytest

from openquality.diagnostics.excerpt import BEFORE, WIDTH, excerpt, visible
from openquality.diagnostics.style import Style


class Terminal(io.TextIOWrapper):
    def __init__(self, *, encoding: str = "utf-8", is_terminal: bool = True) -> None:
        super().__init__(io.BytesIO(), encoding=encoding)
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


@pytest.mark.parametrize(
    ("is_terminal", "environment", "wanted"),
    [
        (True, {}, True),
        (True, {"TERM": "xterm-256color"}, True),
        (True, {"TERM": "dumb"}, False),
        (True, {"NO_COLOR": "1"}, False),
        (True, {"NO_COLOR": ""}, True),
        (True, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        (True, {"FORCE_COLOR": "0"}, False),
        (False, {}, False),
        (False, {"FORCE_COLOR": "1"}, True),
        (False, {"FORCE_COLOR": "1", "TERM": "dumb"}, True),
    ],
)
def test_colour_is_for_terminals_that_want_it(
    *, is_terminal: bool, environment: dict[str, str], wanted: bool
) -> None:
    style = Style.of(Terminal(is_terminal=is_terminal), environment)
    assert style.colour is wanted
    assert style.paint("error", "x") == ("\x1b[1;31mx\x1b[0m" if wanted else "x")


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("utf-8", "“97,5” → 97.5 × 2 … Grün 漢"),
        ("cp1252", "“97,5” -> 97.5 × 2 … Grün \\u6f22"),
        ("ascii", '"97,5" -> 97.5 x 2 ... Grun \\u6f22'),
    ],
)
def test_a_terminal_without_utf_8_gets_what_it_can_show(encoding: str, shown: str) -> None:
    style = Style.of(Terminal(encoding=encoding), {})
    assert style.fit("“97,5” → 97.5 × 2 … Grün 漢") == shown


def test_blanks_of_other_languages_are_shown_as_blanks() -> None:
    assert visible("dans Excel\u00a0: «\u202fCSV\u00a0»") == "dans Excel : « CSV »"


def marked(text: str, start: int, end: int) -> tuple[str, str]:
    found = excerpt(text, start, end)
    return found.text, found.marks


def test_the_carets_stand_below_the_place() -> None:
    text = '{\n\t"a": "b",\r\n  "c": 1\n}'
    start = text.index('"b"')
    assert marked(text, start, start + 3) == (' "a": "b",', "      ^^^")
    found = excerpt(text, text.index("1"), text.index("1") + 1, first_line=10)
    assert (found.number, found.parts) == (12, ('  "c": ', "1", ""))


def test_wide_letters_take_two_columns_and_accents_none() -> None:
    assert marked('{"漢": "e\u0301x"}', 6, 11) == ('{"漢": "e\u0301x"}', "       ^^^^")


def test_what_spans_lines_is_marked_to_the_end_of_its_first() -> None:
    assert marked('{"a": [\n1]}', 6, 10) == ('{"a": [', "      ^")


@pytest.mark.parametrize("at", [0, 5, 500, 1_500, 2_995])
def test_a_long_line_is_cut_around_the_place(at: int) -> None:
    text = "".join(f"{number:03},"[-4:] for number in range(750))
    found = excerpt(text, at, at + 3)
    assert len(found.text) <= WIDTH + 2
    assert found.parts[1] == text[at : at + 3]
    assert len(found.parts[0]) <= max(BEFORE, WIDTH) + 1


def test_a_place_at_the_very_end_has_a_caret_too() -> None:
    assert marked('{"a"', 4, 5) == ('{"a"', "    ^")
    assert marked("", 0, 1) == ("", "^")


def test_what_a_terminal_would_act_upon_is_replaced() -> None:
    found = excerpt('{"\x1b[2J\u202e\u200b": 1}', 0, 1)
    assert found.text == '{"\ufffd[2J\ufffd\ufffd": 1}'
