"""Errors for people: the same problem as programs get, as a page, where a browser asks for one."""

from starlette.requests import Request
from starlette.responses import Response

from openquality.wire import PROBLEM, Problem
from openquality_registry.http import requests
from openquality_registry.pages import rendering
from openquality_registry.problems import Refused

HTML = "text/html"
# What programs alone ask for: their errors stay problem documents, whatever they accept.
_FOR_PROGRAMS = ("/v1/", "/tile/", "/checkpoint", "/mcp", "/.well-known/", "/issuers/")


def wants_page(request: Request) -> bool:
    """Tell whether an error of this request is for a person: a browser names HTML first."""
    if request.url.path.startswith(_FOR_PROGRAMS):
        return False
    try:
        # A client that takes anything is a program; the first offer wins between equals.
        return requests.accepts(request, (PROBLEM, "application/json", HTML)) == HTML
    except Refused:
        return False


def page(problem: Problem) -> Response:
    """Show a problem as a page of the same status."""
    return rendering.page("problem.html", {"problem": problem}, status=problem.status)
