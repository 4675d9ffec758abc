"""The page that validates, as a visitor uses it: choose a file, paste, mend, check again."""

import io
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from axe_playwright_python.sync_playwright import Axe
from filled_workbooks import workbook
from pages_at_work import Shown
from playwright.sync_api import Browser, FilePayload, Page, expect
from registry_at_work import attestation


def payload(value: Any, name: str = "bolt.json") -> FilePayload:  # noqa: ANN401 - any JSON value
    return {
        "name": name,
        "mimeType": "application/json",
        "buffer": json.dumps(value, indent=2).encode(),
    }


def wrong() -> dict[str, Any]:
    record = attestation()
    record["credentialSubject"]["claims"][0]["metrc"] = "x" * 300
    record["credentialSubject"]["identifiers"][0]["value"] = "09506000134353"
    return record


def test_a_visitor_mends_what_is_said_and_sees_green(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="Check a file").click()
    page.get_by_label("A file", exact=True).set_input_files(payload(wrong()))
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_role("status")).to_contain_text("not valid yet")
    expect(page.locator("mark").first).to_have_text('"metrc"')
    # Mended as the messages say, and pasted this time.
    page.get_by_label("Or the text of a record").fill(json.dumps(attestation()))
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_role("status")).to_contain_text("valid")
    expect(page.locator(".finding-error")).to_have_count(0)


def test_the_workbook_comes_back_with_the_findings_in_it(page: Page, tmp_path: Path) -> None:
    record = wrong()
    del record["credentialSubject"]["claims"][0]["metrc"]  # a member that no sheet has
    filled = tmp_path / "bolt.xlsx"
    filled.write_bytes(workbook(record))
    page.goto("/validate")
    page.get_by_label("A file", exact=True).set_input_files(filled)
    page.get_by_role("button", name="Check").click()
    expect(page.locator(".finding-error")).to_contain_text(["Products and services, cell"] * 2)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the workbook").click()
    assert download.value.suggested_filename == "checked-bolt.xlsx"
    copy = openpyxl.load_workbook(io.BytesIO(download.value.path().read_bytes()))
    said = [
        cell.comment.text for row in copy["Products and services"] for cell in row if cell.comment
    ]
    assert any("I001" in each for each in said)


def test_by_keyboard_alone(page: Page) -> None:
    page.goto("/validate")
    page.get_by_label("Or the text of a record").focus()
    page.keyboard.insert_text("{}")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("not valid yet")


@pytest.mark.parametrize("width", [1280, 320])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_findings_are_for_everybody(
    browser: Browser,
    shown: Shown,
    width: int,
    scheme: Any,  # noqa: ANN401 - the library's literal
) -> None:
    context = browser.new_context(
        base_url=shown.url,
        viewport={"width": width, "height": 800},
        color_scheme=scheme,
    )
    page = context.new_page()
    page.goto("/validate")
    page.get_by_label("A file", exact=True).set_input_files(payload(wrong()))
    page.get_by_role("button", name="Check").click()
    expect(page.locator(".finding-error").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(page).response["violations"]
    assert [each["id"] for each in found if each["impact"] in {"serious", "critical"}] == []
    context.close()


def test_it_works_without_javascript(browser: Browser, shown: Shown) -> None:
    context = browser.new_context(base_url=shown.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/validate")
    page.get_by_label("A file", exact=True).set_input_files(payload(wrong()))
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_role("status")).to_contain_text("not valid yet")
    context.close()
