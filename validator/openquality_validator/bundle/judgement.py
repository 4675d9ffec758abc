"""Judge checkpoints: log keys in time, witnesses, and earlier views of the log (steps 8 and 9)."""

from collections.abc import Sequence
from datetime import datetime

from openquality_validator.bundle.anchors import NOBODY_KNOWN, Anchored
from openquality_validator.bundle.format import Consistency
from openquality_validator.bundle.ledger import Result, failed, passed, unknown
from openquality_validator.bundle.logged import moment
from openquality_validator.bundle.verdict import Outcome
from openquality_validator.entry import Entry
from openquality_validator.errors import ProofError
from openquality_validator.message import message
from openquality_validator.tlog import merkle
from openquality_validator.tlog import note as notes
from openquality_validator.tlog.checkpoint import Checkpoint
from openquality_validator.tlog.note import Note
from openquality_validator.trust import LogKey, Trust, TrustedLog


def judge_checkpoint(
    head: Checkpoint,
    signed: Note,
    *,
    logged: Entry,
    anchored: Anchored,
    trust: Trust,
    now: datetime,
) -> tuple[Result, Checkpoint]:
    """Judge the checkpoint's signature, the log key's window and the witnesses (step 8).

    With the result comes the checkpoint that is proved if it passes: the bundle's, or an earlier
    one of an anchor.
    """
    log = trust.log(head.origin)
    if log is None:
        return failed(
            "V082",
            message(
                "The registry {origin} is not in your trust file. If you trust it, run "
                "`openquality trust add` with its address.",
                origin=head.origin,
            ),
        ), head
    try:
        signers = notes.verify(signed, [key.verifier for key in log.keys])
    except ProofError as error:
        if error.code == NOBODY_KNOWN:
            return failed(
                "V082",
                message(
                    "The checkpoint of {origin} is not signed by a log key that you trust. If "
                    "the registry has a new key, get it from the operator and run `openquality "
                    "trust add`.",
                    origin=head.origin,
                ),
            ), head
        raise
    started = [
        key
        for key in log.keys
        if key.verifier in signers and (key.valid_from is None or key.valid_from <= now)
    ]
    result, proved = _judge_windows(
        started, head=head, log=log, admitted=moment(logged), anchored=anchored, now=now
    )
    if result.outcome is Outcome.PASS and log.policy is not None and not anchored.witnessed:
        result = unknown(
            "V085",
            message(
                "The log signed the checkpoint, and too few of the witnesses in your policy did: "
                "others may be shown another log. Fetch the bundle again a little later."
            ),
        )
    return result, proved


def _judge_windows(
    started: Sequence[LogKey],
    *,
    head: Checkpoint,
    log: TrustedLog,
    admitted: datetime,
    anchored: Anchored,
    now: datetime,
) -> tuple[Result, Checkpoint]:
    # Only what others said of exactly this checkpoint shows how old its signature is: whoever finds
    # a retired key can sign any tree around an old entry.
    seen = [each.moment for each in anchored.proved if each.checkpoint == head]
    at = min([now, *seen])
    if any(key.valid_until is None or at <= key.valid_until for key in started):
        return passed(
            "V080",
            message(
                "The log {origin} signed the checkpoint of {size} entries.",
                origin=head.origin,
                size=head.size,
            ),
        ), head
    # The checkpoint is later than the entry it holds, so an entry admitted after the key's
    # retirement convicts the signature.
    if not any(key.valid_until is not None and admitted <= key.valid_until for key in started):
        return failed(
            "V083",
            message(
                "The checkpoint is signed by a log key outside the window that your trust file "
                "gives it. Fetch the bundle again; if it stays so, ask the operator."
            ),
        ), head
    for witness in anchored.proved:
        if any(key.verifier in witness.signers and key.covers(witness.moment) for key in log.keys):
            older = witness.checkpoint
            return passed(
                "V080",
                message(
                    "The log {origin} signed an earlier checkpoint, of {size} entries, while its "
                    "key was good: {who} saw it.",
                    origin=head.origin,
                    size=older.size,
                    who=witness.who,
                ),
            ), older
    return unknown(
        "V084",
        message(
            "The log's key is retired by now, and nothing here proves that the checkpoint is "
            "older than that. Fetch the bundle again under a newer checkpoint."
        ),
    ), head


def judge_consistency(
    head: Checkpoint, *, seen: Checkpoint | None, proof: Consistency | None
) -> Result:
    """Compare with the last checkpoint that the verifier saw (step 9).

    The same size needs the same root. A larger tree needs a proof. A smaller one is older than
    what was seen; a proof could only come from the log, so it stays unknown.
    """
    if seen is None or seen.origin != head.origin:
        return unknown(
            "V092",
            message(
                "No earlier checkpoint of {origin} was given to compare with.", origin=head.origin
            ),
        )
    if head.size == seen.size:
        if head.root == seen.root:
            return passed("V090", message("The checkpoint is the one that you saw before."))
        return failed(
            "V095",
            message(
                "The log showed you another tree of {size} entries before: it forked, or shows "
                "different trees to different readers. Keep both checkpoints; together they "
                "prove it.",
                size=head.size,
            ),
        )
    if head.size < seen.size:
        return unknown(
            "V094",
            message(
                "The bundle's checkpoint ({size} entries) is older than the one you saw "
                "({seen_size}). Fetch the bundle again to compare.",
                size=head.size,
                seen_size=seen.size,
            ),
        )
    if proof is None or proof.old_size != seen.size:
        return unknown(
            "V093",
            message(
                "The bundle does not prove that the log continues the {size} entries you saw. "
                "Fetch it with ?from={size}.",
                size=seen.size,
            ),
        )
    merkle.verify_consistency(
        old=seen.size, new=head.size, old_root=seen.root, new_root=head.root, proof=proof.proof
    )
    return passed(
        "V090", message("The log continues the {size} entries that you saw before.", size=seen.size)
    )
