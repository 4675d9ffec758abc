"""`openquality trust`."""

import sys
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openquality import home
from openquality.cli.output import say, show, show_bytes
from openquality_validator.errors import OpenQualityError

if TYPE_CHECKING:
    from openquality_validator.trust import Trust

app = typer.Typer(help="Say which logs and parties you trust: the file that `verify` goes by.")
File = Annotated[Path | None, typer.Option("--file", help="Another trust file than your own.")]


class Exists(OpenQualityError):
    """A file that holds trust is there already."""

    def __str__(self) -> str:
        return f"{self.args[0]} exists and is not overwritten. Show it with: openquality trust show"


class NotTrusted(OpenQualityError):
    """Nobody said yes to trusting a log."""

    def __str__(self) -> str:
        return (
            "Nothing was changed. Compare the key with what the operator publishes elsewhere, then "
            "run again with --yes."
        )


class KeyChanged(OpenQualityError):
    """A trusted log shows another key than the one that is trusted."""

    def __str__(self) -> str:
        return (
            f"{self.args[0]} is trusted with another key than the one shown now. Ask the operator "
            "whether the key was rotated; then edit the trust file by hand, with time windows."
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
    show_bytes(_load(file).to_bytes())


@app.command()
def add(
    url: Annotated[str, typer.Argument(help="Address of the registry.")],
    *,
    file: File = None,
    yes: Annotated[bool, typer.Option("--yes", help="Trust without asking.")] = False,
) -> None:
    """Trust a registry's log: shows its origin and key, and asks.

    The key comes over the network this one time; compare the fingerprint with what the operator
    publishes elsewhere.

    Example:
        openquality trust add https://registry.example
        openquality trust add http://127.0.0.1:8080 --yes
    """
    from openquality.client import Client
    from openquality.receipts import shown_log

    with Client(url) as client:
        log = shown_log(client.well_known())
    key = log.keys[0].verifier
    say(f"Log      {log.origin}")
    say(f"Key      {key.to_text()}")
    say(f"SHA-256  {sha256(key.public).hexdigest()}")
    trust = _load(file)
    known = trust.log(log.origin)
    if known is not None:
        if key not in [held.verifier for held in known.keys]:
            raise KeyChanged(log.origin)
        say("This log is trusted already.")
        return
    if not yes and not _agreed("Trust this log's key from now on?"):
        raise NotTrusted
    _save(file, replace(trust, logs=(*trust.logs, log)))


@app.command()
def pin(
    did: Annotated[str, typer.Argument(help="The issuer's identifier, did:…")],
    name: Annotated[str, typer.Argument(help="The name under which you know this issuer.")],
    *,
    file: File = None,
) -> None:
    """Give an issuer the name under which you know it, whatever its records say.

    Example:
        openquality trust pin did:key:z6Mk… "Nordbolt Fasteners GmbH"
    """
    from openquality_validator.trust import PinnedIssuer

    trust = _load(file)
    others = tuple(issuer for issuer in trust.issuers if issuer.did != did)
    _save(file, replace(trust, issuers=(*others, PinnedIssuer(did, name))))


@app.command()
def accreditor(
    did: Annotated[str, typer.Argument(help="The assessor's identifier, did:…")],
    schemes: Annotated[list[str], typer.Argument(help="The schemes you accept it for.")],
    *,
    file: File = None,
) -> None:
    """Accept an assessor as accredited for the named schemes.

    Example:
        openquality trust accreditor did:key:z6Mk… "ISO 9001"
    """
    from openquality_validator.evidence import Accreditor

    trust = _load(file)
    others = tuple(held for held in trust.accreditors if held.did != did)
    added = Accreditor(did, tuple(dict.fromkeys(schemes)))
    _save(file, replace(trust, accreditors=(*others, added)))


def _load(file: Path | None) -> "Trust":
    from openquality.receipts import load_trust

    return load_trust(file) if file is None or file.exists() else _empty()


def _empty() -> "Trust":
    from openquality_validator.trust import Trust

    return Trust()


def _save(file: Path | None, trust: "Trust") -> None:
    from openquality_validator.trust import Trust

    data = trust.to_bytes()
    Trust.from_bytes(data)  # what we would refuse to read, we do not write
    path = file or home.trust_path()
    home.write(path, data)
    show(str(path))


def _agreed(question: str) -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty() and typer.confirm(question, err=True)
