"""Events of decisions: members that can be withheld, signatures, shape."""

from typing import Any

import pytest
from decisions_at_work import draft, keys

from openquality.decisions.log import _signed
from openquality_validator import envelope
from openquality_validator.decision import event as events
from openquality_validator.decision import sdjwt
from openquality_validator.decision.sdjwt import Disclosure
from openquality_validator.errors import DecisionError, EnvelopeError, InvalidInput

# RFC 9901, section 4.2.3: the disclosure of a family name, and its digest.
RFC_DISCLOSURE = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0"
RFC_DIGEST = "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"


def proposal(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    named = dict.fromkeys(("query", "answer", "checkpoint", "trust"), "sha256:" + "00" * 32)
    inputs = {**named, "records": []}
    return {
        "v": 1,
        "type": "Proposal",
        "time": "2026-11-21T12:00:00.000Z",
        "issuer": keys().agent.did,
        "transaction": "PO-1",
        **draft(inputs),
        **changes,
    }


def test_a_disclosure_has_the_digest_that_the_rfc_gives() -> None:
    read = Disclosure.from_text(RFC_DISCLOSURE)
    assert (read.name, read.value, read.digest) == ("family_name", "Möbius", RFC_DIGEST)


def test_an_event_reads_as_it_was_written() -> None:
    document = proposal()
    event = _signed(document, keys().agent)
    assert events.read(event.data) == event
    assert event.document == document
    assert event.withheld == 0
    assert events.check(event).findings == ()
    events.verify(event)


def test_what_is_withheld_cannot_be_found_and_nothing_else_changes() -> None:
    event = _signed(proposal(), keys().agent)
    shown = events.withhold(event, ["terms", "impact"])
    assert shown.digest == event.digest
    assert shown.withheld == 2
    assert b"25000" not in b"".join(
        envelope._base64url(part, "part")
        for part in shown.data.replace(b"~", b".").split(b".")[1:2]
    )
    assert not {"terms", "impact"} & shown.document.keys()
    assert shown.document["confidence"] == "0.9"
    assert events.check(shown).findings == ()
    events.verify(shown)


def test_the_same_value_is_concealed_differently_each_time() -> None:
    one, other = (_signed(proposal(), keys().agent) for _ in range(2))
    digests = [{each.digest for each in sdjwt.split(event.data)[1]} for event in (one, other)]
    assert not digests[0] & digests[1]


def test_members_that_the_rules_need_are_never_concealed() -> None:
    event = _signed(proposal(), keys().agent)
    bare = events.withhold(event, event.document)
    assert bare.document.keys() == {"v", "type", "time", "issuer", "transaction"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda parts: [*parts[:-1], RFC_DISCLOSURE.encode(), b""], "H031"),
        (lambda parts: [*parts[:-1], parts[1], b""], "H031"),
        (lambda parts: parts[:-1], "H030"),
        (lambda parts: [parts[0], b"!" + parts[1], b""], "H030"),
        (lambda parts: [parts[0], b"W10", b""], "H030"),
    ],
    ids=["of another event", "twice", "no tilde at the end", "not base64url", "an empty list"],
)
def test_a_disclosure_that_is_not_the_signers_is_refused(change: Any, code: str) -> None:  # noqa: ANN401 - a function
    event = _signed(proposal(), keys().agent)
    with pytest.raises(DecisionError) as refused:
        events.read(b"~".join(change(event.data.split(b"~"))))
    assert refused.value.code == code


def test_a_concealed_member_cannot_replace_an_open_one() -> None:
    hidden = Disclosure.make("type", "Approval", salt=bytes(16))
    payload = {"type": "Proposal", "_sd": [hidden.digest], "_sd_alg": "sha-256"}
    with pytest.raises(DecisionError) as refused:
        sdjwt.reveal(payload, [hidden])
    assert refused.value.code == "H032"


def test_another_hash_algorithm_is_refused() -> None:
    with pytest.raises(DecisionError) as refused:
        sdjwt.reveal({"_sd": ["x"], "_sd_alg": "sha-512"}, [])
    assert refused.value.code == "H030"


def test_an_event_of_somebody_elses_key_is_refused() -> None:
    event = _signed(proposal(issuer=keys().owner.did), keys().agent)
    with pytest.raises(EnvelopeError) as refused:
        events.verify(event)
    assert refused.value.code == "J014"


def test_a_statement_of_another_type_is_no_event() -> None:
    from registry_at_work import statement

    with pytest.raises(InvalidInput) as refused:
        events.read(statement() + b"~")
    assert refused.value.code == "J005"


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"confidence": 0.9}, "S001", "/confidence"),
        ({"confidence": "1.2"}, "S006", "/confidence"),
        ({"actor": {"kind": "person", "role": "Erika Mustermann"}}, "S006", "/actor/role"),
        ({"actor": {"kind": "person", "role": "buyer", "id": "e@x.de"}}, "S006", "/actor/id"),
        ({"transaction": "PO 1"}, "S006", "/transaction"),
        ({"reason": "x"}, "S003", "/reason"),
        ({"type": "Approval"}, "S002", ""),
        ({"reasons": [{"code": "x", "text": "fine\u200b"}]}, "X002", "/reasons/0/text"),
    ],
)
def test_what_has_not_the_form_is_found(changes: dict[str, Any], code: str, pointer: str) -> None:
    event = _signed(proposal(**changes), keys().agent)
    found = {(each.code, each.pointer) for each in events.check(event).errors}
    assert (code, pointer) in found
