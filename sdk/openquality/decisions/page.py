"""The report on a decision log as one page of HTML: no script, nothing fetched, all escaped."""

import base64
from collections.abc import Iterable, Mapping
from hashlib import sha256
from html import escape
from typing import Any, Final

from openquality.decisions.table import rows

STYLE: Final = """
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }
table { border-collapse: collapse; margin: 0 0 2rem; width: 100%; }
caption { font-weight: 600; padding: .5rem 0; text-align: left; }
h1, th, td { overflow-wrap: anywhere; }
th, td { border-bottom: 1px solid; padding: .35rem .5rem; text-align: left; vertical-align: top; }
th[scope=row] { font-weight: 400; }
td.number { font-variant-numeric: tabular-nums; text-align: right; }
@media print { body { margin: 0; max-width: none; } }
"""
_HASH: Final = base64.b64encode(sha256(STYLE.encode()).digest()).decode()
POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'"
)


def page(
    measured: Mapping[str, Any],
    *,
    origin: str,
    findings: Iterable[Mapping[str, str]] = (),
) -> str:
    """Write the page: one table for each part of the report, then what is wrong or due."""
    tables = "\n".join(
        _table(part, [(name, value) for name, value in lines]) for part, lines in rows(measured)
    )
    since = f" from {escape(measured['since'])}" if measured["since"] else ""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Decisions of {escape(origin)}</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<h1>Decisions of {escape(origin)}</h1>
<p>As of {escape(measured["asOf"])}{since}.
What each figure means stands in the documentation, docs/spec/decision.md.</p>
{tables}
{_findings(findings)}
</main>
</body>
</html>
"""


def _table(caption: str, lines: Iterable[tuple[str, str]]) -> str:
    body = "\n".join(
        f'<tr><th scope="row">{escape(name)}</th><td class="number">{escape(value)}</td></tr>'
        for name, value in lines
    )
    return f"<table>\n<caption>{escape(caption)}</caption>\n<tbody>\n{body}\n</tbody>\n</table>"


def _findings(findings: Iterable[Mapping[str, str]]) -> str:
    lines = "\n".join(
        "<tr>"
        f"<td>{escape(each['severity'])}</td><td>{escape(each['code'])}</td>"
        f"<td>{escape(each['pointer'])}</td><td>{escape(each['message'])}</td>"
        "</tr>"
        for each in sorted(findings, key=lambda each: each["severity"] != "error")
    )
    if not lines:
        return "<p>Nothing is wrong, and nothing is due.</p>"
    head = "".join(f'<th scope="col">{name}</th>' for name in ("Severity", "Code", "Where", "What"))
    return (
        "<table>\n<caption>What is wrong or due</caption>\n"
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{lines}\n</tbody>\n</table>"
    )
