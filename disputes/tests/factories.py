"""Cases for tests, brought into each state by the real services; no PDF is rendered and nothing leaves the process.

`case_in(DisputeStatus.SIGNING)` is the short way. `cast_of(case)` gives one person of every kind an access matrix asks for.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal
from uuid import UUID

from django.db import transaction
from django.test import override_settings

from accounts.public import User
from accounts.tests.factories import UserFactory
from disputes.enums import ContractStatus, Decision, DisputeStatus, Part
from disputes.models import (
    BiddingRound,
    Candidate,
    Contract,
    Dispute,
    Evidence,
    Invitation,
    Message,
    Participant,
    Resolution,
    Truth,
    Understanding,
)
from disputes.selectors.case_file import CandidateDraft, Citation, Instalment, Principle, ResolutionDraft, TermData
from disputes.services.assignments import assign_lawyer
from disputes.services.bidding import place_bid
from disputes.services.contract_checks import ContractFinding, conclude_contract_check
from disputes.services.contracts import (
    DrawnUp,
    complete_drawing_up,
    execute_contract,
    lease_contract,
    sign_contract,
)
from disputes.services.ending import (
    consent_to_arbitration,
    decide_dispute,
    end_dispute,
    escalate_dispute,
    withdraw_dispute,
)
from disputes.services.evidence import add_evidence
from disputes.services.filing import Filing, open_dispute
from disputes.services.invitations import Invitee, decline_dispute, email_index, join_dispute, start_dispute
from disputes.services.messages import PostedMessage, post_message
from disputes.services.ranking import rank_candidates, submit_candidates
from disputes.services.resolving import propose_resolution, request_resolution
from disputes.services.responding import Answer, respond_to_resolution
from disputes.services.stating import submit_truth
from disputes.services.understanding import answer_understanding, record_understanding
from documents.public import Ingested, Rendered, StoredBytes
from documents.tests.factories import kept, published
from esign.tests.factories import Envelope, complete_envelope
from kernel.clock import local_date, now
from kernel.context import Origin
from kernel.ids import new_id
from kernel.journal import Actor
from kernel.links import make_token
from kernel.money import Money

ORIGIN = Origin("192.0.2.7", "tests", "test-request")
S = DisputeStatus
Severity = Literal["low", "medium", "high"]


@dataclass
class Case:
    """A dispute and its people. `dispute` is read anew each time."""

    id: UUID
    claimant: User
    respondent: User
    co_parties: list[User] = field(default_factory=list)
    staff: dict[str, User] = field(default_factory=dict)

    @property
    def dispute(self) -> Dispute:
        return Dispute.objects.get(pk=self.id)

    @property
    def status(self) -> str:
        return str(self.dispute.status)

    @property
    def parties(self) -> list[User]:
        return [self.claimant, self.respondent, *self.co_parties]

    @property
    def resolution(self) -> Resolution:
        """The newest one."""
        return Resolution.objects.filter(dispute_id=self.id).order_by("-round")[0]

    @property
    def contract(self) -> Contract:
        """The newest one."""
        return Contract.objects.filter(dispute_id=self.id).order_by("-created_at")[0]

    def url(self, rest: str = "") -> str:
        return f"/api/disputes/{self.id}" + (f"/{rest}" if rest else "")


def participant_of(case: Case, user: User) -> Participant:
    return Participant.objects.get(dispute_id=case.id, user=user)


def file_case(*, claimant: User | None = None, invitees: tuple[Invitee, ...] = (), **filing: Any) -> Case:
    """Filed by a claimant; `respondent` has an account and an open invitation (first), then come `invitees`."""
    claimant = claimant or UserFactory()
    respondent = UserFactory()
    given = {"title": "A bicycle", "description": "It came without its wheels.", "protocol": "simple", **filing}
    made = open_dispute(
        acting_user=claimant,
        filing=Filing(invitees=(Invitee(email=respondent.email), *invitees), **given),
    )
    return Case(made.pk, claimant, respondent)


def token_for(case: Case, email: str) -> str:
    """The token of the link that was mailed to an invited address."""
    invitation = Invitation.objects.get(
        participant__dispute_id=case.id, participant__email_index=email_index(email.lower())
    )
    return token_of(invitation)


def token_of(invitation: Invitation) -> str:
    return make_token("invitation", invitation.pk, invitation.generation)


def join(case: Case, user: User) -> None:
    join_dispute(acting_user=user, dispute_id=case.id, token=token_for(case, user.email))


def stating(**filing: Any) -> Case:
    """Both are in."""
    case = file_case(**filing)
    join(case, case.respondent)
    return case


def state(case: Case, user: User, content: str = "What happened, as I see it.") -> Truth:
    return submit_truth(acting_user=user, dispute_id=case.id, content=content)


def mediating(**filing: Any) -> Case:
    """Both have stated; all is disclosed."""
    case = stating(**filing)
    disclose(case)
    return case


def disclose(case: Case) -> None:
    """Everybody who has not stated does."""
    for user in case.parties:
        if not Truth.objects.filter(dispute_id=case.id, participant__user=user).exists():
            state(case, user, f"The truth of {user.full_name}.")


def with_co_claimant(**filing: Any) -> Case:
    """Three parties in `stating`: the claimant, a co-claimant and the respondent."""
    partner = UserFactory()
    case = file_case(invitees=(Invitee(email=partner.email, side="claimant"),), **filing)
    for user in (partner, case.respondent):
        join(case, user)
    case.co_parties.append(partner)
    return case


def day(case: Case, ahead: int = 30) -> date:
    """A day from now, in the dispute's time zone."""
    return local_date(now() + timedelta(days=ahead), case.dispute.timezone)


def payment(case: Case, amount: str | None = "900.00", *, instalments: tuple[str, ...] = (), **fields: Any) -> TermData:
    """The respondent pays the claimant."""
    given: dict[str, Any] = {
        "id": new_id(),
        "kind": "payment",
        "debtor_id": case.respondent.pk,
        "creditor_id": case.claimant.pk,
        "amount": eur(amount) if amount is not None else None,
        "due_date": None if instalments else day(case),
        "condition": "",
        "text": "The respondent pays the claimant.",
        "instalments": tuple(Instalment(eur(part), day(case, 30 * n)) for n, part in enumerate(instalments, 1)),
    }
    return TermData(**{**given, **fields})


def eur(amount: str) -> Money:
    return Money.parse({"amount": amount, "currency": "EUR"})


def draft(case: Case, *terms: TermData, citations: tuple[Citation, ...] = (), **fields: Any) -> ResolutionDraft:
    given: dict[str, Any] = {
        "summary": "The respondent pays.",
        "agreed_facts": ("There was a bicycle.",),
        "disputed_facts": (),
        "terms": terms or (payment(case),),
        "reasoning": "Both want peace.",
        "citations": citations,
        "model": "test",
        "prompt_version": "1",
    }
    return ResolutionDraft(**{**given, **fields})


def ask(case: Case, user: User | None = None, mode: str | None = None) -> Resolution:
    """`resolve`; what is being drafted."""
    route = request_resolution(acting_user=user or case.claimant, dispute_id=case.id, mode=mode)
    assert route.resolution is not None
    return route.resolution


def propose(case: Case, given: ResolutionDraft | None = None) -> Resolution:
    """Asked for and drafted."""
    return propose_resolution(resolution_id=ask(case).pk, draft=given or draft(case), drafted_by=Actor.ai("mediator"))


def proposed(**filing: Any) -> Case:
    case = mediating(**filing)
    propose(case)
    return case


def respond(case: Case, user: User, decision: Decision = Decision.ACCEPT, **fields: Any) -> Resolution:
    return respond_to_resolution(
        acting_user=user, dispute_id=case.id, resolution_id=case.resolution.pk, answer=Answer(decision, **fields)
    )


def fail_rounds(case: Case, times: int) -> None:
    """That many proposals, each rejected."""
    for _ in range(times):
        propose(case)
        respond(case, case.respondent, Decision.REJECT)


def accept(case: Case) -> None:
    for user in case.parties:
        respond(case, user)


def arbitrating(**filing: Any) -> Case:
    case = mediating(**filing)
    arbitrate(case)
    return case


def arbitrate(case: Case) -> None:
    for user in case.parties:
        consent_to_arbitration(acting_user=user, dispute_id=case.id)
    escalate_dispute(acting_user=case.claimant, dispute_id=case.id, reason="")


def contracting(**filing: Any) -> Case:
    """Agreed; the contract waits to be drawn up."""
    case = proposed(**filing)
    accept(case)
    return case


def drawn_up(content: bytes = b"%PDF-1.7 a contract") -> DrawnUp:
    """What the renderer would have made."""
    pdf = kept(content, made_here=True, media_type="application/pdf")
    stored = StoredBytes(key=pdf.key, size=pdf.size, sha256=pdf.sha256, media_type=pdf.media_type)
    return DrawnUp(
        published().pk,
        {"title": "A made-up agreement"},
        "The parties agree.",
        Rendered(content, pdf.sha256, 2, "none"),
        stored,
    )


def draw_up(case: Case) -> None:
    lease_contract(contract_id=case.contract.pk)
    complete_drawing_up(contract_id=case.contract.pk, drawn_up=drawn_up())


def in_review(**filing: Any) -> Case:
    """`contracting`, with the contract before a lawyer."""
    case = contracting(**filing)
    review(case)
    return case


def review(case: Case) -> None:
    with override_settings(DISPUTES_REVIEW_CONTRACTS=True):
        draw_up(case)
    assert case.contract.status == ContractStatus.REVIEW


def signing(**filing: Any) -> Case:
    case = contracting(**filing)
    draw_up(case)
    return case


def sign(case: Case, user: User, **fields: Any) -> Contract:
    given: dict[str, Any] = {"full_name": user.full_name, "consent": True, "signature_image": None, "checksum": None}
    return sign_contract(acting_user=user, dispute_id=case.id, origin=ORIGIN, **{**given, **fields})


def seal(case: Case) -> Contract:
    """What the seal's worker and the subscriber of its event do, without a PDF."""
    pdf = kept(b"%PDF-1.7 sealed", made_here=True, media_type="application/pdf")
    stored = StoredBytes(key=pdf.key, size=pdf.size, sha256=pdf.sha256, media_type=pdf.media_type)
    contract = case.contract
    assert contract.envelope_id is not None
    complete_envelope(envelope_id=contract.envelope_id, stored=stored, level="B-B", fingerprint="0" * 64)
    envelope = Envelope.objects.get(pk=contract.envelope_id)
    assert envelope.sealed_file_id is not None
    return execute_contract(contract_id=contract.pk, file_id=envelope.sealed_file_id, sha256=envelope.sealed_sha256)


def executed(**filing: Any) -> Case:
    case = signing(**filing)
    for user in case.parties:
        sign(case, user)
    seal(case)
    return case


def withdrawn(**filing: Any) -> Case:
    case = mediating(**filing)
    withdraw_dispute(acting_user=case.claimant, dispute_id=case.id, reason="")
    return case


def lapsed(**filing: Any) -> Case:
    case = file_case(**filing)
    decline_dispute(acting_user=case.respondent, dispute_id=case.id, reason="")
    return case


def closed(**filing: Any) -> Case:
    """Agreed, without a contract."""
    case = proposed(**{**filing, "requires_contract": False})
    accept(case)
    return case


def resting(status: DisputeStatus, **filing: Any) -> Case:
    """`agreed` and `decided` last only until the next move of the same transaction; for tests they are made to stay."""
    case = proposed(**filing) if status == S.AGREED else arbitrating(**filing)
    Dispute.objects.filter(pk=case.id).update(status=status)
    return case


BUILDERS: dict[DisputeStatus, Callable[..., Case]] = {
    S.INVITE_SENT: file_case,
    S.LAPSED: lapsed,
    S.STATING: stating,
    S.WITHDRAWN: withdrawn,
    S.MEDIATING: mediating,
    S.PROPOSED: proposed,
    S.ARBITRATING: arbitrating,
    S.AGREED: lambda **filing: resting(S.AGREED, **filing),
    S.DECIDED: lambda **filing: resting(S.DECIDED, **filing),
    S.CONTRACTING: contracting,
    S.SIGNING: signing,
    S.EXECUTED: executed,
    S.CLOSED: closed,
}


def case_in(status: DisputeStatus, **filing: Any) -> Case:
    """A case of two parties in that state."""
    case = BUILDERS[status](**filing)
    assert case.status == status
    return case


# --- the mediation protocol -------------------------------------------------------------------------------------------
def mediated(**filing: Any) -> Case:
    """Two parties, all disclosed, by the mediation protocol; nobody has been told yet how they are understood."""
    return mediating(**{"protocol": "mediated", "amount": eur("1200.00"), **filing})


def three_mediated(**filing: Any) -> Case:
    """The same with a co-claimant."""
    case = with_co_claimant(**{"protocol": "mediated", "amount": eur("1200.00"), **filing})
    disclose(case)
    return case


def understand(case: Case, user: User, summary: str = "You say that it came without its wheels.") -> Understanding:
    """The mediator's summary for one party."""
    participant = participant_of(case, user)
    record_understanding(
        participant_id=participant.pk, summary=summary, claim_form={"entries": []}, model="test", prompt_version="1"
    )
    return Understanding.objects.get(participant=participant, status="pending")


def confirm(case: Case, *users: User) -> None:
    """These (or all) have read their summary and confirm it."""
    for user in users or case.parties:
        understand(case, user)
        answer_understanding(acting_user=user, dispute_id=case.id, decision="confirm")


def understood(**filing: Any) -> Case:
    """`mediated`, and both have confirmed."""
    case = mediated(**filing)
    confirm(case)
    return case


def candidates_for(case: Case, *amounts: str) -> tuple[CandidateDraft, ...]:
    """Candidates that differ in the sum."""
    principles: tuple[Principle, ...] = ("equal_split", "merits", "interests", "creative")
    return tuple(
        CandidateDraft(principles[number % 4], draft(case, payment(case, amount), summary=f"Candidate {amount}."))
        for number, amount in enumerate(amounts or ("600.00", "800.00", "900.00", "1000.00"))
    )


def ranking(case: Case | None = None, *amounts: str) -> Case:
    """Candidates wait to be ranked."""
    case = case or understood()
    submit_candidates(
        resolution_id=ask(case).pk, candidates=candidates_for(case, *amounts), drafted_by=Actor.ai("mediator")
    )
    return case


def candidate(case: Case, amount: str) -> Candidate:
    return Candidate.objects.get(resolution=case.resolution, summary=f"Candidate {amount}.")


def rank(case: Case, user: User, *amounts: str) -> Resolution:
    """That party's order of the candidates, by their sums."""
    order = [candidate(case, amount).pk for amount in amounts]
    return rank_candidates(acting_user=user, dispute_id=case.id, resolution_id=case.resolution.pk, order=order)


def bid(case: Case, user: User, amount: str) -> BiddingRound:
    return place_bid(acting_user=user, dispute_id=case.id, amount=eur(amount))


def finding(rule: str = "no-due-date", severity: Severity = "high") -> ContractFinding:
    return ContractFinding(rule, severity, "The parties agree.", "Say when it is due.")


def unchecked(case: Case | None = None) -> Case:
    """The contract is drawn up and waits for its check."""
    case = case or contracting()
    with override_settings(DISPUTES_CONTRACT_CHECKS=("essentials",)):
        draw_up(case)
    return case


def held(case: Case | None = None, *rules: str) -> Case:
    """The check found something high; counsel is asked."""
    case = unchecked(case)
    findings = [finding(rule) for rule in rules or ("no-due-date",)]
    conclude_contract_check(contract_id=case.contract.pk, findings=findings)
    return case


# --- what is in a case ------------------------------------------------------------------------------------------------
def say(case: Case, user: User, content: str = "Good morning.", **to: Any) -> PostedMessage:
    with transaction.atomic():  # as the edge does: a refusal ends the edge's transaction
        return post_message(acting_user=user, dispute_id=case.id, content=content, **to)


def caucus(case: Case, user: User, content: str) -> PostedMessage:
    return say(case, user, content, is_private=True)


def message(posted: PostedMessage) -> Message:
    return Message.objects.select_related("stream").get(pk=posted.id)


def put_on_record(case: Case, user: User, text: str = "A receipt.", description: str = "the receipt") -> Evidence:
    """A text as evidence, without bytes in storage."""
    file = kept(text.encode())
    stored = Ingested(
        key=file.key, file_name="receipt.txt", media_type=file.media_type, size=file.size, sha256=file.sha256,
        scan_status="unscanned", text=text,
    )  # fmt: skip
    return add_evidence(acting_user=user, dispute_id=case.id, stored=stored, description=description)


def assign(case: Case, part: str = Part.COUNSEL, lawyer: User | None = None) -> User:
    """A lawyer gets a part in the case."""
    lawyer = lawyer or UserFactory(lawyer=True)
    assign_lawyer(acting_user=UserFactory(admin=True), dispute_id=case.id, lawyer_id=lawyer.pk, part=part)
    case.staff[part] = lawyer
    return lawyer


def decide(case: Case) -> Resolution:
    """The award of a freshly appointed arbitrator."""
    lawyer = case.staff.get(Part.ARBITRATOR) or assign(case, Part.ARBITRATOR)
    return decide_dispute(acting_user=lawyer, dispute_id=case.id, terms=(payment(case),), reasoning="On the record.")


def end(case: Case, reason: str = "") -> Dispute:
    lawyer = case.staff.get(Part.MEDIATOR) or assign(case, Part.MEDIATOR)
    return end_dispute(acting_user=lawyer, dispute_id=case.id, reason=reason)


# --- everybody an access matrix asks for ---------------------------------------------------------------------------------
def peopled(status: DisputeStatus, **filing: Any) -> tuple[Case, dict[str, User]]:
    """A case in that state with one person of every kind: parties, lawyers of every part, and those who are nothing in it.

    Three parties (claimant, co_claimant, respondent); `invited` holds an open invitation, `ex_party` joined and left.
    """
    co_claimant, ex_party, invited = UserFactory(), UserFactory(), UserFactory()
    case = file_case(
        invitees=(Invitee(co_claimant.email, side="claimant"), Invitee(ex_party.email), Invitee(invited.email)),
        **{**filing, "requires_contract": status != S.CLOSED},
    )
    for user in (co_claimant, ex_party, case.respondent):
        join(case, user)
    case.co_parties.append(co_claimant)
    decline_dispute(acting_user=ex_party, dispute_id=case.id, reason="")
    for part in Part:
        assign(case, part)
    _advance(case, status)
    other_lawyer = assign(file_case())
    cast = {
        "claimant": case.claimant,
        "co_claimant": co_claimant,
        "respondent": case.respondent,
        **{str(part): lawyer for part, lawyer in case.staff.items()},
        "admin": UserFactory(admin=True),
        "other_lawyer": other_lawyer,
        "invited": invited,
        "ex_party": ex_party,
        "stranger": UserFactory(),
    }
    assert case.status == status
    return case, cast


def _advance(case: Case, status: DisputeStatus) -> None:
    if status == S.INVITE_SENT:
        return
    if status == S.LAPSED:
        Participant.objects.filter(dispute_id=case.id, status="invited").update(status="lapsed")
        Dispute.objects.filter(pk=case.id).update(status=S.LAPSED)
        return
    start_dispute(acting_user=case.claimant, dispute_id=case.id)
    if status == S.STATING:
        return
    disclose(case)
    if status == S.WITHDRAWN:
        withdraw_dispute(acting_user=case.claimant, dispute_id=case.id, reason="")
    if status in (S.WITHDRAWN, S.MEDIATING):
        return
    if status in (S.ARBITRATING, S.DECIDED):
        arbitrate(case)
    else:
        propose(case)
    if status in (S.AGREED, S.DECIDED):
        Dispute.objects.filter(pk=case.id).update(status=status)
    if status in (S.PROPOSED, S.ARBITRATING, S.AGREED, S.DECIDED):
        return
    accept(case)
    if status == S.CONTRACTING:
        review(case)
    if status in (S.CLOSED, S.CONTRACTING):
        return
    draw_up(case)
    if status == S.EXECUTED:
        for user in case.parties:
            sign(case, user)
        seal(case)


KINDS = (
    "claimant", "co_claimant", "respondent", "counsel", "mediator", "arbitrator", "admin", "other_lawyer", "invited", "ex_party",
    "stranger",
)  # fmt: skip
INSIDERS = KINDS[:7]
OUTSIDERS = KINDS[7:]
