"""What a model types itself: judged by rows, counts, days and figures in words, one by one."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from bot.llm.figure_words import worded_figures
from bot.llm.grounding import breaches
from bot.llm.grounds import Grounds
from bot.llm.trail import with_sums
from core.facts import Answer, Fact, FactKind, Line, count, day, money, named, percent, span
from core.money import Money
from core.period import Grain, Period
from tools.runner import number_facts

# Thursday
TODAY = date(2026, 5, 14)


def _row(name: str, amount: str) -> Line:
    return Line((named("merchant", name), money("amount", Money.of(amount, "USD"))))


def _grounds(said: str = "how was may", change: str = "-12.2") -> Grounds:
    facts = (
        money("spent", Money.of("312.40", "USD")),
        percent("share", Decimal("33.1")),
        count("count", 12),
        day("due", date(2026, 6, 15)),
        span("period", Period(date(2026, 5, 1), date(2026, 6, 1), Grain.MONTH)),
        percent("change", Decimal(change)),
        Fact("at", FactKind.DATE, datetime(2026, 5, 14, 18, 30, tzinfo=UTC)),
    )
    shops = (
        *(("Starbucks", "85.83"), ("Whole Foods", "22.65")),
        *(("Amazon", "38.19"), ("Amazon Prime", "14.99")),
    )
    answer = Answer("show_spending.total", facts, tuple(_row(*shop) for shop in shops))
    answer = number_facts(answer, 1)
    return Grounds((answer,), with_sums([answer], {}), said, ("Ikea",), days=(TODAY,))


@pytest.mark.parametrize(
    "text",
    [
        "Starbucks took $85.83 and Whole Foods $22.65.",
        "Most went to Starbucks ($85.83), then Amazon ($38.19).",
        "$85.83 went to Starbucks, $38.19 to Amazon.",
        "Starbucks is at $85.83, more than Amazon's $38.19.",
        "Starbucks is at $85.83 compared with $38.19 at Amazon.",
        "1. Starbucks $85.83\n2. Amazon $38.19",
        "Amazon Prime took $14.99, of $312.40 in all.",
        "At Starbucks, Whole Foods and Amazon you spent {f1}.",
        "That is 85.83 for Starbucks, in 12 payments.",
    ],
)
def test_a_row_is_told_with_its_own_figures(text: str):
    assert breaches(text, _grounds()) == ()


@pytest.mark.parametrize(
    "text",
    [
        "Starbucks took $22.65 and Whole Foods $85.83.",
        "Starbucks took $22.65 versus $85.83 at Whole Foods.",
        "Amazon ($85.83) and Starbucks ($38.19) lead.",
        "$85.83 went to Amazon, $38.19 to Starbucks.",
        "Starbucks, at $38.19, leads.",
        "At Amazon it was about $86.",
        "Amazon Prime took $38.19.",
    ],
)
def test_and_not_with_those_of_another(text: str):
    assert breaches(text, _grounds()) != ()


@pytest.mark.parametrize(
    ("text", "stopped"),
    [
        ("In 12 payments, {f1}.", False),
        ("That was twelve payments.", False),
        ("One more thing: it is a bit less.", False),
        ("On the 15th it is due, the day is 15 June.", False),
        ("Due on the 15.", False),
        ("It is 33.1% of it, in 2026.", False),
        ("In 38 payments, {f1}.", True),
        ("That is 33 shops.", True),
        ("The 15 payments were {f1}.", True),
        ("In 86 payments.", True),
        ("There were zero payments.", True),
        ("Two shops lead: {f9} and {f11}.", False),
        ("Three shops lead: {f9} and {f11}.", True),
        ("In 5 payments since 2019.", True),
        ("In 30 payments.", True),
    ],
)
def test_a_bare_number_counts_what_was_counted(text: str, stopped: bool):
    assert (breaches(text, _grounds()) != ()) is stopped


@pytest.mark.parametrize(
    ("text", "stopped"),
    [
        ("You have until 15 June.", False),
        ("Due Monday, 15 June 2026.", False),
        ("Vence el lunes 15 de junio.", False),
        ("It comes on 2026-06-15.", False),
        ("May was fine. May I say that it's Thursday?", False),
        ("From 1 to 31 May, or May 1-31, 2026.", False),
        ("Del 1 al 31 de mayo.", False),
        ("You may march on, the sun is out.", False),
        ("In May 12 payments went out.", False),
        ("At 6:30 pm today, that is 18:30.", False),
        ("You have until 15 December.", True),
        ("Due Tuesday, 15 June.", True),
        ("Due June 3.", True),
        ("Rent is due on Friday.", True),
        ("Pay comes in March.", True),
        ("La paga llega en marzo.", True),
        ("Vence el viernes.", True),
        ("From 1 to 31 July.", True),
        ("In May 2025 it was less.", True),
        ("It comes on 2026-07-15.", True),
        ("At 7 pm today.", True),
        ("El 3 de junio.", True),
    ],
)
def test_days_follow_from_a_day_that_was_found(text: str, stopped: bool):
    assert (breaches(text, _grounds()) != ()) is stopped


def test_days_may_be_said_back():
    grounds = _grounds("what is due on friday 3 july")
    assert breaches("On Friday, 3 July, nothing is due.", grounds) == ()
    assert breaches("On Saturday, 3 July, nothing is due.", grounds) != ()


@pytest.mark.parametrize(
    ("text", "stopped"),
    [
        ("That is about a third of your pay.", False),
        ("Es un tercio de tu sueldo.", False),
        ("In the second half of the month it was less.", False),
        ("Ten en cuenta que fueron doce pagos.", False),
        ("The grand total is {f1}, a third party's share aside.", False),
        ("Every quarter, once again.", False),
        ("That is a fifth of your pay.", True),
        ("That is \u00bd of it.", True),
        ("Te quedan quinientos euros.", True),
        ("Fueron veinticinco pagos.", True),
        ("You saved a grand.", True),
        ("You saved one lakh.", True),
        ("Hundreds of dollars went there.", True),
        ("It doubled.", True),
        ("It is twelve dollars.", True),
        ("Es la mitad.", True),
    ],
)
def test_figures_in_words_are_figures(text: str, stopped: bool):
    assert (breaches(text, _grounds()) != ()) is stopped


def test_so_many_times_as_much_follows_from_a_change():
    assert breaches("You spent twice as much.", _grounds(change="100.2")) == ()
    assert breaches("You spent half of what it was.", _grounds(change="-50")) == ()
    assert breaches("You spent half of what it was.", _grounds(change="50")) != ()
    assert breaches("You spent twice as much.", _grounds(change="200")) != ()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("two hundred and fifty dollars", "250"),
        ("doscientos cincuenta y cinco euros", "255"),
        ("mil doscientos", "1200"),
        ("half a million", "500000"),
        ("medio mill\u00f3n", "500000"),
        ("two lakh", "200000"),
        ("veintid\u00f3s", "22"),
        ("once pagos", "11"),
        ("forty-two", "42"),
        ("three thousand two hundred and one", "3201"),
    ],
)
def test_numbers_are_read_whole(text: str, value: str):
    (figure,) = worded_figures(text)
    assert figure.readings[0][0] == Decimal(value)
