"""`openquality sign`."""

from pathlib import Path
from typing import Annotated

import typer

from openquality import outbox
from openquality.cli.keys import KEY_PATH, load_key
from openquality.cli.options import Key
from openquality.cli.output import say, show
from openquality.cli.refusal import require_signable
from openquality.sources import WORKBOOKS, Form, Unreadable, expand, load
from openquality_validator.message import message


def sign(
    files: Annotated[list[Path], typer.Argument(help="Records (.json), workbooks, or folders.")],
    *,
    key: Key = KEY_PATH,
) -> int:
    """Sign records: FILE.json gives FILE.jwt, FILE.xlsx a FILE.NAME.jwt for each record.

    Validates first, and signs nothing that would be refused. A FILE.jwt that holds the same record
    is kept, so that a repeated publish sends the same bytes.

    Example:
        openquality sign bolt.json
        openquality sign claims.xlsx
        openquality sign bolt.json --key keys/quality.key
    """
    signer = load_key(key)
    for path in expand(files):
        if path.suffix != ".json" and not path.is_dir() and path.suffix.lower() not in WORKBOOKS:
            raise Unreadable(
                path,
                message(
                    "Only .json records and workbooks are signed; `publish` signs .jsonl lines."
                ),
            )
        for document in load(path):
            if document.form not in {Form.RECORD, Form.WORKBOOK}:
                continue
            require_signable(document)
            place = outbox.record_path(document)
            statement, is_new = outbox.keep_statement(place, document.data, lambda: signer)
            kept = outbox.statement_path(place)
            if not is_new:
                say(message("{kept} holds this record already; it was kept.", kept=kept))
            show(f"{kept} {outbox.digest(statement)}")
    return 0
