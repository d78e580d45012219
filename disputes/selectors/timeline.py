"""The case timeline: the entries of the dispute's own journal stream that the caller may see."""

from django.db.models import Q, QuerySet

from disputes.enums import Part
from disputes.models import Assignment
from disputes.selectors.access import CaseAccess
from kernel.models import JournalEntry


def timeline_for(access: CaseAccess) -> QuerySet[JournalEntry]:
    """Entries of the dispute's stream. Before disclosure nobody learns that another party has put evidence on record.

    Parties read that a mediator or arbitrator was appointed or left; who works the case as counsel is the back-office's own affair.
    Message streams are journal streams of their own and never appear here.
    """
    entries = JournalEntry.objects.filter(stream_id=access.dispute.pk)
    if access.dispute.disclosed_at is None:
        foreign = Q(subject_kind="evidence") & ~Q(actor_id=access.standing.user_id)
        addenda = Q(verb="truth.addendum") & ~Q(actor_id=access.standing.user_id)
        entries = entries.exclude(foreign).exclude(addenda)
    if access.standing.is_party:
        counsel = Assignment.objects.filter(dispute=access.dispute, part=Part.COUNSEL)
        entries = entries.exclude(subject_kind="assignment", subject_id__in=counsel.values("pk"))
    return entries
