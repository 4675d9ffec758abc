"""What a buyer does in a browser: search, read, compare, check; also with the keyboard alone."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from pages_at_work import Shown
from playwright.sync_api import Browser, Page, Route, expect

CHECK = "Check in this browser"
STATEMENT = "**/v1/statements/*"
Change = Callable[[dict[str, Any]], None]


def verdict(page: Page) -> str:
    """Let the page check its record, and return what it says in all."""
    page.get_by_role("button", name=CHECK).click()
    found = page.locator("[data-outcome]")
    found.wait_for()
    return found.get_attribute("data-outcome") or ""


def steps(page: Page) -> dict[str, str]:
    """Return the outcome of each step that was shown, by name."""
    shown = [line.split("\n") for line in page.locator(".steps li").all_inner_texts()]
    return {said.partition(":")[0]: outcome.split()[-1] for outcome, said in shown}


def test_a_buyer_searches_reads_compares_and_checks(page: Page, shown: Shown) -> None:
    page.goto("/")
    page.get_by_label("Product, supplier, identifier or metric").fill("hexagon screw")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="On-time delivery", exact=True).click()
    expect(page.get_by_role("list", name="Narrowed down to")).to_contain_text("On-time delivery")
    for name in ("screw", "new version"):
        page.locator(f"input[value='{shown.digests[name][7:]}']").check()
    page.get_by_role("button", name="Compare the chosen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Compare 2 records")
    # 470 of 480 are better than 468 of 480.
    row = page.get_by_role("row", name="On-time delivery")
    expect(row.locator(".best")).to_contain_text("97.92")
    page.get_by_role("link", name="second drawing").click()
    expect(page).to_have_url(f"{shown.url}{shown.path('new version')}")
    expect(page.locator(".status-line")).to_contain_text("Valid")
    assert verdict(page) == "pass"
    assert steps(page) == dict.fromkeys(
        ("Statement", "Signature", "Entry", "Inclusion", "Checkpoint"), "pass"
    )


def test_a_key_of_p_256_is_checked_too(page: Page, shown: Shown) -> None:
    page.goto(shown.path("p-256"))
    assert verdict(page) == "pass"
    assert "P-256" in page.locator(".steps").inner_text()


def test_a_withdrawn_record_holds_and_the_page_says_what_the_check_leaves_out(
    page: Page, shown: Shown
) -> None:
    page.goto(shown.path("revoked"))
    expect(page.locator(".status-line")).to_contain_text("Revoked")
    assert verdict(page) == "pass"
    expect(page.locator("#check")).to_contain_text("whether the record was suspended, revoked")


def canonical(value: object) -> str:
    """Write JSON in RFC 8785 form: what is changed here stays in the form of a bundle."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _polish(bundle: dict[str, Any]) -> None:
    header, payload, signature = bundle["statement"].split(".")
    changed = payload[:200] + ("A" if payload[200] != "A" else "B") + payload[201:]
    bundle["statement"] = f"{header}.{changed}.{signature}"


def _readmit(bundle: dict[str, Any]) -> None:
    bundle["entry"] = bundle["entry"].replace('"admittedAt":"2', '"admittedAt":"1')


def _of_another(bundle: dict[str, Any]) -> None:
    entry = json.loads(bundle["entry"])
    bundle["entry"] = canonical(entry | {"digest": f"sha256:{'0' * 64}"})


def _move(bundle: dict[str, Any]) -> None:
    bundle["log"]["index"] += 1


def _shorten(bundle: dict[str, Any]) -> None:
    bundle["log"]["inclusionProof"].pop()


def _lengthen(bundle: dict[str, Any]) -> None:
    bundle["log"]["inclusionProof"].append(bundle["log"]["inclusionProof"][0])


def _mix(bundle: dict[str, Any]) -> None:
    proof = bundle["log"]["inclusionProof"]
    proof[0], proof[1] = proof[1], proof[0]


def _grow(bundle: dict[str, Any]) -> None:
    """Say that the log is longer, which leaves this entry's proof as it is or not."""
    origin, size, rest = bundle["log"]["checkpoint"].split("\n", 2)
    bundle["log"]["checkpoint"] = "\n".join((origin, str(int(size) + 1), rest))


def _rename(bundle: dict[str, Any]) -> None:
    bundle["log"]["checkpoint"] = bundle["log"]["checkpoint"].replace("registry.", "another.")


def _unsign(bundle: dict[str, Any]) -> None:
    text, line = bundle["log"]["checkpoint"].split("\n\n")
    at = len(line) - 20
    changed = line[:at] + ("A" if line[at] != "A" else "B") + line[at + 1 :]
    bundle["log"]["checkpoint"] = f"{text}\n\n{changed}"


def _empty(bundle: dict[str, Any]) -> None:
    bundle.clear()


def tamper(page: Page, change: Change) -> None:
    """Let the page get a bundle that somebody changed on the way."""

    def answer(route: Route) -> None:
        response = route.fetch()
        bundle = response.json()
        change(bundle)
        route.fulfill(response=response, body=canonical(bundle))

    page.route(STATEMENT, answer)


@pytest.mark.parametrize(
    ("change", "failing"),
    [
        (_polish, "Statement"),
        (_readmit, "Inclusion"),
        (_of_another, "Entry"),
        (_move, "Inclusion"),
        (_shorten, "Inclusion"),
        (_lengthen, "Inclusion"),
        (_mix, "Inclusion"),
        (_rename, "Checkpoint"),
        (_unsign, "Checkpoint"),
        (_empty, "Bundle"),
    ],
)
def test_a_tampered_bundle_is_red(page: Page, shown: Shown, change: Change, failing: str) -> None:
    tamper(page, change)
    page.goto(shown.path("screw"))
    assert verdict(page) == "fail"
    assert [name for name, outcome in steps(page).items() if outcome == "fail"] == [failing]
    expect(page.locator(".verdict")).to_contain_text("does not hold")


def test_a_longer_log_than_was_signed_is_red(page: Page, shown: Shown) -> None:
    tamper(page, _grow)
    page.goto(shown.path("screw"))
    assert verdict(page) == "fail"
    assert {"Inclusion", "Checkpoint"} & {n for n, o in steps(page).items() if o == "fail"}


def test_the_bundle_of_another_record_is_red(page: Page, shown: Shown) -> None:
    page.route(
        STATEMENT,
        lambda route: route.fulfill(
            response=route.fetch(url=f"{shown.url}/v1/statements/{shown.digests['p-256']}")
        ),
    )
    page.goto(shown.path("screw"))
    assert verdict(page) == "fail"
    assert steps(page) == {"Statement": "fail"}


def test_a_checkpoint_of_another_key_is_red(page: Page, shown: Shown) -> None:
    def another(route: Route) -> None:
        answer = route.fetch()
        about = answer.json()
        # The first test key of RFC 8032, section 7.1, under this log's name.
        about["log"]["vkey"] = (
            "log.example/demo+6bd2f923+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea"
        )
        route.fulfill(response=answer, json=about)

    page.route("**/.well-known/openquality", another)
    page.goto(shown.path("screw"))
    assert verdict(page) == "fail"
    assert steps(page)["Checkpoint"] == "fail"


def test_a_check_that_cannot_run_proves_nothing(browser: Browser, shown: Shown) -> None:
    context = browser.new_context(base_url=shown.url)
    page = context.new_page()
    page.route(STATEMENT, lambda route: route.abort())
    page.goto(shown.path("screw"))
    assert verdict(page) == "unknown"
    expect(page.locator("#check")).to_contain_text("Nothing is proved")
    context.close()


def test_over_plain_http_from_elsewhere_the_page_says_that_it_does_not_check(
    browser: Browser, shown: Shown
) -> None:
    context = browser.new_context()
    page = context.new_page()
    # A name of nobody; the browser itself is asked for it and sees no secure context.
    page.route(
        "http://registry.example/**",
        lambda route: route.fulfill(
            response=route.fetch(
                url=route.request.url.replace("http://registry.example", shown.url)
            )
        ),
    )
    page.goto(f"http://registry.example{shown.path('screw')}")
    expect(page.locator("#check")).to_contain_text("over HTTPS or from this machine")
    assert page.get_by_role("button", name=CHECK).count() == 0
    context.close()


def test_the_keyboard_alone_does_all_of_it(page: Page, shown: Shown) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("second drawing")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=*")
    _tab_to(page, "Hexagon head screw M8 × 30, second drawing")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{shown.path('new version')}")
    _tab_to(page, CHECK)
    page.keyboard.press("Enter")
    expect(page.locator("[data-outcome=pass]")).to_be_visible()


def _tab_to(page: Page, name: str) -> None:
    """Press Tab until the element of this text has the focus; each stop must show that it has."""
    for _ in range(80):
        page.keyboard.press("Tab")
        outline, said = page.evaluate(
            "[getComputedStyle(document.activeElement).outlineStyle, "
            "document.activeElement.textContent.trim()]"
        )
        assert outline != "none", said
        if said == name:
            return
    pytest.fail(f"Tab does not reach {name}.")
