"""More ways to speak of time, written after the grammar and without looking at it.

Said on Wednesday 18 November 2026. The first, untuned runs read 48 of the first 60, and after
those were mended 34 of the next 40.
"""

from __future__ import annotations

from datetime import date

import pytest

from core.period import Calendar, Period, parse_canonical
from intents.lexicon import load_lexicon
from intents.slots.periods import parse_period

TODAY = date(2026, 11, 18)
CALENDAR = Calendar(pay_day=25, fiscal_start_month=4)

FRESH: dict[str, str] = {
    "spend over the past fortnight": "2026-11-05..2026-11-18",
    "what did I buy the other day, like two days back": "2026-11-16#day",
    "food since the start of the month": "2026-11-01..2026-11-18",
    "total for the first 10 days of october": "2026-10-01..2026-10-10",
    "uber rides in the last quarter": "2026-07-01..2026-09-30#quarter",
    "the whole of september": "2026-09-01..2026-09-30#month",
    "all of last year": "2025-01-01..2025-12-31#year",
    "this time last month": "2026-10-18#day",
    "between 1st jan and 31st march": "2026-01-01..2026-03-31",
    "from the 5th of october till the 9th": "2026-10-05..2026-10-09",
    "groceries from monday": "2026-11-16#day",
    "how much since i got paid": "2026-10-25..2026-11-18",
    "spendings last mnth": "2026-10-01..2026-10-31#month",
    "wat did i spend ystrday": "2026-11-17#day",
    "in the month of august 2025": "2025-08-01..2025-08-31#month",
    "8th august": "2026-08-08#day",
    "aug 8 2024": "2024-08-08#day",
    "on 08/08/2026": "2026-08-08#day",
    "on sunday": "2026-11-15#day",
    "sat night": "2026-11-14#day",
    "last sat": "2026-11-14#day",
    "this past weekend": "2026-11-14..2026-11-15",
    "past 3 weekends": "",
    "last 90 days": "2026-08-21..2026-11-18",
    "the last 12 months": "2025-11-19..2026-11-18",
    "for the past six months": "2026-05-19..2026-11-18",
    "half a year": "2026-05-19..2026-11-18",
    "6 months ago": "2026-05-01..2026-05-31#month",
    "a fortnight ago": "2026-11-04#day",
    "earlier this month": "2026-11-01..2026-11-18#month",
    "earlier today": "2026-11-18#day",
    "later this week": "2026-11-18..2026-11-22",
    "summer 2026": "",
    "year 2024": "2024-01-01..2024-12-31#year",
    "in '24": "2024-01-01..2024-12-31#year",
    "2024 and 2025": "2024-01-01..2025-12-31",
    "second half of last year": "2025-07-01..2025-12-31",
    "h2 2025": "2025-07-01..2025-12-31",
    "third quarter": "2026-07-01..2026-09-30#quarter",
    "q2 of this year": "2026-04-01..2026-06-30#quarter",
    "up to yesterday": "1970-01-01..2026-11-17",
    "as of friday": "2026-11-13#day",
    "from 15th to 20th of last month": "2026-10-15..2026-10-20",
    "oct 1 thru oct 15": "2026-10-01..2026-10-15",
    "1/10 - 15/10": "2026-10-01..2026-10-15",
    "1-10-2026 to 15-10-2026": "2026-10-01..2026-10-15",
    "week of 5 october": "2026-10-05..2026-10-11#week",
    "the week starting monday": "2026-11-16..2026-11-22#week",
    "the previous 2 months": "2026-09-19..2026-11-18",
    "last months groceries": "2026-10-01..2026-10-31#month",
    "todays expenses": "2026-11-18#day",
    "just this week": "2026-11-16..2026-11-22#week",
    "so far in november": "2026-11-01..2026-11-18#month",
    "this year until now": "2026-01-01..2026-11-18#year",
    "since new year": "2026-01-01..2026-11-18",
    "over christmas": "2025-12-25#day",
    "dec 2025 to feb 2026": "2025-12-01..2026-02-28",
    "between last friday and today": "2026-11-13..2026-11-18",
    "ever since july": "2026-07-01..2026-11-18",
    "fy 2024": "2023-04-01..2024-03-31#fiscal_year",
}

NEXT: dict[str, str] = {
    "how much did i blow on takeaways in sept": "2026-09-01..2026-09-30#month",
    "spending tues to thurs": "2026-11-17..2026-11-19",
    "whats my total for november so far": "2026-11-01..2026-11-18#month",
    "show me 2025's biggest purchases": "2025-01-01..2025-12-31#year",
    "anything on the 14th?": "2026-11-14#day",
    "amazon orders 1st-10th nov": "2026-11-01..2026-11-10",
    "how did i do last wk": "2026-11-09..2026-11-15#week",
    "compare to the same month last year": "2025-11-01..2025-11-30#month",
    "expenses btw 5 sep and 20 sep": "2026-09-05..2026-09-20",
    "petrol past 2 mths": "2026-09-19..2026-11-18",
    "tuesday last week": "2026-11-10#day",
    "the last 24 hours": "2026-11-17..2026-11-18",
    "rides in jan & feb": "2026-01-01..2026-02-28",
    "since the 1st": "2026-11-01..2026-11-18",
    "since 10 nov": "2026-11-10..2026-11-18",
    "what about q3": "2026-07-01..2026-09-30#quarter",
    "dec last year": "2025-12-01..2025-12-31#month",
    "between 2026-10-01 and 2026-10-31": "2026-10-01..2026-10-31",
    "14/11 coffee 4": "2026-11-14#day",
    "month to date groceries": "2026-11-01..2026-11-18#month",
    "over the last year": "2025-01-01..2025-12-31#year",
    "for the whole year": "2026-01-01..2026-12-31#year",
    "everything after 1 nov": "2026-11-02..2026-11-18",
    "rent for dec": "2025-12-01..2025-12-31#month",
    "yesterday and today": "2026-11-17..2026-11-18",
    "the week of the 9th": "2026-11-09..2026-11-15#week",
    "previous quarter": "2026-07-01..2026-09-30#quarter",
    "on black friday": "2026-11-13#day",
    "early october": "2026-10-01..2026-10-10",
    "mid october": "2026-10-11..2026-10-20",
    "in the first quarter": "2026-01-01..2026-03-31#quarter",
    "a couple of months ago": "2026-09-01..2026-09-30#month",
    "30 days": "",
    "lunch 12 sunday": "2026-11-15#day",
    "this mornings coffee": "2026-11-18#day",
    "3 fridays ago": "",
    "since we started": "",
    "ytd vs last year": "2026-01-01..2026-11-18#year",
    "from last month till now": "2026-10-01..2026-11-18",
    "nov 1 through today": "2026-11-01..2026-11-18",
}

FRESH |= NEXT


@pytest.mark.parametrize("text", FRESH)
def test_reads(text):
    span = parse_period(
        text, today=TODAY, calendar=CALENDAR, lexicon=load_lexicon("en", locale="en_GB")
    )
    days, _, grain = FRESH[text].partition("#")
    expected: Period | None = (
        parse_canonical(f"{days}#{grain}" if grain else days) if days else None
    )
    assert (span.period if span else None) == expected
