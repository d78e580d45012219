"""Questions to the assistant, at once or streamed, and what one has asked so far."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast
from uuid import UUID

from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from ai_mediation.adapters.assistant.answers import Spoken
from ai_mediation.adapters.assistant.asking import chat_question, references_of
from ai_mediation.adapters.gateway import AnswerStream, gateway
from ai_mediation.adapters.questions import Answer, Question
from ai_mediation.models import Consultation
from ai_mediation.rest.limits import count_question
from ai_mediation.rest.serializers import ChatAnswer, ChatInput, ConsultationAnswer
from ai_mediation.rest.streaming import EVENT_SCHEMA, MEDIA_TYPE, Events, EventStreamRenderer, event, event_stream
from ai_mediation.selectors.exchanges import access_exchange, consultations_of, words_if_kept, words_of
from ai_mediation.services.consultations import Asked
from ai_mediation.services.exchanges import record_exchange
from disputes.public import ReaderFile, reader_file
from kernel.entry import entry
from kernel.errors import DomainError, PermissionDeniedError
from kernel.idempotency import Claim, release, settle
from kernel.problems import domain_problem
from kernel.readers import known_language
from kernel.rest.reading import read_body
from kernel.rest.renderers import JSONRenderer
from kernel.rest.viewsets import ApiViewSet


@dataclass(frozen=True)
class Asking:
    """A question that may be asked: who, what, about which case, in which language."""

    user: Any
    message: str
    case: ReaderFile | None
    locale: str

    def ask(self) -> Answer[Spoken]:
        with translation.override(self.locale):
            return gateway().ask(self.question)

    @contextmanager
    def streamed(self) -> Iterator[tuple[AnswerStream[Spoken], Iterator[str]]]:
        """The stream and its pieces; whatever happens, the call to the provider is over at the end."""
        stream = gateway().stream(self.question)
        pieces = iter(stream)
        try:
            yield stream, self.in_own_words(pieces)
        finally:
            if isinstance(pieces, Generator):
                pieces.close()

    def in_own_words(self, pieces: Iterator[str]) -> Iterator[str]:
        """The pieces, each made in the language of the answer; while one is sent the thread keeps its own."""
        while True:
            with translation.override(self.locale):
                piece = next(pieces, None)
            if piece is None:
                return
            yield piece

    @cached_property
    def question(self) -> Question[Spoken]:
        return chat_question(self.message, self.case, person_id=self.user.pk, locale=self.locale)

    def keep(self, answer: Answer[Spoken]) -> UUID:
        """Record question and answer for the one who asked."""
        usage = answer.usage
        subject = ("dispute", self.case.dispute_id) if self.case else None
        with translation.override(self.locale):
            references = references_of(answer.value)
        return record_exchange(
            asked=Asked(**answer.record(self.question, subject=subject)),
            person_id=self.user.pk,
            dispute_id=self.case.dispute_id if self.case else None,
            content={
                "question": self.message,
                "answer": answer.value.text,
                "references": references,
                "tokensUsed": 0 if answer.is_cached else usage.input_tokens + usage.output_tokens,
                "cached": answer.is_cached,
            },
        )

    def answer(self, made: UUID | None) -> dict[str, Any]:
        """The answer that was kept, in the API's shape."""
        exchange = access_exchange(self.user, cast(UUID, made))
        words = words_of(exchange)
        shown = {name: words[name] for name in ("answer", "references", "tokensUsed", "cached")}
        return {**shown, "consultationId": exchange.consultation_id}


class ChatViewSet(ApiViewSet):
    serializer_class = ChatAnswer

    @extend_schema(request=ChatInput, responses=ChatAnswer, operation_id="chat")
    def chat(self, request: Request) -> Response:
        """Ask the assistant; with `context.disputeId`, about one's own case.

        The answer points with numbers in square brackets at `references`, exact quotes from what the caller may read. `tokensUsed` counts
        what a provider charged for this answer: 0 when it came from rules or from the cache. It is no legal advice.
        """
        asking = asked_by(request)
        return self.command(asking.keep, asking.answer, prepare=asking.ask)


class ChatStreamViewSet(ApiViewSet):
    """The same, streamed."""

    renderer_classes = (JSONRenderer, EventStreamRenderer)
    serializer_class = ChatAnswer

    @extend_schema(request=ChatInput, responses={(200, MEDIA_TYPE): EVENT_SCHEMA}, operation_id="chatStream")
    def stream(self, request: Request) -> HttpResponseBase:
        """`delta` events with `{"text": …}`, then `done` with the whole answer as `/api/ai/chat` gives it.

        What goes wrong before the first piece is a plain problem; later it is an `error` event with the problem document, and the
        pieces sent so far are no answer.
        """
        asking = asked_by(request)
        claim = self._claim()
        if claim is not None and claim.status is not None:
            return event_stream(request._request, _again(asking, claim.resource_id))
        events = _events(request, asking, claim)
        first = next(events)  # a refusal or a provider that is down shows here, as a problem
        return event_stream(request._request, _with_first(first, events))


class ConsultationViewSet(ApiViewSet):
    """What one has asked the AI."""

    serializer_class = ConsultationAnswer
    queryset = Consultation.objects.none()
    keyset = ("-created_at", "-id")
    filter_backends = ()

    @extend_schema(responses=ConsultationAnswer(many=True), operation_id="listConsultations")
    def list(self, request: Request) -> Response:
        """My own questions, newest first; with question and answer where the product shows them back."""
        page = self.paginate_queryset(consultations_of(request.user))
        return self.get_paginated_response([consultation_answer(row) for row in page or []])


def asked_by(request: Request) -> Asking:
    """The question in the request's body. Raises ValidationError, ThrottledError, PermissionDeniedError, NotFoundError."""
    wanted = read_body(ChatInput, request.data)
    user = count_question(request)
    claimed = wanted.get("userId")
    if claimed is not None and claimed != user.pk:
        raise PermissionDeniedError(_("“userId” must be your own id, or be left out: nobody asks in another's name."))
    locale = known_language(wanted.get("locale") or get_language() or "en")
    dispute_id = (wanted.get("context") or {}).get("disputeId")
    with translation.override(locale):
        case = reader_file(user, dispute_id) if dispute_id is not None else None
    return Asking(user, wanted["message"], case, locale)


def consultation_answer(row: Consultation) -> dict[str, Any]:
    words = words_if_kept(row)
    return {
        "id": row.pk,
        "purpose": row.purpose,
        "model": row.model,
        "promptVersion": row.prompt_version,
        "outcome": row.outcome,
        "question": words.get("question"),
        "answer": words.get("answer"),
        "references": words.get("references", []),
        "subject": {"kind": row.subject_kind, "id": row.subject_id} if row.subject_id else None,
        "tokensUsed": 0 if row.is_cached else row.input_tokens + row.output_tokens,
        "cached": row.is_cached,
        "createdAt": row.created_at,
    }


# --- streaming ----------------------------------------------------------------------------------------------------------------
def _events(request: Request, asking: Asking, claim: Claim | None) -> Events:
    """The events of one answer. Closing it early ends the call to the provider and frees the Idempotency-Key."""
    settled = started = False
    try:
        with asking.streamed() as (stream, pieces):
            for piece in pieces:
                started = True
                yield event("delta", {"text": piece})
            with entry():
                made = asking.keep(stream.answer)
                if claim is not None:
                    settle(claim, status=200, resource_id=made)
            settled = True
        yield event("done", asking.answer(made))
    except DomainError as error:
        if not started:
            raise
        with translation.override(asking.locale):
            problem = domain_problem(request._request, error)
        yield b"event: error\ndata: " + problem.content + b"\n\n"
    finally:
        if claim is not None and not settled:
            release(claim)


def _with_first(first: bytes, rest: Events) -> Events:
    try:
        yield first
        yield from rest
    finally:
        rest.close()


def _again(asking: Asking, made: UUID | None) -> Events:
    """The answer of the first request with this key."""
    answer = asking.answer(made)
    yield event("delta", {"text": answer["answer"]})
    yield event("done", answer)
