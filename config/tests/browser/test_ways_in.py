"""The ways in: filing step by step while it saves, and an invited person who is in within three screens without a script."""

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import FilePayload, expect

from config.tests.browser.conftest import Visit
from config.tests.browser.mails import wait_for_link, wait_for_mail
from config.tests.browser.people import PASSWORD, access_token, new_address, new_person
from config.tests.browser.visitors import MOST_BYTES, Scheme
from kernel.testing.live import LiveStack

pytestmark = pytest.mark.browser
TITLE = "The deposit for the flat in Calle Mayor"


def file_case(stack: LiveStack, email: str) -> tuple[str, str]:
    """Filed by the API: the case's path, and the mailed link of the one who is invited."""
    bearer = {"Authorization": f"Bearer {access_token(stack, new_person(stack, 'Clara Gil'))}"}
    body = {
        "title": TITLE,
        "description": "I moved out on 31 August and left the flat clean.",
        "amount": {"amount": "1450.00", "currency": "EUR"},
        "respondents": [{"email": email, "full_name": "Nora Okafor"}],
    }
    answer = stack.request("POST", "/api/disputes", body=body, headers=bearer)
    assert answer.status == 201, answer.body
    return f"/disputes/{answer.json['id']}/", wait_for_link(stack, email, "/i/")


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1280, "light")])
def test_a_dispute_is_filed_step_by_step_and_kept_while_one_types(
    stack: LiveStack, visit: Visit, width: int, scheme: Scheme
) -> None:
    clara, nora = new_person(stack, "Clara Gil"), new_address("nora")
    visitor = visit(width=width, scheme=scheme)
    page = visitor.page
    visitor.sign_in(clara.email, PASSWORD)
    visitor.check_page("my-disputes-empty")

    visitor.go("/disputes/new/")
    page.get_by_label("E-mail address").fill(nora)
    page.get_by_label("Full name").fill("Nora Okafor")
    expect(page.locator("[data-saved]")).to_have_text(re.compile("^Saved "))
    page.reload()
    expect(page.get_by_label("E-mail address")).to_have_value(nora)
    visitor.check_page("file-who")
    page.get_by_role("button", name="Continue").click()

    page.get_by_label("In one line").fill(TITLE)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("In one line")).to_have_value(TITLE)
    visitor.check_page()
    page.get_by_label("What happened").fill("I moved out on 31 August and left the flat clean.")
    visitor.check_page("file-story")
    page.get_by_role("button", name="Continue").click()

    page.get_by_label("Amount you claim").fill("1,450.00")
    visitor.check_page("file-wish")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("main")).to_contain_text("€1,450.00")
    visitor.check_page("file-check")
    visitor.go("/")
    expect(page.get_by_role("link", name=TITLE)).to_be_visible()
    visitor.check_page("my-disputes-draft")
    page.get_by_role("link", name=TITLE).click()
    page.get_by_role("link", name="4. Check and send").click()
    page.get_by_role("button", name="Send the invitations").click()
    page.wait_for_url(re.compile(r"/disputes/[0-9a-f-]{36}/$"))
    assert wait_for_link(stack, nora, "/i/")
    visitor.go("/")
    expect(page.get_by_text("not sent")).to_have_count(0)
    visitor.check_page("my-disputes")


def test_an_invited_person_is_in_within_three_screens_without_a_script(stack: LiveStack, visit: Visit) -> None:
    email = new_address("nora")
    case, link = file_case(stack, email)
    nora = visit(width=360, script=False)
    page = nora.page

    nora.go(link)
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)
    nora.shoot("invitation-read")
    page.get_by_role("link", name="Tell your side").click()
    page.get_by_label("I agree in part").check()
    page.get_by_role("button", name="Send my side").click()
    expect(page.get_by_label("I agree in part")).to_be_checked()
    page.get_by_label("Your side, in your own words").fill("The floor was new. I would give back a part of it.")
    page.get_by_label("Amount you would accept to pay").fill("700")
    page.get_by_label("Files that show it").set_input_files(
        FilePayload(name="floor.txt", mimeType="text/plain", buffer=b"What the floor looked like.")
    )
    nora.shoot("invitation-your-side")
    page.get_by_role("button", name="Send my side").click()
    page.wait_for_url(f"**{case}")
    expect(page.get_by_text("You are in.")).to_be_visible()
    nora.shoot("invitation-in-the-room")

    back = visit(width=360, script=False)
    back.go(link)
    back.page.get_by_label("e-mail address").fill(email)
    back.page.get_by_role("button", name="Mail me a fresh link").click()
    expect(back.page.get_by_role("heading", level=1)).to_have_text("Look into your mailbox")
    back.go(wait_for_link(stack, email, "/i/", than=link))
    back.page.get_by_role("button", name="Enter the room").click()
    back.page.wait_for_url(f"**{case}")


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1280, "dark")])
def test_the_screens_of_an_invitation_are_accessible_and_light(
    stack: LiveStack, visit: Visit, width: int, scheme: Scheme
) -> None:
    email = new_address("nora")
    _case, link = file_case(stack, email)
    nora = visit(width=width, scheme=scheme)
    page = nora.page
    assert nora.weigh(link) <= MOST_BYTES
    for summary in page.locator("details > summary").all():
        summary.click()
    nora.check_page("invitation-all-open")
    page.get_by_label("Until which day?").fill(str(date.today() + timedelta(days=40)))
    page.get_by_role("button", name="Ask for this date").click()
    expect(page.get_by_text("has not answered yet")).to_be_visible()
    nora.check_page()
    assert nora.weigh(f"{link}/reply") <= MOST_BYTES
    page.get_by_role("button", name="Send my side").click()
    nora.check_page("invitation-your-side-errors")
    nora.go(link)
    page.get_by_text("I am not this person").first.click()
    page.get_by_role("button", name="I am not this person").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("this link is closed")
    nora.check_page()
    nora.go(link)
    nora.check_page("link-gone")
    assert wait_for_mail(stack, email, TITLE)
