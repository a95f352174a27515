"""What people write about time, said on Wednesday 18 November 2026 by somebody paid on the 25th."""

from __future__ import annotations

from datetime import date

import pytest

from core.period import Calendar, Grain, Period, parse_canonical, period_of
from intents.lexicon import load_lexicon
from intents.slots.periods import parse_day, parse_period, parse_periods

TODAY = date(2026, 11, 18)
CALENDAR = Calendar(pay_day=25, fiscal_start_month=4)
ENGLISH = load_lexicon("en", locale="en_GB")

# what is written -> first and last day, and how it was meant
BACK: dict[str, str] = {
    # near days
    "5 nov last year": "2025-11-05#day",
    "today": "2026-11-18#day",
    "2day": "2026-11-18#day",
    "tonight": "2026-11-18#day",
    "this morning": "2026-11-18#day",
    "yesterday": "2026-11-17#day",
    "yday": "2026-11-17#day",
    "ystdy": "2026-11-17#day",
    "yest": "2026-11-17#day",
    "last night": "2026-11-17#day",
    "yestrday": "2026-11-17#day",
    "day before yesterday": "2026-11-16#day",
    "the day before yesterday": "2026-11-16#day",
    "tomorrow": "2026-11-19#day",
    "tmrw": "2026-11-19#day",
    # units of the calendar
    "this week": "2026-11-16..2026-11-22#week",
    "last week": "2026-11-09..2026-11-15#week",
    "previous week": "2026-11-09..2026-11-15#week",
    "current week": "2026-11-16..2026-11-22#week",
    "next week": "2026-11-23..2026-11-29#week",
    "this month": "2026-11-01..2026-11-30#month",
    "ths mnth": "2026-11-01..2026-11-30#month",
    "current month": "2026-11-01..2026-11-30#month",
    "last month": "2026-10-01..2026-10-31#month",
    "lst mth": "2026-10-01..2026-10-31#month",
    "the last month": "2026-10-01..2026-10-31#month",
    "previous month": "2026-10-01..2026-10-31#month",
    "month before last": "2026-09-01..2026-09-30#month",
    "the week before last": "2026-11-02..2026-11-08#week",
    "last to last month": "2026-09-01..2026-09-30#month",
    "next month": "2026-12-01..2026-12-31#month",
    "this quarter": "2026-10-01..2026-12-31#quarter",
    "last quarter": "2026-07-01..2026-09-30#quarter",
    "last qtr": "2026-07-01..2026-09-30#quarter",
    "this year": "2026-01-01..2026-12-31#year",
    "last year": "2025-01-01..2025-12-31#year",
    "last yr": "2025-01-01..2025-12-31#year",
    "next year": "2027-01-01..2027-12-31#year",
    "this weekend": "2026-11-21..2026-11-22",
    "last weekend": "2026-11-14..2026-11-15",
    "the weekend": "2026-11-14..2026-11-15",
    "over the weekend": "2026-11-14..2026-11-15",
    # rolling
    "past week": "2026-11-12..2026-11-18",
    "the past month": "2026-10-19..2026-11-18",
    "past year": "2025-11-19..2026-11-18",
    "last 3 days": "2026-11-16..2026-11-18",
    "last 7 days": "2026-11-12..2026-11-18",
    "past 30 days": "2026-10-20..2026-11-18",
    "last 2 weeks": "2026-11-05..2026-11-18",
    "the past two weeks": "2026-11-05..2026-11-18",
    "last couple of weeks": "2026-11-05..2026-11-18",
    "last 3 months": "2026-08-19..2026-11-18",
    "last three months": "2026-08-19..2026-11-18",
    "in the last 6 months": "2026-05-19..2026-11-18",
    "last 2 years": "2024-11-19..2026-11-18",
    "last few days": "2026-11-16..2026-11-18",
    # ago
    "3 days ago": "2026-11-15#day",
    "a day ago": "2026-11-17#day",
    "two days ago": "2026-11-16#day",
    "2 weeks ago": "2026-11-02..2026-11-08#week",
    "a week ago": "2026-11-09..2026-11-15#week",
    "a month ago": "2026-10-01..2026-10-31#month",
    "2 months back": "2026-09-01..2026-09-30#month",
    "a year ago": "2025-01-01..2025-12-31#year",
    # months
    "october": "2026-10-01..2026-10-31#month",
    "oct": "2026-10-01..2026-10-31#month",
    "octber": "2026-10-01..2026-10-31#month",
    "novemebr": "2026-11-01..2026-11-30#month",
    "in october": "2026-10-01..2026-10-31#month",
    "december": "2025-12-01..2025-12-31#month",
    "november": "2026-11-01..2026-11-30#month",
    "in oct 2025": "2025-10-01..2025-10-31#month",
    "oct '25": "2025-10-01..2025-10-31#month",
    "october of 2024": "2024-10-01..2024-10-31#month",
    "october last year": "2025-10-01..2025-10-31#month",
    "last october": "2026-10-01..2026-10-31#month",
    "last november": "2025-11-01..2025-11-30#month",
    "this december": "2026-12-01..2026-12-31#month",
    "next march": "2027-03-01..2027-03-31#month",
    "the month of june": "2026-06-01..2026-06-30#month",
    "in may": "2026-05-01..2026-05-31#month",
    "may": "2026-05-01..2026-05-31#month",
    "what about may?": "2026-05-01..2026-05-31#month",
    # days of a month
    "nov 3": "2026-11-03#day",
    "3 nov": "2026-11-03#day",
    "3rd nov": "2026-11-03#day",
    "november 3rd": "2026-11-03#day",
    "the 3rd of november": "2026-11-03#day",
    "3 november 2025": "2025-11-03#day",
    "nov 3, 2025": "2025-11-03#day",
    "on friday 13 nov": "2026-11-13#day",
    "dec 24": "2025-12-24#day",
    "29 feb": "2024-02-29#day",
    "3/11": "2026-11-03#day",
    "3/11/2025": "2025-11-03#day",
    "03.11.2025": "2025-11-03#day",
    "16-10-25": "2025-10-16#day",
    "11/18": "2026-11-18#day",
    "2026-11-03": "2026-11-03#day",
    "the 3rd": "2026-11-03#day",
    "on the 25th": "2026-10-25#day",
    "1-20 nov": "2026-11-01..2026-11-20",
    "from 1 to 15 nov": "2026-11-01..2026-11-15",
    "between 3 and 10 oct": "2026-10-03..2026-10-10",
    "oct 3-10": "2026-10-03..2026-10-10",
    "3rd to 10th october": "2026-10-03..2026-10-10",
    "from the 1st to the 15th": "2026-11-01..2026-11-15",
    # ranges
    "jan to mar": "2026-01-01..2026-03-31",
    "jan-mar": "2026-01-01..2026-03-31",
    "jan - mar 2025": "2025-01-01..2025-03-31",
    "nov to jan": "2025-11-01..2026-01-31",
    "jan to dec": "2026-01-01..2026-12-31",
    "from 3 oct to 10 oct": "2026-10-03..2026-10-10",
    "28 oct to 3 nov": "2026-10-28..2026-11-03",
    "between march and june": "2026-03-01..2026-06-30",
    "from march to now": "2026-03-01..2026-11-18",
    "monday to friday": "2026-11-16..2026-11-20",
    "2026-10-01 to 2026-10-15": "2026-10-01..2026-10-15",
    "2024 to 2025": "2024-01-01..2025-12-31",
    "q1 to q2": "2026-01-01..2026-06-30",
    # open ends
    "since march": "2026-03-01..2026-11-18",
    "since last month": "2026-10-01..2026-11-18",
    "since monday": "2026-11-16..2026-11-18",
    "since december": "2025-12-01..2026-11-18",
    "from march onwards": "2026-03-01..2026-11-18",
    "before october": "1970-01-01..2026-09-30",
    "until march": "1970-01-01..2026-02-28",
    "after october": "2026-11-01..2026-11-18",
    "until friday": "2026-11-18..2026-11-20",
    "til payday": "2026-11-18..2026-11-24",
    "until my next payday": "2026-11-18..2026-11-24",
    "from the start of the year": "2026-01-01..2026-11-18",
    # to date
    "so far this month": "2026-11-01..2026-11-18#month",
    "this year so far": "2026-01-01..2026-11-18#year",
    "ytd": "2026-01-01..2026-11-18#year",
    "mtd": "2026-11-01..2026-11-18#month",
    "year to date": "2026-01-01..2026-11-18#year",
    # quarters, halves, fiscal years
    "q1": "2026-01-01..2026-03-31#quarter",
    "q4": "2026-10-01..2026-12-31#quarter",
    "Q3 2025": "2025-07-01..2025-09-30#quarter",
    "second quarter of 2025": "2025-04-01..2025-06-30#quarter",
    "q4 last year": "2025-10-01..2025-12-31#quarter",
    "h1": "2026-01-01..2026-06-30",
    "first half of 2026": "2026-01-01..2026-06-30",
    "first half of october": "2026-10-01..2026-10-15",
    "fy": "2026-04-01..2027-03-31#fiscal_year",
    "fy25-26": "2025-04-01..2026-03-31#fiscal_year",
    "FY 2025-26": "2025-04-01..2026-03-31#fiscal_year",
    "fy26": "2025-04-01..2026-03-31#fiscal_year",
    "this fiscal year": "2026-04-01..2027-03-31#fiscal_year",
    "this tax year": "2026-04-01..2027-03-31#fiscal_year",
    "last financial year": "2025-04-01..2026-03-31#fiscal_year",
    "q2 fy26": "2025-07-01..2025-09-30#quarter",
    "in 2025": "2025-01-01..2025-12-31#year",
    "2025": "2025-01-01..2025-12-31#year",
    # pay
    "last payday": "2026-10-25#day",
    "since payday": "2026-10-25..2026-11-18",
    "next payday": "2026-11-25#day",
    "this pay cycle": "2026-10-25..2026-11-24#pay_cycle",
    "last pay period": "2026-09-25..2026-10-24#pay_cycle",
    # weekdays
    "on monday": "2026-11-16#day",
    "monday": "2026-11-16#day",
    "wednesday": "2026-11-11#day",
    "last friday": "2026-11-13#day",
    "friday last week": "2026-11-13#day",
    "tuesday night": "2026-11-17#day",
    # parts and all of it
    "first week of october": "2026-10-01..2026-10-07",
    "last week of october": "2026-10-25..2026-10-31",
    "end of the month": "2026-11-30#day",
    "beginning of october": "2026-10-01#day",
    "all time": "1970-01-01..2026-11-18",
    "ever": "1970-01-01..2026-11-18",
    "same time last year": "2025-11-01..2025-11-30#month",
}

AHEAD: dict[str, str] = {
    "next week": "2026-11-23..2026-11-29#week",
    "in the next 7 days": "2026-11-18..2026-11-24",
    "next 2 months": "2026-11-18..2027-01-17",
    "tomorrow": "2026-11-19#day",
    "day after tomorrow": "2026-11-20#day",
    "in 3 days": "2026-11-21#day",
    "by friday": "2026-11-18..2026-11-20",
    "until friday": "2026-11-18..2026-11-20",
    "before friday": "2026-11-18..2026-11-19",
    "friday": "2026-11-20#day",
    "this friday": "2026-11-20#day",
    "next friday": "2026-11-27#day",
    "december": "2026-12-01..2026-12-31#month",
    "october": "2027-10-01..2027-10-31#month",
    "the 5th": "2026-12-05#day",
    "3 nov": "2027-11-03#day",
    "by the end of the month": "2026-11-18..2026-11-30",
    "the weekend": "2026-11-21..2026-11-22",
    "before payday": "2026-11-18..2026-11-24",
    "rest of the month": "2026-11-18..2026-11-30",
}

INSIDE: dict[str, tuple[str, str]] = {
    "how much did I spend on groceries last month?": ("last month", "2026-10-01..2026-10-31#month"),
    "lunch 12+8.5 yday w ana": ("yday", "2026-11-17#day"),
    "coffee 4 this week": ("this week", "2026-11-16..2026-11-22#week"),
    "yesterday's coffee 4": ("yesterday's", "2026-11-17#day"),
    "what if i lose my job in july": ("in july", "2026-07-01..2026-07-31#month"),
    "Rs.599.00 debited A/c X7477 16-10-25 UPI RRN 5655": ("16-10-25", "2025-10-16#day"),
    "and last month?": ("last month", "2026-10-01..2026-10-31#month"),
    "rent 900 on 1 nov from chase": ("on 1 nov", "2026-11-01#day"),
}

NOTHING = [
    "food?",
    "coffee 4",
    "may i see my balance",
    "as much as i may",
    "this may take a while",
    "rent 2025",
    "i paid 2025 for rent",
    "budget 400 food n tell me wen its 3/4 gone",
    "what was that 43 dollar thing",
    "APPROVE K7",
    "sun cream 12",
    "sat nav 120",
    "match point 20",
    "merch 35",
    "31/31",
    "last 0 days",
    "last 99999 days",
    "show by month",
    "what is the apr on my card",
    "is that a good apr",
    "when do i get my paycheck",
    "how many days before my card arrives",
    "raise it from 1000 to 2000",
    "find my card",
    "100 a month for food",
    "the second one",
    "",
]


def written(text: str) -> Period:
    days, _, grain = text.partition("#")
    return parse_canonical(f"{days}#{grain}" if grain else days)


def ask(text: str, direction: str = "past", **more) -> Period | None:
    span = parse_period(
        text, today=TODAY, calendar=CALENDAR, lexicon=ENGLISH, direction=direction, **more
    )
    return span.period if span else None


class TestLookingBack:
    @pytest.mark.parametrize("text", BACK)
    def test_reads(self, text):
        assert ask(text) == written(BACK[text])

    # a bare year could be an amount
    @pytest.mark.parametrize("text", sorted(BACK.keys() - {"2025"}))
    def test_reads_it_inside_a_sentence(self, text):
        assert ask(f"how much did we spend on food {text}") == written(BACK[text])

    @pytest.mark.parametrize("text", [*BACK, *INSIDE, *NOTHING])
    def test_reads_the_same_when_other_languages_are_listened_for(self, text):
        mixed = load_lexicon("en", "es", "hi", locale="en_GB")
        alone, among = (
            parse_periods(text, today=TODAY, calendar=CALENDAR, lexicon=lexicon)
            for lexicon in (ENGLISH, mixed)
        )
        assert alone == among


class TestLookingAhead:
    @pytest.mark.parametrize("text", AHEAD)
    def test_reads(self, text):
        assert ask(text, "future") == written(AHEAD[text])


class TestASentence:
    @pytest.mark.parametrize("text", INSIDE)
    def test_gives_the_words_that_said_it(self, text):
        span = parse_period(text, today=TODAY, calendar=CALENDAR, lexicon=ENGLISH)
        words, days = INSIDE[text]
        assert span is not None
        assert (span.text, span.period) == (words, written(days))
        assert text[span.start : span.end] == words

    @pytest.mark.parametrize("text", NOTHING)
    def test_without_a_time_gives_nothing(self, text):
        assert ask(text) is None

    def test_with_two_times_gives_both_in_order(self):
        spans = parse_periods(
            "october vs september", today=TODAY, calendar=CALENDAR, lexicon=ENGLISH
        )
        assert [span.text for span in spans] == ["october", "september"]

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("compare november to october", ["november", "october"]),
            ("compare this week to last week", ["this week", "last week"]),
            ("difference this month to last november", ["this month", "last november"]),
            ("compare may to june with july", ["may to june", "july"]),
        ],
    )
    def test_that_are_compared_makes_no_range_of_them(self, text, found):
        spans = parse_periods(text, today=TODAY, calendar=CALENDAR, lexicon=ENGLISH)
        assert [span.text for span in spans] == found


class TestTheTimeBefore:
    SEPTEMBER = period_of(Grain.MONTH, date(2026, 9, 1))

    @pytest.mark.parametrize(
        "text", ["the month before", "the month before that", "previous month", "the one before"]
    )
    def test_is_counted_from_what_was_spoken_of(self, text):
        assert ask(text, focus=self.SEPTEMBER) == period_of(Grain.MONTH, date(2026, 8, 1))

    def test_without_a_focus_is_counted_from_today(self):
        assert ask("the month before") == period_of(Grain.MONTH, date(2026, 10, 1))
        assert ask("the one before") is None

    def test_last_month_is_never_moved_by_the_focus(self):
        assert ask("last month", focus=self.SEPTEMBER) == period_of(Grain.MONTH, date(2026, 10, 1))


class TestPlacesAndCalendars:
    def test_americans_put_the_month_first(self):
        lexicon = load_lexicon("en", locale="en_US")
        span = parse_period("3/11", today=TODAY, calendar=CALENDAR, lexicon=lexicon)
        assert span
        assert span.period.start == date(2026, 3, 11)
        span = parse_period("coffee 4 nov 3", today=TODAY, calendar=CALENDAR, lexicon=lexicon)
        assert span
        assert span.text == "nov 3"

    def test_a_week_may_begin_on_sunday(self):
        calendar = Calendar(week_start=6)
        span = parse_period("this week", today=TODAY, calendar=calendar, lexicon=ENGLISH)
        assert span
        assert span.period.start == date(2026, 11, 15)

    def test_without_a_known_pay_day_nothing_is_made_up(self):
        for text in ("since payday", "this pay cycle", "last payday"):
            span = parse_period(text, today=TODAY, calendar=Calendar(), lexicon=ENGLISH)
            assert span is None


class TestASingleDay:
    @pytest.mark.parametrize(
        ("text", "day"),
        [
            ("coffee 4 yday", date(2026, 11, 17)),
            ("taxi 12 two weeks ago", date(2026, 11, 4)),
            ("lunch 9 last friday", date(2026, 11, 13)),
            ("rent 900 on the 1st", date(2026, 11, 1)),
        ],
    )
    def test_is_what_an_entry_is_booked_on(self, text, day):
        span = parse_day(text, today=TODAY, calendar=CALENDAR, lexicon=ENGLISH)
        assert span
        assert span.period.start == day

    def test_is_not_a_month(self):
        span = parse_day("coffee last month", today=TODAY, calendar=CALENDAR, lexicon=ENGLISH)
        assert span is None
