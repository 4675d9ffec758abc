"""docs/guide/cli.md is what the program says of itself."""

from pathlib import Path

import programs

ROOT = Path(__file__).parents[2]


def test_the_page_is_up_to_date() -> None:
    module = programs.load(ROOT / "docs" / "cli_help.py", "cli_help")
    written = (ROOT / module.PAGE).read_text(encoding="utf-8")
    assert written == module.page(), "run `make docs`"
