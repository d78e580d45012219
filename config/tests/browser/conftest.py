"""Fixtures of the browser tests: the live stack with its document templates, one Chromium a module, and visitors."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from config.tests.browser.visitors import Scheme, Visitor, open_visitor
from config.tests.demo_runs import load_templates
from kernel.testing.browsers import find_chromium
from kernel.testing.live import LiveStack

Visit = Callable[..., Visitor]
expect.set_options(timeout=30_000)  # milliseconds: other tests are at work on the same two cores


@pytest.fixture(scope="module")
def stack(live_server_stack: LiveStack) -> LiveStack:
    """The product as `make run` starts it, without demo people."""
    load_templates(live_server_stack)
    return live_server_stack


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One a module and not one a run: while Playwright is open no test with a loop of its own can run in this process."""
    path = find_chromium()
    assert path is not None, "tests without a browser are deselected"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path)
        yield browser
        browser.close()


@pytest.fixture
def visit(stack: LiveStack, chromium: Browser) -> Iterator[Visit]:
    """`visit(width=360, scheme="dark", language="es")`: somebody with a browser of their own (cookies, storage, language).

    When the test is over, whatever a visitor's console or network complained of fails it.
    """
    visitors: list[Visitor] = []

    def opened(
        *,
        width: int = 1280,
        scheme: Scheme = "light",
        language: str = "en",
        zone: str = "Europe/Madrid",
        script: bool = True,
    ) -> Visitor:
        visitors.append(
            open_visitor(
                chromium, stack.base_url, width=width, scheme=scheme, language=language, zone=zone, script=script
            )
        )
        return visitors[-1]

    yield opened
    for visitor in visitors:
        visitor.close()
    problems = [problem for visitor in visitors for problem in visitor.problems]
    assert problems == []
