"""Everybody who may knock, and a case in each state in which all that is private carries a marker.

`build(setup)` gives a World: one case, one person of every kind, the ids and tokens that addresses need, and the markers with their
readers. Everything is made by the real services.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from email.message import EmailMessage
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.test import Client, override_settings
from django_celery_beat.models import ClockedSchedule, CrontabSchedule

from accounts.models import AuthSession, LinkPurpose, NotificationPreference, User
from accounts.selectors.access_tokens import make_access_token
from accounts.selectors.links import password_reset_link, verification_link
from accounts.services.mail_links import issue_link
from accounts.services.passwords import request_password_reset
from accounts.tests.factories import UserFactory, session_of
from ai_mediation.enums import Outcome, Purpose
from ai_mediation.models import Budget, Consultation, ModelPrice, Route
from ai_mediation.services.checks import Checked, record_check
from ai_mediation.services.consultations import Asked
from ai_mediation.services.drafts import DraftSpec, record_draft
from ai_mediation.services.exchanges import record_exchange
from ai_mediation.tests.factories import policies
from disputes.enums import Decision, DisputeStatus
from disputes.models import Assignment, Candidate, Contract, ContractHold, Evidence, Invitation, Participant
from disputes.selectors.replies import DoorAnswer
from disputes.services.caucus import permit_line
from disputes.services.contract_checks import ContractFinding, conclude_contract_check
from disputes.services.contracts import sign_contract
from disputes.services.deadlines import propose_deadline
from disputes.services.drafting import save_draft
from disputes.services.ending import escalate_dispute
from disputes.services.evidence import add_evidence
from disputes.services.invitations import Invitee, decline_dispute, invite_another
from disputes.services.ranking import rank_candidates, submit_candidates
from disputes.services.replies import keep_reply
from disputes.services.understanding import answer_understanding
from disputes.tests.factories import (
    Case,
    accept,
    arbitrate,
    ask,
    assign,
    bid,
    candidates_for,
    caucus,
    disclose,
    draft,
    draw_up,
    eur,
    file_case,
    join,
    participant_of,
    peopled,
    propose,
    respond,
    review,
    say,
    seal,
    state,
    token_for,
    unchecked,
    understand,
)
from documents.models import Clause, Document, StoredFile
from documents.public import ingest_upload
from documents.rest.viewsets import file_url
from documents.tests.factories import BYTES, document_of, published
from esign.adapters.keys import as_pem, seal_key
from esign.models import Envelope, SealCertificate, SealedRevision, SealUpgrade, Signer
from esign.selectors.envelopes import signing_token
from esign.tests.factories import envelope_of, spec
from kernel.clock import now
from kernel.context import Origin
from kernel.ids import new_id
from kernel.journal import Actor
from kernel.links import token_digest
from kernel.mailcatcher.store import MailStore
from kernel.models import Delivery, OutboxEvent
from notifications.enums import Kind
from notifications.models import Mail, Notification

S = DisputeStatus
PRINCIPALS = (
    "anonymous",  # no credentials at all
    "expired",  # the claimant's, of yesterday
    "stranger",  # a client who is nothing in this case
    "invited",  # has an account and an open invitation, has not joined
    "ex_party",  # joined and left
    "other_lawyer",  # works another case
    "claimant",
    "co_claimant",
    "respondent",
    "counsel",
    "mediator",
    "arbitrator",
    "admin",
)
PARTIES = frozenset({"claimant", "co_claimant", "respondent"})
STAFF = frozenset({"counsel", "mediator", "arbitrator", "admin"})
INSIDERS = PARTIES | STAFF
NOBODY: frozenset[str] = frozenset()
SIGNER_ORIGIN = Origin("198.51.100.177", "zq-mark-agent-zq", "matrix")
FAR_AWAY = "203.0.113.9"  # no neighbour: /metrics asks who one is
UNKNOWN = UUID("01900000-0000-7000-8000-000000000007")


@dataclass(frozen=True)
class Marker:
    """A text that stands in one private place. `by_link`: also shown to whoever holds the mailed link."""

    text: str
    readers: frozenset[str]
    by_link: bool = False


@dataclass
class World:
    """One case with its people."""

    setup: str
    case: Case
    cast: dict[str, User]
    facts: dict[str, Any] = field(default_factory=dict)
    markers: dict[str, Marker] = field(default_factory=dict)

    def plant(self, name: str, readers: frozenset[str], *, by_link: bool = False) -> str:
        """A text to put into a private field."""
        text = f"zq-mark-{name}-zq"
        self.know(name, text, readers, by_link=by_link)
        return text

    def know(self, name: str, text: str, readers: frozenset[str], *, by_link: bool = False) -> None:
        """A text that is already private: an address, a token, a hash."""
        self.markers[name] = Marker(text, readers, by_link)

    def reveal(self, *names: str, to: frozenset[str] = INSIDERS) -> None:
        """From now on these are for `to`."""
        for name in names:
            self.markers[name] = Marker(self.markers[name].text, to, self.markers[name].by_link)


# --- building -----------------------------------------------------------------------------------------------------------------
def build(setup: str) -> World:
    """The world of that setup; see SETUPS."""
    case, cast = peopled(
        S.INVITE_SENT if setup == "filed" else S.STATING,
        title="zq-mark-title-zq",
        description="zq-mark-description-zq",
        **({"protocol": "mediated", "amount": eur("1200.00")} if setup in MEDIATED else {}),
    )
    world = World(setup, case, cast)
    for name in ("title", "description"):  # what api.md tells the invited before they join
        world.know(name, f"zq-mark-{name}-zq", INSIDERS | {"invited"}, by_link=True)
    _people(world)
    _other_case(world)
    _documents(world)
    if setup != "filed":
        _record(world)
    STEPS[setup](world)
    _facts(world)
    _back_office_rows(world)
    _ai_rows(world)
    _bytes_behind_every_file(world)
    return world


def _people(world: World) -> None:
    for kind, user in world.cast.items():
        world.know(f"address of {kind}", user.email, frozenset({kind, "admin"}))
        world.know(f"password of {kind}", User.objects.get(pk=user.pk).password, NOBODY)
    address = "zq-mark-outsider@example.net"
    world.know("invited address", address, NOBODY)
    person = Invitee(address, "Nora Neu")
    invite_another(acting_user=world.case.claimant, dispute_id=world.case.id, invitee=person)
    world.facts["outsider_token"] = token_for(world.case, address)
    world.facts["invitation_token"] = token_for(world.case, world.cast["invited"].email)
    for name in ("outsider_token", "invitation_token"):
        readers = frozenset({"invited"}) if name == "invitation_token" else NOBODY
        _link(world, name, world.facts[name], readers)
    leaver = UserFactory()
    join_and_leave = file_case(invitees=(Invitee(leaver.email),))
    join(join_and_leave, leaver)
    reason = world.plant("reason for leaving another case", frozenset({"admin"}))
    decline_dispute(acting_user=leaver, dispute_id=join_and_leave.id, reason=reason)


def _link(world: World, name: str, token: str, readers: frozenset[str]) -> None:
    """A link's token is for whoever was written to; what the row keeps of it is for nobody."""
    world.know(name, token, readers, by_link=True)
    world.know(f"digest of {name}", token_digest(token).hex(), NOBODY)


def _other_case(world: World) -> None:
    title = world.plant("title of another case", frozenset({"other_lawyer", "admin"}))
    text = world.plant("description of another case", frozenset({"other_lawyer", "admin"}))
    other = file_case(title=title, description=text)
    assign(other, lawyer=world.cast["other_lawyer"])
    world.facts["other_dispute_id"] = other.id


def _documents(world: World) -> None:
    claimant, respondent = world.cast["claimant"], world.cast["respondent"]
    document = document_of(
        claimant.pk, world.plant("own document", frozenset({"claimant"}), by_link=True).encode(), data={"title": "Mine"}
    )
    envelope = envelope_of(
        spec(respondent),
        creator=claimant,
        subject=("document", document.pk),
        document=document_of(claimant.pk, world.plant("envelope's document", PARTIES - {"co_claimant"}).encode()),
        title=world.plant("title of an envelope", frozenset({"claimant", "respondent", "admin"}), by_link=True),
    )
    world.reveal("envelope's document", to=frozenset({"claimant", "respondent"}))
    world.markers["envelope's document"] = Marker(
        world.markers["envelope's document"].text, frozenset({"claimant", "respondent"}), by_link=True
    )
    line = Notification.objects.create(
        user=claimant,
        kind=Kind.PARTY_JOINED,
        key="matrix",
        dispute_id=world.case.id,
        params={"title": world.plant("notification", frozenset({"claimant"})), "name": "Ana"},
    )
    world.facts |= {"document": document, "envelope": envelope, "notification_id": line.pk}
    _link(world, "sign_token", signing_token(Signer.objects.get(envelope=envelope)), NOBODY)
    world.facts["sign_token"] = world.markers["sign_token"].text


def _record(world: World) -> None:
    """Statements, evidence, caucuses, pairs and the joint room, everything with a marker. The truths stay sealed."""
    case, cast = world.case, world.cast
    for kind in ("claimant", "respondent"):
        own = frozenset({kind})
        state(case, cast[kind], world.plant(f"truth of {kind}", own))
        state(case, cast[kind], world.plant(f"addendum of {kind}", own))
        line = caucus(case, cast[kind], world.plant(f"caucus of {kind}", own | {"mediator"}))
        world.facts[f"caucus line of {kind}"] = line.id
    world.facts["message_id"] = world.facts["caucus line of claimant"]
    mine = frozenset({"claimant"})
    stored = ingest_upload(
        BytesIO(world.plant("evidence's content", mine).encode()),
        file_name=world.plant("evidence's name", mine) + ".txt",
        max_bytes=1000,
    )
    world.know("evidence's hash", stored.sha256, mine)
    described = world.plant("evidence's description", mine)
    piece = add_evidence(acting_user=case.claimant, dispute_id=case.id, stored=stored, description=described)
    world.facts["evidence_id"] = piece.pk
    pair = world.plant("pair message", frozenset({"claimant", "respondent"}))
    say(case, case.claimant, pair, recipient_id=case.respondent.pk)
    answer = world.plant("mediator's answer in a caucus", frozenset({"co_claimant", "mediator"}))
    say(case, cast["mediator"], answer, recipient_id=cast["co_claimant"].pk)
    say(case, case.claimant, world.plant("joint message", INSIDERS))
    propose_deadline(acting_user=case.claimant, dispute_id=case.id, deadline=now() + timedelta(days=20))


SEALED_UNTIL_DISCLOSURE = (
    *(f"{what} of {kind}" for what in ("truth", "addendum") for kind in ("claimant", "respondent")),
    *(f"evidence's {what}" for what in ("content", "name", "hash", "description")),
)


def _filed(world: World) -> None:
    propose_deadline(acting_user=world.case.claimant, dispute_id=world.case.id, deadline=now() + timedelta(days=20))


def _mediating(world: World) -> None:
    disclose(world.case)
    world.reveal(*SEALED_UNTIL_DISCLOSURE)
    reason = world.plant("reason of escalating", STAFF)
    escalate_dispute(acting_user=world.case.claimant, dispute_id=world.case.id, reason=reason)


def _proposed(world: World) -> None:
    _mediating(world)
    propose(world.case)
    comment = world.plant("comment of a counter", INSIDERS)
    respond(world.case, world.case.respondent, Decision.REJECT, comment=comment)
    propose(world.case, draft(world.case, summary=world.plant("summary of a proposal", INSIDERS)))


def _understanding(world: World) -> None:
    """The claimant has a summary and has not answered, the respondent has corrected theirs, the co-claimant's is not there yet."""
    case, cast = world.case, world.cast
    disclose(case)
    world.reveal(*SEALED_UNTIL_DISCLOSURE)
    for kind in ("claimant", "respondent"):
        understand(case, cast[kind], world.plant(f"understanding of {kind}", frozenset({kind})))
    correction = world.plant("correction of respondent", frozenset({"respondent"}))
    answer_understanding(acting_user=case.respondent, dispute_id=case.id, decision="correct", correction=correction)
    permit_line(acting_user=case.respondent, dispute_id=case.id, message_id=world.facts["caucus line of respondent"])


def _bidding(world: World) -> None:
    """Exactly one on each side: the co-claimant is out. The claimant has bid."""
    case = world.case
    _understanding(world)
    Participant.objects.filter(dispute_id=case.id, user=world.cast["co_claimant"]).update(status="removed")
    for name, marker in world.markers.items():
        world.markers[name] = replace(marker, readers=marker.readers - {"co_claimant"})
    bid(case, case.claimant, "713571.13")
    world.know("the claimant's bid", "713571", NOBODY)


def _ranking(world: World) -> None:
    """Four candidates; the claimant has ranked them."""
    case = world.case
    _understanding(world)
    for user in (case.claimant, world.cast["co_claimant"]):
        answer_understanding(acting_user=user, dispute_id=case.id, decision="correct", correction="As I said.")
    made = list(candidates_for(case))
    marked = replace(made[0].draft, summary=world.plant("summary of a candidate", INSIDERS))
    submit_candidates(
        resolution_id=ask(case).pk,
        candidates=[replace(made[0], draft=marked), *made[1:]],
        drafted_by=Actor.ai("mediator"),
    )
    order = list(Candidate.objects.filter(resolution=case.resolution).order_by("-number").values_list("pk", flat=True))
    rank_candidates(acting_user=case.claimant, dispute_id=case.id, resolution_id=case.resolution.pk, order=order)
    world.know(
        "the claimant's ranking",
        json.dumps([str(one) for one in order], separators=(",", ":")),
        frozenset({"claimant"}),
    )


def _held(world: World) -> None:
    """The contract check found something that only the back-office reads."""
    _proposed(world)
    accept(world.case)
    quote = world.plant("hold's quote", STAFF)
    unchecked(world.case)
    conclude_contract_check(
        contract_id=world.case.contract.pk, findings=[ContractFinding("unfair-term", "high", quote, "Strike it.")]
    )


def _arbitrating(world: World) -> None:
    disclose(world.case)
    world.reveal(*SEALED_UNTIL_DISCLOSURE)
    arbitrate(world.case)


def _reviewing(world: World) -> None:
    _proposed(world)
    accept(world.case)
    review(world.case)


def _signing(world: World) -> None:
    _proposed(world)
    accept(world.case)
    draw_up(world.case)
    world.know("signer's address", SIGNER_ORIGIN.ip, NOBODY)
    world.know("signer's browser", SIGNER_ORIGIN.user_agent, NOBODY)
    _sign(world, "co_claimant")


def _sign(world: World, kind: str) -> None:
    user = world.cast[kind]
    sign_contract(
        acting_user=user, dispute_id=world.case.id, full_name=user.full_name, consent=True, signature_image=None,
        checksum=None, origin=SIGNER_ORIGIN,
    )  # fmt: skip


def _executed(world: World) -> None:
    _signing(world)
    for kind in ("claimant", "respondent"):
        _sign(world, kind)
    seal(world.case)


STEPS: dict[str, Callable[[World], None]] = {
    "filed": _filed,
    "stating": lambda world: None,
    "mediating": _mediating,
    "understanding": _understanding,
    "bidding": _bidding,
    "ranking": _ranking,
    "proposed": _proposed,
    "arbitrating": _arbitrating,
    "review": _reviewing,
    "held": _held,
    "signing": _signing,
    "executed": _executed,
}
SETUPS = tuple(STEPS)
MEDIATED = ("understanding", "bidding", "ranking")


def _facts(world: World) -> None:
    case, claimant, document = world.case, world.case.claimant, world.facts["document"]
    assert isinstance(document, Document)
    envelope = world.facts["envelope"]
    assert isinstance(envelope, Envelope)
    request_password_reset(email=claimant.email, origin=SIGNER_ORIGIN)
    unverified = UserFactory(unverified=True)
    issue_link(user=unverified, purpose=LinkPurpose.VERIFY_EMAIL)
    resolution = case.dispute.resolutions.order_by("-round").first()
    invitation = Invitation.objects.get(token_digest=token_digest(world.facts["invitation_token"]))
    world.facts |= {
        "dispute_id": case.id,
        "evidence_id": world.facts.get("evidence_id", UNKNOWN),
        "message_id": world.facts.get("message_id", UNKNOWN),
        "hold_id": ContractHold.objects.filter(contract__dispute_id=case.id).values_list("pk", flat=True).first()
        or UNKNOWN,
        "resolution_id": resolution.pk if resolution is not None else UNKNOWN,
        "assignment_id": Assignment.objects.get(dispute_id=case.id, lawyer=world.cast["counsel"]).pk,
        "document_id": document.pk,
        "file_token": file_url(document, claimant).partition("token=")[2],
        "tracking_id": envelope.pk,
        "envelope_id": envelope.pk,
        "signer_id": Signer.objects.get(envelope=envelope).pk,
        "template_id": published().template_id,
        "version_id": published().pk,
        "invitation_id": invitation.pk,
        "mail_id": _caught_mail(),
        "refresh": session_of(claimant).refresh,
        "content_type_id": ContentType.objects.get_for_model(case.dispute).pk,
        "object_id": case.id,
        "reset_token": password_reset_link(claimant.pk).rpartition("/")[2],
        "verify_token": verification_link(unverified.pk).rpartition("/")[2],
    }
    _drafts(world)
    for name in ("reset_token", "verify_token"):
        _link(world, name, world.facts[name], NOBODY)
    if not Evidence.objects.filter(pk=world.facts["evidence_id"]).exists():
        assert world.setup == "filed"


def _drafts(world: World) -> None:
    """What nobody else reads yet: a filing that is being written, and an answer given at the door before the case began."""
    title = world.plant("title of a draft", frozenset({"claimant"}))
    draft_id = new_id()
    save_draft(acting_user=world.case.claimant, draft_id=draft_id, values={"title": title, "description": title})
    world.facts |= {"draft_id": draft_id, "step": "story"}
    if world.setup == "filed":
        text = world.plant("answer at the door", frozenset({"respondent"}))
        own = participant_of(world.case, world.case.respondent)
        keep_reply(world.case.dispute, own, DoorAnswer("disagree", text), is_given=True)


def _caught_mail() -> str:
    message = EmailMessage()
    message["Subject"], message["To"] = "A caught mail", "somebody@example.org"
    message.set_content("Hello.")
    store = MailStore(settings.ACCORD_DATA / "mail")
    return store.keep(message.as_bytes(), recipients=["somebody@example.org"], sender="accord@example.org").id


def _back_office_rows(world: World) -> None:
    """One of everything the admin shows that no case brings along."""
    event = OutboxEvent.objects.filter(deliveries=None)[0]
    Delivery.objects.create(event=event, subscriber="matrix.nothing", queue="mail")
    AccessAttempt.objects.create(username=str(world.case.id), ip_address=FAR_AWAY, failures_since_start=1)
    CrontabSchedule.objects.create()
    ClockedSchedule.objects.create(clocked_time=now())
    claimant = world.case.claimant
    NotificationPreference.objects.create(user=claimant, kind="turn", channel="email", enabled=False)
    Mail.objects.create(user=claimant, kind=Kind.PARTY_JOINED, key="matrix", message_id="<matrix@example.org>")
    Consultation.objects.create(
        purpose=Purpose.MEDIATION, model="offline", prompt_version="1", input_hash=b"0" * 32, outcome=Outcome.ANSWERED
    )
    contract = Contract.objects.filter(dispute_id=world.case.id).first()
    if world.setup == "signing" and contract is not None:
        Candidate.objects.create(resolution=contract.resolution, number=1, principle="merits")
        ContractHold.objects.create(
            contract=contract, rule="r", lifted_at=now(), lifted_by=world.cast["counsel"], lift_reason="Read."
        )
    if world.setup == "signing":
        _seal_rows(world)
    # Of the installation, so there once however many worlds there are.
    Clause.objects.get_or_create(slug="matrix", locale="en", defaults={"title": "A clause", "body": "Words."})
    Route.objects.get_or_create(
        purpose=Purpose.CHAT, position=1, defaults={"provider": "openai", "model": "m", "is_enabled": False}
    )
    Budget.objects.get_or_create(scope="day", defaults={"tokens": 1})
    ModelPrice.objects.get_or_create(provider="openai", model="m", defaults={"input_price": 1, "output_price": 1})


def _seal_rows(world: World) -> None:
    """What is kept of a seal; the envelope is not sealed, so nobody is shown this outside the back-office."""
    envelope, document = world.facts["envelope"], world.facts["document"]
    assert isinstance(envelope, Envelope)
    assert isinstance(document, Document)
    assert document.file_id is not None
    key = seal_key()
    certificate = SealCertificate.objects.create(fingerprint=key.fingerprint, pem=as_pem(key))
    SealedRevision.objects.create(
        envelope=envelope, number=1, file_id=document.file_id, sha256="0" * 64, level="B-B", certificate=certificate
    )
    SealUpgrade.objects.create(envelope=envelope, due_at=now())


def _ai_rows(world: World) -> None:
    """What people asked the AI, each with a marker for the one who asked."""
    quote = world.plant("finding's quote", frozenset({"claimant"}))
    finding: dict[str, Any] = {"rule": "model", "severity": "high", "quote": quote, "start": 0, "end": len(quote)}
    finding |= {"message": quote, "suggestion": "", "basis": ""}
    checked = Checked(policies()["unfair-terms"], "0" * 64, "en", "rules", "high", [finding])
    claimant = world.case.claimant
    record_check(checked=checked, asked_by_id=claimant.pk)
    text = world.plant("words of a drafted document", frozenset({"claimant"}))
    content = {"inputs": {"title": text}, "text": text, "sections": {text: text}, "checks": [], "warnings": [text]}
    spec = DraftSpec("settlement_agreement", "en", published().pk, "settlement-agreement@1", Decimal(1), world.case.id)
    world.facts["ai_draft_id"] = record_draft(owner_id=claimant.pk, spec=spec, content=content)
    asked = Asked(purpose=Purpose.CHAT, model="offline", prompt_version="1", input_hash=b"0" * 32)
    words: dict[str, Any] = {
        "question": world.plant("question to the assistant", frozenset({"claimant"})),
        "references": [],
    }
    words |= {
        "answer": world.plant("answer of the assistant", frozenset({"claimant"})),
        "tokensUsed": 0,
        "cached": False,
    }
    record_exchange(asked=asked, person_id=claimant.pk, content=words, dispute_id=world.case.id)


def _bytes_behind_every_file(world: World) -> None:
    """The factories register files without bytes; downloads need them."""
    for file in StoredFile.objects.all():
        if not default_storage.exists(file.key):
            default_storage.save(file.key, ContentFile(BYTES[file.sha256]))


# --- knocking -----------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Caller:
    """A principal at the door: `api` sends tokens, `page` a browser's session."""

    name: str
    api: Client
    page: Client


def caller(world: World, name: str) -> Caller:
    """The principal, signed in both ways (or not at all)."""
    if name == "anonymous":
        return Caller(name, _client(), _client())
    if name == "expired":
        user = world.cast["claimant"]
        session = AuthSession.objects.create(user=user, generation=user.credential_generation)
        token = make_access_token(user=user, session_id=session.pk, now=now() - timedelta(days=1))
        page = _client()
        page.cookies[settings.SESSION_COOKIE_NAME] = hashlib.md5(uuid4().bytes).hexdigest()
        return Caller(name, _client(token), page)
    user = User.objects.get(pk=world.cast[name].pk)
    page = _client()
    page.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])
    return Caller(name, _client(token_of(world, name)), page)


def token_of(world: World, name: str) -> str:
    """A fresh access token of this person."""
    with override_settings(ACCESS_TOKEN_EXPIRE_MINUTES=600):  # a walk may take longer than a token lives
        return session_of(User.objects.get(pk=world.cast[name].pk)).access


def _client(token: str | None = None) -> Client:
    headers: dict[str, Any] = {"HTTP_AUTHORIZATION": f"Bearer {token}"} if token is not None else {}
    return Client(raise_request_exception=False, REMOTE_ADDR=FAR_AWAY, **headers)


def say_all(found: list[str]) -> None:
    """Fails with every finding in full."""
    if found:
        pytest.fail(f"{len(found)} findings:\n" + "\n".join(found), pytrace=False)


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside did not happen afterwards."""
    block = transaction.atomic()
    block._from_testcase = True  # type: ignore[attr-defined]  # the edge's own transaction may begin inside
    with block:
        yield
        transaction.set_rollback(True)
