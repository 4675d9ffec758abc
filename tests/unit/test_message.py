import copy
import os
import pickle
import subprocess
import sys
from collections.abc import Callable

import orjson
import pytest

from openquality import language
from openquality_validator.errors import InvalidInput, UnknownTerm
from openquality_validator.message import (
    Message,
    join,
    languages,
    message,
    nearest,
    translate,
)

STOPPED = message("Stopped.")
NOT_THERE = message("No catalogue holds {this!r}.", this="ü{x}")


def test_a_message_is_its_english_sentence() -> None:
    assert NOT_THERE == "No catalogue holds 'ü{x}'."
    assert orjson.loads(orjson.dumps([NOT_THERE])) == ["No catalogue holds 'ü{x}'."]


def test_braces_mean_themselves_without_values() -> None:
    assert message("It starts with { here.") == "It starts with { here."
    assert translate(message("It starts with { here."), "de") == "It starts with { here."


@pytest.mark.parametrize("again", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])  # noqa: S301 - our own bytes
def test_a_copy_says_the_same_in_every_language(again: Callable[[Message], Message]) -> None:
    copied = again(message("error: {text}", text=STOPPED))
    assert isinstance(copied, Message)
    assert translate(copied, "de") == "Fehler: Abgebrochen."


def test_values_that_are_messages_are_said_in_the_language_too() -> None:
    told = message("error: {text}", text=STOPPED)
    assert translate(told, "de") == "Fehler: Abgebrochen."
    assert translate(told, "fr") == "erreur\N{NO-BREAK SPACE}: Arrêté."
    assert translate(told, "en") == "error: Stopped."


def test_joined_parts_are_said_in_the_language_each() -> None:
    assert translate(join(" ", ("K1:", STOPPED, "ok")), "de") == "K1: Abgebrochen. ok"


def test_an_error_among_the_values_is_said_in_its_own_words() -> None:
    inner = UnknownTerm("unit", "kq", ("kg", "km"))
    outer = InvalidInput("M999", message("error: {text}", text=inner), STOPPED)
    assert str(outer) == (
        "M999: error: Unknown unit 'kq'. Did you mean kg or km? See `openquality explain`. Stopped."
    )
    said = translate(str(outer), "de")
    assert "Meinten Sie kg oder km?" in said
    assert said.endswith("Abgebrochen.")


def test_what_is_no_message_or_not_translated_stays() -> None:
    assert translate("Stopped.", "de") == "Stopped."
    assert translate(NOT_THERE, "de") == str(NOT_THERE)
    assert translate(message(""), "de") == ""


def test_english_german_and_french_are_there() -> None:
    assert {"de", "en", "fr"} <= set(languages())
    assert languages()[0] == "en"


@pytest.mark.parametrize(
    ("tag", "expected"),
    [("de", "de"), ("de_AT.UTF-8", "de"), ("fr-CA", "fr"), ("FR", "fr"), ("xx", None), ("", None)],
)
def test_the_nearest_language_serves_a_tag(tag: str, expected: str | None) -> None:
    assert expected == nearest(tag)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"OPENQUALITY_LANGUAGE": "fr", "LC_ALL": "de_DE.UTF-8"}, "fr"),
        ({"LC_ALL": "de_DE.UTF-8", "LANG": "fr_FR.UTF-8"}, "de"),
        ({"LC_ALL": "", "LC_MESSAGES": "fr_CH", "LANG": "de_DE"}, "fr"),
        ({"LANG": "de"}, "de"),
        ({"LC_ALL": "C", "LANG": "de_DE"}, "en"),
        ({"LANG": "ja_JP.UTF-8"}, "en"),
        ({}, "en"),
    ],
)
def test_the_language_follows_the_environment(
    environment: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENQUALITY_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert expected == language.here.__wrapped__()


def _run(*arguments: str, asked: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", _PROGRAM, *arguments],
        env={**os.environ, "OPENQUALITY_LANGUAGE": asked},
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
    )


_PROGRAM = """
import sys
from collections.abc import Callable
from openquality.cli.main import main
code = main(sys.argv[1:])
print("gettext" in sys.modules, "babel" in sys.modules)
sys.exit(code)
"""


def test_a_language_that_is_not_there_is_refused_in_a_sentence() -> None:
    ran = _run("validate", "nothing.json", asked="xx")
    assert ran.returncode == 2
    assert "There is no language 'xx'. Take one of: en, de, fr." in ran.stderr
    assert "Traceback" not in ran.stderr


def test_no_catalogue_is_loaded_for_english() -> None:
    assert _run("validate", "nothing.json", asked="en").stdout.endswith("False False\n")
    assert _run("validate", "nothing.json", asked="de").stdout.endswith("True False\n")
