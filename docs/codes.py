"""Write docs/spec/findings.md, and the table that `openquality explain` reads, from the source.

Rules bring their own sentence. Every other code stands in the source as the first argument of the
error or step that it names, beside its message and hint: these are read from the syntax tree, so
that no list has to be kept.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import orjson

import openquality_schemas
from openquality_validator import rules
from openquality_validator.explain import FAMILIES
from openquality_validator.text import table as texts

PAGE = Path("docs/spec/findings.md")
STEPS = Path("docs/spec/bundle.md")
TABLE = Path("validator/openquality_validator/codes.json")
SOURCES = (Path("validator/openquality_validator"), Path("sdk/openquality"))
INTRODUCTION = """\
# Codes

Made from the source by `make docs`; a test holds this page to it.

A code is a letter for its family and three digits.
It is stable: its meaning never changes, and a number is never used again; wording may improve.
A finding has a code, a severity, a JSON Pointer (RFC 6901), a message and a hint.
An error refuses the document, a warning does not.
`openquality explain CODE` shows the same text.
Problem codes of the HTTP interface are words and stand in [http-errors.md](http-errors.md).

Where a code has examples, they are in `examples/invalid` of a version folder under `schemas/openquality_schemas`, under the code.
"""  # noqa: E501 - Markdown has one sentence a line
_CODE = re.compile(r"[A-Z]\d{3}")
_HOLE = re.compile(r"\{(\w+)[^}]*\}")  # what a message fills in
_STEP = re.compile(r"^\| (V\d{3}) \| (pass|fail|unknown) \| (.+?) \|$", re.MULTILINE)
_OUTCOMES = {"pass": "", "fail": "error", "unknown": "warning"}
# Of the steps of a verdict; an observation judges nothing.
_SEVERITIES = {"passed": "", "unknown": "warning", "observed": ""}
_OF_CHANGES = re.compile(r"Z1\d\d")  # rules: what a change does under one, the change says itself
_MESSAGE = "Its message says what happened, and its hint what to do."


def table() -> dict[str, dict[str, str]]:
    """Return every code with its severity ('' where none applies), sentence and hint."""
    found = _steps() | _from_source()
    for rule in (*rules.RULES, *texts.RULES):
        found[rule.code] = {
            "severity": rule.severity.value,
            "sentence": rule.sentence,
            "hint": rule.hint,
        }
    return dict(sorted(found.items()))


def data() -> bytes:
    """Return the bytes of the table that ships with the validator."""
    return orjson.dumps(table(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def page() -> str:
    """Return the whole page."""
    families: defaultdict[str, list[str]] = defaultdict(list)
    examples = _examples()
    for code, said in table().items():
        families[code[0]].extend(_section(code, said, examples.get(code, ())))
    lines = [INTRODUCTION, "| family | about |", "|---|---|"]
    lines += [f"| [{key}](#{key.lower()}) | {FAMILIES[key]} |" for key in families]
    for key, sections in families.items():
        lines += ["", f"## {key}", "", f"About {FAMILIES[key]}.", *sections]
    return "\n".join(lines) + "\n"


def _section(code: str, said: Mapping[str, str], examples: tuple[str, ...]) -> Iterator[str]:
    yield f"\n### {code}\n"
    severity = f"**{said['severity'].capitalize()}.** " if said["severity"] else ""
    yield f"{severity}{said['sentence']}"
    if said["hint"]:
        yield f"What to do: {said['hint']}"
    if examples:
        yield f"Examples: {', '.join(examples)}."


def _steps() -> dict[str, dict[str, str]]:
    """Return the outcomes of steps from their page: most are made of a number in the source."""
    rows = _STEP.findall(STEPS.read_text("utf-8"))
    return {
        code: {"severity": _OUTCOMES[outcome], "sentence": _as_sentence(text), "hint": ""}
        for code, outcome, text in rows
    }


def _as_sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _examples() -> dict[str, tuple[str, ...]]:
    return {
        name.removesuffix(".cases.json"): tuple(case["name"] for case in orjson.loads(content))
        for name, content in openquality_schemas.examples("invalid").items()
        if name.endswith(".cases.json")
    }


def _from_source() -> dict[str, dict[str, str]]:
    trees = [ast.parse(p.read_text("utf-8")) for s in SOURCES for p in sorted(s.rglob("*.py"))]
    templates = dict(_templates(trees))
    found: dict[str, dict[str, str]] = {}
    listed: dict[str, str] = {}
    hints: defaultdict[str, set[str]] = defaultdict(set)
    for tree in trees:
        bound = _bound(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                for code, said in _said(node, templates, bound):
                    found[code] = {"severity": _severity(node)} | said
                    hints[code].add(said["hint"])
            elif isinstance(node, ast.Dict):
                listed |= _listed(node)
    # A table of codes in the source says it better than one of the messages.
    for code, sentence in listed.items():
        known = found.get(code, {"severity": "error", "hint": ""})
        # Where the hint depends on what happened, any one of them would mislead about the others.
        hint = known["hint"] if len(hints[code] - {""}) <= 1 else ""
        if _OF_CHANGES.fullmatch(code):
            known["severity"] = ""
        found[code] = known | {"sentence": sentence, "hint": hint}
    return found


def _severity(call: ast.Call) -> str:
    if any(isinstance(a, ast.Attribute) and a.attr == "WARNING" for a in call.args):
        return "warning"
    return _SEVERITIES.get(_name(call.func), "error")


def _listed(node: ast.Dict) -> dict[str, str]:
    keys = (_literal(key) if key else "" for key in node.keys)
    pairs = zip(keys, map(_literal, node.values), strict=True)
    return {code: sentence for code, sentence in pairs if _CODE.fullmatch(code) and sentence}


def _bound(tree: ast.Module) -> dict[str, set[str]]:
    """Return the names that a module gives to codes."""
    return {
        target.id: codes
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name) and (codes := _codes(node.value))
    }


def _codes(node: ast.expr) -> set[str]:
    if isinstance(node, ast.IfExp):
        return _codes(node.body) | _codes(node.orelse)
    return {_literal(node)} if _CODE.fullmatch(_literal(node)) else set()


def _said(
    call: ast.Call, templates: Mapping[str, list[str]], bound: Mapping[str, set[str]]
) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the codes that a call names, with sentence and hint."""
    for index, argument in enumerate(call.args):
        codes = (
            bound.get(argument.id, set()) if isinstance(argument, ast.Name) else _codes(argument)
        )
        said = [s for each in call.args[index + 1 :] if (s := _sentence(each)).count(" ") > 1]
        for code in codes:
            yield code, _pair(said) if said else _filled(call, templates)
    for keyword in call.keywords:
        if keyword.arg == "code":
            for code in _codes(keyword.value):
                yield code, _filled(call, templates)


def _templates(trees: list[ast.Module]) -> Iterator[tuple[str, list[str]]]:
    """Yield, for functions that are given a code, what they say with it."""
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                for call in (n for n in ast.walk(node) if isinstance(n, ast.Call)):
                    if (
                        call.args
                        and isinstance(call.args[0], ast.Name)
                        and call.args[0].id == "code"
                    ):
                        yield node.name, [s for a in call.args[1:] if (s := _sentence(a))]


def _filled(call: ast.Call, templates: Mapping[str, list[str]]) -> dict[str, str]:
    said = templates.get(_name(call.func), [])
    for keyword in call.keywords:
        said = [each.replace(f"‹{keyword.arg}›", _literal(keyword.value)) for each in said]
    return _pair(said)


def _pair(said: list[str]) -> dict[str, str]:
    return {"sentence": said[0] if said else _MESSAGE, "hint": said[1] if len(said) > 1 else ""}


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")


def _literal(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _sentence(node: ast.expr) -> str:
    """Return a message as written, with what it fills in between ‹ ›."""
    if isinstance(node, ast.IfExp):
        return _sentence(node.body)
    if isinstance(node, ast.Call) and _name(node.func) == "message":
        template = _sentence(node.args[0])
        return _HOLE.sub(r"‹\1›", template) if node.keywords else template
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else f"‹{_hole(part)}›"
            for part in node.values
        )
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _sentence(node.left) + _sentence(node.right)
    return _literal(node)


def _hole(node: ast.expr) -> str:
    if isinstance(node, ast.FormattedValue):
        names = [n.id for n in ast.walk(node.value) if isinstance(n, ast.Name)]
        attributes = [n.attr for n in ast.walk(node.value) if isinstance(n, ast.Attribute)]
        return (attributes or names or ["…"])[0]
    return "…"
