"""Documents of every format, read to one text with its places; and what cannot be read."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest

from documents import docx
from support import assert_grows_linearly, run
from wardian.errors import InputError
from wardian.preprocessing.documents import Document, read_document
from wardian.preprocessing.documents.passages import cut_passages
from wardian.preprocessing.documents.plain import read_plain
from wardian.preprocessing.documents.unwrapping import unwrap


def read(source: str | bytes, name: str = "") -> Document:
    return run(read_document(source, name))


def refused(source: str | bytes, name: str = "a.bin") -> InputError:
    with pytest.raises(InputError) as caught:
        read(source, name)
    return caught.value


def test_places_of_markdown() -> None:
    text = "# House\n\nIt is old.\n\n## Roof ##\n\nIt leaks. See [here](http://a.example/x_(y)).\n\nCellar\n---\nDry.\n"
    document = read(text)
    assert document.format == "markdown" and document.pages == ()
    assert document.text == "House\n\nIt is old.\n\nRoof\n\nIt leaks. See here.\n\nCellar\n\nDry."
    assert document.heading(document.text.index("leaks")) == "House › Roof"
    assert document.heading(document.text.index("Dry")) == "House › Cellar"
    assert document.page(3) is None


def test_code_of_markdown_stays_as_it_is() -> None:
    document = read("# A\n\n```python\n# no heading\nx  =  1\n```\n\nEnd *of* it.")
    assert document.text == "A\n\n# no heading\nx  =  1\n\nEnd of it."
    assert [one.text for one in document.headings] == ["A"]


def test_text_with_hard_line_ends_is_put_together() -> None:
    text = """CHAPTER I

Alice was beginning to get very tired of sitting by her sister on
the bank. Once or twice she had peeped into the book that her
Sister was reading.
"""
    document = read(text)
    assert document.text.endswith(
        "sister on the bank. Once or twice she had peeped into the book that her Sister was reading."
    )
    assert document.heading(40) == "CHAPTER I" and document.format == "text"


def test_verses_and_lists_keep_their_lines() -> None:
    verses = ["How doth the little crocodile", "Improve his shining tail,", "And pour the waters of the Nile"]
    assert unwrap(verses) == "\n".join(verses)
    assert unwrap(["Bring:", "- a rope", "- bread and", "  cheese"]) == "Bring:\n- a rope\n- bread and cheese"


def test_a_page_of_html() -> None:
    page = (
        "<!DOCTYPE html><html><head><title>No</title><style>p{}</style></head><body><nav>Menu</nav>"
        "<h1>Tea</h1><p>Green<br>tea &lt;hot&gt;</p><ul><li>One<li>Two</ul><script>alert('x')</script>"
        "<h2>Pots</h2><table><tr><td>Clay</td><td>9</td></tr></table></body></html>"
    )
    document = read(page)
    assert document.format == "html"
    assert document.text == "Tea\n\nGreen\ntea <hot>\n\nOne\n\nTwo\n\nPots\n\nClay 9"
    assert document.heading(len(document.text) - 1) == "Tea › Pots"
    assert read(page.encode("utf-16")).text == document.text


def test_a_word_document() -> None:
    body = (
        "<w:p><w:r><w:t>kept </w:t></w:r><w:del><w:r><w:delText>gone</w:delText></w:r></w:del>"
        "<w:r><w:tab/><w:t>end</w:t></w:r></w:p>"
    )
    document = read(docx([(1, "House"), (0, "It is <old> & dry."), (2, "Roof")], body=body), "a.pdf")
    assert document.format == "docx"
    assert document.text == "House\n\nIt is <old> & dry.\n\nRoof\n\nkept \tend"
    assert document.heading(len(document.text) - 1) == "House › Roof"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (docx([(0, "a")], prolog='<!DOCTYPE a [<!ENTITY b "ha">]>', body="<w:p>&b;</w:p>"), "entities"),
        (docx([(0, "a")])[:-40], "not a zip"),
        (docx([], body="<w:p><w:r><w:t>x</w:r></w:p>"), "XML"),
    ],
    ids=["entities", "cut", "no-xml"],
)
def test_a_broken_word_document_is_refused(content: bytes, reason: str) -> None:
    error = refused(content, "a.docx")
    assert error.message == "The Word document is broken." and error.hint
    assert reason in str(error.received) or "zip" in reason


def test_a_bomb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from wardian.preprocessing.documents import docx as module

    monkeypatch.setattr(module, "_LARGEST_XML", 10_000)
    error = refused(docx([(0, "ha" * 10_000)]))
    assert error.message == "The Word document is larger than a text can be."


def archive(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for name in names:
            target.writestr(name, "x")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
            "an old Word, Excel or PowerPoint file, or an encrypted one",
        ),
        (b"{\\rtf1 Hello}", "rich text (RTF)"),
        (b"\x89PNG\r\n\x1a\n", "an image"),
        (archive("xl/workbook.xml"), "an Excel table"),
        (archive("META-INF/container.xml", "mimetype"), "an e-book (EPUB)"),
        (archive("a.txt"), "an archive (zip)"),
        (struct.pack("<8I", *range(8)), "no text"),
    ],
    ids=["doc", "rtf", "png", "xlsx", "epub", "zip", "binary"],
)
def test_other_files_are_named_and_refused(content: bytes, kind: str) -> None:
    error = refused(content, "report.pdf")
    assert (error.message, error.received) == ("This kind of file cannot be read here.", kind)
    assert "report.pdf" in str(error.value)


@pytest.mark.parametrize(
    "content",
    ["", " \n\t ", "\x00\x01", b"", b"\xef\xbb\xbf \n", "<p> </p>", docx([])],
    ids=["nothing", "spaces", "controls", "no-bytes", "mark", "html", "docx"],
)
def test_nothing_to_read(content: str | bytes) -> None:
    assert refused(content).message == "There is nothing to read in the document."


def test_what_cannot_be_read_of_a_text_is_left_out() -> None:
    assert read("a\x00b \ud83d c\r\nd \ufb01ne").text == "ab  c d fine"
    assert read("🎈🎈 🎉").text == "🎈🎈 🎉"
    assert read("שלום עולם. مرحبا بالعالم.").text == "שלום עולם. مرحبا بالعالم."
    assert read("Zürich".encode("cp1252")).text == "Zürich"


def test_long_texts_take_time_in_proportion() -> None:
    for piece in ("[", "*a", "<p", "word ", "# ", "-\n", "a-\nb", "![](", "`", "<!--"):
        assert_grows_linearly(lambda size, piece=piece: read_plain(piece * size), 20_000)


def test_passages_know_sections_and_sentences() -> None:
    document = read("# A\n\n## B\n\nOne two. Three!\n\nFour five.\n\n## C\n\nSix. 七八。九十。")
    passages = cut_passages(document, 8)
    assert [one.text for one in passages] == [
        "A\n\nB\n\nOne two. Three!\n\nFour five.",
        "C\n\nSix. 七八。九十。",
    ]
    for one in passages:
        assert document.text[one.start : one.end] == one.text
    found = [[one.text[start:end] for start, end in one.sentences] for one in passages]
    assert found == [["One two.", "Three!", "Four five."], ["Six.", "七八。", "九十。"]]
