"""Candidates and their private ranking: the mediator puts several on the table, each party orders them, the method chooses."""

from collections.abc import Sequence
from hashlib import sha256
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.public import User
from disputes.enums import CandidatePrinciple, ChoiceRule, DisputeStatus, Protocol, ResolutionStatus
from disputes.errors import AlreadyAnsweredError, InvalidTermsError, WrongProtocolError, WrongStateError
from disputes.events import CandidatesReady
from disputes.models import Candidate, Dispute, Ranking, Resolution
from disputes.selectors.access import access_dispute, access_resolution, active_parties
from disputes.selectors.case_file import CandidateDraft
from disputes.selectors.schulze import choose
from disputes.selectors.sealed_answers import ranking_order, seal_order
from disputes.services.moves import lock_dispute, move_resolution
from disputes.services.private_records import write_private
from disputes.services.records import write
from disputes.services.resolving import check_draft, draft_columns, put_on_the_table
from kernel.clock import DbNow, as_utc, days_from, now
from kernel.errors import FieldError, ValidationFailedError
from kernel.ids import new_id
from kernel.journal import Actor
from kernel.outbox import publish

FEWEST_CANDIDATES = 2
MOST_CANDIDATES = 12
CONTENT = (
    "summary",
    "agreed_facts",
    "disputed_facts",
    "terms",
    "reasoning",
    "citations",
    "recitals",
    "model",
    "prompt_version",
)


@transaction.atomic
def submit_candidates(*, resolution_id: UUID, candidates: Sequence[CandidateDraft], drafted_by: Actor) -> Resolution:
    """Put a round's candidates before the parties. Each is checked like a proposal; one that is wrong refuses them all.

    Candidates that come twice, or for a round that has ended meanwhile, change nothing. Raises WrongProtocolError in a simple mediation,
    InvalidTermsError for fewer than two or more than twelve, or terms that cannot be promised, and UncitedDraftError.
    """
    dispute = lock_dispute(Resolution.objects.values_list("dispute_id", flat=True).get(pk=resolution_id))
    resolution = Resolution.objects.select_for_update(of=("self",)).get(pk=resolution_id)
    if dispute.protocol != Protocol.MEDIATED:
        raise WrongProtocolError(_("This case does not run by the mediation protocol."))
    if resolution.status != ResolutionStatus.DRAFTING or dispute.status != DisputeStatus.MEDIATING:
        return resolution
    _check(dispute, candidates)
    rank_by = days_from(now(), settings.DISPUTES_RANKING_DAYS, dispute.timezone)
    Candidate.objects.bulk_create(
        Candidate(
            resolution=resolution,
            number=number,
            principle=CandidatePrinciple(candidate.principle),
            **draft_columns(candidate.draft),
        )
        for number, candidate in enumerate(candidates, start=1)
    )
    move_resolution(resolution, "rank", rank_by=rank_by)
    write(
        dispute,
        "resolution.candidates",
        drafted_by,
        subject=("resolution", resolution.pk),
        facts={"round": resolution.round, "candidates": len(candidates), "rank_by": as_utc(rank_by)},
    )
    publish(CandidatesReady(dispute.pk, resolution.pk))
    resolution.refresh_from_db()
    return resolution


def _check(dispute: Dispute, candidates: Sequence[CandidateDraft]) -> None:
    if not FEWEST_CANDIDATES <= len(candidates) <= MOST_CANDIDATES:
        raise InvalidTermsError(
            _("A round has %(fewest)d to %(most)d candidates; this has %(given)d.")
            % {"fewest": FEWEST_CANDIDATES, "most": MOST_CANDIDATES, "given": len(candidates)}
        )
    check_draft(dispute, *(candidate.draft for candidate in candidates))


@transaction.atomic
def rank_candidates(*, acting_user: User, dispute_id: UUID, resolution_id: UUID, order: Sequence[UUID]) -> Resolution:
    """Give one's own order of the candidates, best first, once; the last party's order chooses the proposal.

    The same order again changes nothing. Raises NotFoundError, NotYoursToDoError, WrongStateError, AlreadyAnsweredError, and
    ValidationFailedError for an order that does not hold every candidate exactly once.
    """
    access = access_dispute(acting_user, dispute_id, lock=True)
    resolution = access_resolution(access, resolution_id, lock=True)
    access = access_dispute(acting_user, dispute_id, "rank")
    dispute, participant = access.dispute, access.participant
    earlier = Ranking.objects.filter(resolution=resolution, participant=participant).first()
    if earlier is not None:
        if ranking_order(earlier, dispute.pk) != tuple(order):
            raise AlreadyAnsweredError(_("You have ranked these candidates already; a ranking is given once."))
        return resolution
    _require_ranking(resolution)
    _check_order(resolution, order)
    ranking_id = new_id()
    Ranking.objects.create(
        id=ranking_id,
        resolution=resolution,
        participant=participant,
        order_sealed=seal_order(tuple(order), dispute_id=dispute.pk, ranking_id=ranking_id),
    )
    write_private(participant, "ranking.given", Actor.user(acting_user.pk), subject=("resolution", resolution.pk))
    ranked = Ranking.objects.filter(resolution=resolution).values("participant_id")
    if not active_parties(dispute).exclude(pk__in=ranked).exists():
        _choose(dispute, resolution)
    resolution.refresh_from_db()
    return resolution


def _require_ranking(resolution: Resolution) -> None:
    if resolution.status != ResolutionStatus.RANKING:
        raise WrongStateError(
            _("This round is %(status)s; there is nothing to rank.") % {"status": resolution.get_status_display()},
            state=str(resolution.status),
            allowed_from=[str(ResolutionStatus.RANKING)],
        )
    if resolution.rank_by is None or resolution.rank_by <= now():
        raise WrongStateError(
            _("The time to rank is over; the rankings that are there decide."), state=str(resolution.status)
        )


def _check_order(resolution: Resolution, order: Sequence[UUID]) -> None:
    known = set(Candidate.objects.filter(resolution=resolution).values_list("pk", flat=True))
    if len(order) != len(known) or set(order) != known:
        raise ValidationFailedError(
            errors=[FieldError("/order", "invalid", _("Name every candidate of this round exactly once, best first."))]
        )


@transaction.atomic
def close_ranking(*, resolution_id: UUID) -> bool:
    """The time to rank is over: the rankings that are there choose. False when it is not over (any more)."""
    dispute = lock_dispute(Resolution.objects.values_list("dispute_id", flat=True).get(pk=resolution_id))
    is_over = Resolution.objects.filter(
        pk=resolution_id, status=ResolutionStatus.RANKING, rank_by__lte=DbNow()
    ).exists()
    if not is_over or dispute.status != DisputeStatus.MEDIATING:
        return False
    _choose(dispute, Resolution.objects.select_for_update(of=("self",)).get(pk=resolution_id))
    return True


def _choose(dispute: Dispute, resolution: Resolution) -> None:
    """The winner becomes the proposal. The journal says by which rule, and nothing of the orders it came from."""
    candidates = {row.pk: row for row in Candidate.objects.filter(resolution=resolution).order_by("number")}
    rankings = Ranking.objects.filter(
        resolution=resolution, participant__in=active_parties(dispute).values("pk")
    ).order_by("participant_id")
    ballots = [ranking_order(ranking, dispute.pk) for ranking in rankings]
    choice = choose(tuple(candidates), ballots, lot=lambda candidate_id: lot(resolution.pk, candidate_id))
    winner = candidates[choice.winner]
    content = {name: getattr(winner, name) for name in CONTENT}
    put_on_the_table(dispute, resolution, content, Actor.system("ranking"), rule=ChoiceRule(choice.rule))


def lot(resolution_id: UUID, candidate_id: UUID) -> bytes:
    """A lot that everybody can check and nobody can steer: SHA-256 of the round's and the candidate's ids; the smallest wins."""
    return sha256(resolution_id.bytes + candidate_id.bytes).digest()
