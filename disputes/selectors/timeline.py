"""The case timeline: the entries of the dispute's own journal stream that the caller may see."""

from django.db.models import Q, QuerySet

from disputes.selectors.access import CaseAccess
from kernel.models import JournalEntry


def timeline_for(access: CaseAccess) -> QuerySet[JournalEntry]:
    """Entries of the dispute's stream. Before disclosure nobody learns that another party has put evidence on record.

    Message streams are journal streams of their own and never appear here.
    """
    entries = JournalEntry.objects.filter(stream_id=access.dispute.pk)
    if access.dispute.disclosed_at is None:
        foreign = Q(subject_kind="evidence") & ~Q(actor_id=access.standing.user_id)
        addenda = Q(verb="truth.addendum") & ~Q(actor_id=access.standing.user_id)
        entries = entries.exclude(foreign).exclude(addenda)
    return entries
