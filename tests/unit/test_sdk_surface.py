"""`import openquality`: what it gives, and what it does not load."""

import subprocess
import sys

import pytest

import openquality

PROMISED = {"validate", "sign", "Client", "AsyncClient", "verify", "compare"}
HEAVY = (
    "cryptography",
    "httpx2",
    "jsonschema",
    "jsonschema_rs",
    "orjson",
    "rich",
    "scipy",
    "typer",
)


def test_the_surface_holds_what_is_promised() -> None:
    assert set(openquality.__all__) >= PROMISED


def test_every_public_name_is_there_and_nothing_else_is_listed() -> None:
    for name in openquality.__all__:
        assert getattr(openquality, name) is not None
    assert dir(openquality) == sorted(openquality.__all__)
    assert set(openquality._MODULES) == set(openquality.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="frobnicate"):
        _ = openquality.frobnicate


@pytest.mark.parametrize("module", ["openquality", "openquality.cli.main"])
def test_importing_costs_no_heavy_module(module: str) -> None:
    code = f"import sys, {module}; print(*(m for m in {HEAVY!r} if m in sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert loaded.stdout.split() == []
