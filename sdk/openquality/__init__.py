"""OpenQuality for Python programs: validate, sign, publish, query, verify and compare quality data.

    import openquality

    report = openquality.validate(record)
    statement = openquality.sign(record, openquality.load_key(path))
    with openquality.Client("https://registry.example") as registry:
        bundle = registry.publish(statement)
    verdict = openquality.verify(bundle, trust=openquality.Trust.from_bytes(trust_file))

Names are loaded when they are first used, so that importing the package costs next to nothing.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from openquality import webhooks
    from openquality.async_client import AsyncClient
    from openquality.checking import validate
    from openquality.client import Client
    from openquality.signing import SigningKey, generate, load_key, sign, write_key
    from openquality.verifying import compare, verify
    from openquality_validator.bundle import Outcome, Step, Verdict
    from openquality_validator.errors import (
        InvalidInput,
        NetworkError,
        OpenQualityError,
        RegistryError,
        UnknownTerm,
    )
    from openquality_validator.findings import Finding, Report, Severity
    from openquality_validator.trust import Trust

__all__ = [
    "AsyncClient",
    "Client",
    "Finding",
    "InvalidInput",
    "NetworkError",
    "OpenQualityError",
    "Outcome",
    "RegistryError",
    "Report",
    "Severity",
    "SigningKey",
    "Step",
    "Trust",
    "UnknownTerm",
    "Verdict",
    "compare",
    "generate",
    "load_key",
    "sign",
    "validate",
    "verify",
    "webhooks",
    "write_key",
]

_ERRORS, _FINDINGS = "openquality_validator.errors", "openquality_validator.findings"
_BUNDLE, _SIGNING = "openquality_validator.bundle", "openquality.signing"
_MODULES = {
    "AsyncClient": "openquality.async_client",
    "Client": "openquality.client",
    "Finding": _FINDINGS,
    "InvalidInput": _ERRORS,
    "NetworkError": _ERRORS,
    "OpenQualityError": _ERRORS,
    "Outcome": _BUNDLE,
    "RegistryError": _ERRORS,
    "Report": _FINDINGS,
    "Severity": _FINDINGS,
    "SigningKey": _SIGNING,
    "Step": _BUNDLE,
    "Trust": "openquality_validator.trust",
    "UnknownTerm": _ERRORS,
    "Verdict": _BUNDLE,
    "compare": "openquality.verifying",
    "generate": _SIGNING,
    "load_key": _SIGNING,
    "sign": _SIGNING,
    "validate": "openquality.checking",
    "verify": "openquality.verifying",
    "webhooks": "",  # a module: what a receiver of webhooks needs
    "write_key": _SIGNING,
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any public name
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    module = _MODULES[name]
    value = getattr(import_module(module), name) if module else import_module(f"openquality.{name}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
