"""From mediation to a proposal: the orchestrator's choice, drafts and their checks."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.public import User
from disputes.enums import ChoiceRule, DisputeStatus, Mode, ResolutionStatus
from disputes.errors import ConsentMissingError, UncitedDraftError, UnderstandingPendingError, WrongStateError
from disputes.events import (
    ArbitrationStarted,
    DisputeEscalated,
    ResolutionFailed,
    ResolutionProposed,
    ResolutionRequested,
)
from disputes.models import Dispute, MessageStream, Resolution
from disputes.selectors.access import access_dispute, active_parties
from disputes.selectors.case_file import Citation, ResolutionDraft
from disputes.selectors.case_files import joint_sources
from disputes.selectors.rounds import all_consented, rounds_remain
from disputes.selectors.terms import check_terms, term_json
from disputes.selectors.understandings import is_understanding_pending
from disputes.selectors.working_time import human_due
from disputes.services.consent_period import settle_consent_period
from disputes.services.moves import lock_dispute, move_dispute, move_resolution
from disputes.services.records import write
from kernel.canonical import JSON
from kernel.clock import DbNow, local_date, now
from kernel.journal import Actor
from kernel.outbox import publish

OPEN = (ResolutionStatus.DRAFTING, ResolutionStatus.RANKING, ResolutionStatus.PROPOSED)


@dataclass(frozen=True)
class Route:
    """What the orchestrator chose and why; no resolution means: the case waits for a human."""

    resolution: Resolution | None
    reason: str


@transaction.atomic
def request_resolution(*, acting_user: User, dispute_id: UUID, mode: str | None = None) -> Route:
    """Ask for a proposal, or for arbitration.

    Without `mode` the orchestrator chooses: mediation while rounds remain, arbitration after the last one if every active party
    consented, else the case waits for a human. While one is being drafted, that one is the answer. Raises NotFoundError, NotYoursToDoError,
    WrongStateError, ConsentMissingError.
    """
    access = access_dispute(acting_user, dispute_id, "resolve", lock=True)
    dispute, actor = access.dispute, Actor.user(acting_user.pk)
    drafting = Resolution.objects.filter(dispute=dispute, status__in=OPEN).first()
    if drafting is not None:
        return Route(drafting, "already drafting")
    if dispute.status == DisputeStatus.ARBITRATING:
        raise WrongStateError(
            _("The arbitrator decides now."), state=str(dispute.status), allowed_from=[str(DisputeStatus.MEDIATING)]
        )
    if mode == Mode.ARBITRATION:
        return _to_arbitration(dispute, actor, "asked for")
    if mode == Mode.MEDIATION or rounds_remain(dispute):
        _require_understood(dispute)
        return Route(
            _ask_the_machine(dispute, actor, acting_user, "rounds remain" if mode is None else "asked for"), "mediation"
        )
    if all_consented(dispute):
        return _to_arbitration(dispute, actor, "rounds are used up and everybody consented")
    queue_for_human(dispute, actor, "rounds are used up and consent to arbitration is missing")
    return Route(None, "rounds are used up and consent to arbitration is missing")


def _require_understood(dispute: Dispute) -> None:
    """Raises UnderstandingPendingError; it does not say who is waited for."""
    if is_understanding_pending(dispute):
        raise UnderstandingPendingError(
            _(
                "Not every party has answered the summary of its position yet. A proposal can be asked for once all have, or their "
                "time to answer is over."
            )
        )


def _ask_the_machine(dispute: Dispute, actor: Actor, requested_by: User, reason: str) -> Resolution:
    resolution = _new_round(dispute, actor, requested_by, reason)
    publish(ResolutionRequested(dispute.pk, resolution.pk))
    return resolution


def _new_round(dispute: Dispute, actor: Actor, requested_by: User, reason: str) -> Resolution:
    number = Resolution.objects.filter(dispute=dispute).count() + 1
    resolution = Resolution.objects.create(
        dispute=dispute, round=number, mode=Mode.MEDIATION, requested_by=requested_by
    )
    write(
        dispute,
        "resolution.requested",
        actor,
        subject=("resolution", resolution.pk),
        facts={"round": number, "mode": str(Mode.MEDIATION), "reason": reason},
    )
    return resolution


def _to_arbitration(dispute: Dispute, actor: Actor, reason: str) -> Route:
    if not all_consented(dispute):
        raise ConsentMissingError(
            _("Arbitration needs the consent of every active party. Each gives it with POST …/arbitration-consent.")
        )
    return Route(begin_arbitration(dispute, actor, reason), reason)


def begin_arbitration(dispute: Dispute, actor: Actor, reason: str) -> Resolution:
    """Everybody consented: caucuses close, and the award waits for the appointed arbitrator."""
    move_dispute(dispute, "arbitrate", actor, facts={"reason": reason})
    MessageStream.objects.filter(dispute=dispute, kind="caucus", closed_at=None).update(closed_at=DbNow())
    number = Resolution.objects.filter(dispute=dispute).count() + 1
    resolution = Resolution.objects.create(dispute=dispute, round=number, mode=Mode.ARBITRATION)
    write(
        dispute,
        "resolution.requested",
        actor,
        subject=("resolution", resolution.pk),
        facts={"round": number, "mode": str(Mode.ARBITRATION), "reason": reason},
    )
    publish(ArbitrationStarted(dispute.pk))
    return resolution


def queue_for_human(dispute: Dispute, actor: Actor, reason: str) -> None:
    """The locked case waits for a human mediator; its state stays as it is. One that waits already goes on waiting, without a word."""
    settle_consent_period(dispute)
    if dispute.escalated_at is not None and dispute.human_due_at is not None:
        return
    due = human_due(now(), dispute.timezone)
    if dispute.escalated_at is not None:  # it had settled meanwhile, and came back
        Dispute.objects.filter(pk=dispute.pk).update(human_due_at=due, human_reminded_at=None)
        dispute.refresh_from_db()
        return
    Dispute.objects.filter(pk=dispute.pk).update(escalated_at=DbNow(), human_due_at=due, human_reminded_at=None)
    write(dispute, "dispute.escalated", actor, facts={"reason": reason})
    publish(DisputeEscalated(dispute.pk))
    dispute.refresh_from_db()


@transaction.atomic
def propose_resolution(*, resolution_id: UUID, draft: ResolutionDraft, drafted_by: Actor) -> Resolution:
    """Put a draft on the table: the mediator's, machine or human.

    A draft that comes twice, or for a round that has ended meanwhile, changes nothing. Raises InvalidTermsError, and UncitedDraftError
    for a citation that points nowhere or at something a party may not see.
    """
    dispute = lock_dispute(Resolution.objects.values_list("dispute_id", flat=True).get(pk=resolution_id))
    resolution = Resolution.objects.select_for_update(of=("self",)).get(pk=resolution_id)
    if resolution.status != ResolutionStatus.DRAFTING or dispute.status != DisputeStatus.MEDIATING:
        return resolution
    check_draft(dispute, draft)
    put_on_the_table(dispute, resolution, draft_columns(draft), drafted_by)
    return resolution


def put_on_the_table(
    dispute: Dispute, resolution: Resolution, content: dict[str, Any], actor: Actor, *, rule: ChoiceRule | None = None
) -> None:
    """A checked draft becomes the round's proposal. `rule` says how it was chosen, where it was chosen at all."""
    move_resolution(resolution, "propose", **content, rule=rule or "", proposed_at=DbNow())
    facts: dict[str, JSON] = {"round": resolution.round, "model": content["model"]}
    move_dispute(dispute, "propose", actor, facts={**facts, **({"rule": str(rule)} if rule is not None else {})})
    publish(ResolutionProposed(dispute.pk, resolution.pk))
    resolution.refresh_from_db()


def draft_columns(draft: ResolutionDraft) -> dict[str, Any]:
    """A draft as the columns that a proposal and a candidate share."""
    return {
        "summary": draft.summary,
        "agreed_facts": list(draft.agreed_facts),
        "disputed_facts": list(draft.disputed_facts),
        "terms": [term_json(term) for term in draft.terms],
        "reasoning": draft.reasoning,
        "citations": [citation_json(citation) for citation in draft.citations],
        "recitals": list(draft.recitals),
        "model": draft.model,
        "prompt_version": draft.prompt_version,
    }


def citation_json(citation: Citation) -> dict[str, object]:
    return {
        "claim": citation.claim,
        "source": citation.source,
        "source_id": str(citation.source_id),
        "start": citation.start,
        "end": citation.end,
        "quote": citation.quote,
    }


def check_draft(dispute: Dispute, *drafts: ResolutionDraft) -> None:
    """Drafts rest on the joint record only: every citation resolves in it, every term can be promised."""
    for draft in drafts:
        check_terms(draft.terms, party_ids=party_ids(dispute), today=local_date(now(), dispute.timezone))
    check_citations(dispute, [citation for draft in drafts for citation in draft.citations])


def party_ids(dispute: Dispute) -> frozenset[UUID]:
    return frozenset(user_id for user_id in active_parties(dispute).values_list("user_id", flat=True) if user_id)


def check_citations(dispute: Dispute, citations: Iterable[Citation]) -> None:
    texts = {(source.kind, source.id): source.text for source in joint_sources(dispute)}
    for number, citation in enumerate(citations, start=1):
        text = texts.get((citation.source, citation.source_id))
        if text is None or text[citation.start : citation.end] != citation.quote or not citation.quote.strip():
            raise UncitedDraftError(
                _("Citation %(number)d does not lead to what it quotes in the parties' joint record.")
                % {"number": number}
            )


@transaction.atomic
def fail_resolution(*, resolution_id: UUID, reason: str) -> Resolution:
    """No proposal could be drafted; the parties may ask again. `reason` is for the operators, without private text."""
    dispute = lock_dispute(Resolution.objects.values_list("dispute_id", flat=True).get(pk=resolution_id))
    resolution = Resolution.objects.select_for_update(of=("self",)).get(pk=resolution_id)
    if resolution.status != ResolutionStatus.DRAFTING:
        return resolution
    move_resolution(resolution, "fail", failure=reason[:200])
    write(dispute, "resolution.failed", Actor.system("mediator"), subject=("resolution", resolution.pk))
    publish(ResolutionFailed(dispute.pk, resolution.pk))
    return resolution


@transaction.atomic
def propose_by_mediator(*, acting_user: User, dispute_id: UUID, draft: ResolutionDraft) -> Resolution:
    """The appointed human mediator puts a proposal on the table, through the same door as the machine.

    It takes the place of a draft that was asked for; without one it is a round of its own, for which no machine is asked. Raises
    NotFoundError, NotYoursToDoError, WrongStateError, InvalidTermsError, UncitedDraftError.
    """
    access = access_dispute(acting_user, dispute_id, "propose", lock=True)
    actor = Actor.user(acting_user.pk)
    for ranked in Resolution.objects.filter(dispute=access.dispute, status=ResolutionStatus.RANKING):
        move_resolution(ranked, "supersede")  # the person's proposal takes the place of the candidates
    drafting = Resolution.objects.filter(dispute=access.dispute, status=ResolutionStatus.DRAFTING).first()
    if drafting is None:
        drafting = _new_round(access.dispute, actor, acting_user, "human mediator")
    return propose_resolution(resolution_id=drafting.pk, draft=draft, drafted_by=actor)
