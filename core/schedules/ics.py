"""Writes days as a calendar that any program can subscribe to (iCalendar, RFC 5545).

Only what a feed of whole days needs: a calendar with events, each on one day. Text that others
wrote is escaped, so that a payee's name can end no line and begin no property.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from core.period import zone_of

MEDIA_TYPE = "text/calendar"
_LINE_BYTES = 75  # RFC 5545, 3.1: longer lines are folded, the line break not counted
_LONGEST_TEXT = 400
_PRODUCT = "-//FinanceMaster//Calendar//EN"
# How often programs may ask again; both spellings are in use.
_ASK_AGAIN = "PT6H"


@dataclass(frozen=True, slots=True)
class DayEvent:
    """Something on one day: ``key`` tells it from all others of its owner, for ever."""

    key: str
    on: date
    title: str
    notes: str = ""


def day_calendar(
    events: Iterable[DayEvent], *, owner: str, name: str, stamp: datetime, language: str
) -> str:
    """Return the events as one calendar called ``name``, each line ended by CR LF.

    An event keeps its UID as long as ``owner`` and its key are the same, so that a program that
    reads the feed again moves what it knows instead of adding it a second time. ``stamp`` is the
    aware moment to which the contents are true.
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{_PRODUCT}",
        "CALSCALE:GREGORIAN",
        f"NAME;LANGUAGE={language}:{escaped(name)}",
        f"X-WR-CALNAME:{escaped(name)}",
        f"REFRESH-INTERVAL;VALUE=DURATION:{_ASK_AGAIN}",
        f"X-PUBLISHED-TTL:{_ASK_AGAIN}",
    ]
    for event in events:
        lines += _event(event, owner, stamp)
    lines.append("END:VCALENDAR")
    return "".join(f"{folded(line)}\r\n" for line in lines)


def _event(event: DayEvent, owner: str, stamp: datetime) -> list[str]:
    lines = [
        "BEGIN:VEVENT",
        f"UID:{uid(owner, event.key)}",
        f"DTSTAMP:{stamp.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        f"DTSTART;VALUE=DATE:{event.on:%Y%m%d}",
        f"DTEND;VALUE=DATE:{event.on + timedelta(days=1):%Y%m%d}",
        f"SUMMARY:{escaped(event.title)}",
    ]
    if event.notes:
        lines.append(f"DESCRIPTION:{escaped(event.notes)}")
    # A bill takes no time: the day stays free. Whoever shares a calendar shares no money matters.
    return [*lines, "TRANSP:TRANSPARENT", "CLASS:PRIVATE", "END:VEVENT"]


def uid(owner: str, key: str) -> str:
    """Return an event's identity: the same for the same owner and key, and nothing of either."""
    digest = hashlib.sha256(f"{owner}\x1f{key}".encode()).hexdigest()
    return f"{digest[:32]}@financemaster"


def day_stamp(today: date, zone: str) -> datetime:
    """Return the moment a day began in ``zone``: what is asked twice a day is the same twice."""
    return datetime.combine(today, time(0), zone_of(zone))


def escaped(text: str) -> str:
    """Return text as the value of a property: its signs escaped, no line break, bounded.

    Control characters, which no calendar may hold, are blanks.
    """
    plain = "".join(" " if _is_control(sign) else sign for sign in text.replace("\r\n", "\n"))
    bounded = plain[:_LONGEST_TEXT]
    for sign in ("\\", ";", ","):
        bounded = bounded.replace(sign, f"\\{sign}")
    return bounded.replace("\n", "\\n")


def _is_control(sign: str) -> bool:
    code = ord(sign)
    return (code < 32 and sign != "\n") or 127 <= code < 160 or code in (0x2028, 0x2029)


def folded(line: str) -> str:
    """Break a line after at most 75 bytes of UTF-8 and never within a letter."""
    parts: list[str] = []
    part, size, most = "", 0, _LINE_BYTES
    for sign in line:
        length = len(sign.encode("utf-8", "replace"))
        if size + length > most:
            parts.append(part)
            part, size, most = "", 0, _LINE_BYTES - 1  # the blank of a folded line counts
        part += sign
        size += length
    return "\r\n ".join([*parts, part])
