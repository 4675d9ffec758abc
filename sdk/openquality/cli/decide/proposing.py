"""`openquality decide propose` and `amend`: what is decided, and on which data."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openquality import home
from openquality.cli.decide.options import LOG, Log, Reasons, Shown, Transaction, reasons, tell
from openquality.cli.keys import KEY_PATH, load_key
from openquality.cli.options import Key, Registry
from openquality.cli.output import Format, say

if TYPE_CHECKING:
    from openquality.decisions import Inputs

Query = Annotated[Path | None, typer.Option(help="The query document that the registry is asked.")]
Trust = Annotated[Path | None, typer.Option(help="Trust file; else your own.")]
Attached = Annotated[
    list[Path] | None,
    typer.Option("--attach", help="Reasoning to keep by digest (may be repeated)."),
]
MEDIA_TYPES = {
    ".json": "application/json",
    ".md": "text/markdown",
    ".txt": "text/plain",
    ".csv": "text/csv",
    ".html": "text/html",
    ".pdf": "application/pdf",
}


def propose(  # noqa: PLR0913 - each is an option of the command
    decision: Transaction,
    draft: Annotated[Path, typer.Argument(help="The draft: a JSON object, see the guide.")],
    *,
    query: Query = None,
    answer: Annotated[
        Path | None, typer.Option(help="Offline: a kept answer, with --checkpoint and --bundle.")
    ] = None,
    checkpoint: Annotated[Path | None, typer.Option(help="Offline: the checkpoint note.")] = None,
    bundle: Annotated[
        list[Path] | None, typer.Option(help="Offline: a bundle (may be repeated).")
    ] = None,
    attach: Attached = None,
    trust: Trust = None,
    log: Log = LOG,
    key: Key = KEY_PATH,
    registry: Registry = None,
    form: Shown = Format.TEXT,
) -> int:
    """Propose a decision: ask the query, verify the records, and sign what is proposed.

    Query, answer, checkpoint, trust file and bundles are kept with it, so that anybody can
    reconstruct the ranking later. Alternatives of the draft need their rank, `selected` and
    `reasons` alone; facts about suppliers come from the answer.

    Example:
        openquality decide propose PO-4711 draft.json --query query.json
        openquality decide propose PO-4711 draft.json --query query.json --answer answer.json
            --checkpoint checkpoint --bundle one.bundle.json --attach reasoning.md
    """
    from openquality.decisions import DecisionLog, filled
    from openquality_validator import documents

    content = documents.parse_object(draft.read_bytes()).value
    files = _read(attach)
    if query is not None:
        asked = documents.parse_object(query.read_bytes()).value
        held = _inputs(asked, answer, checkpoint, bundle or [], trust, registry)
        content["inputs"] = held.to_json()
        content["alternatives"] = filled(content.get("alternatives", []), held.rows())
        files.extend(held.files())
    _reasoning(content, attach or [], files)
    recorded = DecisionLog(log).propose(decision, content, key=load_key(key), files=files)
    return tell(recorded, form)


def amend(
    decision: Transaction,
    changes: Annotated[
        Path, typer.Argument(help="A JSON object of the members that are replaced, each whole.")
    ],
    *,
    reason: Reasons = None,
    attach: Attached = None,
    log: Log = LOG,
    key: Key = KEY_PATH,
    form: Shown = Format.TEXT,
) -> int:
    """Amend a proposal, also after its execution: it is then reviewed and executed anew.

    Example:
        openquality decide amend PO-4711 changes.json --reason renegotiated
    """
    from openquality.decisions import DecisionLog
    from openquality_validator import documents

    content = documents.parse_object(changes.read_bytes()).value
    files = _read(attach)
    _reasoning(content, attach or [], files)
    recorded = DecisionLog(log).amend(
        decision,
        content,
        reasons=reasons(reason, required=True),
        key=load_key(key),
        files=files,
    )
    return tell(recorded, form)


def _inputs(
    asked: dict[str, Any],
    answer: Path | None,
    checkpoint: Path | None,
    bundle: Sequence[Path],
    trust: Path | None,
    registry: str | None,
) -> "Inputs":
    from openquality.client import Client
    from openquality.decisions import ask
    from openquality.decisions.inputs import given
    from openquality.receipts import load_trust
    from openquality_validator import documents

    whom = load_trust(trust)
    if not whom.logs:
        say("Your trust file names no log. Add one with: openquality trust add URL")
    if answer is None:
        with Client(home.registry(registry)) as client:
            return ask(client, asked, trust=whom)
    if checkpoint is None:
        raise typer.BadParameter("--answer needs --checkpoint, and a --bundle for each record.")
    return given(
        asked,
        documents.parse_object(answer.read_bytes(), max_bytes=1 << 24).value,
        checkpoint=checkpoint.read_bytes(),
        trust=whom,
        bundles=[path.read_bytes() for path in bundle],
    )


def _read(paths: Sequence[Path] | None) -> list[bytes]:
    return [path.read_bytes() for path in paths or ()]


def _reasoning(content: dict[str, Any], attach: Sequence[Path], files: Sequence[bytes]) -> None:
    """Name the attached files under `reasoning`."""
    from openquality_validator.envelope import digest

    named = list(content.get("reasoning", []))
    for path, data in zip(attach, files, strict=False):
        kind = MEDIA_TYPES.get(path.suffix.lower(), "application/octet-stream")
        named.append({"digest": digest(data), "mediaType": kind})
    if named:
        content["reasoning"] = named
