"""The program `openquality`: runs a command, turns errors into sentences and exit codes.

Exit codes: 0 done, 1 the input was refused, 2 could not run, 3 unknown (`verify`, `decide check`),
130 stopped.
"""

import gc
import os
import sys
from collections.abc import Iterator, Sequence
from io import TextIOWrapper
from typing import NoReturn

from openquality.cli import INSTALL
from openquality.language import UnknownLanguage, chosen, local
from openquality.refused import RefusedInput
from openquality_validator.errors import (
    InvalidInput,
    OpenQualityError,
    RegistryError,
    TrustFileError,
)
from openquality_validator.findings import Finding
from openquality_validator.message import join, message

REFUSED, COULD_NOT_RUN, STOPPED = 1, 2, 130
SERVER_FAULT = 500
COLLECTED_AFTER = 50_000  # objects; with Python's 700 a tenth of a short call is collecting nothing
# The signing key does not read, would be overwritten, or cannot be had from what keeps it.
OWN_KEY = {"K007", "K008", *(f"K{number:03}" for number in range(11, 20))}


def program() -> NoReturn:
    """Be the whole process: run `main`, and end with its exit code."""
    gc.set_threshold(COLLECTED_AFTER)
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # as standard error is from the start
    code = main()
    gc.freeze()  # else the interpreter looks at everything once more before it lets go of it
    sys.exit(code)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code; no error leaves as a traceback."""
    try:
        code = _run(list(sys.argv[1:] if arguments is None else arguments))
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has gone, as with `| head`: nobody is left to be told.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return REFUSED
    except KeyboardInterrupt:
        return STOPPED
    return code


def _run(arguments: list[str]) -> int:
    if arguments in ([], ["help"]):
        arguments = ["--help"]
    try:
        chosen()  # a language that is not there is refused before anything is said in it
        result = _call(arguments)
    except (BrokenPipeError, KeyboardInterrupt):
        raise
    except Exception as error:
        if "OPENQUALITY_DEBUG" in os.environ:
            raise
        return _tell(error)
    return result if isinstance(result, int) else 0


def _call(arguments: list[str]) -> object:
    # Typer, and pydantic with it, take longer to load than one file takes to validate. The calls
    # that are made thousands of times from scripts need neither.
    if arguments[0] == "validate":
        from openquality.cli import plain

        call = plain.read(arguments[1:])
        if call is not None:
            return call.run()
    from openquality.cli.application import application

    return application().main(arguments, prog_name="openquality", standalone_mode=False)


def _tell(error: Exception) -> int:
    """Say what went wrong in a sentence, and return the exit code."""
    code = COULD_NOT_RUN
    text: str
    if _is_about_usage(error):
        error.show()  # type: ignore[attr-defined]
        return code
    if isinstance(error, OpenQualityError):
        text = join("\n", (str(error), *_findings(error)))
        code = exit_code(error)
    elif isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        text = f"{where}{error.strerror or error}"
    elif isinstance(error, ModuleNotFoundError) and not str(error.name).startswith("openquality"):
        text = message(
            "This command needs {name}, which is not installed. Run: {install}",
            name=error.name,
            install=INSTALL,
        )
    elif type(error).__name__ == "Abort":  # typer's, where a question was answered by Ctrl-C
        text, code = message("Stopped."), STOPPED
    else:
        text = message(
            "This is a defect of openquality, please report it: {kind}: {error}. "
            "Run again with OPENQUALITY_DEBUG=1 to see where.",
            kind=type(error).__name__,
            error=error,
        )
    text = message("error: {text}", text=text)
    sys.stderr.write(f"{text if isinstance(error, UnknownLanguage) else local(text)}\n")
    return code


def _findings(error: OpenQualityError) -> Iterator[str]:
    """Write what a registry found, a line for each finding."""
    for finding in error.findings if isinstance(error, RegistryError) else ():
        if isinstance(finding, Finding):
            at = finding.pointer or "/"
            yield message(
                "    {code} at {at}: {message} {hint}",
                code=finding.code,
                at=at,
                message=finding.message,
                hint=finding.hint,
            )


def _is_about_usage(error: Exception) -> bool:
    typer = sys.modules.get("typer")
    return typer is not None and isinstance(error, typer.TyperException)


def exit_code(error: OpenQualityError) -> int:
    """Return 1 if the input was refused, 2 if the command could not run."""
    if isinstance(error, RegistryError):
        return REFUSED if error.status < SERVER_FAULT else COULD_NOT_RUN
    if isinstance(error, TrustFileError) or getattr(error, "code", "") in OWN_KEY:
        return COULD_NOT_RUN  # what the user's own machine holds is no input that was refused
    is_about_input = isinstance(error, (InvalidInput, RefusedInput)) or hasattr(error, "report")
    return REFUSED if is_about_input else COULD_NOT_RUN
