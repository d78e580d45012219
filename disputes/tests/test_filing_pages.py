"""Filing step by step: drafts that save as one types, and one case however often they are sent. The list of one's disputes."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.public import User
from accounts.tests.factories import UserFactory, browser
from disputes.enums import Decision
from disputes.models import Dispute, FilingDraft, Participant
from disputes.selectors.drafts import MOST_DRAFTS
from disputes.services.deadlines import propose_deadline
from disputes.services.drafting import file_draft, save_draft
from disputes.services.filing import Filing
from disputes.services.invitations import Invitee, report_wrong_person
from disputes.tests import factories as make
from disputes.tests.conftest import footprint
from kernel.ids import new_id
from kernel.models import OutboxEvent

pytestmark = [pytest.mark.db, pytest.mark.django_db, pytest.mark.usefixtures("unlimited")]

MARK = "zq-what-happened-zq"
WHO = {"p0-email": "Otto@Example.org", "p0-full_name": "Otto", "p0-side": "respondent", "p0-locale": "es"}
STORY = {"title": "The deposit", "description": MARK}


def text(answer: Any) -> str:
    body: str = answer.content.decode()
    return body


def begin(client: Client) -> str:
    """The address of a fresh draft, without its step."""
    first: str = client.get("/disputes/new/")["Location"]
    assert first.endswith("/who/")
    return first.removesuffix("who/")


def wish(user: User, **changed: str) -> dict[str, str]:
    day = str(make.day(make.file_case(claimant=user), 20))
    given = {"amount": "1,450.00", "currency": "EUR", "requires_contract": "no", "respond_by": day, "locale": "es"}
    return {**given, **changed}


def filled(client: Client, user: User) -> str:
    """A draft with all steps done."""
    address = begin(client)
    for step, data in (("who", WHO), ("story", STORY), ("wish", wish(user))):
        assert client.post(f"{address}{step}/", {**data, "action": "next"}).status_code == 302
    return address


def test_step_by_step_to_a_filed_case() -> None:
    user = UserFactory()
    client = browser(user)
    address = filled(client, user)
    shown = text(client.get(f"{address}check/"))
    for words in ("otto@example.org", "The deposit", MARK, "€1,450.00"):
        assert words.lower() in shown.lower()
    before = Dispute.objects.count()
    sent = client.post(f"{address}check/", {"action": "send"})
    assert Dispute.objects.count() == before + 1
    case = Dispute.objects.get(title="The deposit")
    assert sent["Location"] == f"/disputes/{case.pk}/"
    assert (case.money, case.requires_contract, case.locale, case.filed_by) == (make.eur("1450.00"), False, "es", user)
    assert Participant.objects.get(dispute=case, user=None).locale == "es"


def test_sent_twice_it_is_filed_once_and_the_draft_forgets_its_words() -> None:
    user = UserFactory()
    client = browser(user)
    address = filled(client, user)
    first = client.post(f"{address}check/", {"action": "send"})
    again = client.post(f"{address}check/", {"action": "send"})
    assert first["Location"] == again["Location"]
    assert Dispute.objects.filter(title="The deposit").count() == 1
    assert FilingDraft.objects.get().content_sealed is None
    assert client.get(f"{address}story/")["Location"] == first["Location"]
    assert "not sent" not in text(client.get("/"))


def test_two_sendings_that_both_saw_the_draft_open_file_one_case() -> None:
    user, draft_id = UserFactory(), new_id()
    save_draft(acting_user=user, draft_id=draft_id, values={"title": "t"})
    filing = Filing(title="The deposit", description=MARK, invitees=(Invitee("otto@example.org"),))
    made = {file_draft(acting_user=user, draft_id=draft_id, filing=filing) for _ in range(2)}
    assert len(made) == Dispute.objects.filter(title="The deposit").count() == 1


def test_opening_a_step_keeps_nothing() -> None:
    client = browser(UserFactory())
    before = footprint()
    address = begin(client)
    assert client.get(f"{address}who/").status_code == 200
    assert client.get(f"{address}check/")["Location"] == f"{address}who/"
    assert footprint() == before


def test_what_is_typed_is_saved_without_being_complete() -> None:
    user = UserFactory()
    client = browser(user)
    address = begin(client)
    saved = client.post(f"{address}story/", {"title": "", "description": MARK, "action": "autosave"})
    assert saved.status_code == 200
    assert "Saved" in saved.json()["saved"]
    assert MARK in text(client.get(f"{address}story/"))
    assert "Without a title yet" in text(client.get("/"))
    later = browser(user)
    assert MARK in text(later.get(f"{address}story/"))


def test_drafts_are_sealed_and_nobody_elses() -> None:
    user, other = UserFactory(), browser(UserFactory(admin=True))
    address = filled(browser(user), user)
    for step in ("who", "story", "wish", "check"):
        assert other.get(f"{address}{step}/").status_code == 404
        assert other.post(f"{address}{step}/", STORY).status_code == 404
    assert other.post(f"{address}delete/").status_code == 404
    assert browser(user).get(f"{address}story/").status_code == 200
    with connection.cursor() as cursor:
        for secret in (MARK, MARK.encode().hex()):  # bytes are shown in hex
            cursor.execute("SELECT count(*) FROM disputes_filing_draft d WHERE d::text LIKE %s", [f"%{secret}%"])
            assert cursor.fetchone() == (0,)
    assert MARK not in str(list(OutboxEvent.objects.values()))


@pytest.mark.parametrize(
    ("step", "data", "words"),
    [
        ("who", {**WHO, "p0-email": ""}, "Without an address"),
        ("who", {**WHO, "p0-email": "no address"}, "id_p0-email_error"),
        ("who", {**WHO, "p0-side": "claimant"}, "Name at least one person on the other side"),
        (
            "who",
            {**WHO, "p1-email": "otto@example.org", "p1-side": "respondent", "p1-locale": "en"},
            "stands here twice",
        ),
        ("story", {"title": "", "description": MARK}, "id_title_error"),
        ("story", {"title": "x" * 201, "description": MARK}, "id_title_error"),
        ("story", {"title": "a\u202eb", "description": MARK}, "cannot be shown"),
        ("wish", {"amount": "many"}, "Write the amount like"),
        ("wish", {"amount": "1.200"}, "Write the amount like"),
        ("wish", {"currency": "XXX"}, "id_currency_error"),
        ("wish", {"respond_by": "2001-01-01"}, "must lie ahead"),
        ("wish", {"respond_by": "soon"}, "id_respond_by_error"),
    ],
)
def test_what_is_wrong_is_said_at_the_field_and_kept(step: str, data: dict[str, str], words: str) -> None:
    user = UserFactory()
    client = browser(user)
    address = begin(client)
    answer = client.post(f"{address}{step}/", {**(wish(user, **data) if step == "wish" else data), "action": "next"})
    assert answer.status_code == 400
    assert words in text(answer)
    assert 'role="alert"' in text(answer)
    if step == "story":
        assert MARK in text(client.get(f"{address}story/"))


def test_the_claimants_own_address_is_refused() -> None:
    user = UserFactory()
    client = browser(user)
    answer = client.post(f"{begin(client)}who/", {**WHO, "p0-email": user.email.upper(), "action": "next"})
    assert "You are a party already" in text(answer)


def test_people_are_added_and_removed_without_a_script() -> None:
    client = browser(UserFactory())
    address = begin(client)
    client.post(f"{address}who/", {**WHO, "action": "add"})
    assert 'name="p1-email"' in text(client.get(f"{address}who/"))
    client.post(f"{address}who/", {**WHO, "p1-email": "b@example.org", "p1-side": "claimant", "remove": "0"})
    shown = text(client.get(f"{address}who/"))
    assert 'value="b@example.org"' in shown
    assert 'name="p1-email"' not in shown


def test_an_incomplete_draft_is_not_sent_and_says_where_to_go() -> None:
    client = browser(UserFactory())
    address = begin(client)
    client.post(f"{address}story/", {**STORY, "action": "later"})
    before = Dispute.objects.count()
    answer = client.post(f"{address}check/", {"action": "send"})
    assert answer.status_code == 400
    assert f'href="{address}who/"' in text(answer)
    assert Dispute.objects.count() == before


def test_a_draft_can_be_thrown_away_and_there_are_only_so_many() -> None:
    user = UserFactory()
    client = browser(user)
    address = begin(client)
    client.post(f"{address}story/", {**STORY, "action": "later"})
    client.post(f"{address}delete/")
    assert not FilingDraft.objects.exists()
    for _ in range(MOST_DRAFTS):
        save_draft(acting_user=user, draft_id=new_id(), values={"title": "t"})
    refused = client.post(f"{begin(client)}story/", {**STORY, "action": "next"})
    assert refused.status_code == 409
    assert MARK in text(refused)


def test_a_spanish_reader_files_in_spanish_numbers() -> None:
    user = UserFactory(locale="es", timezone="Europe/Madrid")
    client = browser(user)
    address = begin(client)
    assert client.post(f"{address}wish/", {**wish(user), "amount": "1.450,00", "action": "next"}).status_code == 302
    assert "1450,00" in text(client.get(f"{address}check/")).replace(".", "").replace("\xa0", " ")


# --- the list -------------------------------------------------------------------------------------------------------------
def test_the_list_says_whose_turn_it_is() -> None:
    user = UserFactory()
    waiting, stating, proposed, signing = (
        make.file_case(claimant=user, title="Waiting"),
        make.stating(claimant=user, title="Stating"),
        make.proposed(claimant=user, title="Proposed"),
        make.signing(claimant=user, title="Signing"),
    )
    shown = text(browser(user).get("/"))
    assert shown.count("Your turn") == 3
    for words in ("Tell your side", "Answer the proposal", "Read and sign the contract"):
        assert words in shown
    make.state(stating, user)
    make.respond(proposed, user, Decision.ACCEPT)
    make.sign(signing, user)
    assert "Your turn" not in text(browser(user).get("/"))
    propose_deadline(acting_user=stating.respondent, dispute_id=stating.id, deadline=waiting.dispute.respond_by)
    assert "Accept or refuse another date" in text(browser(user).get("/"))
    invited = make.file_case(claimant=user, invitees=(Invitee("x@example.org"),))
    report_wrong_person(token=make.token_for(invited, "x@example.org"))
    assert "An address is wrong" in text(browser(user).get("/"))


def test_the_list_is_narrowed_by_state_and_words() -> None:
    user = UserFactory()
    make.file_case(claimant=user, title="Open one")
    make.lapsed(claimant=user, title="Ended one")
    client = browser(user)
    assert "Ended one" not in text(client.get("/?show=open"))
    assert "Open one" not in text(client.get("/?show=ended"))
    assert "Open one" not in text(client.get("/?q=ended"))
    assert "Nothing fits" in text(client.get("/?q=zebra"))
    assert client.get("/?after=nonsense&show=nonsense&q=%00").status_code == 200


def test_the_list_goes_on_without_a_gap_and_shows_nobody_elses() -> None:
    user = UserFactory()
    for number in range(25):
        make.file_case(claimant=user, title=f"Case {number:02}")
    make.file_case(title="Somebody else's")
    client = browser(user)
    first = text(client.get("/"))
    onward = first.split('href="?')[-1].split('"')[0].replace("&amp;", "&")
    second = text(client.get(f"/?{onward}"))
    found = [number for number in range(25) if f"Case {number:02}" in first + second]
    assert found == list(range(25))
    assert "Somebody else" not in first + second
    assert first.count("Case ") == 20


def test_the_list_costs_the_same_for_one_and_twenty() -> None:
    one, twenty = UserFactory(), UserFactory()
    counts = []
    for user, cases in ((one, 1), (twenty, 20)):
        for _ in range(cases):
            make.proposed(claimant=user)
        make.signing(claimant=user)
        client = browser(user)
        client.get("/")
        with CaptureQueriesContext(connection) as queries:
            client.get("/")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_an_empty_list_helps() -> None:
    shown = text(browser(UserFactory()).get("/"))
    assert "No dispute yet" in shown
    assert "/fresh-link/" in shown
