"""The main job in browsers of their own: from the mail of an invitation to a sealed contract, live, on a phone and on a desk."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from config.tests.browser.conftest import Visit
from config.tests.browser.mails import wait_for_link
from config.tests.browser.people import Person, access_token, new_address, new_person
from config.tests.browser.visitors import MOST_BYTES, Visitor
from kernel.testing.live import LiveStack

pytestmark = pytest.mark.browser

STORY = (
    "I moved out of the flat on 31 March. The deposit was 1,200 EUR. The landlord keeps all of it for a wall that was grey already "
    "when I moved in."
)
SIDE = (
    "The wall in the living room had to be painted, which cost 300 EUR. The rest of the deposit, 900 EUR, can go back."
)
TRUTH = (
    "The deposit of 1,200 EUR was paid in full. The wall was grey when I moved in. I want 1,200 EUR back by 30 June."
)
LONG = 60_000  # milliseconds for what happens in the background


def press(page: Page, name: str | re.Pattern[str]) -> None:
    page.get_by_role("main").get_by_role("button", name=name).click()


def go_to(visitor: Visitor, part: str) -> None:
    """A part of the room: on a phone its tab, on a desk it is there."""
    tab = visitor.page.locator(f'nav.sections a[href="#{part}"]')
    if tab.is_visible():
        tab.click()


def file_dispute(visitor: Visitor, *addresses: str) -> str:
    """The guided steps; the case's id."""
    page = visitor.page
    visitor.go("/disputes/new/")
    for number, address in enumerate(addresses):
        if number:
            press(page, "Add another person")
        person = page.locator("fieldset.person").nth(number)
        person.get_by_label("E-mail address").fill(address)
        person.get_by_label("Full name").fill(["Ben Okafor", "Cleo Maier"][number])
    visitor.check_page("filing-who")
    press(page, "Continue")
    page.get_by_label("In one line").fill("Deposit for the flat in Rose Street 3")
    page.get_by_label("What happened").fill(STORY)
    visitor.check_page("filing-story")
    press(page, "Continue")
    page.get_by_label("Amount you claim").fill("1200")
    page.locator("[name$=requires_contract][value=yes]").check()
    visitor.check_page("filing-wish")
    press(page, "Continue")
    visitor.check_page("filing-check")
    press(page, "Send the invitations")
    page.wait_for_url(re.compile(r"/disputes/[0-9a-f-]{36}/"))
    return str(page.url).split("/disputes/")[1].partition("/")[0]


def answer_by_mail(stack: LiveStack, visitor: Visitor, address: str, *, side: str = SIDE) -> None:
    """The invited person's three screens."""
    page = visitor.page
    visitor.go(wait_for_link(stack, address, "/i/"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Deposit for the flat in Rose Street 3")
    expect(page.get_by_text("An AI mediator is used")).to_be_visible()
    visitor.check_page("invitation")
    page.get_by_role("link", name="Tell your side").click()
    page.locator("[name=stance]").nth(1).check()
    page.get_by_label("Your side, in your own words").fill(side)
    visitor.check_page("your-side")
    press(page, "Send my side and enter the room")
    page.wait_for_url(re.compile(r"/disputes/[0-9a-f-]{36}/"))


def state(visitor: Visitor, text: str) -> None:
    go_to(visitor, "statements")
    page = visitor.page
    page.get_by_label("My statement").fill(text)
    page.get_by_label("I understand that I cannot change this text afterwards.").check()
    press(page, "Give my statement")


def say(visitor: Visitor, text: str) -> None:
    visitor.page.get_by_label("Your message").fill(text)
    visitor.page.locator("#composer button[type=submit]").click()


def log_of(visitor: Visitor) -> Any:
    return visitor.page.locator("#chat .panel:not([hidden]) .log")


def be_understood(visitor: Visitor, *, picture: str = "") -> None:
    """Say that the mediator's summary is right, once it is there."""
    go_to(visitor, "proposal")
    page = visitor.page
    right = page.get_by_role("button", name="Yes, that is right")
    expect(right).to_be_visible(timeout=LONG)
    if picture:
        visitor.check_page(picture)
    right.click()
    expect(page.locator("#understanding")).to_contain_text("confirmed")


def rank(visitor: Visitor, *, picture: str = "") -> None:
    """Put the candidates in the order they are shown in."""
    go_to(visitor, "proposal")
    page = visitor.page
    places = page.locator("#ranking select")
    expect(places.first).to_be_visible(timeout=LONG)
    for number in range(places.count()):
        places.nth(number).select_option(str(number + 1))
    if picture:
        visitor.check_page(picture)
    press(page, "Send my ranking")
    expect(page.locator("#ranking select")).to_have_count(0)


def answer_proposal(visitor: Visitor) -> None:
    go_to(visitor, "proposal")
    page = visitor.page
    page.locator("#answer-accept > summary").click(timeout=LONG)
    page.get_by_label("I have read the terms and accept them. If everybody does, they bind me.").check()
    press(page, "Accept the proposal")
    expect(page.locator("#proposal")).to_contain_text("You have accepted the proposal.")


def sign(visitor: Visitor, name: str) -> None:
    go_to(visitor, "proposal")
    form = visitor.page.locator("#sign-form")
    expect(form).to_be_visible(timeout=LONG)
    form.get_by_label("Your full name").fill(name)
    form.get_by_label("I agree to this text and sign the contract.").check()
    form.get_by_role("button", name="Sign now").click()
    expect(form).to_be_hidden()


def status_of(stack: LiveStack, dispute_id: str) -> str:
    return str(stack.sql("SELECT status FROM disputes_dispute WHERE id = %s", (dispute_id,))[0][0])


@pytest.mark.parametrize(("claimants", "respondents"), [(1280, 360), (360, 1280)])
def test_two_people_come_from_an_invitation_to_a_sealed_contract(
    stack: LiveStack, visit: Visit, claimants: int, respondents: int
) -> None:
    person, address = new_person(stack, "Ana Torres"), new_address("ben")
    ana, ben = visit(width=claimants), visit(width=respondents)
    ana.sign_in(person.email, person.password)
    ana.check_page("my-disputes-empty")
    dispute_id = file_dispute(ana, address)
    ana.check_page("room-waiting")
    answer_by_mail(stack, ben, address)
    ben.check_page("room-first")

    # Ben's arrival is there without anybody reloading.
    expect(ana.page.locator("#people")).to_contain_text("Ben Okafor", timeout=LONG)
    state(ana, TRUTH)
    expect(ana.page.locator("#statements")).to_contain_text(SIDE, timeout=LONG)
    go_to(ben, "statements")
    expect(ben.page.locator("#statements")).to_contain_text(TRUTH, timeout=LONG)

    for visitor in (ana, ben):
        go_to(visitor, "chat")
    say(ana, "Good evening, shall we find a way?")
    expect(log_of(ben)).to_contain_text("Good evening, shall we find a way?")
    say(ben, "Gladly. The painter's bill is real, though.")
    expect(log_of(ana)).to_contain_text("The painter's bill is real")
    ana.check_page("room-chat")
    ben.check_page("room-chat")
    ben.page.locator("#chat nav.rooms a").nth(1).click()
    say(ben, "Between us: I would give back 1000 EUR.")
    expect(log_of(ben)).to_contain_text("Between us")
    expect(ana.page.locator("#chat")).not_to_contain_text("Between us")
    expect(log_of(ben)).to_contain_text("AI mediator", timeout=LONG)
    log_of(ben).get_by_role("button", name="Let the mediator use this").first.click()
    expect(log_of(ben).get_by_role("button", name="The mediator may use this. Take it back")).to_be_visible()
    ben.check_page("room-caucus")

    be_understood(ana, picture="room-understanding")
    be_understood(ben)
    press(ana.page, "Ask for a proposal")
    rank(ana, picture="room-ranking")
    rank(ben, picture="room-ranking")
    for visitor in (ana, ben):
        go_to(visitor, "proposal")
        expect(visitor.page.locator("#answer-accept")).to_be_visible(timeout=LONG)
        visitor.check_page("room-proposal")
    answer_proposal(ana)
    answer_proposal(ben)

    sign(ana, "Ana Torres")
    sign(ben, "Ben Okafor")
    for visitor in (ana, ben):
        go_to(visitor, "proposal")
        expect(visitor.page.locator("#contract")).to_contain_text("any change to it would show", timeout=LONG)
        visitor.check_page("room-executed")
    assert status_of(stack, dispute_id) == "executed"
    assert stack.sql("SELECT status FROM disputes_contract WHERE dispute_id = %s", (dispute_id,)) == [("executed",)]
    assert ana.weigh(f"/disputes/{dispute_id}/") <= MOST_BYTES


def test_three_people_in_one_room_hear_each_other_and_no_private_word(stack: LiveStack, visit: Visit) -> None:
    person, ben_at, cleo_at = new_person(stack, "Ana Torres"), new_address("ben"), new_address("cleo")
    ana, ben, cleo = visit(width=1280), visit(width=360), visit(width=1280, scheme="dark")
    ana.sign_in(person.email, person.password)
    dispute_id = file_dispute(ana, ben_at, cleo_at)
    answer_by_mail(stack, ben, ben_at)
    answer_by_mail(
        stack, cleo, cleo_at, side="I lived there too and saw the wall. It was grey before. 1,200 EUR should go back."
    )
    expect(ana.page.locator("#people")).to_contain_text("Cleo Maier", timeout=LONG)

    for visitor in (ana, ben, cleo):
        go_to(visitor, "chat")
    ben.page.get_by_label("Your message").press_sequentially("I am", delay=30)
    expect(ana.page.locator("#chat .panel:not([hidden]) .typing")).to_contain_text("Ben Okafor")
    ben.page.get_by_label("Your message").fill("")
    say(ana, "Welcome to you both.")
    for visitor in (ben, cleo):
        expect(log_of(visitor)).to_contain_text("Welcome to you both.")
    harsh = "You are a liar! I want 900 EUR back by 15 January 2027!!!"
    words = cleo.page.get_by_label("Your message")
    words.fill(harsh)
    press(cleo.page, "Say it more calmly")
    expect(cleo.page.get_by_role("button", name="Put my own words back")).to_be_visible()
    assert ("liar" in words.input_value(), "900 EUR" in words.input_value()) == (False, True)
    cleo.check_page("room-calmer")
    press(cleo.page, "Put my own words back")
    expect(words).to_have_value(harsh)
    words.fill("")
    ana.page.locator("#chat nav.rooms a", has_text="Ben").click()
    say(ana, "Only for you, Ben.")
    tab = ben.page.locator("#chat nav.rooms a", has_text="Ana")
    expect(tab).to_contain_text("1")
    tab.click()
    expect(log_of(ben)).to_contain_text("Only for you, Ben.")
    expect(cleo.page.locator("#chat")).not_to_contain_text("Only for you")

    state(ana, TRUTH)
    expect(ana.page.locator("#statements")).to_contain_text("I lived there too", timeout=LONG)
    for visitor in (ben, cleo, ana):
        be_understood(visitor)
    press(ana.page, "Ask for a proposal")
    for visitor in (ana, ben, cleo):
        rank(visitor)
    for visitor in (ana, ben, cleo):
        answer_proposal(visitor)
    for visitor, name in ((ana, "Ana Torres"), (ben, "Ben Okafor"), (cleo, "Cleo Maier")):
        sign(visitor, name)
    go_to(cleo, "proposal")
    expect(cleo.page.locator("#contract")).to_contain_text("any change to it would show", timeout=LONG)
    cleo.check_page("room-three")
    assert status_of(stack, dispute_id) == "executed"


def test_lost_line_comes_back_by_itself_and_nothing_typed_is_lost(stack: LiveStack, visit: Visit) -> None:
    ana, ben, _dispute_id = two_in_a_room(stack, visit)
    old = stack.pid("web")
    ana.page.get_by_label("Your message").fill("Typed before the line was lost.")
    stack.kill("web")
    stack.wait_restarted("web", old)
    stack.wait_until(stack.is_ready, seconds=60)
    ana.page.locator("#composer button[type=submit]").click()
    expect(log_of(ben)).to_contain_text("Typed before the line was lost.", timeout=LONG)
    say(ben, "Here again.")
    expect(log_of(ana)).to_contain_text("Here again.", timeout=LONG)
    ana.problems[:] = [each for each in ana.problems if "WebSocket" not in each and "ERR_" not in each]
    ben.problems[:] = [each for each in ben.problems if "WebSocket" not in each and "ERR_" not in each]


def two_in_a_room(stack: LiveStack, visit: Callable[..., Visitor]) -> tuple[Visitor, Visitor, str]:
    person, address = new_person(stack, "Ana Torres"), new_address("ben")
    ana, ben = visit(), visit(width=360)
    dispute_id = filed_by_api(stack, person, address)
    ana.sign_in(person.email, person.password)
    ana.go(f"/disputes/{dispute_id}/")
    answer_by_mail(stack, ben, address)
    for visitor in (ana, ben):
        go_to(visitor, "chat")
    return ana, ben, dispute_id


def filed_by_api(stack: LiveStack, person: Person, *addresses: str) -> str:
    body = {
        "title": "Deposit for the flat in Rose Street 3",
        "description": STORY,
        "amount": {"amount": "1200.00", "currency": "EUR"},
        "requires_contract": True,
        "respondents": [{"email": address, "full_name": "Ben Okafor"} for address in addresses],
    }
    answer = stack.request(
        "POST", "/api/disputes", body=body, headers={"Authorization": f"Bearer {access_token(stack, person)}"}
    )
    assert answer.status == 201, answer.body
    return str(answer.json["id"])


def test_respondent_needs_no_more_than_a_keyboard_up_to_the_signature(stack: LiveStack, visit: Visit) -> None:
    person, address = new_person(stack, "Ana Torres"), new_address("ben")
    dispute_id = filed_by_api(stack, person, address)
    ana = partial(ask, stack, access_token(stack, person), f"/api/disputes/{dispute_id}")
    ben = visit(width=1280)
    page = ben.page
    ben.go(wait_for_link(stack, address, "/i/"))
    tab_to(page, "Tell your side")
    page.keyboard.press("Enter")
    page.wait_for_url("**/reply")
    tab_to(page, "stance")
    page.keyboard.press("Space")
    tab_to(page, "text")
    page.keyboard.type(SIDE)
    tab_to(page, "Send my side and enter the room")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/disputes/[0-9a-f-]{36}/"))
    tab_to(page, "content")
    page.keyboard.type("By keyboard.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(log_of(ben)).to_contain_text("By keyboard.")

    ana("POST", "truths", {"content": TRUTH})
    ana("POST", "understanding", {"decision": "correct", "correction": "It was clean, and I want 1,200 EUR."})
    expect(page.get_by_role("button", name="Yes, that is right")).to_be_visible(timeout=LONG)
    tab_to(page, "Yes, that is right")
    page.keyboard.press("Enter")
    expect(page.locator("#understanding")).to_contain_text("confirmed")
    ana("POST", "resolve", {})
    places = page.locator("#ranking select")
    expect(places.first).to_be_visible(timeout=LONG)
    for number in range(places.count()):
        tab_to(page, str(places.nth(number).get_attribute("name")))
        page.keyboard.press(str(number + 1))
    tab_to(page, "Send my ranking")
    page.keyboard.press("Enter")
    expect(places).to_have_count(0)
    round_ = ana("GET", "resolutions")["results"][0]
    resolution = round_["id"]
    ana("POST", f"resolutions/{resolution}/ranking", {"order": [each["id"] for each in round_["candidates"]]})
    expect(page.locator("#answer-accept")).to_be_visible(timeout=LONG)
    ana("POST", f"resolutions/{resolution}/respond", {"decision": "accept"})
    expect(page.locator("#proposal")).to_contain_text("accepted", timeout=LONG)
    tab_to(page, "Accept …")
    page.keyboard.press("Enter")
    tab_to(page, "sure")
    page.keyboard.press("Space")
    tab_to(page, "Accept the proposal")
    page.keyboard.press("Enter")
    expect(page.locator("#sign-form")).to_be_visible(timeout=LONG)
    tab_to(page, "full_name")
    page.keyboard.type("Ben Okafor")
    tab_to(page, "consent")
    page.keyboard.press("Space")
    tab_to(page, "Sign now")
    page.keyboard.press("Enter")
    expect(page.locator("#contract")).to_contain_text("You have signed", timeout=LONG)
    ana("POST", "contract/sign", {"full_name": "Ana Torres", "consent": True})
    expect(page.locator("#contract")).to_contain_text("any change to it would show", timeout=LONG)


def ask(stack: LiveStack, token: str, root: str, method: str, path: str, body: Any = None) -> Any:
    """One call of the API by somebody who uses no page."""
    answer = stack.request(method, f"{root}/{path}", body=body, headers={"Authorization": f"Bearer {token}"})
    assert answer.status < 300, answer.body
    return answer.json


def tab_to(page: Page, name: str, *, most: int = 150) -> None:
    """Press Tab until the focus is on a control of this name or words; it must be seen where the focus is."""
    for _ in range(most):
        page.keyboard.press("Tab")
        found = page.evaluate(
            """() => { const at = document.activeElement; const style = getComputedStyle(at);
            return {name: at.getAttribute('name') || '', words: (at.textContent || '').trim(), outline: style.outlineStyle} }"""
        )
        if name in (found["name"], found["words"]) or found["words"].startswith(name):
            assert found["outline"] != "none", f"no focus to be seen on {name}"
            return
    raise AssertionError(f"{name} is not reached by Tab")


def test_three_screens_work_without_a_script(stack: LiveStack, visit: Visit) -> None:
    person, address = new_person(stack, "Ana Torres"), new_address("ben")
    filed_by_api(stack, person, address)
    ben = visit(width=360, script=False)
    page = ben.page
    ben.go(wait_for_link(stack, address, "/i/"))
    page.get_by_role("link", name="Tell your side").click()
    press(page, "Send my side and enter the room")
    expect(page.get_by_role("alert").first).to_be_visible()
    page.locator("[name=stance]").first.check()
    page.get_by_label("Your side, in your own words").fill(SIDE)
    press(page, "Send my side and enter the room")
    page.wait_for_url(re.compile(r"/disputes/[0-9a-f-]{36}/"))
    page.get_by_label("Your message").fill("Sent by a plain form.")
    page.locator("#composer button[type=submit]").click()
    expect(page.locator("#chat")).to_contain_text("Sent by a plain form.")


def test_the_way_in_is_the_invitees_language(stack: LiveStack, visit: Visit) -> None:
    person, address = new_person(stack, "Ana Torres"), new_address("ben")
    filed_by_api(stack, person, address)
    ben = visit(width=360, language="es")
    ben.go(wait_for_link(stack, address, "/i/"))
    expect(ben.page.locator("html")).to_have_attribute("lang", "en")  # whom the claimant wrote to in English
    ben.page.get_by_role("button", name="Español").first.click()
    expect(ben.page.locator("html")).to_have_attribute("lang", "es")
    ben.check_page("invitation-es")
