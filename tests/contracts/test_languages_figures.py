"""The same figures in every language: phrase by phrase, and in what tools found."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from core.facts import Answer, Fact, FactKind, Line, count, day, money, named, percent, span
from core.money import Money
from core.period import Grain, Period
from prompts.compose import compose
from prompts.figures import Numbered, Style
from prompts.phrasebook import PROFILES, Phrasebook, languages

ENGLISH = Phrasebook.load("en")
OTHERS = [Phrasebook.load(lang) for lang in languages() if lang != "en"]
FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
NOW = datetime(2026, 5, 14, 10, 4, tzinfo=UTC)


class Numbers(dict[str, str]):
    """Gives each placeholder a number of its own, and ``count`` what chooses the plural."""

    def __init__(self, only, chosen):
        super().__init__()
        self.only = only
        self.chosen = chosen

    def get(self, placeholder, default=None):
        name = placeholder.partition(":")[0]
        if self.only is not None and name not in self.only:
            return None
        # Far above any number that stands in a phrase itself.
        return Numbered(f"{10_000 + sum(map(ord, name)) * 97 % 80_000}", self.chosen)


def shown(book, key, profile, fields):
    text = book.render(key, fields, profile)
    return Counter(re.findall(r"\d{5,}", text))


@pytest.mark.parametrize("book", OTHERS, ids=[book.lang for book in OTHERS])
@pytest.mark.parametrize("chosen", [1, 5])
@pytest.mark.parametrize("optional", [True, False], ids=["whole", "bare"])
def test_every_phrase_shows_the_same_figures(book, chosen, optional):
    breaches = []
    for phrase in ENGLISH:
        required = frozenset().union(*(t.required for _, t in phrase.templates()))
        fields = Numbers(None if optional else required, chosen)
        for profile in (*PROFILES, "short"):
            here, there = (shown(one, phrase.key, profile, fields) for one in (ENGLISH, book))
            if here != there:
                breaches.append((phrase.key, profile, here - there, there - here))
    assert breaches == []


def dollars(name, units):
    return money(name, Money(units, "USD"))


MAY = Period(date(2026, 5, 1), date(2026, 6, 1), Grain.MONTH)
APRIL = Period(date(2026, 4, 1), date(2026, 5, 1), Grain.MONTH)
ANSWERS = [
    Answer(
        "show_spending.compared_more",
        (
            dollars("spent", -10500),
            dollars("difference", -1234),
            dollars("other_spent", -9266),
            percent("change", Decimal("13.3")),
            named("category", "FOOD_AND_DRINK"),
            span("period", MAY),
            span("other_period", APRIL),
        ),
    ),
    Answer(
        "find_entries.list",
        (count("found", 12), dollars("total", -123456), span("period", APRIL)),
        tuple(
            Line(
                (
                    day("date", date(2026, 4, number)),
                    named("payee", f"Cafe {number}"),
                    dollars("amount", -number * 1111),
                    named("category", "FOOD_AND_DRINK_COFFEE"),
                ),
                subject=f"entry:{number}",
            )
            for number in range(1, 13)
        ),
    ),
    Answer(
        "list_subscriptions.list",
        (count("found", 1), dollars("monthly", 1799)),
        (
            Line(
                (
                    named("name", "Netflix"),
                    dollars("amount", -1799),
                    named("cadence", "monthly"),
                    day("next", date(2027, 1, 8)),
                )
            ),
        ),
        ("list_subscriptions.cancel",),
    ),
    Answer(
        "add_entry.added",
        (
            dollars("amount", -400),
            named("payee", "Coffee"),
            named("category", "FOOD_AND_DRINK_COFFEE"),
            day("date", date(2026, 5, 13)),
            dollars("left", 9100),
            dollars("limit", 20000),
            named("budget", "FOOD_AND_DRINK"),
            Fact("days", FactKind.DURATION, 17),
        ),
    ),
    Answer(
        "check_affordability.tight",
        (dollars("amount", 12000), dollars("low", 1550), day("low_on", date(2026, 5, 28))),
    ),
]


def figures(text):
    """Return the figures of a finished reply, the numbers of its lines and of MORE included."""
    return Counter(FIGURE.findall(re.sub(r"\"[^\"]*\"", "", text)))


@pytest.mark.parametrize("book", OTHERS, ids=[book.lang for book in OTHERS])
@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("locale", ["en_US", "es_ES", "es_MX", "en_IN"])
@pytest.mark.parametrize("answer", ANSWERS, ids=[answer.shape for answer in ANSWERS])
def test_an_answer_has_the_same_figures_for_one_locale(book, profile, locale, answer):
    style = Style(locale, "Europe/Madrid", date(2026, 5, 14), profile)
    told = {one.lang: compose(answer, one, style).text for one in (ENGLISH, book)}
    assert figures(told["en"]) == figures(told[book.lang])
    assert told["en"] != told[book.lang]
