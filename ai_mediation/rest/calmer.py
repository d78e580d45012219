"""A calmer wording of one's own message, before it is sent."""

from typing import Any

from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from ai_mediation.adapters.gateway import gateway
from ai_mediation.adapters.mediator.calmer import calmer_question
from ai_mediation.adapters.offline.temper import CalmerWording
from ai_mediation.rest.limits import count_question
from ai_mediation.rest.serializers import CalmerAnswer, CalmerInput
from ai_mediation.services.consultations import Asked, record_consultation
from kernel.entry import entry
from kernel.readers import known_language
from kernel.rest.reading import read_body
from kernel.rest.viewsets import ApiViewSet


class CalmerViewSet(ApiViewSet):
    serializer_class = CalmerAnswer
    takes_idempotency_key = False  # nothing is made: asking again is asking

    @extend_schema(request=CalmerInput, responses=CalmerAnswer, operation_id="calmerWording")
    def suggest(self, request: Request) -> Response:
        """The same message without insults, threats and shouting; figures and dates stay.

        Nothing is sent to anybody, and neither wording is kept: what is recorded is that a wording was asked for.
        """
        wanted = read_body(CalmerInput, request.data)
        user = count_question(request)
        locale = known_language(wanted.get("locale") or get_language() or "en")
        question = calmer_question(wanted["text"], locale, person_id=user.pk)
        answer = gateway().ask(question)
        with entry():
            record_consultation(asked=Asked(**answer.record(question)), asked_by_id=user.pk)
        return Response(calmer_answer(answer.value))


def calmer_answer(found: CalmerWording) -> dict[str, Any]:
    return {
        "text": found.text,
        "changed": found.is_changed,
        "found": [str(kind) for kind in found.found],
        "explanation": found.explanation,
    }
