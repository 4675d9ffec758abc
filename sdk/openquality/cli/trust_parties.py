"""`openquality trust pin`, `accreditor`, `registrar` and others: whose word you believe."""

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from openquality.cli.trusting import File, load, save
from openquality_validator.errors import OpenQualityError
from openquality_validator.message import message


class RegisterScheme(StrEnum):
    """Name a scheme of identifiers of organisations."""

    LEI = "lei"
    GLN = "gln"
    VAT = "vat"


class NotACertificate(OpenQualityError):
    """A file holds no certificate."""

    def __str__(self) -> str:
        return message(
            "{arg} holds no X.509 certificate in PEM or DER. Get the root certificate from "
            "the time authority's own site.",
            arg=self.args[0],
        )


def pin(
    did: Annotated[str, typer.Argument(help="The issuer's identifier, did:…")],
    name: Annotated[str, typer.Argument(help="The name under which you know this issuer.")],
    *,
    key: Annotated[
        list[str] | None,
        typer.Option(help="A key by which you know it, z6Mk… or zDn…; then no other key will do."),
    ] = None,
    file: File = None,
) -> None:
    """Give an issuer the name under which you know it, whatever its records say.

    Example:
        openquality trust pin did:key:z6Mk… "Nordbolt Fasteners GmbH"
        openquality trust pin did:web:nordbolt.example "Nordbolt Fasteners GmbH" --key z6Mk…
    """
    from openquality_validator.trust import PinnedIssuer

    trust = load(file)
    others = tuple(issuer for issuer in trust.issuers if issuer.did != did)
    save(file, replace(trust, issuers=(*others, PinnedIssuer(did, name, tuple(key or ())))))


def accreditor(
    did: Annotated[str, typer.Argument(help="The assessor's identifier, did:…")],
    schemes: Annotated[list[str], typer.Argument(help="The schemes you accept it for.")],
    *,
    file: File = None,
) -> None:
    """Accept an assessor as accredited for the named schemes.

    Example:
        openquality trust accreditor did:key:z6Mk… "ISO 9001"
    """
    from openquality_validator.evidence import Accreditor

    trust = load(file)
    others = tuple(held for held in trust.accreditors if held.did != did)
    added = Accreditor(did, tuple(dict.fromkeys(schemes)))
    save(file, replace(trust, accreditors=(*others, added)))


def registrar(
    did: Annotated[str, typer.Argument(help="The registrar's identifier, did:key:…")],
    schemes: Annotated[
        list[RegisterScheme], typer.Argument(help="The schemes that you accept it for.")
    ],
    *,
    file: File = None,
) -> None:
    """Accept a registrar's word on which identifiers an issuer has (identity level L2).

    Example:
        openquality trust registrar did:key:z6Mk… lei vat
    """
    from openquality_validator.trust import Party

    trust = load(file)
    others = tuple(held for held in trust.registrars if held.did != did)
    added = Party(did, tuple(dict.fromkeys(scheme.value for scheme in schemes)))
    save(file, replace(trust, registrars=(*others, added)))


def status_issuer(
    did: Annotated[str, typer.Argument(help="Whose word counts, did:key:…")],
    schemes: Annotated[
        list[str] | None,
        typer.Argument(help="Only for records under these certification schemes."),
    ] = None,
    *,
    file: File = None,
) -> None:
    """Believe another voice than the issuer's on whether a record stands.

    The issuer's own word always counts; the registry operator's only if you name it here.

    Example:
        openquality trust status-issuer did:key:z6Mk…
        openquality trust status-issuer did:key:z6Mk… "IATF 16949"
    """
    from openquality_validator.trust import Party

    trust = load(file)
    others = tuple(held for held in trust.status_issuers if held.did != did)
    added = Party(did, tuple(dict.fromkeys(schemes or ())))
    save(file, replace(trust, status_issuers=(*others, added)))


def time_authority(
    name: Annotated[str, typer.Argument(help="The name under which you know it.")],
    roots: Annotated[list[Path], typer.Argument(help="Root certificates, PEM or DER.")],
    *,
    file: File = None,
) -> None:
    """Believe a time authority: its tokens must end in these root certificates.

    An authority that the log's own operator runs adds nothing.

    Example:
        openquality trust time-authority "Example TSA" root.pem
    """
    from openquality_validator.trust import TimeAuthority

    trust = load(file)
    others = tuple(held for held in trust.time_authorities if held.name != name)
    certificates = tuple(each for path in roots for each in _certificates(path))
    added = TimeAuthority(name, certificates)
    save(file, replace(trust, time_authorities=(*others, added)))


def _certificates(path: Path) -> list[bytes]:
    """Return the certificates in a file of PEM or DER, as DER."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    data = path.read_bytes()
    try:
        found = (
            x509.load_pem_x509_certificates(data)
            if b"-----BEGIN" in data
            else [x509.load_der_x509_certificate(data)]
        )
    except ValueError:
        raise NotACertificate(path) from None
    return [each.public_bytes(Encoding.DER) for each in found]
