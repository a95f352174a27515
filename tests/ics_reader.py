"""Reads iCalendar text by the letter of RFC 5545, written apart from what writes it.

It refuses what a strict program would: bare line feeds, lines over 75 octets, unknown escapes,
properties outside of a component, components that do not close, required properties that lack.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime

_NAME = re.compile(r"[A-Z0-9-]+")
_PARAMETER = re.compile(
    r';([A-Z0-9-]+)=("[^"\x00-\x08\x0a-\x1f\x7f]*"|[^";:,\x00-\x08\x0a-\x1f\x7f]*)'
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_NEEDED = {"VCALENDAR": {"VERSION", "PRODID"}, "VEVENT": {"UID", "DTSTAMP", "DTSTART"}}
_ONCE = frozenset(
    {"UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "DESCRIPTION", "CLASS", "TRANSP"}
)


@dataclass
class Component:
    """A calendar or an event: its properties by name, with their parameters, and what is in it."""

    name: str
    properties: dict[str, tuple[dict[str, str], str]] = field(default_factory=dict)
    components: list[Component] = field(default_factory=list)

    def text(self, name: str) -> str:
        """The value of a text property, its escapes taken away."""
        return unescaped(self.properties[name][1])

    def day(self, name: str) -> date:
        """The value of a property that must be a date."""
        parameters, value = self.properties[name]
        assert parameters.get("VALUE") == "DATE", name
        assert re.fullmatch(r"\d{8}", value), value
        return datetime.strptime(value, "%Y%m%d").date()  # noqa: DTZ007 - a day has no zone


def read_calendar(data: bytes) -> Component:
    """Read one calendar; an assertion fails where the text is not what the standard says."""
    lines = unfolded(data)
    stack: list[Component] = []
    whole: Component | None = None
    for line in lines:
        name, parameters, value = content_line(line)
        if name == "BEGIN":
            assert whole is None, "something after the calendar"
            stack.append(Component(value))
        elif name == "END":
            done = stack.pop()
            assert done.name == value, f"{done.name} ends as {value}"
            assert _NEEDED.get(done.name, set()) <= done.properties.keys(), done
            if stack:
                stack[-1].components.append(done)
            else:
                whole = done
        else:
            assert stack, f"{name} outside of a component"
            known = stack[-1].properties
            assert not (name in known and name in _ONCE), f"{name} twice"
            known[name] = (parameters, value)
    assert whole is not None, "no calendar"
    assert not stack, "a component does not end"
    assert whole.name == "VCALENDAR"
    assert whole.properties["VERSION"][1] == "2.0"
    return whole


def unfolded(data: bytes) -> list[str]:
    """Return the content lines: folds joined, before the letters are decoded."""
    assert data.endswith(b"\r\n")
    physical = data[:-2].split(b"\r\n")
    for line in physical:
        assert b"\n" not in line, line
        assert b"\r" not in line, line
        assert len(line) <= 75, (len(line), line)
        line.decode("utf-8")  # no letter is broken by a fold
    joined: list[bytes] = []
    for line in physical:
        if line[:1] in (b" ", b"\t"):
            joined[-1] += line[1:]
        else:
            joined.append(line)
    return [line.decode("utf-8") for line in joined]


def content_line(line: str) -> tuple[str, dict[str, str], str]:
    """Split a line into its name, its parameters and its value."""
    match = _NAME.match(line)
    assert match, line
    place, parameters = match.end(), {}
    while line[place] == ";":
        found = _PARAMETER.match(line, place)
        assert found, line
        parameters[found[1]] = found[2].strip('"')
        place = found.end()
    assert line[place] == ":", line
    value = line[place + 1 :]
    assert not re.search(r"[\x00-\x08\x0a-\x1f\x7f]", value), line
    return match[0], parameters, value


def unescaped(value: str) -> str:
    """Take the escapes of a text away; a sign that has to be escaped may not stand alone."""
    assert not re.search(r"(?<!\\)(?:\\\\)*[;,]", value), value

    def plain(match: re.Match[str]) -> str:
        assert match[1] in "\\;,nN", match[0]
        return "\n" if match[1] in "nN" else match[1]

    return _ESCAPE.sub(plain, value)
