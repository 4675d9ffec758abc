"""Every page is for everybody: axe-core, narrow, dark, without JavaScript, under its own policy."""

from html.parser import HTMLParser

import pytest
from axe_playwright_python.sync_playwright import Axe
from pages_at_work import Shown
from playwright.sync_api import Browser, Page, expect

SERIOUS = {"serious", "critical"}
# Success criteria of WCAG 2.2 AA and of those before it, and what axe-core calls good practice.
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS = ["color-contrast", "target-size", "scrollable-region-focusable"]
ADDRESSES = {
    "search": "/",
    "found": "/?q=hexagon&metric=cpk&all=1",
    "nothing": "/?q=zzzz",
    "screw": "screw",
    "footprint": "battery-cell",
    "notice": "recall-notice",
    "certificate": "laboratory-accreditation",
    "observation": "buyer-observation",
    "assessment": "assessment",
    "a certificate": "/certificates/ISO-IEC-17025/CAL-0417",
    "new version": "new version",
    "old version": "old version",
    "suspended": "suspended",
    "expired": "expired",
    "right to left": "شرکت پیچ‌سازی تبریز",
    "compare": "/compare?d={screw}&d={new version}&d={battery-cell}",
    "issuer": "/suppliers/{issuer}",
    "identifier": "/suppliers/lei:529900NORDBOLT000170",
    "catalogue": "/catalogue",
    "metric": "/catalogue/on-time-delivery",
    "log": "/log",
    "profiles": "/profiles",
    "profile": "/profiles/procurement-agent",
    "assessed": "/profiles/quality-management?subject={issuer}",
    "published profile": "/profiles/our-suppliers@{owner}",
    "extended": "extended",
    "schemas": "/schemas",
    "schemas found": "/schemas?q=coat&kind=extension&owner={owner}",
    "schema": "/schemas/openquality/attestation",
    "deprecated schema": "/schemas/{owner}/coating",
    "owner": "/suppliers/{owner}",
    "validate": "/validate",
    "missing": "/records/" + "0" * 64,
}
POLICY = {
    "default-src": "'none'",
    "style-src": "'self'",
    "script-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}


def address(shown: Shown, name: str) -> str:
    """Return the address of a page by its name above."""
    found = ADDRESSES[name]
    if not found.startswith("/"):
        return shown.path(found)
    digests = {key: value[7:] for key, value in shown.digests.items()}
    store = shown.parts.folder.store
    logged, coating = store.find(shown.digests["screw"]), store.find(shown.digests["coating"])
    assert logged is not None
    assert coating is not None
    return found.format(**digests, issuer=logged.issuer, owner=coating.issuer)


@pytest.mark.parametrize("name", ADDRESSES)
def test_a_page_is_accessible_and_quiet_and_fits(browser: Browser, shown: Shown, name: str) -> None:
    context = browser.new_context(base_url=shown.url, viewport={"width": 1280, "height": 800})
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(address(shown, name))
    assert [text for text in complaints if name != "missing" or "404" not in text] == []
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    assert serious(page, {"type": "tag", "values": TAGS}) == []
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 320, "height": 640})
    # WCAG 2.2, 1.4.10: nobody scrolls in two directions to read, down to 320 pixels.
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    # Only looks have changed.
    assert serious(page, {"type": "rule", "values": LOOKS}) == []
    context.close()


def serious(page: Page, run_only: dict[str, object]) -> list[tuple[str, list[str]]]:
    """Return what axe-core finds serious or worse, with up to three places of each."""
    options = {"runOnly": run_only, "resultTypes": ["violations"]}
    return [
        (each["id"], [node["html"] for node in each["nodes"]][:3])
        for each in Axe().run(page, options=options).response["violations"]
        if each["impact"] in SERIOUS
    ]


def test_axe_would_find_what_is_wrong(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content("<html lang=en><main><h1>x</h1><img src=x><input></main>")
    found = {each["id"] for each in Axe().run(page).response["violations"]}
    page.close()
    assert {"image-alt", "label"} <= found


def test_without_javascript_everything_but_the_check_works(browser: Browser, shown: Shown) -> None:
    context = browser.new_context(base_url=shown.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/")
    page.get_by_role("searchbox").fill("hexagon screw")
    page.get_by_role("searchbox").press("Enter")
    page.get_by_role("link", name="On-time delivery", exact=True).click()
    for name in ("screw", "new version", "peer 20"):
        page.locator(f"input[value='{shown.digests[name][7:]}']").check()
    page.get_by_role("button", name="Compare the chosen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Compare 3 records")
    page.get_by_role("link", name="second drawing").click()
    expect(page.locator("#check")).to_contain_text("With JavaScript")
    expect(page.get_by_role("heading", name="What changed since")).to_be_visible()
    page.get_by_role("link", name="the record before it").click()
    expect(page.locator(".status-line")).to_contain_text("Superseded")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Metrics").click()
    page.get_by_role("link", name="On-time delivery", exact=True).click()
    expect(page.get_by_role("img", name="Distribution of On-time delivery")).to_be_visible()
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Log").click()
    expect(page.get_by_text("Newest checkpoint")).to_be_visible()
    context.close()


def test_paper_shows_the_record_and_no_navigation(browser: Browser, shown: Shown) -> None:
    context = browser.new_context(base_url=shown.url, color_scheme="dark")
    page = context.new_page()
    page.emulate_media(media="print")
    page.goto(shown.path("screw"))
    expect(page.get_by_role("navigation", name="Main")).to_be_hidden()
    expect(page.locator(".status-line")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    context.close()


class Inline(HTMLParser):
    """List scripts and styles that stand inside a page, and links to elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        data = named.get("type") == "application/ld+json"  # a data block runs nothing
        if tag == "style" or (tag == "script" and "src" not in named and not data):
            self.found.append(tag)
        for name, value in attrs:
            outside = name in {"src", "action"} and not (value or "").startswith("/")
            if name == "style" or name.startswith("on") or outside:
                self.found.append(f"{tag} {name}={value}")


@pytest.mark.parametrize("name", ADDRESSES)
def test_a_page_has_a_strict_policy_and_nothing_inline(shown: Shown, name: str) -> None:
    answer = shown.client.get(address(shown, name), headers={"accept": "text/html"})
    policy = dict(
        part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";")
    )
    assert policy == POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"
    inline = Inline()
    inline.feed(answer.text)
    assert inline.found == []
