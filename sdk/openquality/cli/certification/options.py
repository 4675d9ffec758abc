"""Options that the commands of `certification` share."""

from typing import Annotated

import typer

Target = Annotated[
    str,
    typer.Argument(
        metavar="CERTIFICATE",
        help="SCHEME/NUMBER of a certificate, or a record: its file or digest.",
    ),
]
Reason = Annotated[
    str, typer.Option(help="Why, in one sentence, without names of persons: it is public.")
]
Name = Annotated[str, typer.Option(help="Your organisation's name.")]
Evidence = Annotated[
    list[str] | None,
    typer.Option(help="A file, or a digest, that it rests on (may be repeated)."),
]
Criteria = Annotated[
    list[str] | None,
    typer.Option("--criterion", help="A question, clause or metric (may be repeated)."),
]
About = Annotated[str, typer.Argument(help="The statement that you answer: its digest or file.")]
NAME = "The issuer"
