"""Evidence: what a party relies on. The bytes are stored and opened before the transaction; here they become part of the case."""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.public import User
from disputes.enums import DisputeStatus
from disputes.errors import NotYoursToDoError, WrongStateError
from disputes.events import EvidenceAdded
from disputes.models import Evidence
from disputes.selectors.access import access_dispute, access_evidence
from disputes.services.records import write
from documents.public import Ingested, register_file
from kernel.clock import DbNow
from kernel.errors import ConflictError
from kernel.journal import Actor
from kernel.outbox import publish

MAX_PER_DISPUTE = 200


@transaction.atomic
def add_evidence(*, acting_user: User, dispute_id: UUID, stored: Ingested, description: str) -> Evidence:
    """Put a stored file on record. Before disclosure only its uploader sees it.

    Raises NotFoundError, NotYoursToDoError, WrongStateError, and ConflictError when the dispute holds 200 pieces already.
    """
    access = access_dispute(acting_user, dispute_id, "add_evidence", lock=True)
    dispute = access.dispute
    if Evidence.objects.filter(dispute=dispute).count() >= MAX_PER_DISPUTE:
        raise ConflictError(
            _(
                "A dispute holds at most %(count)d pieces of evidence. Withdrawn ones count too, "
                "so withdrawing one makes no room for another."
            )
            % {"count": MAX_PER_DISPUTE}
        )
    file = register_file(stored=stored, owner_id=acting_user.pk, purpose="evidence")
    evidence = Evidence.objects.create(
        dispute=dispute, participant=access.participant, file=file, description=description
    )
    write(
        dispute,
        "evidence.added",
        Actor.user(acting_user.pk),
        subject=("evidence", evidence.pk),
        facts={"sha256": file.sha256, "size": file.size, "media_type": file.media_type},
        is_hidden=dispute.disclosed_at is None,
    )
    publish(EvidenceAdded(dispute.pk, evidence.pk))
    evidence.refresh_from_db()
    return evidence


@transaction.atomic
def withdraw_evidence(*, acting_user: User, dispute_id: UUID, evidence_id: UUID) -> Evidence:
    """Its uploader no longer relies on it; it stays listed as withdrawn and is no longer read by the mediator."""
    access = access_dispute(acting_user, dispute_id, "add_evidence", lock=True)
    evidence = access_evidence(access, evidence_id)
    if evidence.participant_id != access.participant.pk:
        raise NotYoursToDoError(_("Only who uploaded it can withdraw a piece of evidence."))
    if access.dispute.status == DisputeStatus.PROPOSED:
        raise WrongStateError(
            _("A proposal that may rest on it is on the table. Answer the proposal first."),
            state=str(access.dispute.status),
            allowed_from=[str(DisputeStatus.MEDIATING)],
        )
    if Evidence.objects.filter(pk=evidence.pk, withdrawn_at=None).update(withdrawn_at=DbNow()):
        write(
            access.dispute,
            "evidence.withdrawn",
            Actor.user(acting_user.pk),
            subject=("evidence", evidence.pk),
            is_hidden=access.dispute.disclosed_at is None,
        )
    evidence.refresh_from_db()
    return evidence
