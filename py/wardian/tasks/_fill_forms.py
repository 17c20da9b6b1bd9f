"""The forms and texts that `fill` begins with."""

from __future__ import annotations

from typing import Any

__all__ = ["APPOINTMENT", "APPOINTMENT_TEXT", "CONTACT", "CONTACT_TEXT", "INVOICE", "INVOICE_TEXT"]


def _form(required: list[str], **fields: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": fields, "required": required, "additionalProperties": False}


def _field(title: str, chinese: str, **words: Any) -> dict[str, Any]:
    """A text, unless `words` say otherwise. The model reads the English title, whatever the page is in."""
    return {**(words or {"type": "string"}), "title": title, "x-title": {"zh": chinese}}


APPOINTMENT = _form(
    ["patient", "date"],
    patient=_field("Patient", "患者"),
    doctor=_field("Doctor", "医生"),
    date=_field("Date", "日期", type="string", format="date"),
    time=_field("Time", "时间", type="string", format="x-time"),
    reason=_field("Reason", "事由"),
    phone=_field("Phone", "电话", type="string", format="x-phone"),
)
APPOINTMENT_TEXT = (
    "Dear practice,\nmy name is Ruth Calloway. My left ear has been ringing for a week. Could I see "
    "Dr. Sandoval on 12 May 2025 at 3 pm? I am at work in the mornings."
)

INVOICE = _form(
    ["supplier", "total"],
    supplier=_field("Supplier", "供应商"),
    number=_field("Invoice number", "发票号码"),
    issued=_field("Invoice date", "开票日期", type="string", format="date"),
    due=_field("Due date", "到期日", type="string", format="date"),
    total=_field("Total", "总额", type="number"),
    currency=_field("Currency", "货币", enum=["EUR", "USD", "GBP"]),
)
INVOICE_TEXT = (
    "Invoice 2025-0391 of Willow Furniture, dated 4 March 2025. One oak table. The total of 1,180.00 EUR is "
    "due on 18 March 2025."
)

CONTACT = _form(
    ["name"],
    name=_field("Name", "姓名"),
    company=_field("Company", "公司"),
    position=_field("Job title", "职位"),
    email=_field("E-mail", "电子邮箱", type="string", format="email"),
    phone=_field("Phone", "电话", type="string", format="x-phone"),
    city=_field("City", "城市"),
)
CONTACT_TEXT = (
    "Best regards\nIngrid Solberg\nLead Architect\nPolar Buildings\nTromsø\ningrid.solberg@polar.example"
)
