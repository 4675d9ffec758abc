"""Pages and problems in the language of whoever asks."""

import pytest
from pages_at_work import Shown
from playwright.sync_api import Browser, Page

from openquality import language as languages_of_readers
from openquality_registry import language

JSON = {"accept": "application/json"}


def html(shown: Shown, address: str, **headers: str) -> tuple[str, dict[str, str]]:
    fields = {"accept": "text/html", "accept-language": "", **headers}
    got = shown.client.get(address, headers=fields)
    return got.text, dict(got.headers)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("fr;q=0.4, de;q=0.5", "de"),
        ("ja, fr-CA;q=0.7", "fr"),
        ("de;q=0, fr;q=0.1", "fr"),
        ("en-GB, de", "en"),
        ("ja", "en"),
        ("", "en"),
        ("*", "en"),
        ("de;q=high, ;;;,", "en"),
        ("x" * 10_000 + ",de", "en"),
    ],
)
def test_the_preferred_language_that_there_is_is_spoken(header: str, expected: str) -> None:
    assert expected == language.accepted(header)


def test_a_page_follows_the_browser_and_says_so(shown: Shown) -> None:
    text, fields = html(shown, "/", **{"accept-language": "de-DE"})
    assert '<html lang="de">' in text
    assert "Qualitätsdaten, die sich prüfen lassen" in text
    assert fields["content-language"] == "de"
    assert {"accept-language", "cookie"} <= set(fields["vary"].split(", "))


def test_a_choice_counts_before_the_browser_and_is_kept(shown: Shown) -> None:
    text, fields = html(shown, "/?lang=fr&q=Schraube", **{"accept-language": "de"})
    assert '<html lang="fr">' in text
    assert fields["set-cookie"].startswith("lang=fr; Path=/; ")
    shown.client.cookies.clear()
    again, fields = html(shown, "/catalogue", cookie="lang=fr", **{"accept-language": "de"})
    assert "Indicateurs" in again
    assert "set-cookie" not in fields


@pytest.mark.parametrize("asked", ["xx", "../../etc", "de%0d%0aX: y", '"><script>', ""])
def test_a_language_that_is_not_there_changes_nothing(shown: Shown, asked: str) -> None:
    text, fields = html(shown, f"/?lang={asked}")
    assert '<html lang="en">' in text
    assert "set-cookie" not in fields


def test_the_switch_keeps_what_was_asked(shown: Shown) -> None:
    text, _ = html(shown, "/?q=a%26b&lang=de")
    assert 'href="/?q=a%26b&amp;lang=fr" lang="fr"' in text
    shown.client.cookies.clear()


def test_words_of_an_issuer_and_digits_of_a_value_stay(shown: Shown) -> None:
    address = f"/records/{shown.digests['screw'].removeprefix('sha256:')}"
    text, _ = html(shown, address, **{"accept-language": "de"})
    assert "Hexagon head screw M8 × 30, 8.8, zinc plated" in text
    assert "Prozessfähigkeitsindex Cpk" in text
    assert "97,5\N{NO-BREAK SPACE}%" in text  # 97.5 % of the record, with the reader's mark


def test_the_page_of_a_record_depends_on_form_and_language(shown: Shown) -> None:
    address = f"/records/{shown.digests['screw'].removeprefix('sha256:')}"
    _, fields = html(shown, address)
    assert set(fields["vary"].split(", ")) == {"accept", "accept-language", "cookie"}


def test_problems_are_said_in_the_language_and_keep_their_codes(shown: Shown) -> None:
    asked = {"accept-language": "fr", **JSON}
    got = shown.client.post("/v1/query", json={"where": []}, headers=asked)
    english = shown.client.post("/v1/query", json={"where": []}, headers=JSON)
    assert got.headers["content-language"] == "fr"
    said, expected = got.json(), english.json()
    assert said["title"] == "La question enfreint une règle."
    assert expected["title"] == "The question breaks a rule."
    assert {n: said[n] for n in ("type", "status", "code")} == {
        n: expected[n] for n in ("type", "status", "code")
    }
    pairs = zip(said["findings"], expected["findings"], strict=True)
    assert all(a["code"] == b["code"] and a["message"] != b["message"] for a, b in pairs)


def test_an_answer_leaves_no_language_behind(shown: Shown) -> None:
    html(shown, "/", **{"accept-language": "de"})
    assert languages_of_readers.chosen() == "en"
    assert '<html lang="en">' in html(shown, "/")[0]


def test_the_language_is_changed_without_a_script(browser: Browser, shown: Shown) -> None:
    context = browser.new_context(java_script_enabled=False, base_url=shown.url)
    plain = context.new_page()
    plain.goto("/log")
    plain.get_by_role("link", name="Deutsch").click()
    assert plain.locator("html").get_attribute("lang") == "de"
    plain.get_by_role("link", name="Kennzahlen").click()
    assert plain.get_by_role("heading", level=1).inner_text() == "Kennzahlen"
    context.close()


@pytest.mark.parametrize("lang", ["de", "fr"])
@pytest.mark.parametrize(
    "address", ["/", "/catalogue", "/catalogue/on-time-delivery", "/log", "/validate", "record"]
)
def test_longer_words_fit_a_phone(page: Page, shown: Shown, lang: str, address: str) -> None:
    if address == "record":
        address = f"/records/{shown.digests['screw'].removeprefix('sha256:')}"
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(f"{address}?lang={lang}")
    assert page.locator("html").get_attribute("lang") == lang
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wide) == 0
