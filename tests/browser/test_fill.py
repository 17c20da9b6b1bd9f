"""The form: made up as a list or as a schema, filled in from a text, corrected by hand, with its JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from tests.browser.visiting import READY, until
from tests.browser.visitor import Visitor

from wardian_build import paths

GOLDEN = json.loads((paths.ROOT / "tests/golden/tasks/fill.json").read_text("utf-8"))
SCHEMA, TEXT = GOLDEN["cases"][0]["inputs"]["form"], GOLDEN["cases"][0]["inputs"]["text"]
ANSWER = {field["name"]: field["value"] for field in GOLDEN["cases"][0]["outputs"][0]["fields"]}


@pytest.fixture
def page(visitor: Visitor, site_url: str) -> Iterator[Page]:
    found = visitor.at(site_url, "fill")
    yield found
    found.set_viewport_size({"width": 1280, "height": 800})


def use(page: Page, schema: str) -> None:
    """A schema in place of the list."""
    if not page.locator(".form-json").is_visible():
        page.locator(".form-schema summary").click()
    page.locator(".form-json").fill(schema)
    page.get_by_role("button", name="Use this schema").click()


def made(page: Page) -> dict[str, object]:
    return json.loads(page.locator(".filled-json").text_content() or "")


def test_a_form_is_filled_in_as_in_cpython_and_corrected(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    use(page, json.dumps(SCHEMA))
    expect(page.locator(".form-row")).to_have_count(len(SCHEMA["properties"]))
    page.locator("#input-text").fill(TEXT)
    page.locator("button.primary").click()
    expect(page.locator(".filled-row")).to_have_count(len(ANSWER), timeout=READY)
    expect(page.locator("footer.status")).to_have_attribute("data-state", "ready", timeout=READY)
    empty = [name for name, value in ANSWER.items() if value is None]
    assert made(page) == {n: v for n, v in ANSWER.items() if v is not None or n in SCHEMA["required"]}
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    # What is missing is said beside its field, which a visitor fills in; the place of an excerpt is shown.
    missing = page.locator(f"#filled-{empty[0]}")
    expect(page.locator(f"#filled-{empty[0]}-note")).to_contain_text("Required")
    missing.fill("half")
    expect(page.locator(f"#filled-{empty[0]}-note")).to_contain_text("no e-mail address")
    assert empty[0] not in made(page)
    missing.fill("a@b.example")
    expect(page.locator(f"#filled-{empty[0]}-note")).to_have_text("Your own")
    assert made(page)[empty[0]] == "a@b.example"
    page.get_by_role("button", name="Show in text").first.click()
    field = page.locator("#input-text")
    marked = field.evaluate("field => field.value.slice(field.selectionStart, field.selectionEnd)")
    assert marked in TEXT and marked
    # Another language is another view of the same form: what was written stays.
    page.get_by_role("button", name="中文", exact=True).click()
    page.get_by_role("button", name="English", exact=True).wait_for()
    expect(page.locator(f"#filled-{empty[0]}")).to_have_value("a@b.example")
    page.get_by_role("button", name="English", exact=True).click()
    page.get_by_role("button", name="中文", exact=True).wait_for()
    # And so does it in the page anew, with the answer.
    before = made(page)
    page.reload()
    expect(page.locator(f"#filled-{empty[0]}")).to_have_value("a@b.example")
    expect(page.locator(f"#filled-{empty[0]}-note")).to_have_text("Your own")
    assert made(page) == before


def test_what_is_no_form_leaves_the_fields_and_says_why(page: Page) -> None:
    use(page, json.dumps(SCHEMA))
    rows = page.locator(".form-row")
    count = len(SCHEMA["properties"])
    for schema, said in (
        ("{", "no JSON"),
        ('{"type": "object"}', "properties"),
        ('{"properties": {"a": {"type": "array"}}}', "$.properties.a"),
        ("x" * 1_000_000, "no JSON"),
    ):
        use(page, schema)
        expect(page.locator(".form-schema [role=alert]")).to_contain_text(said)
        expect(rows).to_have_count(count)
    use(page, json.dumps(SCHEMA))
    expect(page.locator(".form-schema [role=alert]")).to_be_hidden()


def test_fields_are_made_up_with_the_keyboard_and_kept(page: Page) -> None:
    use(page, '{"properties": {"city": {"type": "string", "title": "City"}}}')
    add = page.get_by_role("button", name="Add a field")
    add.focus()
    page.keyboard.press("Enter")
    page.keyboard.type("City")
    rows = page.locator(".form-row")
    expect(rows.nth(1).locator("[role=alert]")).to_have_text("Two fields have this name.")
    page.keyboard.type(" size")
    expect(rows.nth(1).locator("[role=alert]")).to_be_hidden()
    rows.nth(1).get_by_label("Kind").select_option("choice")
    expect(rows.nth(1).locator("[role=alert]")).to_contain_text("at least one choice")
    rows.nth(1).get_by_label("Choices", exact=True).fill("small, large")
    expect(rows.nth(1).locator("[role=alert]")).to_be_hidden()
    schema = json.loads(page.locator(".form-json").input_value())
    assert schema["properties"]["city_size"] == {"enum": ["small", "large"], "title": "City size"}
    # The draft is written after a pause; who comes back from another page has the same fields.
    until(page, "(sessionStorage.getItem('wardian.draft.fill') ?? '').includes('large')")
    page.evaluate("location.hash = '#/storage'")
    expect(rows).to_have_count(0)
    page.evaluate("location.hash = '#/fill'")
    expect(rows).to_have_count(2)
    expect(rows.nth(1).get_by_label("Choices", exact=True)).to_have_value("small, large")
    rows.first.get_by_role("button", name="Remove this field").click()
    expect(rows).to_have_count(1)
    expect(rows.first.get_by_label("Name of the field")).to_be_focused()


def test_the_examples_are_in_the_language_of_the_page(page: Page) -> None:
    """What the model reads stays English: it knows no other language."""
    page.locator(".examples .chip").first.click()
    titles = page.locator(".form-row > input.text")
    expect(titles.first).to_have_value("Patient")
    # The click runs it, too; the answer so far is another view of the same form.
    expect(page.locator(".filled-row").first).to_be_visible(timeout=READY)
    page.get_by_role("button", name="中文", exact=True).click()
    expect(titles.first).to_have_value("患者")
    expect(page.locator(".filled-row .label").first).to_contain_text("患者")
    properties = json.loads(page.locator(".form-json").input_value())["properties"]
    assert properties["patient"] == {"type": "string", "title": "Patient", "x-title": {"zh": "患者"}}
    titles.first.fill("病人")
    page.get_by_role("button", name="English", exact=True).click()
    expect(page.get_by_role("button", name="中文", exact=True)).to_be_visible()
    expect(titles.first).to_have_value("病人")
    expect(titles.nth(1)).to_have_value("Doctor")
    page.keyboard.press("Escape")
    expect(page.locator("footer.status")).to_have_attribute("data-state", "ready", timeout=READY)
