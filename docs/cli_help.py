"""Write docs/guide/cli.md from the help texts of the command itself."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from openquality.cli.application import application

PAGE = Path("docs/guide/cli.md")
WIDTH = 88  # columns of help text
INTRODUCTION = """\
# The command line

Made from the help texts of the program by `make docs`; change them there.

Results go to standard output, messages to standard error.
`--format json` is stable: members are added, never renamed or removed, within a major version.
Exit codes: 0 done, 1 the input was refused, 2 could not run, 3 unknown (`verify` and `decide check`), 130 stopped by Ctrl-C.
No error leaves as a traceback; `OPENQUALITY_DEBUG=1` shows one, for those who look into a defect.

The registry is the one of `--registry`, else of the environment's `OPENQUALITY_REGISTRY`, else of the project's `openquality.toml` ([validate.md](validate.md)), else of your settings.
Settings, trust file and state stand in `$XDG_CONFIG_HOME/openquality`, normally `~/.config/openquality`:

| file | holds |
|---|---|
| `config.json` | `{"registry": "https://…"}` |
| `trust.json` | the logs and parties you trust ([trust-file.md](../spec/trust-file.md)) |
| `state.json` | the last checkpoint seen of each log, and which notices were given |
"""  # noqa: E501 - Markdown has one sentence a line


def page() -> str:
    """Return the whole page."""
    root = application()
    top = root.context_class(root, info_name="openquality", terminal_width=WIDTH)
    return "\n".join((INTRODUCTION, *_sections(root, top)))


def _sections(root: Any, top: Any) -> Iterator[str]:  # noqa: ANN401 - typer keeps its types private
    for name in root.list_commands(top):
        yield from _command(root.get_command(top, name), name, top, depth=2)


def _command(command: Any, name: str, above: Any, *, depth: int) -> Iterator[str]:  # noqa: ANN401 - same
    context = command.context_class(command, info_name=name, parent=above, terminal_width=WIDTH)
    yield _section(f"{'#' * depth} {context.command_path}", command.get_help(context))
    for child_name, child in getattr(command, "commands", {}).items():
        yield from _command(child, child_name, context, depth=depth + 1)


def _section(heading: str, text: str) -> str:
    return f"{heading}\n\n```text\n{text}\n```\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
