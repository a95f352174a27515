from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from core.facts import Answer, Choice, Line, count, day, money, named, percent, span
from core.money import Money
from core.period import Period
from prompts.compose import compose, say
from prompts.figures import Style
from prompts.fit import fit
from prompts.gsm import GLUE
from prompts.phrasebook import Phrasebook

BOOK = Phrasebook.load("en")
TODAY = date(2026, 11, 20)
PROFILES = ("web", "telegram", "whatsapp", "sms")
NOVEMBER = span("period", Period(date(2026, 11, 1), date(2026, 11, 21)))


def style(profile="web", locale="en_US"):
    return Style(locale, "Europe/Madrid", TODAY, profile)


def usd(name, amount, **more):
    return money(name, Money.of(amount, "USD"), **more)


def entries(number):
    lines = tuple(
        Line(
            (
                day("date", date(2026, 11, 20)),
                named("payee", f"Shop {i}"),
                usd("amount", f"-{i}.50"),
            ),
            subject=f"entry:{i}",
        )
        for i in range(1, number + 1)
    )
    return Answer("find_entries.list", (count("found", number), NOVEMBER), lines)


class TestHead:
    def test_is_written_from_the_facts(self):
        answer = Answer(
            "show_spending.total",
            (usd("spent", "-312.40"), named("category", "Groceries"), NOVEMBER, count("rows", 14)),
        )
        assert compose(answer, BOOK, style()).text == (
            "You spent $312.40 on Groceries, 1-20 Nov (14 entries)."
        )

    def test_chooses_the_plural(self):
        answer = Answer("show_spending.total", (usd("spent", "5"), NOVEMBER, count("rows", 1)))
        assert compose(answer, BOOK, style()).text == "You spent $5.00, 1-20 Nov (1 entry)."

    def test_says_the_oldest_time_that_the_facts_were_true(self):
        early = datetime(2026, 11, 20, 11, 4, tzinfo=UTC)
        late = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
        answer = Answer(
            "show_balances.many",
            (usd("total", "7", as_of=late), usd("other", "7", as_of=early)),
        )
        assert compose(answer, BOOK, style()).text == "$7.00 in all (as of 12:04):"

    def test_writes_codes_of_ours_in_words_and_foreign_text_bounded(self):
        answer = Answer(
            "list_subscriptions.one",
            (
                named("name", "Net\nflix https://x.example"),
                usd("amount", "-15.49"),
                named("cadence", "monthly"),
            ),
        )
        assert compose(answer, BOOK, style()).text == "Net flix: $15.49 a month."

    def test_foreign_text_is_never_a_template_or_a_key(self):
        answer = Answer(
            "list_subscriptions.one",
            (
                named("name", "{code} [[x]]"),
                usd("amount", "1"),
                named("cadence", "{name}"),
            ),
        )
        assert compose(answer, BOOK, style()).text == "{code} [[x]]: $1.00 a {name}."


class TestLines:
    def test_that_can_be_chosen_are_numbered(self):
        text = compose(entries(2), BOOK, style()).text
        assert text == (
            "2 entries, 1-20 Nov:\n1) Fri 20 Nov Shop 1 -$1.50\n2) Fri 20 Nov Shop 2 -$2.50"
        )

    def test_a_single_one_needs_no_number(self):
        assert "1)" not in compose(entries(1), BOOK, style()).text

    @pytest.mark.parametrize(("profile", "shown"), [("sms", 3), ("telegram", 10), ("web", 10)])
    def test_are_limited_and_go_on_with_their_numbers(self, profile, shown):
        first = compose(entries(12), BOOK, style(profile))
        assert first.text.splitlines()[-1] == f"{12 - shown} more. Reply MORE."
        assert (first.next_line, first.last_number) == (shown, shown)
        second = compose(entries(12), BOOK, style(profile), first=first.next_line)
        assert second.text.startswith(f"{shown + 1}) Fri 20 Nov Shop {shown + 1} ")

    def test_may_have_a_shape_of_their_own(self):
        facts = (
            named("category", "Fun"),
            usd("over", "3"),
            usd("limit", "20"),
            percent("used", Decimal(115)),
        )
        line = Line(facts, shape="show_budgets.over_line")
        answer = Answer("show_budgets.list_mixed", lines=(line,))
        assert compose(answer, BOOK, style()).text == "Your budgets:\nFun: $3.00 over $20.00 (115%)"


class TestTails:
    def test_come_last_in_their_order(self):
        answer = Answer(
            "show_spending.total",
            (
                usd("spent", "5"),
                NOVEMBER,
                count("rows", 2),
                usd("refunds", "-1"),
                usd("pending", "2"),
            ),
            options=("show_spending.refunds", "show_spending.pending"),
        )
        assert compose(answer, BOOK, style()).text.splitlines()[1:] == [
            "Refunds of $1.00 are already taken off.",
            "$2.00 of it is still pending.",
        ]


class TestChoices:
    def test_take_their_label_from_a_phrase_or_show_foreign_text(self):
        answer = Answer(
            "clarify.which",
            choices=(
                Choice("1", phrase="choice.account", fields=(("account", "Chase\u200b ••1234"),)),
                Choice("all", phrase="choice.rule_all", fields=(("past", "12"),)),
                Choice("2", text="Shop\nTwo"),
            ),
        )
        labels = compose(answer, BOOK, style("whatsapp")).labels
        assert [label.text for label in labels] == [
            "Chase ••1234",
            "From now on and all 12 past ones",
            "Shop Two",
        ]
        assert labels[1].short == "Past ones too"


class TestSay:
    def test_bounds_plain_fields_and_writes_counts(self):
        text = say("clarify.which_account", {}, BOOK, style()).text
        assert text == "Which account do you mean?"
        text = say("guard.too_long", {"limit": 4000}, BOOK, style()).text
        assert "4,000" in text
        text = say("clarify.which_category", {"said": "x" * 80}, BOOK, style()).text
        assert "x" * 39 + "…" in text

    def test_never_cuts_a_crisis_line(self):
        line = {"line": "988 Suicide & Crisis Lifeline", "dial": "988", "ticket": "1204"}
        text = say("care.distress_text", line, BOOK, style("sms")).text
        assert "call or text 988 now (988 Suicide & Crisis Lifeline)" in text

    def test_writes_facts_too(self):
        expires = day("expires", datetime(2026, 11, 20, 12, 15, tzinfo=UTC))
        fields: dict[str, Any] = {"link": "https://a.example/l/x", "expires": expires}
        text = say("link.start", fields, BOOK, style()).text
        assert "open https://a.example/l/x while" in text
        assert text.endswith("until 13:15.")


class TestProfiles:
    @pytest.mark.parametrize("locale", ["en_US", "en_IN", "es_ES"])
    def test_all_show_the_same_figures(self, locale):
        texts = [
            fit(compose(entries(3), BOOK, style(p, locale)).glued, (), p, BOOK).text
            for p in PROFILES
        ]
        figures = [re.findall(r"\d[\d.,]*", text) for text in texts]
        assert figures[0]
        assert all(other == figures[0] for other in figures[1:])

    def test_glue_holds_figures_together_until_they_are_fitted(self):
        text = compose(entries(2), BOOK, style())
        assert f"Fri{GLUE}20{GLUE}Nov" in text.glued
        assert GLUE not in text.text
