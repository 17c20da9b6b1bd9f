"""The forms and texts that `fill` begins with."""

from __future__ import annotations

from typing import Any

__all__ = ["APPOINTMENT", "APPOINTMENT_TEXT", "CONTACT", "CONTACT_TEXT", "INVOICE", "INVOICE_TEXT"]


def _form(required: list[str], **fields: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": fields, "required": required, "additionalProperties": False}


def _text(title: str) -> dict[str, Any]:
    return {"type": "string", "title": title}


APPOINTMENT = _form(
    ["patient", "date"],
    patient=_text("Patient"),
    doctor=_text("Doctor"),
    date={"type": "string", "format": "date", "title": "Date"},
    time={"type": "string", "format": "x-time", "title": "Time"},
    reason=_text("Reason"),
    phone={"type": "string", "format": "x-phone", "title": "Phone"},
)
APPOINTMENT_TEXT = (
    "Dear practice,\nmy name is Ruth Calloway. My left ear has been ringing for a week. Could I see "
    "Dr. Sandoval on 12 May 2025 at 3 pm? I am at work in the mornings."
)

INVOICE = _form(
    ["supplier", "total"],
    supplier=_text("Supplier"),
    number=_text("Invoice number"),
    issued={"type": "string", "format": "date", "title": "Invoice date"},
    due={"type": "string", "format": "date", "title": "Due date"},
    total={"type": "number", "title": "Total"},
    currency={"enum": ["EUR", "USD", "GBP"], "title": "Currency"},
)
INVOICE_TEXT = (
    "Invoice 2025-0391 of Willow Furniture, dated 4 March 2025. One oak table. The total of 1,180.00 EUR is "
    "due on 18 March 2025."
)

CONTACT = _form(
    ["name"],
    name=_text("Name"),
    company=_text("Company"),
    position=_text("Job title"),
    email={"type": "string", "format": "email", "title": "E-mail"},
    phone={"type": "string", "format": "x-phone", "title": "Phone"},
    city=_text("City"),
)
CONTACT_TEXT = (
    "Best regards\nIngrid Solberg\nLead Architect\nPolar Buildings\nTromsø\ningrid.solberg@polar.example"
)
