"""Questions to the assistant over HTTP: what it may look into, what it quotes, what is kept, and the stream."""

import asyncio
import json
from collections.abc import Generator
from contextlib import aclosing
from typing import Any

import pytest
from django.db import connection
from django.http import HttpRequest
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.public import User
from accounts.tests.factories import UserFactory, bearer
from ai_mediation.adapters.assistant.topics import Topic, topics_of
from ai_mediation.models import Consultation, Exchange
from ai_mediation.rest.streaming import event, event_stream, flowing
from disputes.tests import factories
from disputes.tests.factories import Case
from kernel.crypto import KeyScope, destroy_key
from kernel.ids import new_id

pytestmark = pytest.mark.db

CLAIM = "He broke my fence on 3 May. The repair by Martillo cost me 640 euros."
ANSWER = "The fence was rotten already. I offer 200 euros for peace."


@pytest.fixture
def case(db: None) -> Case:
    """Both have stated; a joint line, a caucus line of each, a private pair."""
    made = factories.stating(title="The fence", description="A fence between two gardens.")
    factories.state(made, made.claimant, CLAIM)
    factories.caucus(made, made.claimant, "Privately: the zebrafence costs 500 at most.")
    factories.caucus(made, made.respondent, "Privately: I could pay 450 for the zebrafence.")
    return made


@pytest.fixture
def disclosed(case: Case) -> Case:
    factories.state(case, case.respondent, ANSWER)
    factories.say(case, case.claimant, "Please look at the invoice of Martillo again.")
    return case


def ask(
    user: User, message: Any = "Where does it stand?", *, path: str = "chat", headers: Any = None, **body: Any
) -> Any:
    return Client(headers=headers or {}).post(
        f"/api/ai/{path}", {"message": message, **body}, content_type="application/json", **bearer(user)
    )


def about(case: Case) -> dict[str, Any]:
    return {"context": {"disputeId": str(case.id)}}


def events_of(answer: Any) -> list[tuple[str, Any]]:
    blocks = b"".join(answer.streaming_content).decode().strip().split("\n\n")
    lines = [block.split("\n") for block in blocks]
    return [(row[0].removeprefix("event: "), json.loads(row[1].removeprefix("data: "))) for row in lines]


# --- what is answered ---------------------------------------------------------------------------------------------------------
def test_a_question_about_ones_case_is_answered_with_exact_references(disclosed: Case) -> None:
    answer = ask(disclosed.respondent, "What did the repair of the fence cost?", **about(disclosed))

    body = answer.json()
    assert answer.status_code == 200
    texts = {"truth": [CLAIM, ANSWER], "description": ["A fence between two gardens."], "message": []}
    repair = [one for one in body["references"] if "640 euros" in one["quote"]]
    assert [one["source"] for one in repair] == ["truth"]
    for one in body["references"]:
        assert any(text[one["start"] : one["end"]] == one["quote"] for text in texts[one["source"]])
        assert f"[{one['number']}]" in body["answer"]
    assert (body["tokensUsed"], body["cached"]) == (0, False)
    assert "no language model was used" in body["answer"]


def test_state_deadline_and_next_step_are_told(case: Case) -> None:
    body = ask(case.respondent, "Where do we stand, and until when must I answer?", **about(case)).json()
    assert "Each side gives its statement" in body["answer"]
    assert "Statement: until" in body["answer"]
    assert "Give your statement" in body["answer"]


def test_what_is_sealed_is_not_looked_into(case: Case) -> None:
    body = ask(case.respondent, "What did Martillo's repair of the fence cost in May?", **about(case)).json()
    assert "640" not in json.dumps(body)
    assert [one["source"] for one in body["references"]] == ["description"]


@pytest.mark.parametrize("reader", ["claimant", "respondent"])
def test_of_caucuses_only_ones_own_is_looked_into(disclosed: Case, reader: str) -> None:
    mediator = factories.assign(disclosed, "mediator")
    own, other = {"claimant": ("500 at most", "450"), "respondent": ("450", "500 at most")}[reader]
    body = json.dumps(ask(getattr(disclosed, reader), "What about the zebrafence?", **about(disclosed)).json())
    assert own in body
    assert other not in body
    assert "zebrafence costs" not in json.dumps(ask(mediator, "What about the zebrafence?", **about(disclosed)).json())


def test_a_case_of_others_is_not_there(case: Case) -> None:
    for user, dispute in ((UserFactory(), case.id), (case.claimant, new_id()), (UserFactory(lawyer=True), case.id)):
        for path in ("chat", "chat/stream"):
            answer = ask(user, path=path, context={"disputeId": str(dispute)})
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert not Consultation.objects.exists()


@pytest.mark.parametrize(
    ("question", "said", "locale"),
    [
        ("Should I accept the offer?", "that is legal advice", "en"),
        ("¿Debo aceptar la oferta?", "asesoramiento jurídico", "es"),
        ("Can I speak with a human?", "human mediator", "en"),
        ("Who can read my private messages?", "encrypted for you alone", "en"),
        ("How do I file a case?", "New dispute", "en"),
        ("What happens when the other side does not answer?", "Silence decides nothing", "en"),
        ("¿Qué pasa si la otra parte no responde?", "El silencio no decide nada", "es"),
        ("What if they do not pay after signing?", "cannot make anybody pay", "en"),
        ("¿Qué pasa si no pagan después de firmar?", "no puede obligar a nadie", "es"),
        ("Is the signed agreement binding?", "a contract between you", "en"),
        ("What is a caucus?", "your own talk with the mediator", "en"),
        ("It misunderstood me, can I correct its summary?", "how it understands your side", "en"),
        ("How does ranking work?", "Schulze", "en"),
        ("How do the secret bids work?", "names in secret the figure", "en"),
        ("Can I withdraw my case?", "until a proposal has been accepted", "en"),
        ("I forgot my password", "No password, or forgotten?", "en"),
        ("He olvidado mi contraseña", "un enlace por correo", "es"),
        ("How are my data protected?", "encrypted where they are stored", "en"),
        ("Are you a robot?", "I am a program", "en"),
        ("What is the airspeed of a swallow?", "I do not know that", "en"),
    ],
)
def test_without_a_case_it_explains_accord_and_says_what_it_does_not_know(
    question: str, said: str, locale: str
) -> None:
    body = ask(UserFactory(), question, locale=locale).json()
    assert said in body["answer"]
    assert body["references"] == []


@pytest.mark.parametrize(
    ("question", "topics"),
    [
        ("What if they do not pay after signing?", [Topic.BREACH]),
        ("The landlord did not pay back my deposit", []),
        ("the tenant never paid the rent", []),
        ("When do I have to answer?", [Topic.DEADLINE]),
        ("Who signed the contract?", [Topic.SIGNING]),
    ],
)
def test_a_narrower_topic_takes_the_place_of_a_wider_one(question: str, topics: list[Topic]) -> None:
    assert topics_of(question) == topics


def test_nothing_in_the_case_answers(disclosed: Case) -> None:
    body = ask(disclosed.claimant, "Which colour did the submarine have?", **about(disclosed)).json()
    assert "I find nothing in what you may read" in body["answer"]
    assert body["references"] == []


# --- who asks, limits, input --------------------------------------------------------------------------------------------------
def test_nobody_asks_in_anothers_name(db: None) -> None:
    me, other = UserFactory(), UserFactory()
    assert ask(me, userId=str(me.pk)).status_code == 200
    refused = ask(me, userId=str(other.pk))
    assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")
    assert Consultation.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"message": ""}, "/message"),
        ({"message": "x" * 10_001}, "/message"),
        ({"message": "a\x07b"}, "/message"),
        ({"message": ["hi"]}, "/message"),
        ({"userId": "me"}, "/userId"),
        ({"context": []}, "/context"),
        ({"context": {"disputeId": "x"}}, "/context/disputeId"),
        ({"context": "x"}, "/context"),
        ({"locale": 5}, "/locale"),
        ({"locale": "x" * 13}, "/locale"),
    ],
)
def test_wrong_input_is_named(db: None, body: dict[str, Any], pointer: str) -> None:
    for path in ("chat", "chat/stream"):
        answer = ask(UserFactory(), path=path, **{"message": "Hello", **body})
        assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
        assert answer.json()["errors"][0]["pointer"].startswith(pointer)
    assert not Consultation.objects.exists()


def test_questions_are_counted_together(db: None, settings: Any) -> None:
    settings.ACCORD_RATES = {**settings.ACCORD_RATES, "ai": "2/min"}
    user = UserFactory()
    statuses = [ask(user, path=path).status_code for path in ("chat", "chat/stream", "chat", "chat/stream")]
    assert statuses == [200, 200, 429, 429]


def test_ten_thousand_characters_of_anything_are_answered(disclosed: Case) -> None:
    for message in ("fence " * 1666, "?" * 10_000, "ñ" * 10_000, "1 " * 5000, "what next " * 1000):
        assert ask(disclosed.claimant, message, **about(disclosed)).status_code == 200


# --- what is kept -------------------------------------------------------------------------------------------------------------
def test_what_was_asked_is_kept_sealed_for_its_asker_alone(disclosed: Case) -> None:
    body = ask(disclosed.claimant, "What about the quaggafence?", **about(disclosed)).json()
    ask(disclosed.respondent, "Something else")

    mine = Client().get("/api/ai/consultations", **bearer(disclosed.claimant)).json()["results"]
    assert [(one["question"], one["answer"], one["id"]) for one in mine] == [
        ("What about the quaggafence?", body["answer"], body["consultationId"])
    ]
    assert mine[0]["subject"] == {"kind": "dispute", "id": str(disclosed.id)}
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(e)::text FROM ai_mediation_exchange e")
        assert "quaggafence" not in str(cursor.fetchall())
    destroy_key(KeyScope("person", disclosed.claimant.pk))
    (erased,) = Client().get("/api/ai/consultations", **bearer(disclosed.claimant)).json()["results"]
    assert (erased["question"], erased["answer"], erased["references"]) == (None, None, [])


def test_consultations_come_in_pages(db: None) -> None:
    user = UserFactory()
    for number in range(3):
        ask(user, f"Question {number}")
    first = Client().get("/api/ai/consultations", {"limit": 2}, **bearer(user)).json()
    rest = Client().get(first["next"], **bearer(user)).json()
    assert [one["question"] for one in first["results"] + rest["results"]] == ["Question 2", "Question 1", "Question 0"]
    assert rest["next"] is None


def test_a_page_costs_the_same_for_one_and_for_many(db: None) -> None:
    user, counts = UserFactory(), list[int]()
    for _round in range(2):
        for _number in range(1 if not counts else 8):
            ask(user)
        headers = bearer(user)
        with CaptureQueriesContext(connection) as queries:
            Client().get("/api/ai/consultations", **headers)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_same_key_asks_once(db: None) -> None:
    user, key = UserFactory(), {"Idempotency-Key": "chat-1"}
    first, again = ask(user, headers=key), ask(user, headers=key)
    assert first.json() == again.json()
    assert Exchange.objects.count() == 1
    assert ask(user, "Another", headers=key).status_code == 422


# --- the stream ---------------------------------------------------------------------------------------------------------------
def test_a_stream_sends_the_answer_in_pieces_and_then_whole(disclosed: Case) -> None:
    answer = ask(disclosed.respondent, "What did the repair cost?", path="chat/stream", **about(disclosed))

    assert (answer.status_code, answer["Content-Type"]) == (200, "text/event-stream; charset=utf-8")
    assert answer["Cache-Control"] == "no-store"
    events = events_of(answer)
    assert [name for name, _data in events[:-1]] == ["delta"] * (len(events) - 1)
    name, whole = events[-1]
    assert (name, set(whole)) == ("done", {"answer", "references", "tokensUsed", "cached", "consultationId"})
    assert "".join(data["text"] for _name, data in events[:-1]) == whole["answer"]
    assert whole["references"]
    assert Exchange.objects.count() == 1


def test_a_stream_may_be_asked_for_as_what_it_is(db: None) -> None:
    for accept in ("text/event-stream", "application/json", "*/*", "text/event-stream, application/json;q=0.5"):
        answer = ask(UserFactory(), path="chat/stream", headers={"Accept": accept})
        assert answer.status_code == 200
        assert events_of(answer)[-1][0] == "done"


def test_a_stream_is_answered_in_the_language_asked_for(db: None) -> None:
    english, spanish = (
        events_of(ask(UserFactory(), "private?", path="chat/stream", locale=locale))[-1][1]["answer"]
        for locale in ("en", "es-MX")
    )
    assert english.startswith("Statements stay sealed")
    assert spanish != english or "no language model" in spanish  # until the catalogue has it


def test_a_repeated_stream_gives_the_first_answer_and_asks_nobody(db: None) -> None:
    user, key = UserFactory(), {"Idempotency-Key": "stream-1"}
    first = events_of(ask(user, path="chat/stream", headers=key))
    again = events_of(ask(user, path="chat/stream", headers=key))
    assert again[-1] == first[-1]
    assert Exchange.objects.count() == 1


def test_a_client_that_goes_away_leaves_nothing_and_frees_its_key(db: None) -> None:
    user, key = UserFactory(), {"Idempotency-Key": "stream-2"}
    answer = ask(user, path="chat/stream", headers=key)
    pieces = answer._iterator  # what a server reads, and closes when its client is gone
    assert next(pieces).startswith(b"event: delta")
    pieces.close()
    assert not Exchange.objects.exists()
    assert events_of(ask(user, path="chat/stream", headers=key))[-1][0] == "done"


class Pieces:
    """A source of events that knows whether it was closed."""

    def __init__(self) -> None:
        self.closed = False

    def __call__(self) -> Generator[bytes, None, None]:
        try:
            for number in range(1000):
                yield event("delta", {"text": str(number)})
        finally:
            self.closed = True


def test_under_asgi_pieces_flow_one_by_one_and_a_client_that_goes_closes_them() -> None:
    source = Pieces()

    async def reader() -> list[bytes]:
        stream = flowing(source())
        first = [await anext(stream) for _ in range(3)]
        assert not source.closed
        await stream.aclose()
        return first

    assert asyncio.run(reader()) == [event("delta", {"text": str(number)}) for number in range(3)]
    assert source.closed


def test_under_asgi_a_cancelled_reader_closes_the_pieces() -> None:
    source = Pieces()

    async def read(reading: asyncio.Event) -> None:
        async with aclosing(flowing(source())) as stream:  # as Django's handler does
            async for _piece in stream:
                reading.set()
                await asyncio.sleep(3600)

    async def cancelled() -> None:
        reading = asyncio.Event()
        task = asyncio.ensure_future(read(reading))
        await reading.wait()
        assert not source.closed
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(cancelled())
    assert source.closed


def test_an_event_is_one_line_of_data() -> None:
    assert event("delta", {"text": "a\nb\r\n\n"}) == b'event: delta\ndata: {"text":"a\\nb\\r\\n\\n"}\n\n'
    assert event_stream(HttpRequest(), Pieces()()).is_async is False
