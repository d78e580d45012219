"""Reading one's own questions to the AI."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from ai_mediation.models import Consultation, Exchange
from ai_mediation.selectors.sealed import open_json
from kernel.crypto import CannotOpenError
from kernel.errors import NotFoundError


def consultations_of(user: Any) -> QuerySet[Consultation]:
    """Everything this person asked, also what was asked without words that are shown back."""
    if not (user.is_authenticated and user.is_active):
        return Consultation.objects.none()
    return Consultation.objects.filter(asked_by_id=user.pk).select_related("exchange")


def access_exchange(user: Any, exchange_id: UUID) -> Exchange:
    """One exchange of one's own. Raises NotFoundError for all others alike."""
    found = Exchange.objects.filter(pk=exchange_id, person_id=user.pk).select_related("consultation").first()
    if found is None:
        raise NotFoundError
    return found


def words_of(exchange: Exchange) -> dict[str, Any]:
    """Question, answer and references. Raises CannotOpenError once the person was erased."""
    content: dict[str, Any] = open_json(
        exchange.content_sealed, person_id=exchange.person_id, model=Exchange, row_id=exchange.pk
    )
    return content


def words_if_kept(consultation: Consultation) -> dict[str, Any]:
    """The words of a consultation; empty where none are kept, or can be read any more."""
    exchange = getattr(consultation, "exchange", None)
    if exchange is None:
        return {}
    try:
        return words_of(exchange)
    except CannotOpenError:
        return {}
