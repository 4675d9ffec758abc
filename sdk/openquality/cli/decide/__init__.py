"""`openquality decide`: the buyer's decisions, in a log of its own."""

import typer

from openquality.cli.decide import auditing, deciding, incidents, keeping, proposing

app = typer.Typer(help="Keep purchasing decisions: signed, under a policy, in a log of your own.")

app.command()(keeping.init)
app.command()(keeping.policy)
app.command()(proposing.propose)
app.command()(proposing.amend)
app.command()(deciding.approve)
app.command()(deciding.override)
app.command()(deciding.execute)
app.command()(deciding.pause)
app.command()(deciding.resume)
app.command()(deciding.cancel)
app.command()(deciding.reverse)
app.command()(incidents.incident)
app.command("test-override")(incidents.override_test)
app.command("show")(keeping.show_decisions)
app.command()(auditing.export)
app.command()(auditing.check)
app.command()(auditing.report)
app.command()(auditing.anchor)
app.command()(keeping.purge)
