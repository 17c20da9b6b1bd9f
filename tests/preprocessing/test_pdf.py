"""PDF files: pages, lines, and what is wrong with a file."""

from __future__ import annotations

import io

import pypdf
import pytest

from documents import pdf
from support import run
from wardian.errors import InputError
from wardian.preprocessing.documents import Document, read_document

LINES = [
    "The ferry runs from April to October, six times a day in July and Au-",
    "gust, and at other times three times. In a storm of force seven it",
    "Stays in the harbour.",
    "Dogs stay on deck.",
]


def read(content: bytes) -> Document:
    return run(read_document(content))


def refused(content: bytes) -> InputError:
    with pytest.raises(InputError) as caught:
        read(content)
    return caught.value


@pytest.mark.parametrize("packed", [False, True])
def test_pages_and_lines(packed: bool) -> None:
    steps: list[tuple[str, int, int]] = []
    content = pdf([LINES, [], ["Third page."]], packed=packed)
    document = run(read_document(content, progress=lambda *step: steps.append(step)))
    assert document.text == (
        "The ferry runs from April to October, six times a day in July and August, and at other times three "
        "times. In a storm of force seven it Stays in the harbour.\nDogs stay on deck.\n\nThird page."
    )
    assert [document.page(document.text.index(word)) for word in ("ferry", "Dogs", "Third")] == [1, 1, 3]
    assert steps == [("read", 0, 3), ("read", 1, 3), ("read", 2, 3)]


def test_lines_of_every_page_are_left_out() -> None:
    pages = [["The Island Ferry", f"What page {word} has to say is here.", f"Page {number} of 4"]
             for number, word in enumerate(("one", "two", "three", "four"), 1)]  # fmt: skip
    document = read(pdf(pages))
    assert document.text.split("\n\n") == [
        f"What page {word} has to say is here." for word in ("one", "two", "three", "four")
    ]
    assert len(document.pages) == 4


def encrypted(user: str, algorithm: str) -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf([LINES])))
    writer.encrypt(user, "owner", algorithm=algorithm)
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def test_a_file_that_needs_a_password_is_refused() -> None:
    error = refused(encrypted("secret", "RC4-128"))
    assert error.message == "The PDF file is encrypted." and error.hint


def test_a_file_that_only_forbids_printing_is_read() -> None:
    assert "Dogs stay on deck." in read(encrypted("", "RC4-128")).text


def test_images_alone_and_nothing_at_all() -> None:
    error = refused(pdf([[], []]))
    assert error.message == "The PDF file has images alone, no text." and "OCR" in str(error.hint)
    empty = pypdf.PdfWriter()
    empty.add_blank_page(100, 100)
    buffer = io.BytesIO()
    empty.write(buffer)
    assert refused(buffer.getvalue()).message == "The PDF file is empty."


@pytest.mark.parametrize("cut", [9, 60, 400])
def test_a_broken_file_is_refused(cut: int) -> None:
    error = refused(pdf([LINES])[:cut])
    assert error.message == "The PDF file is broken." and error.received


def test_no_byte_of_a_file_can_do_more_than_break_it() -> None:
    whole = bytearray(pdf([LINES, ["Two."]]))
    for place in range(10, len(whole), 37):
        broken = bytes(whole[:place] + b"\xff" + whole[place + 1 :])
        try:
            assert isinstance(read(broken), Document)
        except InputError as error:
            assert error.message.startswith("The PDF file")
