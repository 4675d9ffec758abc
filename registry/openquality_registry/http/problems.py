"""Every error as a problem document, also those of the framework."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import compile_path

from openquality import wire
from openquality.language import local
from openquality_registry import language, problems
from openquality_registry.log.errors import Overloaded
from openquality_registry.pages import problems as pages
from openquality_registry.problems import Refused
from openquality_validator.errors import OpenQualityError
from openquality_validator.message import message

Handlers = Mapping[type[Exception], Callable[[Request, Exception], Awaitable[Response]]]

RETRY_AFTER = 1  # seconds; a group commit takes a quarter of one


def respond(problem: wire.Problem, headers: tuple[tuple[str, str], ...] = ()) -> Response:
    """Write a problem as a response; a 503 says when to come back."""
    fields = {**language.headers(), **dict(headers)}
    if problem.status == 503:  # noqa: PLR2004 - RFC 9110, section 15.6.4
        fields.setdefault("retry-after", str(RETRY_AFTER))
    return Response(
        said(problem).to_bytes(),
        status_code=problem.status,
        media_type=wire.PROBLEM,
        headers=fields,
    )


def said(problem: wire.Problem) -> wire.Problem:
    """Say a problem in the language of whoever is answered."""
    return replace(
        problem,
        title=local(problem.title),
        detail=local(problem.detail),
        findings=tuple(
            replace(each, message=local(each.message), hint=local(each.hint))
            for each in problem.findings
        ),
    )


def shown(
    request: Request, problem: wire.Problem, headers: tuple[tuple[str, str], ...] = ()
) -> Response:
    """Show a problem as a page where a browser asks for one, else as a problem document."""
    return pages.page(problem) if pages.wants_page(request) else respond(problem, headers)


def handlers(api: FastAPI) -> Handlers:
    """Return what answers each kind of error with a problem document, or a page for a person."""

    async def ours(request: Request, error: Exception) -> Response:
        assert isinstance(error, OpenQualityError)
        headers: tuple[tuple[str, str], ...] = ()
        if isinstance(error, Refused):
            headers = error.headers
        elif isinstance(error, Overloaded):
            headers = (("retry-after", str(error.retry_after)),)
        return shown(request, problems.of(error), headers)

    async def parameters(_request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"][1:])
        return respond(
            problems.problem(
                "invalid-parameter",
                message("{place}: {msg}. See /openapi.json.", place=place, msg=first["msg"]),
            )
        )

    async def framework(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        path = request.url.path
        if error.status_code == 405:  # noqa: PLR2004 - RFC 9110, section 15.5.6
            detail = message(
                "{path} does not take {method}. See /openapi.json.",
                path=path,
                method=request.method,
            )
            named = set((error.headers or {})["Allow"].split(", "))
            headers = (("allow", ", ".join(sorted(named | _methods(api, path)))),)
            return respond(problems.problem("method-not-allowed", detail), headers)
        detail = message("{path} is no address of this registry. See /openapi.json.", path=path)
        return shown(request, problems.problem("not-found", detail))

    async def gone(_request: Request, _error: Exception) -> Response:
        return Response(status_code=499)  # nobody reads it

    return {
        OpenQualityError: ours,
        RequestValidationError: parameters,
        HTTPException: framework,
        ClientDisconnect: gone,
    }


def _methods(api: FastAPI, path: str) -> set[str]:
    """Return every method of an address; the framework names those of one route only."""
    described: dict[str, dict[str, object]] = api.openapi()["paths"]
    return {
        method.upper()
        for template, operations in described.items()
        if compile_path(template)[0].match(path)
        for method in operations
    }
