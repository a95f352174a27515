"""A letter as it goes over the wire, and what a bounce says of one (RFC 5322, 3464, 8058)."""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from datetime import datetime
from email.message import EmailMessage, Message
from email.utils import format_datetime, parseaddr

from core.connect.mail import Letter
from core.messaging.address import ChannelName
from core.messaging.channel import Reason
from core.messaging.delivery import DeliveryState
from core.messaging.inbound import StatusUpdate

_KEY = re.compile(r"<([A-Za-z0-9_]{4,60})@")
_LINE_ENDS = re.compile(r"[\r\n]+")
# Enhanced status codes (RFC 3463) whose cause is the address itself.
_NOBODY = ("5.1.", "5.2.1", "5.4.4")
_FULL = ("5.2.2", "4.2.2")


def message_id(key: str, sender: str) -> str:
    """Return the id of a letter: our key, and the host it comes from."""
    host = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
    return f"<{key}@{host}>"


def written(letter: Letter, sender: str, now: datetime) -> EmailMessage:
    """Return the letter as it is sent: plain text, files, and how to end these letters."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = letter.to
    message["Subject"] = _LINE_ENDS.sub(" ", letter.subject)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = message_id(letter.key, sender)
    # No answering machine answers it, and no list software takes it for a list's.
    message["Auto-Submitted"] = "auto-generated"
    if letter.unsubscribe:
        message["List-Unsubscribe"] = f"<{letter.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(letter.text, cte="quoted-printable")
    for file in letter.enclosures:
        family, _, kind = file.media_type.partition("/")
        message.add_attachment(
            file.content, maintype=family, subtype=kind or "octet-stream", filename=file.name
        )
    return message


def read_bounce(raw: bytes) -> StatusUpdate | None:
    """Read a report about a letter of ours; None when it is none, or says nothing final.

    A "delayed" report is no end: the carrier goes on trying by itself.
    """
    # Not the newer policy: it reads every header's parts, and breaks on some that are malformed.
    bounce = email.message_from_bytes(raw)
    told = next(_told(bounce), None)
    key = _key_in(bounce)
    if told is None or not key:
        return None
    action, status = told
    if action not in {"failed", "delivered"}:
        return None
    failed = action == "failed"
    return StatusUpdate(
        provider_message_id=key,
        delivery_key=key,
        status=DeliveryState.FAILED if failed else DeliveryState.DELIVERED,
        error_code=status or None,
        reason=reason_of(status) if failed else None,
        channel=ChannelName.EMAIL,
    )


def reason_of(status: str) -> Reason:
    """Return our reason for an enhanced status code."""
    if status.startswith(_FULL):
        return Reason.UNREACHABLE
    if status.startswith(_NOBODY):
        return Reason.BAD_ADDRESS
    return Reason.FILTERED if status.startswith("5.7") else Reason.REFUSED


def _told(bounce: Message) -> Iterator[tuple[str, str]]:
    """Yield action and status of each recipient that the report speaks of."""
    for part in bounce.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        fields = part.get_payload()
        for group in fields if isinstance(fields, list) else ():
            if not isinstance(group, Message):
                continue
            action = str(group.get("Action", "")).strip().lower()
            if action:
                yield action, str(group.get("Status", "")).strip()


def _key_in(bounce: Message) -> str:
    """Return our key from the letter that the report quotes, whole or by its headers."""
    for part in bounce.walk():
        quoted = _quoted(part)
        found = _KEY.search(str(quoted.get("Message-ID", ""))) if quoted is not None else None
        if found:
            return found[1]
    return ""


def _quoted(part: Message) -> Message | None:
    """Return the letter that a part of a report quotes."""
    payload = part.get_payload()
    if part.get_content_type() == "text/rfc822-headers":
        return email.message_from_string(str(payload))
    if part.get_content_type() == "message/rfc822" and isinstance(payload, list) and payload:
        return payload[0] if isinstance(payload[0], Message) else None
    return None
