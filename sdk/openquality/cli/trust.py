"""`openquality trust`."""

import sys
from dataclasses import replace
from hashlib import sha256
from typing import Annotated

import typer

from openquality import home
from openquality.cli import trust_parties, trust_terms
from openquality.cli.output import say, show, show_bytes
from openquality.cli.trusting import File, KeyChanged, load, save, with_log
from openquality_validator.errors import OpenQualityError
from openquality_validator.message import message

app = typer.Typer(help="Say which logs and parties you trust: the file that `verify` goes by.")


class Exists(OpenQualityError):
    """A file that holds trust is there already."""

    def __str__(self) -> str:
        return f"{self.args[0]} exists and is not overwritten. Show it with: openquality trust show"


class NotTrusted(OpenQualityError):
    """Nobody said yes to trusting a log."""

    def __str__(self) -> str:
        return message(
            "Nothing was changed. Compare the key with what the operator publishes "
            "elsewhere, then run again with --yes."
        )


@app.command()
def init(*, file: File = None) -> None:
    """Make an empty trust file: it trusts nobody yet.

    Example:
        openquality trust init
        openquality trust init --file trust.json
    """
    from openquality_validator.trust import Trust

    path = file or home.trust_path()
    if path.exists():
        raise Exists(path)
    home.write(path, Trust().to_bytes())
    show(str(path))


@app.command("show")
def show_file(*, file: File = None) -> None:
    """Print the trust file.

    Example:
        openquality trust show
    """
    show_bytes(load(file).to_bytes())


@app.command()
def add(
    url: Annotated[str, typer.Argument(help="Address of the registry.")],
    *,
    file: File = None,
    yes: Annotated[bool, typer.Option("--yes", help="Trust the log's key without asking.")] = False,
    with_status_key: Annotated[
        bool,
        typer.Option(
            "--with-status-key", help="Believe the status answers signed with the key shown, too."
        ),
    ] = False,
) -> None:
    """Trust a registry's log: shows its origin and keys, and asks.

    The keys come over the network this one time; compare the fingerprint with what the operator
    publishes elsewhere.
    Witnesses and time authorities are never taken from the registry that they watch: name them
    with `trust policy` and `trust time-authority`.

    Example:
        openquality trust add https://registry.example
        openquality trust add http://127.0.0.1:8080 --yes --with-status-key
    """
    from openquality.client import Client
    from openquality.receipts import shown_log

    with Client(url) as client:
        shown = shown_log(client.well_known())
    key = shown.keys[0].verifier
    say(f"Log         {shown.origin}")
    say(f"Key         {key.to_text()}")
    say(f"SHA-256     {sha256(key.public).hexdigest()}")
    for did in shown.status_keys:
        say(f"Status key  {did}")
    for host in shown.hosts or ():
        say(f"Hosts       {host}  (identities there are the registry's guests: level L0)")
    trust = load(file)
    known = trust.log(shown.origin)
    if known is None:
        if not yes and not _agreed(message("Trust this log's key from now on?")):
            raise NotTrusted
    elif key not in [held.verifier for held in known.keys]:
        raise KeyChanged(shown.origin)
    else:
        say(message("This log is trusted already."))
    before = known.status_keys if known else ()
    offered = tuple(did for did in shown.status_keys if did not in before)
    if not offered or not (
        with_status_key or (not yes and _agreed(message("Believe its answers about status, too?")))
    ):
        offered = ()
    if shown.status_keys and not (*before, *offered):
        say(
            message(
                "The status key is not pinned: a record that was withdrawn may still pass. To "
                "pin it, run again with --with-status-key."
            )
        )
    log = replace(known or shown, status_keys=(*before, *offered))
    if log != known:
        save(file, with_log(trust, log))


def _agreed(question: str) -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty() and typer.confirm(question, err=True)


app.command()(trust_parties.pin)
app.command()(trust_parties.accreditor)
app.command()(trust_parties.registrar)
app.command("status-issuer")(trust_parties.status_issuer)
app.command("time-authority")(trust_parties.time_authority)
app.command()(trust_terms.policy)
app.command()(trust_terms.require)
