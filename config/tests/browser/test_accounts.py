"""From signing up to signing out, in both widths and colours: accessible, light, and nothing in the console."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from config.tests.browser.conftest import Visit
from config.tests.browser.mails import wait_for_link, wait_for_mail
from config.tests.browser.people import PASSWORD, new_address, new_person
from config.tests.browser.visitors import MOST_BYTES, Scheme, Visitor
from kernel.testing.live import LiveStack

pytestmark = pytest.mark.browser

NEW_PASSWORD = "an even better passphrase"


def fill_sign_up(visitor: Visitor, email: str) -> None:
    visitor.go("/signup/")
    visitor.page.get_by_label("Your full name").fill("Ana Torres")
    visitor.page.get_by_label("E-mail address").fill(email)
    visitor.page.get_by_label("Password").fill(PASSWORD)


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1280, "dark")])
def test_an_account_from_sign_up_to_sign_out(stack: LiveStack, visit: Visit, width: int, scheme: Scheme) -> None:
    ana, email = visit(width=width, scheme=scheme), new_address("ana")
    page = ana.page

    fill_sign_up(ana, email)
    expect(page.get_by_label("Time zone")).to_have_value("Europe/Madrid")  # the device's
    ana.check_page("sign-up")
    page.get_by_label("Password").fill("short")
    page.get_by_role("main").get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Your full name")).to_have_value("Ana Torres")
    expect(page.get_by_label("E-mail address")).to_have_value(email)
    expect(page.get_by_label("Time zone")).to_have_value("Europe/Madrid")
    expect(page.get_by_label("Password")).to_have_value("")
    ana.check_page("sign-up-errors")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Look into your mailbox")
    ana.check_page()

    ana.go(wait_for_link(stack, email, "/verify-email/"))
    ana.check_page()
    page.get_by_role("button", name="Confirm my address").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your address is confirmed")
    ana.check_page()

    ana.go("/profile/")
    assert ana.path == "/signin/"
    ana.check_page("sign-in")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/profile/")  # back to where she wanted to go

    ana.check_page("profile")
    page.get_by_label("Your full name").fill("Ana Torres Gil")
    page.locator("#about").get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").first).to_contain_text("saved")
    expect(page.get_by_label("Your full name")).to_have_value("Ana Torres Gil")
    ana.check_page()

    page.get_by_role("button", name="Español").click()
    expect(page.locator("html")).to_have_attribute("lang", "es")
    ana.check_page()
    assert stack.sql("SELECT full_name, locale FROM accounts_user WHERE email = %s", (email,)) == [
        ("Ana Torres Gil", "es")
    ]

    ana.open_menu()
    page.locator("nav form button").click()
    page.wait_for_url("**/")
    expect(page.locator("html")).to_have_attribute("lang", "es")  # the browser keeps what was chosen
    ana.check_page("start")
    ana.go("/profile/")
    assert ana.path == "/signin/"


def test_the_way_in_without_script(stack: LiveStack, visit: Visit) -> None:
    ana, email = visit(width=360, script=False), new_address("ana")
    page = ana.page
    fill_sign_up(ana, email)
    page.get_by_role("main").get_by_role("button", name="Sign up").click()
    ana.go(wait_for_link(stack, email, "/verify-email/"))
    page.get_by_role("button", name="Confirm my address").click()
    ana.sign_in(email, PASSWORD)
    expect(page.get_by_role("navigation").get_by_role("link", name="Profile")).to_be_visible()  # no button hides it
    expect(page.locator("#theme")).to_be_hidden()
    page.get_by_role("button", name="Español").click()
    expect(page.locator("html")).to_have_attribute("lang", "es")
    page.locator("nav form button").click()
    ana.go("/profile/")
    assert ana.path == "/signin/"


def test_a_new_password_signs_other_browsers_out(stack: LiveStack, visit: Visit) -> None:
    person = new_person(stack)
    here, there = visit(), visit(width=360)
    for visitor in (here, there):
        visitor.sign_in(person.email, person.password)
        visitor.go("/profile/")
        assert visitor.path == "/profile/"

    here.page.get_by_label("Present password").fill(person.password)
    here.page.get_by_label("New password", exact=True).fill(NEW_PASSWORD)
    here.page.get_by_label("New password again").fill(NEW_PASSWORD)
    here.page.get_by_role("button", name="Save the new password").click()

    expect(here.page.get_by_role("status").first).to_contain_text("Your new password is saved")
    assert here.path == "/profile/"
    there.go("/profile/")
    assert there.path == "/signin/"
    there.sign_in(person.email, NEW_PASSWORD)
    assert wait_for_mail(stack, person.email, "password")


def test_who_forgot_the_password_gets_a_link_in_one_step(stack: LiveStack, visit: Visit) -> None:
    person, visitor = new_person(stack), visit(width=360)
    page = visitor.page
    visitor.go("/signin/")
    page.get_by_label("E-mail address").fill(person.email)
    page.get_by_role("button", name="mail me a link").click()
    expect(page.get_by_role("status").first).to_contain_text("a mail with a link is on its way")
    visitor.go(wait_for_link(stack, person.email, "/reset/"))
    visitor.check_page()
    page.get_by_label("New password", exact=True).fill(NEW_PASSWORD)
    page.get_by_label("New password again").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Save the new password").click()
    visitor.check_page()
    visitor.sign_in(person.email, NEW_PASSWORD)


def test_the_language_is_the_browsers_until_one_is_chosen(visit: Visit) -> None:
    visitor = visit(language="es")
    html = visitor.page.locator("html")
    visitor.go("/signin/?next=/profile/")
    expect(html).to_have_attribute("lang", "es")
    visitor.page.get_by_role("button", name="English").click()
    expect(html).to_have_attribute("lang", "en")
    assert visitor.page.url.endswith("/signin/?next=/profile/")
    visitor.go("/")
    expect(html).to_have_attribute("lang", "en")


def test_a_chosen_colour_scheme_is_kept_and_set_before_the_first_paint(visit: Visit) -> None:
    visitor = visit(scheme="light")
    page = visitor.page
    visitor.go("/")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name="Dark").click()
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert dark != light
    visitor.check_page()
    # Scripts of ours that run after the page was read are held back: the colours must not need them.
    page.route("**/site.js", lambda route: route.abort())
    page.goto(visitor.base_url + "/verify/", wait_until="commit")
    page.wait_for_selector("main h1")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark
    page.unroute("**/site.js")
    visitor.problems.clear()  # the aborted script
    visitor.go("/")
    expect(page.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="As my device").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == light


def test_pages_are_light(stack: LiveStack, visit: Visit) -> None:
    person = new_person(stack)
    for path in ("/", "/signup/", "/verify/"):
        assert visit().weigh(path) <= MOST_BYTES, path
    visitor = visit()
    visitor.sign_in(person.email, person.password)
    state = visitor.context.storage_state()
    fresh = visit()
    fresh.context.add_cookies(state["cookies"])  # type: ignore[arg-type]
    weight = fresh.weigh("/profile/")
    assert 20_000 < weight <= MOST_BYTES
    assert urlsplit(fresh.page.url).path == "/profile/"


def test_htmx_and_alpine_run_under_the_policy(visit: Visit) -> None:
    visitor = visit()
    page = visitor.page
    visitor.go("/signin/")
    assert page.evaluate("htmx.version").startswith("4.")
    assert page.evaluate("Alpine.version").startswith("3.")
    # A fragment by htmx: the token goes along by itself, and what the page refuses is swapped in.
    page.evaluate(
        """() => {
            const form = document.querySelector("main form");
            form.querySelector("[name=csrfmiddlewaretoken]").remove();
            form.setAttribute("hx-post", "/signin/");
            form.setAttribute("hx-target", "main");
            form.setAttribute("hx-select", "#main > *");
            htmx.process(form);
        }"""
    )
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("Something is not right yet")
    # Alpine's build for policies reads its attributes without eval.
    page.evaluate(
        """() => {
            Alpine.data("counter", () => ({ count: 1, more() { this.count++; } }));
            const box = document.createElement("div");
            box.setAttribute("x-data", "counter");
            const button = Object.assign(document.createElement("button"), { type: "button", id: "more" });
            button.setAttribute("x-on:click", "more");
            button.setAttribute("x-text", "count");
            box.append(button);
            document.querySelector("main").append(box);
        }"""
    )
    page.locator("#more").click()
    expect(page.locator("#more")).to_have_text("2")
    assert page.evaluate("document.querySelectorAll('style').length") == 0


def test_a_page_the_session_has_left_leads_to_signing_in(stack: LiveStack, visit: Visit) -> None:
    person, visitor = new_person(stack), visit()
    visitor.sign_in(person.email, person.password)
    visitor.go("/profile/")
    visitor.context.clear_cookies(name="sessionid")
    visitor.page.evaluate("htmx.ajax('GET', '/profile/', {target: 'main', select: '#main > *'})")
    visitor.page.wait_for_url("**/signin/?next=%2Fprofile%2F")


def test_a_second_click_sends_nothing(stack: LiveStack, visit: Visit) -> None:
    visitor = visit()
    visitor.go("/signup/")
    goes_out = """() => { const form = document.querySelector("main form[method=post]");
        const submit = () => form.dispatchEvent(new SubmitEvent("submit", {bubbles: true, cancelable: true}));
        return [submit(), submit()] }"""
    assert visitor.page.evaluate(goes_out) == [True, False]
