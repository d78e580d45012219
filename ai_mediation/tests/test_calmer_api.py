"""A calmer wording of one's own message, over HTTP."""

from typing import Any

import pytest
from django.test import Client

from accounts.tests.factories import UserFactory, bearer
from ai_mediation.models import Consultation, Exchange

pytestmark = pytest.mark.db


def calm(text: Any, **body: Any) -> Any:
    return Client().post(
        "/api/ai/calmer", {"text": text, **body}, content_type="application/json", **bearer(UserFactory())
    )


def test_heat_is_taken_out_and_figures_stay(db: None) -> None:
    body = calm("You are a liar and an idiot! You owe me 640 euros since 3 May.").json()
    assert body["changed"] is True
    assert "idiot" not in body["text"]
    assert ("640" in body["text"], bool(body["found"]), bool(body["explanation"])) == (True, True, True)


def test_what_is_calm_stays_as_it_is(db: None) -> None:
    text = "I would like to have the 640 euros by Friday."
    body = calm(text, locale="en").json()
    assert (body["text"], body["changed"], body["found"]) == (text, False, [])
    assert body["explanation"]


def test_that_it_was_asked_for_is_kept_and_no_words(db: None) -> None:
    calm("You quaggaidiot!")
    consultation = Consultation.objects.get()
    assert (consultation.purpose, consultation.request) == ("chat", None)
    assert not Exchange.objects.exists()


@pytest.mark.parametrize("text", ["", 5, None, "x" * 10_001, "a\x00"])
def test_wrong_input_is_named(db: None, text: Any) -> None:
    answer = calm(text)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/text")


def test_it_counts_as_a_question(db: None, settings: Any) -> None:
    settings.ACCORD_RATES = {**settings.ACCORD_RATES, "ai": "1/min"}
    headers = bearer(UserFactory())
    asked = [
        Client().post("/api/ai/calmer", {"text": "Hi"}, content_type="application/json", **headers).status_code
        for _ in range(2)
    ]
    assert asked == [200, 429]
