"""Reports of `validate` against the schemas of SARIF and JUnit that others published.

The schemas are not part of the project: OASIS gives no licence with the file of SARIF, and JUnit
has several, none of them official.
"""

import contextlib
import io
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import jsonschema
from lxml import etree  # comes with PyLD
from tests.published.result import Outcome, Result
from tests.support import seeded_errors

from openquality.cli.main import main

HOSTILE = b'{"\\u0000<&]]>\\ud83d\\ude00": "\\u001b[31m\\u202e", "\\"%0A::error::": 1}'


def sarif(folder: Path) -> Iterator[Result]:
    """Hold reports to sarif-schema-2.1.0.json, wherever it is in the folder."""
    for path in sorted(folder.rglob("sarif-schema-2.1.0.json")):
        schema = json.loads(path.read_bytes())
        validator = jsonschema.validators.validator_for(schema)(
            schema, format_checker=jsonschema.FormatChecker()
        )
        for name, data in reports("sarif"):
            errors = list(validator.iter_errors(json.loads(data)))
            why = "; ".join(error.message for error in errors[:3])
            yield Result(f"{path.relative_to(folder)}: {name}", _outcome(why), why)


def junit(folder: Path) -> Iterator[Result]:
    """Hold reports to each JUnit.xsd or junit-10.xsd in the folder."""
    for path in sorted((*folder.rglob("JUnit.xsd"), *folder.rglob("junit-10.xsd"))):
        schema = etree.XMLSchema(etree.parse(path))
        for name, data in reports("junit"):
            schema.validate(etree.fromstring(data))
            why = "; ".join(str(each.message) for each in list(schema.error_log)[:3])
            yield Result(f"{path.relative_to(folder)}: {name}", _outcome(why), why)


def reports(form: str) -> Iterator[tuple[str, bytes]]:
    """Yield a report of every seeded error, of no error, of a hostile file, and of none."""
    with tempfile.TemporaryDirectory() as name, contextlib.chdir(name):
        bad = seeded_errors.corpus()
        for seeded in bad:
            Path(f"{seeded.name} ß%,:.json").write_bytes(seeded.data)
        Path("good.json").write_text(bad[0].base)
        Path("hostile.json").write_bytes(HOSTILE)
        lines = [seeded.data for seeded in bad if "\n" not in seeded.text]
        lines += [json.dumps(json.loads(bad[0].text)).encode(), b"{}", b"{"]
        Path("all.jsonl").write_bytes(b"\n".join(lines))
        for title, files in {
            "seeded": ["*.json", "all.jsonl", "gone.json"],
            "valid": ["good.json"],
            "hostile": ["hostile.json"],
            "absolute": [str(Path.cwd() / "hostile.json")],
            "unread": ["gone.json"],
        }.items():
            yield title, _report(["validate", *files, "--format", form])


def _report(arguments: list[str]) -> bytes:
    written = io.BytesIO()
    out = io.TextIOWrapper(written, encoding="utf-8")
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        main(arguments)
    out.flush()
    return written.getvalue()


def _outcome(why: str) -> Outcome:
    return Outcome.FAIL if why else Outcome.PASS
