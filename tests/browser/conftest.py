"""The system's Chromium, and a registry with something to show."""

import shutil
from collections.abc import Iterator

import pytest
from pages_at_work import Shown, pages
from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start the browser; without one the tests fail, since nothing else shows what they show."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.fail(f"No browser: install one as {' or '.join(NAMES)} (apt-get install chromium).")
    # Only while a module runs: its event loop would stand in the way of other tests.
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture(scope="session")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    with pages(tmp_path_factory.mktemp("pages") / "data") as running:
        yield running


@pytest.fixture
def page(browser: Browser, shown: Shown) -> Iterator[Page]:
    """Open a page; whatever the browser complains about fails the test."""
    context = browser.new_context(base_url=shown.url)
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("console", lambda message: complaints.append(message.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    context.close()
    assert complaints == []
