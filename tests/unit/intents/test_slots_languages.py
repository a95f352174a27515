"""Spanish, and Hindi in Roman letters and Devanagari, on Wednesday 18 November 2026."""

from __future__ import annotations

from datetime import date

import pytest

from core.period import Calendar, parse_canonical
from intents.lexicon import load_lexicon
from intents.slots.amounts import parse_amounts
from intents.slots.periods import parse_period

TODAY = date(2026, 11, 18)
CALENDAR = Calendar(pay_day=25, fiscal_start_month=4)

SPANISH = {
    "hoy": "2026-11-18#day",
    "ayer": "2026-11-17#day",
    "gasté 12,50 en el super ayer": "2026-11-17#day",
    "anteayer": "2026-11-16#day",
    "cuánto gasté en comida este mes": "2026-11-01..2026-11-30#month",
    "el mes pasado": "2026-10-01..2026-10-31#month",
    "mes pasado": "2026-10-01..2026-10-31#month",
    "el mes anterior": "2026-10-01..2026-10-31#month",
    "la semana pasada": "2026-11-09..2026-11-15#week",
    "esta semana": "2026-11-16..2026-11-22#week",
    "este año": "2026-01-01..2026-12-31#year",
    "este ano": "2026-01-01..2026-12-31#year",
    "el año pasado": "2025-01-01..2025-12-31#year",
    "los últimos 3 meses": "2026-08-19..2026-11-18",
    "ultimos 30 dias": "2026-10-20..2026-11-18",
    "hace 3 días": "2026-11-15#day",
    "hace dos semanas": "2026-11-02..2026-11-08#week",
    "en octubre": "2026-10-01..2026-10-31#month",
    "octubre de 2025": "2025-10-01..2025-10-31#month",
    "3 de noviembre": "2026-11-03#day",
    "el 3 de noviembre de 2025": "2025-11-03#day",
    "del 1 al 15 de noviembre": "2026-11-01..2026-11-15",
    "de enero a marzo": "2026-01-01..2026-03-31",
    "entre enero y marzo": "2026-01-01..2026-03-31",
    "desde marzo": "2026-03-01..2026-11-18",
    "desde el lunes": "2026-11-16..2026-11-18",
    "el viernes": "2026-11-13#day",
    "el finde": "2026-11-14..2026-11-15",
    "en lo que va de año": "2026-01-01..2026-11-18#year",
    "el primer trimestre de 2025": "2025-01-01..2025-03-31#quarter",
}
SPANISH_AHEAD = {
    "mañana": "2026-11-19#day",
    "la próxima semana": "2026-11-23..2026-11-29#week",
    "el mes que viene": "2026-12-01..2026-12-31#month",
    "hasta el viernes": "2026-11-18..2026-11-20",
    "el 5": "2026-12-05#day",
}
HINDI = {
    "kal ka chai 30": "2026-11-17#day",
    "aaj": "2026-11-18#day",
    "parso": "2026-11-16#day",
    "pichle mahine kitna kharch hua": "2026-10-01..2026-10-31#month",
    "is hafte": "2026-11-16..2026-11-22#week",
    "is mahine ab tak": "2026-11-01..2026-11-18#month",
    "pichle 3 mahine": "2026-08-19..2026-11-18",
    "do din pehle": "2026-11-16#day",
    "last month ka kharcha": "2026-10-01..2026-10-31#month",
    "march se": "2026-03-01..2026-11-18",
    "कल": "2026-11-17#day",
    "आज": "2026-11-18#day",
    "पिछले महीने": "2026-10-01..2026-10-31#month",
}
HINDI_AHEAD = {
    "mjhe kal rent dena h kitna bachega": "2026-11-19#day",
    "parso": "2026-11-20#day",
    "agle mahine": "2026-12-01..2026-12-31#month",
    "shukravar tak": "2026-11-18..2026-11-20",
}
CASES = [
    *(("es", "past", *case) for case in SPANISH.items()),
    *(("es", "future", *case) for case in SPANISH_AHEAD.items()),
    *(("hi", "past", *case) for case in HINDI.items()),
    *(("hi", "future", *case) for case in HINDI_AHEAD.items()),
]


@pytest.mark.parametrize(("language", "direction", "text", "expected"), CASES)
def test_reads_time(language, direction, text, expected):
    lexicon = load_lexicon(language, "en")
    span = parse_period(text, today=TODAY, calendar=CALENDAR, lexicon=lexicon, direction=direction)
    assert span is not None
    assert span.period == parse_canonical(expected)


# Messages of people whose own language is English: the other lexicons listen along.
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gasté 12,50 en el super ayer", "2026-11-17#day"),
        ("kal ka chai 30", "2026-11-17#day"),
        ("el mes pasado", "2026-10-01..2026-10-31#month"),
    ],
)
def test_reads_what_slips_into_english(text, expected):
    lexicon = load_lexicon("en", "es", "hi")
    span = parse_period(text, today=TODAY, calendar=CALENDAR, lexicon=lexicon)
    assert span is not None
    assert span.period == parse_canonical(expected)


def test_the_comma_is_a_decimal_comma_where_it_can_be_nothing_else():
    lexicon = load_lexicon("en", "es", locale="en_US")
    (amount,) = parse_amounts(
        "gasté 12,50 en el super ayer", currency="EUR", decimal_comma=False, lexicon=lexicon
    )
    assert str(amount.value) == "12.50"
