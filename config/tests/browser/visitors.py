"""Somebody with a browser: a Playwright page, what it complained of, and what every page must hold."""

import gzip
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response

SCREENSHOTS = Path(__file__).resolve().parents[3] / "docs" / "screenshots"
ASKED = "ACCORD_TEST_SCREENSHOTS"  # set to 1 to write them anew
HEIGHTS = {360: 740, 1280: 800}
MOST_HEIGHT = 1800  # of a screenshot
Scheme = Literal["light", "dark"]
COLOURS: tuple[Scheme, ...] = ("light", "dark")
MOST_BYTES = 150_000  # of one page, gzipped, fonts and all
# WCAG 2.2 AA, which contains its predecessors.
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}
_PACKED = re.compile(r"font/|image/(?!svg)|application/(pdf|octet-stream|zip)")
# A page that refuses a form says 400 and 409; the console calls the page's own status an error.
_REFUSAL = re.compile(r"Failed to load resource: the server responded with a status of 4\d\d")


@dataclass
class Visitor:
    """`page` is Playwright's. `problems`: errors of the console (a refusal of the policy is one), of scripts, of the network."""

    context: BrowserContext
    page: Page
    base_url: str
    width: int
    scheme: Scheme
    problems: list[str] = field(default_factory=list)
    loaded: list[Response] = field(default_factory=list)

    def go(self, address: str) -> None:
        """A path of the site, or an address of it from a mail."""
        parts = urlsplit(address)
        self.page.goto(self.base_url + parts.path + (f"?{parts.query}" if parts.query else ""))

    @property
    def path(self) -> str:
        return urlsplit(self.page.url).path

    def sign_in(self, email: str, password: str) -> None:
        """By the page; ends where that leads."""
        self.go("/signin/")
        self.page.locator("[name=email]").fill(email)
        self.page.locator("[name=password]").fill(password)
        self.page.locator("main form button[type=submit]").first.click()
        self.page.wait_for_url(lambda url: urlsplit(url).path != "/signin/")

    def open_menu(self) -> None:
        """The navigation, which small screens hide behind a button."""
        button = self.page.locator(".menu-button")
        if button.is_visible() and button.get_attribute("aria-expanded") != "true":
            button.click()

    def check_page(self, name: str = "") -> None:
        """Accessible in both colour schemes (axe: nothing found) and no wider than the screen. With a name: a screenshot, if
        asked for.
        """
        self.page.wait_for_load_state("networkidle")
        for scheme in COLOURS:
            self.page.emulate_media(color_scheme=scheme)
            found = Axe().run(self.page, options=RULES).response["violations"]
            words = "\n".join(_words_of(violation) for violation in found)
            assert not found, f"{self.path} at {self.width}, {scheme}:\n{words}"
        self.page.emulate_media(color_scheme=self.scheme)
        excess = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert excess <= 0, f"{self.path} is {excess} px too wide for {self.width} px"
        if name:
            self.shoot(name)

    def shoot(self, name: str) -> None:
        """docs/screenshots/NAME-WIDTH[-dark].png, only where ACCORD_TEST_SCREENSHOTS asks for it."""
        if os.environ.get(ASKED) != "1":
            return
        SCREENSHOTS.mkdir(exist_ok=True)
        suffix = "-dark" if self.scheme == "dark" else ""
        # On a screen as high as the page, so that what sticks to an edge does not lie over what is below.
        usual = HEIGHTS.get(self.width, 800)
        height = min(max(self.page.evaluate("document.documentElement.scrollHeight"), usual), MOST_HEIGHT)
        self.page.set_viewport_size({"width": self.width, "height": height})
        self.page.screenshot(path=SCREENSHOTS / f"{name}-{self.width}{suffix}.png", caret="initial")
        self.page.set_viewport_size({"width": self.width, "height": usual})

    def weigh(self, address: str) -> int:
        """Bytes that this page costs whoever comes for the first time, gzipped as the proxy does it."""
        self.page.goto("about:blank")  # what the page before it still asked for is none of this one's
        self.loaded.clear()
        self.go(address)
        self.page.wait_for_load_state("networkidle")
        return sum(_weight(response) for response in self.loaded)

    def close(self) -> None:
        self.context.close()


def open_visitor(
    browser: Browser, base_url: str, *, width: int, scheme: Scheme, language: str, zone: str, script: bool
) -> Visitor:
    """A browser context of its own: nothing is shared with other visitors."""
    arguments: dict[str, Any] = {"color_scheme": scheme, "java_script_enabled": script}
    context = browser.new_context(
        viewport={"width": width, "height": HEIGHTS.get(width, 800)},
        locale={"en": "en-GB", "es": "es-ES"}[language],
        timezone_id=zone,
        has_touch=width < 600,
        reduced_motion="reduce",  # a picture in the middle of a movement says nothing
        **arguments,
    )
    context.set_default_timeout(20_000)
    visitor = Visitor(context, context.new_page(), base_url, width, scheme)
    context.on("page", lambda page: _listen(visitor, page))
    _listen(visitor, visitor.page)
    return visitor


def _listen(visitor: Visitor, page: Page) -> None:
    def heard(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not _REFUSAL.match(message.text):
            visitor.problems.append(f"{page.url}: {message.text}")

    def arrived(response: Response) -> None:
        visitor.loaded.append(response)
        if response.status >= 400 and response.request.resource_type not in ("document", "fetch", "xhr"):
            visitor.problems.append(f"{page.url}: {response.status} for {response.url}")

    page.on("console", heard)
    page.on("pageerror", lambda error: visitor.problems.append(f"{page.url}: {error}"))
    page.on("response", arrived)


def _words_of(violation: dict[str, Any]) -> str:
    places = "; ".join(str(node["html"])[:150] for node in violation["nodes"][:3])
    return f"{violation['id']}: {violation['help']}: {places}"


def _weight(response: Response) -> int:
    if response.status >= 300:
        return 0
    body = response.body()
    return len(body) if _PACKED.match(response.headers.get("content-type", "")) else len(gzip.compress(body, 6))
