"""`openquality certification`: the life of a certificate, in signed and public words."""

import typer

from openquality.cli.certification import (
    answering,
    asking,
    deciding,
    issuing,
    showing,
    standing,
)
from openquality_validator.message import message

app = typer.Typer(
    help=message("Issue certificates, and follow their life: signed words, public and permanent.")
)

app.command()(issuing.issue)
app.command()(asking.warn)
app.command()(asking.request)
app.command()(answering.respond)
app.command()(asking.close)
app.command()(standing.suspend)
app.command()(standing.reinstate)
app.command()(standing.revoke)
app.command()(answering.appeal)
app.command()(deciding.decide)
app.command()(showing.show)
