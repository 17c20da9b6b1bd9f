"""A conversation in the page: streaming, stopping, changing one's mind, and what is kept on the device.

The task says what it is told (`chat_site.py`), so that everything but the model is real.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.browser import chat_site
from tests.browser.visiting import open_task, paste, until
from tests.browser.visitor import Visitor

from wardian_build import serve

FIELD = "#input-dialogue"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server, url = serve.start(chat_site.build(tmp_path_factory.mktemp("chat")), port=0)
    yield url
    server.shutdown()


@pytest.fixture
def page(visitor: Visitor, url: str) -> Iterator[Page]:
    """A new conversation each time; no other is left behind."""
    page = visitor.at(url, "talk")
    yield page
    page.set_viewport_size({"width": 1280, "height": 800})
    expect(page.locator(".turn.writing")).to_have_count(0)
    if page.locator(".chat-settings").get_attribute("open") is not None:
        page.get_by_text("How it answers, and saving").click()
    page.get_by_role("button", name="New", exact=True).click()
    history(page)
    if page.get_by_role("button", name="Delete all").is_visible():
        page.get_by_role("button", name="Delete all").click()
    expect(page.locator(".history-item")).to_have_count(0)
    page.keyboard.press("Escape")
    page.locator(FIELD).fill("")


def history(page: Page) -> Locator:
    """The panel, open."""
    panel = page.locator(".history")
    if not panel.is_visible():
        page.get_by_role("button", name="Conversations:").click()
    expect(panel).to_be_visible()
    return panel


def send(page: Page, text: str) -> None:
    page.locator(FIELD).fill(text)
    page.locator(FIELD).press("Enter")


def answers(page: Page) -> Locator:
    return page.locator(".turn.assistant .markdown")


def ask(page: Page, text: str, answer: str | None = None) -> None:
    """Send a message and wait for the whole answer."""
    count = answers(page).count()
    send(page, text)
    expect(answers(page)).to_have_count(count + 1)
    expect(page.locator(".turn.writing")).to_have_count(0)
    if answer is not None:
        expect(answers(page).last).to_have_text(answer)


def start(page: Page, text: str) -> None:
    """Send what is never answered to its end, and wait until it is on the page."""
    send(page, f"say {text} forever")
    expect(page.locator(".turn.writing .markdown")).to_have_text(f"{text} forever")


def test_a_conversation_goes_on(page: Page) -> None:
    """All messages go to the model; the meters and the announcement say what it took."""
    ask(page, "Hello", "1 messages")
    ask(page, "And now?", "3 messages")
    expect(page.locator(FIELD)).to_be_focused()
    expect(page.locator(FIELD)).to_have_value("")
    expect(page.locator(".reply-context")).to_have_text("1,234 of 8,192 tokens")
    expect(page.locator(".reply-speed")).to_have_text("0.7 tokens/s · first word after 0.5 s")
    expect(page.locator(".chat > [aria-live=polite]")).to_have_text("Answer: 3 messages")
    expect(page.locator(".reply-dropped")).to_be_hidden()
    ask(page, "dropped and length", "5 messages")
    expect(page.locator(".reply-dropped")).to_contain_text("the oldest 3 messages were left out")
    expect(page.locator(".turn-mark").last).to_have_text("Cut off at the longest answer")


def test_enter_sends_and_shift_enter_does_not(page: Page) -> None:
    field = page.locator(FIELD)
    field.fill("say one")
    field.press("Shift+Enter")
    page.keyboard.type("two")
    expect(field).to_have_value("say one\ntwo")
    # An input method ends its own composition with Enter.
    field.dispatch_event("keydown", {"key": "Enter", "isComposing": True, "bubbles": True})
    expect(field).to_have_value("say one\ntwo")
    field.press("Enter")
    expect(answers(page)).to_have_text(["one\ntwo"])
    field.fill("   ")
    expect(page.get_by_role("button", name="Send")).to_be_disabled()


@pytest.mark.parametrize("way", ["button", "Escape"])
def test_what_came_before_a_stop_stays(page: Page, way: str) -> None:
    start(page, "half an answer")
    page.locator(FIELD).fill("typed meanwhile")
    page.locator(FIELD).press("Enter")
    expect(page.locator(FIELD)).to_have_value("typed meanwhile")
    if way == "button":
        page.get_by_role("button", name="Stop").click()
    else:
        page.keyboard.press("Escape")
    expect(page.locator(".turn-mark:visible")).to_have_text("Stopped")
    expect(answers(page)).to_have_text(["half an answer forever"])
    expect(page.locator(FIELD)).to_have_value("typed meanwhile")
    page.locator(FIELD).press("Enter")
    expect(answers(page).last).to_have_text("3 messages")


def test_an_answer_is_given_again_and_undone(page: Page) -> None:
    start(page, "first")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Answer again").click()
    expect(page.locator(".turn.writing .markdown")).to_have_text("first forever")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".turn.writing")).to_have_count(0)
    expect(page.locator(".turn-mark:visible")).to_have_text("Stopped")
    expect(page.locator(".turn")).to_have_count(2)


def test_an_earlier_turn_is_changed_and_undone(page: Page) -> None:
    ask(page, "say one")
    ask(page, "say two")
    page.get_by_role("button", name="Edit").first.click()
    editor = page.get_by_role("textbox", name="Edit your message")
    expect(editor).to_have_value("say one")
    editor.fill("say three")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Edit").first).to_be_focused()
    page.get_by_role("button", name="Edit").first.click()
    editor.fill("say three")
    editor.press("Enter")
    expect(answers(page)).to_have_text(["three"])
    expect(page.locator(".chat-room .chat-undo")).to_contain_text("3 after it were replaced")
    page.get_by_role("button", name="Undo").click()
    expect(answers(page)).to_have_text(["one", "two"])
    expect(page.locator(".turn-text")).to_have_text(["say one", "say two"])


def test_a_failure_keeps_what_was_said(page: Page) -> None:
    send(page, "say it will break here")
    expect(page.locator(".error")).to_contain_text("The model broke.")
    expect(answers(page)).to_have_text(["it will break"])
    expect(page.locator(".turn-mark:visible")).to_have_text("Broken off by an error")
    page.get_by_role("button", name="Answer again").click()
    expect(page.locator(".error")).to_contain_text("The model broke.")
    ask(page, "next", "3 messages")
    expect(page.locator(".error")).to_be_hidden()
    send(page, "say break")
    expect(page.locator(".error")).to_be_visible()
    page.get_by_role("button", name="New", exact=True).click()
    expect(page.locator(".error")).to_be_hidden()


def test_a_frame_may_come_when_the_next_answer_has_begun(page: Page) -> None:
    """What it was asked to draw is of the answer before; the page's errors fail the test."""
    page.evaluate("""() => {
      window.promptly = window.requestAnimationFrame;
      window.requestAnimationFrame = (draw) => setTimeout(draw, 1000);
    }""")
    ask(page, "say one")
    send(page, "nothing")
    expect(page.locator(".turn.writing")).to_have_count(1)
    page.wait_for_timeout(1200)
    page.keyboard.press("Escape")
    expect(page.locator(".unanswered")).to_contain_text("There is no answer yet.")
    page.evaluate("() => { window.requestAnimationFrame = window.promptly; }")


def test_a_message_without_an_answer_can_have_one(page: Page) -> None:
    send(page, "nothing")
    expect(page.locator(".turn.writing")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator(".unanswered")).to_contain_text("There is no answer yet.")
    expect(page.locator(".turn")).to_have_count(1)
    page.get_by_role("button", name="Answer again").click()
    expect(page.locator(".turn.writing")).to_have_count(1)
    page.get_by_role("button", name="Stop").click()
    page.get_by_role("button", name="Edit").click()
    page.get_by_role("textbox", name="Edit your message").fill("say something")
    page.keyboard.press("Enter")
    expect(answers(page)).to_have_text(["something"])


def test_the_page_storage_deletes_them_too(page: Page) -> None:
    ask(page, "Hello", "1 messages")
    page.get_by_role("link", name="Storage").click()
    row = page.locator(".storage tr", has_text="Conversations 1")
    expect(row).to_have_count(1)
    row.get_by_role("button", name="Delete Conversations").click()
    expect(row).to_have_count(0)
    page.get_by_role("link", name="Talk").click()
    expect(page.locator(".turn")).to_have_count(0)


def test_a_megabyte_is_refused_and_stays(page: Page) -> None:
    text = "word " * 200_000
    paste(page, FIELD, text)
    expect(page.locator(".composer .note")).to_contain_text("1,000,000 of at most 1,000 characters")
    expect(page.get_by_role("button", name="Send")).to_be_disabled()
    page.locator(FIELD).press("Enter")
    assert page.evaluate(f"document.querySelector('{FIELD}').value.length") == len(text)
    expect(page.locator(".turn")).to_have_count(0)


def test_lone_surrogates_are_mended(page: Page) -> None:
    paste(page, FIELD, "say a\ud83d b".encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace"))
    page.evaluate(f"document.querySelector('{FIELD}').value = 'say a\\ud83d b'")
    page.locator(FIELD).press("Enter")
    expect(answers(page)).to_have_text(["a\ufffd b"])


def test_settings_and_instructions_go_with_the_message(page: Page) -> None:
    page.get_by_text("How it answers, and saving").click()
    page.get_by_label("Imagination").fill("1.5")
    page.get_by_label("The same chance again").fill("7")
    page.get_by_label("Instructions for the model").fill("Be brief.")
    ask(page, "settings")
    said = answers(page).last.text_content() or ""
    assert "'temperature': 1.5" in said and "'seed': 7" in said and "'do_sample': True" in said
    ask(page, "instructions", "Be brief.")
    page.get_by_label("Vary the answers").uncheck()
    expect(page.get_by_label("Imagination")).to_be_disabled()
    page.get_by_role("button", name="Back to the defaults").click()
    expect(page.get_by_label("Imagination")).to_have_value("0.25")
    page.get_by_label("Instructions for the model").fill("")
    ask(page, "instructions", "none")


def test_an_example_is_a_conversation_of_its_own(page: Page) -> None:
    ask(page, "Hello", "1 messages")
    page.get_by_role("button", name="An example").click()
    expect(answers(page)).to_have_text(["Be kind."])
    expect(history(page).locator(".history-title")).to_have_text(["instructions", "Hello"])
    page.get_by_role("button", name="Close").first.click()
    page.get_by_text("How it answers, and saving").click()
    page.get_by_label("Instructions for the model").fill("")


def test_conversations_are_listed_renamed_deleted_and_brought_back(page: Page) -> None:
    ask(page, "The first of two")
    page.get_by_role("button", name="New", exact=True).click()
    ask(page, "The second of two")
    panel = history(page)
    titles = panel.locator(".history-title")
    expect(titles).to_have_text(["The second of two", "The first of two"])
    panel.get_by_role("button", name="Rename The first of two").click()
    page.keyboard.type("Renamed")
    page.keyboard.press("Enter")
    expect(titles).to_have_text(["The second of two", "Renamed"])
    panel.get_by_role("button", name="Delete The second of two").click()
    expect(titles).to_have_text(["Renamed"])
    panel.get_by_role("button", name="Undo").click()
    expect(titles).to_have_text(["The second of two", "Renamed"])
    panel.get_by_role("button", name="Delete all").click()
    expect(titles).to_have_count(0)
    panel.get_by_role("button", name="Undo").click()
    panel.locator(".history-open", has_text="Renamed").click()
    expect(panel).to_be_hidden()
    expect(page.locator(".turn-text")).to_have_text(["The first of two"])


def test_nothing_is_lost_by_a_reload(page: Page, url: str) -> None:
    ask(page, "say kept")
    start(page, "partly")
    page.locator(FIELD).fill("not sent yet")
    until(page, "(sessionStorage.getItem('wardian.draft.talk') ?? '').includes('not sent yet')")
    page.reload()
    expect(page.locator(FIELD)).to_have_value("not sent yet")
    expect(page.locator(".turn-text")).to_have_text(["say kept", "say partly forever"])
    expect(answers(page).first).to_have_text("kept")
    page.wait_for_selector("#task-talk .status[data-state='ready']")


def test_two_tabs_keep_both_conversations(page: Page, url: str) -> None:
    """The other tab shows what changed here; where both go on with the same one, it becomes two."""
    ask(page, "Hello")
    other = page.context.new_page()
    open_task(other, url, "talk")
    history(other).locator(".history-open", has_text="Hello").click()
    expect(answers(other)).to_have_text(["1 messages"])
    ask(page, "From here", "3 messages")
    expect(answers(other)).to_have_text(["1 messages", "3 messages"])
    start(page, "here")
    start(other, "there")
    page.keyboard.press("Escape")
    expect(page.locator(".turn.writing")).to_have_count(0)
    other.keyboard.press("Escape")
    expect(other.locator(".turn.writing")).to_have_count(0)
    for tab, said in ((page, "here forever"), (other, "there forever")):
        expect(answers(tab).last).to_have_text(said)
        expect(history(tab).locator(".history-item")).to_have_count(2)
    other.close()
    page.keyboard.press("Escape")


def test_without_space_it_goes_on_in_memory(page: Page) -> None:
    page.evaluate("""() => {
      window.realPut = IDBObjectStore.prototype.put;
      IDBObjectStore.prototype.put = () => { throw new DOMException("full", "QuotaExceededError"); };
    }""")
    ask(page, "Hello", "1 messages")
    expect(history(page)).to_contain_text("There is no space left on this device")
    page.keyboard.press("Escape")
    ask(page, "More", "3 messages")
    page.evaluate("() => { IDBObjectStore.prototype.put = window.realPut; }")
    ask(page, "Again", "5 messages")
    expect(history(page)).to_contain_text("Kept in this browser")


def test_it_follows_the_end_unless_the_visitor_reads(page: Page) -> None:
    ask(page, "lines")
    box = page.locator(".chat-turns")
    at_end = "(box) => box.scrollHeight - box.scrollTop - box.clientHeight < 2"
    assert box.evaluate(at_end)
    box.evaluate("(box) => { box.scrollTop = 100; }")
    expect(page.get_by_role("button", name="To the end")).to_be_visible()
    start(page, "more")
    # One's own message is always shown; then back up to read.
    assert box.evaluate(at_end)
    box.evaluate("(box) => { box.scrollTop = 100; }")
    expect(page.get_by_role("button", name="To the end")).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".turn.writing")).to_have_count(0)
    assert box.evaluate("(box) => box.scrollTop") == 100
    page.get_by_role("button", name="To the end").click()
    assert box.evaluate(at_end)


MARKDOWN = """say # Title

**bold** [link](javascript:alert(1)) <img src=x onerror=alert(1)>

```js
let a = "<b>";
```"""


def test_markdown_is_drawn_and_harmless(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    paste(page, FIELD, MARKDOWN)
    page.locator(FIELD).press("Enter")
    expect(page.locator(".markdown h3")).to_have_text("Title")
    expect(page.locator(".markdown strong")).to_have_text("bold")
    expect(page.locator(".markdown .link")).to_have_text("link (javascript:alert(1))")
    expect(page.locator(".markdown")).to_contain_text("<img src=x onerror=alert(1)>")
    assert page.locator(".markdown").locator("a, img").count() == 0
    page.get_by_role("button", name="Copy code").click()
    expect(page.locator(".code-head button")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == 'let a = "<b>";'
    expect(page.locator(".turn.assistant .turn-tools")).to_be_visible()
    page.locator(".turn.assistant .turn-tools").get_by_role("button", name="Copy").click()
    expect(page.locator(".turn-tools button", has_text="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == MARKDOWN.removeprefix("say ")


def test_a_conversation_is_saved_as_a_file(page: Page) -> None:
    ask(page, "say *yes*")
    page.get_by_text("How it answers, and saving").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as Markdown").click()
    assert download.value.suggested_filename == "say-yes.md"
    text = Path(download.value.path()).read_text("utf-8")
    assert text == "# say *yes*\n\n**You**\n\nsay *yes*\n\n**Model**\n\n*yes*\n"
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as JSON").click()
    saved = json.loads(Path(download.value.path()).read_text("utf-8"))
    assert saved["messages"] == [
        {"role": "user", "content": "say *yes*"},
        {"role": "assistant", "content": "*yes*"},
    ]


def test_on_a_phone_in_chinese(page: Page) -> None:
    """The field stays in sight, large enough not to be zoomed in on; another language keeps everything."""
    page.set_viewport_size({"width": 390, "height": 844})
    ask(page, "lines")
    page.locator(FIELD).fill("半句")
    page.get_by_role("button", name="中文", exact=True).click()
    expect(page.get_by_role("button", name="English", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="发送")).to_be_visible()
    expect(page.locator(FIELD)).to_have_value("半句")
    expect(answers(page)).to_contain_text(["line 199"])
    page.evaluate("scrollTo(0, 0)")
    box = page.locator(FIELD).bounding_box()
    assert box is not None and box["y"] + box["height"] <= 844
    assert page.locator(FIELD).evaluate("(field) => parseFloat(getComputedStyle(field).fontSize)") >= 16
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="English", exact=True).click()
    expect(page.get_by_role("button", name="中文", exact=True)).to_be_visible()
