"""`openquality sign`."""

from pathlib import Path
from typing import Annotated

import typer

from openquality import outbox
from openquality.cli.keys import KEY_PATH, load_key
from openquality.cli.options import Key
from openquality.cli.output import say, show
from openquality.cli.refusal import require_signable
from openquality.sources import Form, Unreadable, expand, load


def sign(
    files: Annotated[list[Path], typer.Argument(help="Record files (.json), or folders.")],
    *,
    key: Key = KEY_PATH,
) -> int:
    """Sign records: FILE.json gives FILE.jwt.

    Validates first, and signs nothing that would be refused. A FILE.jwt that holds the same record
    is kept, so that a repeated publish sends the same bytes.

    Example:
        openquality sign bolt.json
        openquality sign bolt.json --key keys/quality.key
    """
    signer = load_key(key)
    for path in expand(files):
        if path.suffix != ".json":
            raise Unreadable(path, "Only .json records are signed; `publish` signs .jsonl lines.")
        for document in load(path):
            if document.form is not Form.RECORD:
                continue
            require_signable(document)
            statement, is_new = outbox.keep_statement(path, document.data, lambda: signer)
            kept = outbox.statement_path(path)
            if not is_new:
                say(f"{kept} holds this record already; it was kept.")
            show(f"{kept} {outbox.digest(statement)}")
    return 0
