"""The catalogues of translations: complete, true to the source, and not gone around."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from gettext import GNUTranslations
from pathlib import Path

import pytest
from babel.messages import Catalog
from docs import messages

ROOT = Path(__file__).parents[2]
LANGUAGES = messages.languages()
FIELD = re.compile(r"\{\w*(?:![rsa])?(?::[^{}]*)?\}|%\(\w+\)s")
CODE = re.compile(r"`[^`]+`")
# What takes sentences for people: findings, rules, refusals, and every error of ours.
TAKERS = {"Finding", "Rule", "Refused", "problem"}
SENTENCE = re.compile(r"[a-z]{2,} [a-z]{2,}|[a-z] ‹|› [a-z]")
SOURCES = tuple(
    path
    for folder in ("validator", "sdk", "registry")
    for path in sorted((ROOT / folder).rglob("*.py"))
)
# What only the operator of a registry reads, at its own terminal, is said in English.
OPERATORS = re.compile(
    "/openquality_registry/(adapters|backup|commands|demo|log|migrations|watch)/"
    "|/openquality_registry/(facts|folder|rotation|witnesses).py"
)
# A short text of the code itself, such as the words between which a line is split.
WORDS_OF_CODE = {"moments capability", "--where ‹› ‹› ‹›", "declared unusable (‹›)"}


@cache
def extracted() -> Catalog:
    return messages.extracted()


@cache
def catalogue(language: str) -> Catalog:
    return messages.read(language)


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def _texts(text: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def _ids(found: Catalog) -> set[tuple[str, ...]]:
    return {_texts(each.id) for each in found if each.id}


def test_german_and_french_are_there() -> None:
    assert {"de", "fr"} <= set(LANGUAGES)


def test_every_text_is_in_the_catalogue_and_none_that_nobody_says(language: str) -> None:
    """`make messages` takes new texts in, and drops what is said no more."""
    said, held = _ids(extracted()), _ids(catalogue(language))
    assert held - said == set()
    assert said - held == set()


def test_every_text_has_its_translation(language: str) -> None:
    empty = [each.id for each in catalogue(language) if each.id and not all(_texts(each.string))]
    assert empty == []
    assert [each.id for each in catalogue(language) if each.id and each.fuzzy] == []


def test_translations_fill_in_what_the_english_text_fills_in(language: str) -> None:
    for each in catalogue(language):
        if not each.id:
            continue
        expected = sorted(FIELD.findall(_texts(each.id)[-1]))
        for said in _texts(each.string):
            assert sorted(FIELD.findall(said)) == expected, each.id


def test_commands_and_names_of_members_stay_as_they_are(language: str) -> None:
    for each in catalogue(language):
        for english, said in zip(_texts(each.id), _texts(each.string), strict=True):
            assert sorted(CODE.findall(said)) == sorted(CODE.findall(english)), each.id


def test_tags_of_pages_stay_as_they_are(language: str) -> None:
    for each in catalogue(language):
        if any("templates/" in where for where, _ in each.locations):
            for english, said in zip(_texts(each.id), _texts(each.string), strict=True):
                tags = re.compile(r"</?\w+[^>]*>|&\w+;")
                assert sorted(tags.findall(said)) == sorted(tags.findall(english))


def test_no_translation_stands_in_the_catalogue_of_another_language() -> None:
    said = {(each.id, each.string) for each in catalogue("de") if each.id}
    same = {
        each.id
        for each in catalogue("fr")
        if (each.id, each.string) in said and _texts(each.string)[0].count(" ") > 2
    }
    assert {text for text in same if FIELD.sub("", str(text)).count(" ") > 4} == set()


def test_programs_read_what_people_wrote(language: str) -> None:
    with messages.compiled_place(language).open("rb") as file:
        held = GNUTranslations(file)
    for each in catalogue(language):
        if not each.id:
            continue
        said = _texts(each.string)
        if isinstance(each.id, str):
            assert held.gettext(each.id) == said[0]
        else:
            one, more = each.id
            assert (held.ngettext(one, more, 1), held.ngettext(one, more, 7)) == said


def test_no_sentence_goes_around_the_catalogues() -> None:
    """Sentences of findings and errors are made by `message(...)`, or nobody can translate them."""
    found = [
        f"{path.relative_to(ROOT)}:{line}: {text}"
        for path in SOURCES
        if not OPERATORS.search(path.as_posix())
        for line, text in _around(ast.parse(path.read_text("utf-8")))
        if text not in WORDS_OF_CODE
    ]
    assert found == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('Finding("A001", E, "", f"{x} is wrong.", message("Mend it."))', ["‹› is wrong."]),
        ('raise EnvelopeError("J001", message("No."), "Send it again.")', ["Send it again."]),
        ('Finding("A001", E, "", message("{x} is wrong.", x=x), hint)', []),
        ('raise ValueError(f"{x} is wrong.")', []),
    ],
)
def test_a_sentence_that_goes_around_is_seen(source: str, expected: list[str]) -> None:
    assert expected == [text for _, text in _around(ast.parse(source))]


@cache
def _errors() -> frozenset[str]:
    """Name the classes of errors of ours: those of `errors.py`, and what is made of them."""
    classes = [
        (node.name, {_name(base) for base in node.bases})
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ClassDef)
    ]
    found = {"OpenQualityError"}
    while more := {name for name, bases in classes if bases & found} - found:
        found |= more
    return frozenset(found)


def _around(tree: ast.AST) -> Iterator[tuple[int, str]]:
    takers = TAKERS | _errors()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) in takers:
            given = (*node.args, *(keyword.value for keyword in node.keywords))
            for each in (part for value in given for part in _branches(value)):
                text = _written(each)
                if SENTENCE.search(text):
                    yield each.lineno, text


def _branches(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.IfExp):
        yield from (*_branches(node.body), *_branches(node.orelse))
    elif isinstance(node, ast.BinOp):
        yield from (*_branches(node.left), *_branches(node.right))
    else:
        yield node


def _written(node: ast.expr) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else "‹›" for part in node.values
        )
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")
