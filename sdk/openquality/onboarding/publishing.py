"""What is missing until buyers see the records: signatures, receipts, a registry that answers."""

from collections.abc import Iterator

from openquality import configuration, home, outbox
from openquality.onboarding import certificates
from openquality.onboarding.folder import Folder, Kept
from openquality.onboarding.gap import Gap, run
from openquality_validator import documents, envelope
from openquality_validator.bundle import Bundle
from openquality_validator.errors import InvalidInput, NetworkError, OpenQualityError
from openquality_validator.findings import Severity
from openquality_validator.message import message

REGISTRY = "URL"  # stands for the registry's address


def gaps(folder: Folder) -> Iterator[Gap]:
    """Look at the signed form and the receipt of each valid record."""
    for kept in folder.records:
        if kept.report.errors or kept.is_example:
            continue  # not to be signed yet
        if kept.statement is None:
            yield Gap(
                "Y050",
                Severity.ERROR,
                kept.name,
                message("The record is not signed."),
                message("Sign and publish it."),
                _publish(folder, kept),
            )
        elif not _holds(kept, kept.statement):
            yield Gap(
                "Y051",
                Severity.ERROR,
                kept.name,
                message("The record was changed after it was signed."),
                message(
                    "If it was published, give the changed record an id of its own in another "
                    "file; if not, delete the signed form and sign again."
                ),
            )
        elif kept.receipt is None:
            yield Gap(
                "Y052",
                Severity.ERROR,
                kept.name,
                message("The record is signed, and no receipt of a registry is kept."),
                message("Publish it; what was published already is not published twice."),
                _publish(folder, kept),
            )
        elif not _is_of(kept.receipt, kept.statement):
            yield Gap(
                "Y053",
                Severity.ERROR,
                kept.name,
                message("The receipt that is kept is not of this record."),
                message("Move it away, and publish again: you get the receipt anew."),
                _publish(folder, kept),
            )
    if _registry(folder) is None:
        yield Gap(
            "Y054",
            Severity.WARNING,
            str(folder.path),
            message("No registry is named anywhere."),
            message(
                "Name it in openquality.toml, in OPENQUALITY_REGISTRY, or with --registry each "
                "time."
            ),
        )


def reachable(folder: Folder) -> Iterator[Gap]:
    """Ask the registry whether it answers, and what it holds against one's certificates.

    This is the only look that leaves this machine.
    """
    from openquality.client import Client

    address = _registry(folder)
    if address is None:
        return
    try:
        with Client(address) as client:
            client.well_known()
            if folder.keys.did is not None:
                yield from certificates.asked(client, folder.keys.did)
    except OpenQualityError as error:
        yield Gap(
            "Y055",
            Severity.ERROR,
            address,
            message("The registry does not answer as one: {error}", error=error),
            message("Check the address, and that it can be reached from this machine.")
            if isinstance(error, NetworkError)
            else message("Check the address: something else answers there."),
        )


def _registry(folder: Folder) -> str | None:
    own = folder.keys.registry or configuration.find(folder.path.resolve()).registry
    try:
        return own or home.registry(None)
    except home.NoRegistry:
        return None


def _publish(folder: Folder, kept: Kept) -> str:
    named = () if _registry(folder) else ("--registry", REGISTRY)
    return run("publish", kept.path, "--key", folder.keys.path, *named)


def _holds(kept: Kept, statement: bytes) -> bool:
    try:
        payload = envelope.parse_envelope(statement.strip()).payload
        return bool(documents.parse(payload) == documents.parse(kept.document.data))
    except InvalidInput:
        return False


def _is_of(receipt: bytes, statement: bytes) -> bool:
    try:
        return outbox.digest(Bundle.from_bytes(receipt).statement) == outbox.digest(
            statement.strip()
        )
    except InvalidInput:
        return False
