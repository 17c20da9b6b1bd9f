"""A conversation in the page: streaming, stopping, and changing one's mind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from tests.browser.chatting import FIELD, answers, ask, history, new_conversation, send, served, start
from tests.browser.visiting import paste
from tests.browser.visitor import Visitor


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("chat")) as url:
        yield url


@pytest.fixture
def page(visitor: Visitor, url: str) -> Iterator[Page]:
    yield from new_conversation(visitor, url)


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


def test_a_double_click_sends_and_does_not_stop(page: Page) -> None:
    """The second press falls on the button that stops, which has taken the first one's place."""
    page.locator(FIELD).fill("say half an answer forever")
    page.get_by_role("button", name="Send").dblclick()
    expect(page.locator(".turn.writing .markdown")).to_have_text("half an answer forever")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".turn-mark:visible")).to_have_text("Stopped")


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


def test_an_answer_goes_on_in_another_language(page: Page) -> None:
    """Also where the page was elsewhere meanwhile; it is stopped and asked again in the new language."""
    words = " ".join(f"w{number}" for number in range(30))
    for elsewhere in (False, True):
        send(page, f"say slowly {words}")
        expect(page.locator(".turn.writing .markdown")).to_contain_text("w1")
        if elsewhere:
            page.evaluate("location.hash = '#/about'")
            expect(page.locator("article.about")).to_be_visible()
        page.get_by_role("button", name="English" if elsewhere else "中文", exact=True).click()
        if elsewhere:
            page.evaluate("location.hash = '#/talk'")
        expect(page.locator(".turn.writing")).to_have_count(1)
        expect(page.locator(".composer .stop")).to_have_text("Stop" if elsewhere else "停止")
        expect(answers(page).last).to_have_text(f"slowly {words}")
        expect(page.locator(".turn.writing")).to_have_count(0)
        expect(page.locator(".turn-mark:visible")).to_have_count(0)
        expect(page.locator("footer.status")).to_have_attribute("data-state", "ready")
    expect(answers(page)).to_have_count(2)
    start(page, "half an answer")
    page.get_by_role("button", name="中文", exact=True).click()
    page.locator(".composer .stop").click()
    expect(page.locator(".turn-mark:visible")).to_have_text("已停止")
    page.get_by_role("button", name="English", exact=True).click()
    expect(page.locator(".turn-mark:visible")).to_have_text("Stopped")
    expect(answers(page).last).to_have_text("half an answer forever")
