"""`openquality schema list` and `get`."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openquality import home
from openquality.cli.options import Registry
from openquality.cli.output import Format, printable, say, show, show_bytes, show_json, show_table
from openquality_validator.message import message

if TYPE_CHECKING:
    from openquality.client import Client
    from openquality.published import Fetched, Reference
    from openquality_validator.governance import Deprecation


class Kind(StrEnum):
    """Say what a document is; `language` is what comes with OpenQuality itself."""

    EXTENSION = "extension"
    METRICS = "metrics"
    PROFILE = "profile"
    LANGUAGE = "language"


class Status(StrEnum):
    """Say whether its owner advises against it."""

    ACTIVE = "active"
    DEPRECATED = "deprecated"


def listed(  # noqa: PLR0913 - each is an option of the command
    words: Annotated[
        list[str] | None, typer.Argument(help="Beginnings of words of names and titles.")
    ] = None,
    *,
    owner: Annotated[
        str | None, typer.Option(help="The DID of its owner; openquality for what is built in.")
    ] = None,
    kind: Annotated[Kind | None, typer.Option(help="What it is.")] = None,
    status: Annotated[Status | None, typer.Option(help="Whether it should be used.")] = None,
    sector: Annotated[
        str | None, typer.Option(help="Code of a classification, such as nace:25.61.")
    ] = None,
    metric: Annotated[
        str | None, typer.Option(help="A metric that it asks for or defines.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many at most.")] = 50,
    form: Annotated[Format, typer.Option("--format", help="For people or for programs.")] = (
        Format.TEXT
    ),
    registry: Registry = None,
) -> int:
    """List published schemas, metric sets and profiles, by owner and name.

    Example:
        openquality schema list
        openquality schema list coating --kind extension --status active
        openquality schema list --owner did:web:buyer.example --format json
    """
    from urllib.parse import urlencode

    from openquality.client import Client

    asked = {
        "owner": owner,
        "kind": kind,
        "status": status,
        "sector": sector,
        "metric": metric,
        "q": " ".join(words or ()) or None,
        "limit": limit,
    }
    said = {name: value for name, value in asked.items() if value is not None}
    with Client(home.registry(registry)) as client:
        found = client.fetch("v1/schemas?" + urlencode(said))
    if form is Format.JSON:
        show_json(found)
        return 0
    if found["items"]:
        head = ("name", "version", "kind", "status", "owner", "title")
        rows = [
            [printable(str(each["group" if m == "owner" else m])) for m in head]
            for each in found["items"]
        ]
        show_table(head, rows, right=set())
    say(
        message(
            "{shown} of {count} shown. Fetch one, and have it proved, with: openquality schema get "
            "NAME@OWNER",
            shown=len(found["items"]),
            count=found["count"],
        )
    )
    return 0


def get(
    reference: Annotated[
        str, typer.Argument(help="NAME@DID, NAME:1.2@DID, or sha256:… of the document.")
    ],
    *,
    bundle: Annotated[
        bool, typer.Option("--bundle", help="The publication with its proofs, for `verify`.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; else standard output.")
    ] = None,
    trust: Annotated[
        Path | None, typer.Option(help="Trust file; else the one `openquality trust` keeps.")
    ] = None,
    registry: Registry = None,
) -> int:
    """Fetch a published document, byte for byte, once its publication is verified here.

    Who signed it and that it stands in the log is proved under your trust file; which version is
    the newest is the registry's word. Exit code: 0 fetched, 1 not proved, 2 could not run.

    Example:
        openquality schema get coating@did:web:buyer.example -o coating.json
        openquality schema get coating:1.0@did:web:buyer.example --bundle -o coating.bundle.json
        openquality schema get profile@openquality -o profile.schema.json
    """
    from openquality import published
    from openquality.client import Client

    asked = published.Reference.parse(reference)
    if asked is None:
        said = message(
            "{reference!r} names no publication; write NAME@DID, NAME:1.2@DID or sha256:…",
            reference=reference,
        )
        raise typer.BadParameter(said)
    with Client(home.registry(registry)) as client:
        if asked.owner == published.BUILT_IN:
            data = published.built_in(client, asked)
        else:
            found = fetched(client, asked, trust)
            data = found.bundle if bundle else found.publication.content
    if output is None:
        show_bytes(data)
    else:
        home.write(output, data)
        show(str(output))
    return 0


def fetched(client: "Client", reference: "Reference", trust: Path | None) -> "Fetched":
    """Fetch and verify a publication, and tell what its reader should know; raises NotProved."""
    from datetime import UTC, datetime

    from openquality import published
    from openquality.receipts import Judge, load_trust, shown_log

    judge = Judge.of(load_trust(trust), shown_log(client.well_known()))
    found = published.fetch(client, reference, trust=judge.trust, now=datetime.now(UTC))
    what = found.publication
    say(
        message(
            "{name}:{version}@{owner}, {digest}: signed by its owner, entry {index} of the log.",
            name=what.name,
            version=what.version,
            owner=what.owner,
            digest=what.content_digest,
            index=found.index,
        )
    )
    if not judge.is_trusted:
        say(
            message(
                "The log is not in your trust file: what it says was checked with the key it shows."
            )
        )
    word = published.deprecation_of(client, found, trust=judge.trust, now=datetime.now(UTC))
    if word is not None:
        tell_deprecated(word)
    return found


def tell_deprecated(word: "Deprecation") -> None:
    """Say what its owner says against using it."""
    say(
        message(
            "Its owner says that it should be used no more, from {day} on: {reason}",
            day=word.effective,
            reason=printable(word.reason),
        )
    )
    if word.alternative is not None:
        say(message("Use instead: {alternative}", alternative=printable(word.alternative)))
