"""The in-app list over HTTP: one's own, in one's language, at a steady cost."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.public import User
from accounts.tests.factories import UserFactory, bearer
from disputes import events as disputes
from notifications.models import Notification
from notifications.tests.factories import happen, make_case, propose

pytestmark = [pytest.mark.db, pytest.mark.django_db]

LIST = "/api/notifications"


def notify(user: User, number: int = 1) -> list[Notification]:
    return [
        Notification.objects.create(
            user=user,
            kind="party_joined",
            key=str(index),
            dispute_id=uuid4(),
            params={"title": f"Case {index}", "about": str(UserFactory(full_name="Ben Joined").pk)},
            path="/disputes/x/",
        )
        for index in range(number)
    ]


def get(client: Client, user: User, query: str = "") -> Any:
    answer = client.get(f"{LIST}{query}", **bearer(user))
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_list_says_what_happened_and_where(client: Client) -> None:
    case = make_case("proposed")
    happen(disputes.ResolutionProposed(case.dispute.pk, propose(case, number=3).pk))
    page = get(client, case.respondent)
    assert set(page) == {"results", "next", "previous", "unread_count"}
    assert page["unread_count"] == 1
    (line,) = page["results"]
    assert set(line) == {"id", "kind", "title", "body", "dispute_id", "link", "created_at", "read_at"}
    assert line["kind"] == "proposal_ready"
    assert line["title"] == "A proposal for “Deposit for the flat” waits for your answer"
    assert "(round 3)" in line["body"]
    assert line["dispute_id"] == str(case.dispute.pk)
    assert line["link"].startswith("http")
    assert line["link"].endswith(f"/disputes/{case.dispute.pk}/")
    assert line["read_at"] is None
    assert line["created_at"].endswith("Z")


def test_list_names_whom_it_is_about(client: Client) -> None:
    user = UserFactory()
    notify(user)
    assert get(client, user)["results"][0]["title"] == "Ben Joined takes part in “Case 0”"


def test_list_holds_only_ones_own_even_for_an_admin(client: Client) -> None:
    notify(UserFactory(), 2)
    page = get(client, UserFactory(admin=True))
    assert (page["results"], page["unread_count"]) == ([], 0)


def test_unread_filter(client: Client) -> None:
    user = UserFactory()
    read, unread = notify(user, 2)
    assert client.post(f"{LIST}/{read.pk}/read", **bearer(user)).status_code == 200
    for query, expected in (
        ("", {read.pk, unread.pk}),
        ("?unread=", {read.pk, unread.pk}),
        ("?unread=true", {unread.pk}),
        ("?unread=1", {unread.pk}),
        ("?unread=false", {read.pk}),
    ):
        page = get(client, user, query)
        assert {line["id"] for line in page["results"]} == {str(pk) for pk in expected}
        assert page["unread_count"] == 1


def test_unread_filter_refuses_other_words(client: Client) -> None:
    answer = client.get(f"{LIST}?unread=maybe", **bearer(UserFactory()))
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/unread"


def test_reading_keeps_the_first_time(client: Client) -> None:
    user = UserFactory()
    (row,) = notify(user)
    first = client.post(f"{LIST}/{row.pk}/read", **bearer(user)).json()
    second = client.post(f"{LIST}/{row.pk}/read", **bearer(user)).json()
    assert first["read_at"] == second["read_at"] is not None
    assert get(client, user)["unread_count"] == 0


def test_anothers_notification_is_not_there(client: Client) -> None:
    (row,) = notify(UserFactory())
    for user in (UserFactory(), UserFactory(admin=True)):
        answer = client.post(f"{LIST}/{row.pk}/read", **bearer(user))
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert client.post(f"{LIST}/{uuid4()}/read", **bearer(UserFactory())).status_code == 404
    row.refresh_from_db()
    assert row.read_at is None


def test_anonymous_is_asked_to_sign_in(client: Client) -> None:
    (row,) = notify(UserFactory())
    assert client.get(LIST).status_code == 401
    assert client.post(f"{LIST}/{row.pk}/read").status_code == 401


@pytest.mark.parametrize("number", [1, 20])
def test_list_costs_the_same_for_any_number_of_rows(number: int, client: Client) -> None:
    user = UserFactory()
    notify(user, number)
    headers = bearer(user)
    client.get(LIST, **headers)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        client.get(LIST, **headers)
    ours = [query["sql"] for query in queries if "notifications_notification" in query["sql"]]
    people = [query["sql"] for query in queries if "accounts_user" in query["sql"] and " IN (" in query["sql"]]
    assert (len(ours), len(people)) == (2, 1)


def test_pages_follow_one_another(client: Client) -> None:
    user = UserFactory()
    rows = notify(user, 5)
    page = get(client, user, "?limit=2")
    seen = [line["id"] for line in page["results"]]
    while page["next"]:
        page = client.get(page["next"], **bearer(user)).json()
        seen += [line["id"] for line in page["results"]]
    assert seen == [str(row.pk) for row in reversed(rows)]
