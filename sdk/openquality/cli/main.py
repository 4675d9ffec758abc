"""The program `openquality`: finds the command, runs it, turns errors into sentences and codes.

Exit codes: 0 done, 1 the input was refused, 2 could not run, 3 unknown (`verify`), 130 stopped.
"""

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from openquality_validator.errors import (
    InvalidInput,
    OpenQualityError,
    RegistryError,
    TrustFileError,
)

# A table, so that one command costs one import; the summaries spare `--help` all the others.
COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("openquality.cli.init:init", "Make a key, an identity and a starter record."),
    "measure": ("openquality.cli.measure:measure", "Compute claims from raw data."),
    "validate": ("openquality.cli.validate:validate", "Check records, offline."),
    "explain": ("openquality.cli.explain:explain", "Explain a finding code, metric or unit."),
    "sign": ("openquality.cli.sign:sign", "Sign records."),
    "publish": ("openquality.cli.publish:publish", "Send signed records to a registry."),
    "query": ("openquality.cli.query:query", "Find comparable records."),
    "compare": ("openquality.cli.compare:compare", "Put records side by side."),
    "get": ("openquality.cli.get:get", "Fetch one record or its bundle."),
    "verify": ("openquality.cli.verify:verify", "Verify bundles, offline."),
    "trust": ("openquality.cli.trust:app", "Say which logs and parties you trust."),
}
CONTRIBUTED = "openquality.commands"  # the entry-point group of packages above the sdk
INSTALL = 'pip install "openquality[registry]"'

REFUSED, COULD_NOT_RUN, STOPPED = 1, 2, 130
SERVER_FAULT = 500
OWN_KEY = {"K007", "K008"}  # the signing key does not read; a key would be overwritten


class Commands(TyperGroup):
    """Look a command up by name, importing only what it needs."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002 - typer's own signature
        """Return the built-in names, then the contributed ones."""
        return [*COMMANDS, *sorted(_contributed())]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401, ARG002 - same
        """Return the command, or None if there is none of that name."""
        if cmd_name in COMMANDS:
            module, _, name = COMMANDS[cmd_name][0].partition(":")
            return _as_command(cmd_name, getattr(import_module(module), name))
        point = _contributed().get(cmd_name)
        if point is None:
            return None
        try:
            return _as_command(cmd_name, point.load())
        except ModuleNotFoundError as error:
            if (error.name or "").startswith("openquality"):
                raise
            raise MissingExtra(cmd_name, error.name or "a package") from None

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - same
        """List the commands without importing the built-in ones."""
        rows = [(name, summary) for name, (_, summary) in COMMANDS.items()]
        for name in sorted(_contributed()):
            try:
                rows.append((name, self.get_command(ctx, name).get_short_help_str(60)))
            except (MissingExtra, ImportError):
                rows.append((name, f"Needs: {INSTALL}"))
        with formatter.section("Commands"):
            formatter.write_dl(rows)


class MissingExtra(OpenQualityError):
    """A command of the registry was asked for, and the base install lacks its packages."""

    def __init__(self, command: str, package: str) -> None:
        super().__init__(command, package)
        self.command = command
        self.package = package

    def __str__(self) -> str:
        return f"`openquality {self.command}` needs {self.package}; install it with: {INSTALL}"


def application() -> Any:  # noqa: ANN401 - typer keeps its command type private
    """Build the program's root command."""
    app = typer.Typer(
        cls=Commands, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
    )

    @app.callback()
    def openquality(
        *,
        version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
    ) -> None:
        """Quality as data that programs can check: validate, sign, publish, compare, verify."""
        if version:
            from importlib.metadata import version as installed

            typer.echo(f"openquality {installed('openquality')}")
            raise typer.Exit

    root = get_command(app)
    root.invoke_without_command = True  # type: ignore[attr-defined]
    return root


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code; no error leaves as a traceback."""
    try:
        code = _run(list(sys.argv[1:] if arguments is None else arguments))
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has gone, as with `| head`: nobody is left to be told.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return REFUSED
    except KeyboardInterrupt:
        return STOPPED
    return code


def _run(arguments: list[str]) -> int:
    if arguments in ([], ["help"]):
        arguments = ["--help"]
    try:
        result = application().main(arguments, prog_name="openquality", standalone_mode=False)
    except (BrokenPipeError, KeyboardInterrupt):
        raise
    except Exception as error:
        if "OPENQUALITY_DEBUG" in os.environ:
            raise
        return _tell(error)
    return result if isinstance(result, int) else 0


def _tell(error: Exception) -> int:
    """Say what went wrong in a sentence, and return the exit code."""
    if isinstance(error, typer.TyperException):
        error.show()  # type: ignore[attr-defined]
        return COULD_NOT_RUN
    code = COULD_NOT_RUN
    if isinstance(error, OpenQualityError):
        text = str(error)
        code = exit_code(error)
    elif isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        text = f"{where}{error.strerror or error}"
    elif isinstance(error, typer.Abort):
        text, code = "Stopped.", STOPPED
    else:
        text = (
            f"This is a defect of openquality, please report it: {type(error).__name__}: {error}. "
            "Run again with OPENQUALITY_DEBUG=1 to see where."
        )
    sys.stderr.write(f"error: {text}\n")
    return code


def exit_code(error: OpenQualityError) -> int:
    """Return 1 if the input was refused, 2 if the command could not run."""
    if isinstance(error, RegistryError):
        return REFUSED if error.status < SERVER_FAULT else COULD_NOT_RUN
    if isinstance(error, TrustFileError) or getattr(error, "code", "") in OWN_KEY:
        return COULD_NOT_RUN  # what the user's own machine holds is no input that was refused
    is_refusal = isinstance(error, InvalidInput) or hasattr(error, "report")
    return REFUSED if is_refusal else COULD_NOT_RUN


def _contributed() -> dict[str, Any]:
    from importlib.metadata import entry_points

    return {point.name: point for point in entry_points(group=CONTRIBUTED)}


def _as_command(name: str, target: Any) -> Any:  # noqa: ANN401 - a function or a Typer
    if isinstance(target, typer.Typer):
        app = target
        app.rich_markup_mode = None
    else:
        app = typer.Typer(add_completion=False, rich_markup_mode=None)
        app.command(name)(target)
    app._add_completion = False  # noqa: SLF001 - else contributed apps grow shell options
    command = get_command(app)
    command.name = name
    _keep_examples(command)
    return command


def _keep_examples(command: Any) -> None:  # noqa: ANN401 - typer keeps its command type private
    """Keep the lines below "Example:" as written: help text is otherwise rewrapped."""
    text, mark, example = (command.help or "").partition("\nExample:\n")
    if mark:
        command.help = f"{text}\n\b\nExample:\n{example}"
    for child in getattr(command, "commands", {}).values():
        _keep_examples(child)
