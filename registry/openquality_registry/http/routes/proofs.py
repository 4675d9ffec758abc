"""Proofs in the form of others (C2SP tlog-proof): one entry of the log, for any tool."""

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from openquality import wire
from openquality_registry.bootstrap import Parts
from openquality_registry.http import describe
from openquality_registry.http.routes.catalogue import DIGEST
from openquality_registry.http.routes.statements import BUNDLE_SCHEMA
from openquality_registry.problems import Refused
from openquality_validator.errors import ProofError
from openquality_validator.message import message
from openquality_validator.tlog.proof import MEDIA_TYPE, LogProof

EXAMPLE = "c2sp.org/tlog-proof@v1\nindex 4\n…\n\norigin\n7\nroot\n\n— origin signature\n"


def router(parts: Parts) -> APIRouter:
    """Make the route of log proofs."""
    routes = APIRouter(tags=["log"])

    @routes.get(
        "/v1/proofs/{sha256}",
        summary="The proof that a statement's entry is in the log, as a C2SP tlog-proof",
        responses=describe.text(EXAMPLE)
        | describe.problems("unknown-statement", "invalid-parameter", "outcome-unknown"),
    )
    def proof(sha256: Annotated[str, Path(pattern=DIGEST)]) -> Response:
        digest = f"sha256:{sha256.removeprefix('sha256:')}"
        logged = parts.folder.store.find(digest)
        if logged is None:
            raise Refused(
                "unknown-statement", message("{digest} is not in this log.", digest=digest)
            )
        view = parts.prover.view()
        try:
            hashes = view.inclusion(logged.index)
        except ProofError:
            raise Refused(
                "outcome-unknown", message("The checkpoint that covers it is being published.")
            ) from None
        head = parts.anchoring.head(view.checkpoint)
        # The entry itself goes with it: the proof is of its hash alone.
        made = LogProof(logged.index, hashes, head, extra=logged.entry)
        return Response(
            made.to_bytes(), media_type=MEDIA_TYPE, headers={"cache-control": "no-cache"}
        )

    @routes.get(
        "/v1/statements/{sha256}/bundle",
        summary="The bundle of a statement, at an address of its own",
        responses=describe.answer(wire.BUNDLE, schema=BUNDLE_SCHEMA)
        | describe.problems("unknown-statement", "invalid-parameter", "outcome-unknown"),
    )
    def bundle(sha256: Annotated[str, Path(pattern=DIGEST)]) -> Response:
        digest = f"sha256:{sha256.removeprefix('sha256:')}"
        logged = parts.folder.store.find(digest)
        if logged is None:
            raise Refused(
                "unknown-statement", message("{digest} is not in this log.", digest=digest)
            )
        statement = parts.folder.store.statement(digest)
        assert statement is not None
        try:
            body = parts.bundler.full(logged, statement, catalogue=parts.catalogue)
        except ProofError:
            raise Refused(
                "outcome-unknown", message("The checkpoint that covers it is being published.")
            ) from None
        return Response(body, media_type=wire.BUNDLE, headers={"cache-control": "no-cache"})

    return routes
