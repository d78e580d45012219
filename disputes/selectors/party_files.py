"""Building the file of one party: what it said itself, for whoever tells it how it is understood. Nothing of anybody else's."""

from collections.abc import Iterator
from typing import Literal
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q

from disputes.enums import Part, SenderType, StreamKind, UnderstandingStatus
from disputes.models import Assignment, Dispute, Evidence, Message, Participant, Truth, Understanding
from disputes.selectors.access import active_parties
from disputes.selectors.case_file import PartyFile, Source
from disputes.selectors.case_files import MAX_MESSAGES, READABLE_SCANS, evidence_text, shown_party, truth_content
from disputes.selectors.messages import open_content
from kernel.clock import local_date, now


def party_file(participant_id: UUID) -> PartyFile:
    """What one active party may read of its own case; the audience is that party and the AI mediator.

    Of the caucus only what passed between the party and the AI: not what a human mediator wrote, nor what was written to one.
    Raises Participant.DoesNotExist, also for somebody who is no active party.
    """
    participant = Participant.objects.select_related("dispute").get(pk=participant_id)
    if not participant.is_active_party:
        raise Participant.DoesNotExist
    dispute = participant.dispute
    pending = Understanding.objects.filter(participant=participant, status=UnderstandingStatus.PENDING).first()
    return PartyFile(
        dispute_id=dispute.pk,
        participant_id=participant.pk,
        party=shown_party(participant),
        title=dispute.title,
        locale=participant.locale,
        timezone=dispute.timezone,
        today=local_date(now(), dispute.timezone),
        parties=tuple(shown_party(party) for party in active_parties(dispute)),
        sources=tuple(_sources(dispute, participant)),
        caucus=tuple(_caucus(dispute, participant)),
        amount=dispute.money,
        understanding_id=pending.pk if pending is not None else None,
    )


def _sources(dispute: Dispute, participant: Participant) -> Iterator[Source]:
    own = participant.user_id
    if dispute.filed_by_id == own:
        yield Source("description", dispute.pk, own, dispute.description, dispute.created_at, "description")
    for truth in Truth.objects.filter(participant=participant).order_by("submitted_at", "id"):
        label = "addendum" if truth.is_addendum else "truth"
        yield Source("truth", truth.pk, own, truth_content(truth), truth.submitted_at, label)
    evidence = (
        Evidence.objects.filter(participant=participant, withdrawn_at=None, file__scan_status__in=READABLE_SCANS)
        .select_related("file")
        .order_by("uploaded_at", "id")
    )
    for item in evidence:
        yield Source("evidence", item.pk, own, evidence_text(item), item.uploaded_at, item.file.file_name)
    lines = Message.objects.filter(
        stream__dispute=dispute, stream__kind=StreamKind.JOINT, sender_type=SenderType.USER, sender_id=own
    ).order_by("-created_at")[:MAX_MESSAGES]
    for line in reversed(lines):
        yield Source("message", line.pk, own, line.content, line.created_at, "message")


def _caucus(dispute: Dispute, participant: Participant) -> Iterator[tuple[Literal["party", "mediator"], str]]:
    with_a_human = Assignment.objects.filter(
        Q(ended_at=None) | Q(ended_at__gte=OuterRef("created_at")),
        dispute=dispute,
        part=Part.MEDIATOR,
        created_at__lte=OuterRef("created_at"),
    )
    lines = Message.objects.filter(
        Q(sender_type=SenderType.AI) | Q(sender_id=F("stream__member_a_id")),
        ~Exists(with_a_human),
        stream__dispute=dispute,
        stream__kind=StreamKind.CAUCUS,
        stream__member_a=participant.user_id,
    ).order_by("-created_at", "-seq")[:MAX_MESSAGES]
    for line in reversed(lines):
        speaker: Literal["party", "mediator"] = "mediator" if line.sender_type == SenderType.AI else "party"
        yield speaker, open_content(dispute.pk, line.pk, line.content, line.content_sealed)
