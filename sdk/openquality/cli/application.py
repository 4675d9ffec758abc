"""The commands, as typer shows them: a table, and one module for each, imported when called."""

from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from openquality.cli import INSTALL
from openquality_validator.message import message

# A table, so that one command costs one import; the summaries spare `--help` all the others.
COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("openquality.cli.init:init", message("Make a key, an identity and a starter record.")),
    "template": ("openquality.cli.template:template", message("Write the workbook to fill in.")),
    "doctor": ("openquality.cli.doctor:doctor", "Say what is missing before onboarding."),
    "measure": ("openquality.cli.measure:measure", message("Compute claims from raw data.")),
    "convert": ("openquality.cli.convert:convert", message("Convert from and to other formats.")),
    "validate": ("openquality.cli.validate:validate", message("Check records, offline.")),
    "explain": (
        "openquality.cli.explain:explain",
        message("Explain a finding code, metric or unit."),
    ),
    "reserve": (
        "openquality.cli.reserve:reserve",
        message("Reserve places in status lists for wallets."),
    ),
    "sign": ("openquality.cli.sign:sign", message("Sign records.")),
    "publish": ("openquality.cli.publish:publish", message("Send signed records to a registry.")),
    "query": ("openquality.cli.query:query", message("Find comparable records.")),
    "compare": ("openquality.cli.compare:compare", message("Put records side by side.")),
    "get": ("openquality.cli.get:get", message("Fetch one record or its bundle.")),
    "verify": ("openquality.cli.verify:verify", message("Verify bundles, offline.")),
    "assess": ("openquality.cli.assess:assess", message("Assess a subject under a profile.")),
    "conformity": (
        "openquality.cli.conformity:app",
        message("Compute what deviates from promises and limits."),
    ),
    "status": ("openquality.cli.status:status", message("Suspend, reinstate or revoke a record.")),
    "certification": (
        "openquality.cli.certification:app",
        message("Issue certificates, and follow their life."),
    ),
    "supersede": (
        "openquality.cli.supersede:supersede",
        message("Replace a record by a corrected one."),
    ),
    "delete-data": (
        "openquality.cli.delete_data:delete_data",
        message("Have a registry delete a data file of yours."),
    ),
    "history": ("openquality.cli.history:history", message("Tell the whole life of a record.")),
    "observations": (
        "openquality.cli.observations:observations",
        message("Show what a log shows around a record."),
    ),
    "reply": (
        "openquality.cli.reply:reply",
        message("Reply to an observation on a record of yours."),
    ),
    "key": ("openquality.cli.key:app", message("Protect, rotate, recover or give up keys.")),
    "decide": (
        "openquality.cli.decide:app",
        message("Keep purchasing decisions in a log of your own."),
    ),
    "schema": ("openquality.cli.schema:app", message("Compare schemas, and check one.")),
    "trust": ("openquality.cli.trust:app", message("Say which logs and parties you trust.")),
    "events": ("openquality.cli.events:events", message("Tell what happened in a registry.")),
    "subscription": (
        "openquality.cli.subscription:app",
        message("Have events brought to an address of yours."),
    ),
    "mcp": ("openquality.cli.mcp:mcp", message("Serve the tools for agents.")),
}
CONTRIBUTED = "openquality.commands"  # the entry-point group of packages above the sdk


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
        return None if point is None else _as_command(cmd_name, point.load())

    def shell_complete(self, ctx: Any, incomplete: str) -> Any:  # noqa: ANN401 - same
        """Complete a name from the table; importing every command would keep a shell waiting."""
        # The type in which a shell is answered has no public name.
        from typer._click.shell_completion import CompletionItem

        if incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        summaries = {name: summary for name, (_, summary) in COMMANDS.items()}
        return [
            CompletionItem(name, help=summaries.get(name))
            for name in self.list_commands(ctx)
            if name.startswith(incomplete)
        ]

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - same
        """List the commands without importing the built-in ones."""
        rows = [(name, summary) for name, (_, summary) in COMMANDS.items()]
        for name in sorted(_contributed()):
            try:
                rows.append((name, self.get_command(ctx, name).get_short_help_str(60)))
            except ImportError:
                rows.append((name, f"Needs: {INSTALL}"))
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def application() -> Any:  # noqa: ANN401 - typer keeps its command type private
    """Build the program's root command."""
    app = typer.Typer(
        cls=Commands, add_completion=True, rich_markup_mode=None, pretty_exceptions_enable=False
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
