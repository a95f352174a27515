from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.schedules.ics import DayEvent, day_calendar, day_stamp, folded
from tests.ics_reader import read_calendar

STAMP = datetime(2026, 11, 18, 5, 0, tzinfo=UTC)
RENT = DayEvent("bill:3:2026-12-01", date(2026, 12, 1), "Rent: $1,200.00", "Due Sun; pay early")
FOREIGN = "Bar, Café; \\ C:\\x\nEND:VEVENT\r\nBEGIN:VEVENT\u2028X\x07 😀 ₹ दूध"


def written(*events: DayEvent, owner: str = "user_1", name: str = "Bills, goals") -> bytes:
    text = day_calendar(events, owner=owner, name=name, stamp=STAMP, language="en")
    return text.encode("utf-8", "replace")


class TestDayCalendar:
    def test_is_what_a_strict_reader_reads(self):
        calendar = read_calendar(written(RENT))
        (event,) = calendar.components
        assert calendar.text("NAME") == calendar.text("X-WR-CALNAME") == "Bills, goals"
        assert event.name == "VEVENT"
        assert event.text("SUMMARY") == "Rent: $1,200.00"
        assert event.text("DESCRIPTION") == "Due Sun; pay early"
        assert event.day("DTSTART") == date(2026, 12, 1)
        assert event.day("DTEND") == date(2026, 12, 2)
        assert event.properties["DTSTAMP"][1] == "20261118T050000Z"
        assert event.properties["TRANSP"][1] == "TRANSPARENT"

    def test_without_events_is_a_calendar_all_the_same(self):
        assert read_calendar(written()).components == []

    def test_takes_no_order_from_a_payees_name(self):
        calendar = read_calendar(written(DayEvent("a", RENT.on, FOREIGN), RENT))
        assert [event.name for event in calendar.components] == ["VEVENT", "VEVENT"]
        shown = calendar.components[0].text("SUMMARY")
        assert shown.startswith("Bar, Café; \\ C:\\x\nEND:VEVENT\nBEGIN:VEVENT X  😀 ₹ दूध")

    @given(
        title=st.text(max_size=300),
        notes=st.text(max_size=300),
        on=st.dates(date(1970, 1, 1), date(2900, 1, 1)),
    )
    def test_is_read_back_whatever_it_says(self, title, notes, on):
        calendar = read_calendar(written(DayEvent("k", on, title, notes), name=title))
        (event,) = calendar.components
        assert event.day("DTEND") - event.day("DTSTART") == timedelta(days=1)
        assert ("DESCRIPTION" in event.properties) is bool(notes)

    def test_knows_an_event_by_its_owner_and_key_alone(self):
        moved = DayEvent(RENT.key, RENT.on + timedelta(days=2), "Paid: Rent")
        uids = [
            read_calendar(written(event, owner=owner)).components[0].text("UID")
            for event, owner in ((RENT, "user_1"), (moved, "user_1"), (RENT, "user_2"))
        ]
        assert uids[0] == uids[1] != uids[2]
        assert "user_1" not in uids[0]
        assert "bill" not in uids[0]

    def test_folds_long_lines_within_no_letter(self):
        for line in ("x" * 75, "x" * 76, "é" * 200, "😀" * 90):
            parts = folded(line).split("\r\n")
            assert all(len(part.encode()) <= 75 for part in parts)
            assert "".join([parts[0], *(part[1:] for part in parts[1:])]) == line

    def test_is_stamped_with_the_beginning_of_the_users_day(self):
        assert day_stamp(date(2026, 11, 18), "Asia/Kolkata") == datetime(
            2026, 11, 17, 18, 30, tzinfo=UTC
        )
