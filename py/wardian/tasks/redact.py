"""Redact: what identifies people in an English text, for the visitor to review, and placeholders for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wardian.components import RedactedText, Redactions, Textbox
from wardian.errors import InputError, shorten
from wardian.pipelines.redacting import find_redactions
from wardian.postprocessing.redaction import KINDS
from wardian.task import Example, Task

if TYPE_CHECKING:
    from wardian.pipelines.base import Progress
    from wardian.pipelines.named_entity_recognition import NamedEntityRecognitionPipeline


async def redact(
    text: str, pipe: NamedEntityRecognitionPipeline, progress: Progress | None = None
) -> RedactedText:
    """The text and what in it names or numbers people, organisations, places, accounts and devices.

    Raises InputError where nothing is found in a text that is hardly English: that says nothing about it.
    """
    found = await find_redactions(text, pipe, progress=progress)
    letters = [letter for letter in text if letter.isalpha()]
    if not found and 2 * sum(map(str.isascii, letters)) < len(letters):
        raise InputError(
            "Names in this text are not looked for: it is hardly English.",
            value=shorten(text, 60),
            expected="an English text",
        )
    return RedactedText(text, found)


_NAMES = {
    "person": {"en": "People", "zh": "人名"},
    "organisation": {"en": "Organisations", "zh": "机构"},
    "place": {"en": "Places", "zh": "地点"},
    "email": {"en": "E-mail", "zh": "邮箱"},
    "phone": {"en": "Phone", "zh": "电话"},
    "birth_date": {"en": "Dates of birth", "zh": "出生日期"},
    "id": {"en": "ID numbers", "zh": "证件号码"},
    "card": {"en": "Payment cards", "zh": "银行卡"},
    "iban": {"en": "Bank accounts", "zh": "银行账户"},
    "network": {"en": "Network addresses", "zh": "网络地址"},
    "login": {"en": "Passwords, links with keys", "zh": "密码与带密钥的链接"},
}

task = Task(
    id="redact",
    group="texts",
    kind="named-entity-recognition",
    model="en-core-web-sm",
    title={"en": "Redact", "zh": "隐去个人信息"},
    description={
        "en": "Names, addresses, numbers of cards, accounts and papers in an English text, replaced by "
        "placeholders, the same one wherever the same is meant. You decide on each. It overlooks some, above "
        "all names that stand alone, and takes some words for names.",
        "zh": "把英文文本中的人名、地址、卡号、账号和证件号换成占位符，同一对象用同一个占位符，逐一由你决定。"
        "它会漏掉一些（尤其是单独出现的名字），也会误认一些词。",
    },
    inputs=[
        Textbox(
            {"en": "Text", "zh": "文本"},
            lines=10,
            max_length=1_000_000,
            placeholder={
                "en": "Paste a letter, a mail, a ticket: it stays on this device",
                "zh": "粘贴英文信件、邮件或工单：内容不会离开本设备",
            },
        )
    ],
    outputs=[
        Redactions(
            {"en": "Found in the text", "zh": "文本中找到的内容"},
            kinds=_NAMES,
            placeholders=KINDS,
            own="person",
            note={
                "en": "It overlooks things. Read the result before you pass it on: also what is described, "
                "and not named, can tell who is meant.",
                "zh": "它会有遗漏。转发之前请通读结果：没有写出名字的描述也可能让人认出是谁。",
            },
        )
    ],
    examples=[
        Example(
            {"en": "A mail", "zh": "一封邮件（英文）"},
            [
                "From: Priya Raman <priya.raman@northwind.example>\nTo: Carlos Mendoza\n\nHi Carlos 🙂\n\n"
                "I met Margaret Whitfield in Bristol. Whitfield wants the deposit on "
                "DE89 3704 0044 0532 0130 00, not on DE88 3704 0044 0532 0130 00, "
                "and the rest by card: 4111 1111 1111 1111. Call her on "
                "+44 20 7946 0958 after release 3.14.2.1 is out.\n\nBest regards,\nPriya"
            ],
        ),
        Example(
            {"en": "A form", "zh": "一份表格（英文）"},
            [
                "Patient: Desmond Okafor\nDate of birth: 28/02/1949\nNHS number: 943 476 5919\n"
                "Address: 17 Mill Lane, Cambridge CB2 1RX\nNext of kin: Folake Okafor, 01223 496012\n\n"
                "Mr Okafor has had a cough for three weeks. BP 145/92, no fever."
            ],
        ),
        Example(
            {"en": "What it overlooks", "zh": "它会漏掉的（英文）"},
            [
                "hey its josh, katie said the party is at the old mill, behind the red barn. "
                "May will bring Mark, and the baker's daughter, you know, the one who won the race in spring."
            ],
        ),
    ],
    fn=redact,
)
