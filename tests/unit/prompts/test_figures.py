from __future__ import annotations

import time
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from core.facts import Fact, FactKind, count, day, money, named, percent, span
from core.money import Money
from core.period import Grain, Period
from prompts.figures import Numbered, Style, write
from prompts.phrasebook import Phrasebook

TODAY = date(2026, 11, 20)
BOOK = Phrasebook.load("en")


def style(locale="en_US", profile="web", **more):
    return Style(locale, "Europe/Madrid", TODAY, profile, **more)


class TestMoney:
    @pytest.mark.parametrize(
        ("locale", "amount", "currency", "written"),
        [
            ("en_US", "1234.50", "USD", "$1,234.50"),
            ("en_US", "-42.10", "USD", "-$42.10"),
            ("en_US", "0", "USD", "$0.00"),
            ("en_US", "5", "CHF", "CHF 5.00"),
            ("en_IN", "123456", "INR", "₹1,23,456.00"),
            ("en_IN", "-12345678.9", "INR", "-₹1,23,45,678.90"),
            ("es_ES", "1234.5", "EUR", "1.234,50 €"),
            ("es_ES", "-1234.5", "EUR", "-1.234,50 €"),
            ("en_GB", "1234.5", "GBP", "£1,234.50"),
            ("fr_FR", "1234567.8", "EUR", "1 234 567,80 €"),
            ("de_CH", "1234.5", "CHF", "CHF 1’234.50"),
            ("xx_NOWHERE", "1234.50", "USD", "$1,234.50"),
        ],
    )
    def test_follows_the_locale_with_the_sign_first(self, locale, amount, currency, written):
        assert write(money("x", Money.of(amount, currency)), style(locale)) == written

    @pytest.mark.parametrize(
        ("amount", "currency", "written"),
        [("1234", "JPY", "¥1,234"), ("1.234", "KWD", "KWD 1.234"), ("7.00", "ISK", "ISK 7")],
    )
    def test_keeps_the_decimals_of_iso_4217(self, amount, currency, written):
        assert write(money("x", Money.of(amount, currency)), style()) == written

    @pytest.mark.parametrize(
        ("locale", "amount", "currency", "written"),
        [
            ("en_US", "-42.10", "USD", "-$42.10"),
            ("en_IN", "123456", "INR", "Rs 1,23,456.00"),
            ("en_IN", "-1", "INR", "-Rs 1.00"),
            ("es_ES", "12.5", "EUR", "EUR 12,50"),
            ("en_US", "12.5", "EUR", "EUR 12.50"),
            ("en_GB", "12.5", "GBP", "GBP 12.50"),
            ("fr_FR", "1234567.8", "EUR", "EUR 1 234 567,80"),
            ("de_CH", "1234.5", "CHF", "CHF 1'234.50"),
        ],
    )
    def test_is_plain_ascii_on_sms(self, locale, amount, currency, written):
        text = write(money("x", Money.of(amount, currency)), style(locale, "sms"))
        assert text == written
        assert text.isascii()

    def test_drops_the_sign_when_asked(self):
        assert write(money("x", Money.of("-42.10", "USD")), style(), "abs") == "$42.10"


class TestPercentAndCount:
    @pytest.mark.parametrize(
        ("value", "written"),
        [("12.5", "12.5%"), ("80", "80%"), ("33.333", "33.3%"), ("-8", "-8%"), ("0.02", "0.02%")],
    )
    def test_per_cent_has_at_most_one_decimal_unless_it_would_vanish(self, value, written):
        assert write(percent("x", Decimal(value)), style()) == written

    def test_per_cent_follows_the_locale(self):
        assert write(percent("x", Decimal("12.5")), style("es_ES")) == "12,5 %"

    def test_a_count_is_grouped_and_remembers_its_number(self):
        text = write(count("x", 1234567), style("en_IN"))
        assert text == "12,34,567"
        assert isinstance(text, Numbered)
        assert text.number == 1234567


class TestDates:
    def test_leave_out_this_year_and_name_another(self):
        assert write(day("d", date(2026, 11, 20)), style()) == "Fri 20 Nov"
        assert write(day("d", date(2025, 9, 1)), style()) == "Mon 1 Sep 2025"

    def test_are_called_by_their_near_names_only_when_asked(self):
        spoken = style(words=BOOK)
        yesterday = day("d", date(2026, 11, 19))
        assert write(yesterday, spoken) == "Thu 19 Nov"
        assert write(yesterday, spoken, "near") == "yesterday (Thu 19 Nov)"
        assert write(day("d", TODAY), spoken, "near") == "today (Fri 20 Nov)"
        assert write(day("d", date(2026, 11, 3)), spoken, "near") == "Tue 3 Nov"

    def test_take_names_from_the_language_of_the_words_not_of_the_locale(self):
        assert write(day("d", TODAY), style("es_ES")) == "vie 20 nov"
        assert write(day("d", TODAY), style("es_ES", words=BOOK)) == "Fri 20 Nov"

    def test_a_moment_is_told_in_the_readers_zone(self):
        noon = datetime(2026, 11, 20, 11, 4, tzinfo=UTC)
        assert write(day("d", noon), style()) == "12:04"
        night = datetime(2026, 11, 19, 23, 30, tzinfo=UTC)
        assert write(day("d", night), style()) == "00:30"
        before = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
        assert write(day("d", before), style()) == "Wed 18 Nov 10:00"


class TestPeriods:
    @pytest.mark.parametrize(
        ("start", "end", "written"),
        [
            (date(2026, 11, 1), date(2026, 11, 21), "1-20 Nov"),
            (date(2026, 10, 1), date(2026, 11, 1), "October 2026"),
            (date(2026, 11, 1), date(2026, 12, 1), "Nov 2026 so far"),
            (date(2026, 10, 22), date(2026, 11, 21), "22 Oct - 20 Nov"),
            (date(2026, 8, 1), date(2026, 11, 1), "Aug-Oct 2026"),
            (date(2025, 12, 25), date(2026, 1, 3), "25 Dec 2025 - 2 Jan 2026"),
            (date(2025, 1, 1), date(2026, 1, 1), "2025"),
            (date(2026, 1, 1), date(2027, 1, 1), "2026 so far"),
            (date(2025, 4, 1), date(2026, 4, 1), "Apr 2025 - Mar 2026"),
            (date(2026, 11, 20), date(2026, 11, 21), "Fri 20 Nov"),
            (date(2025, 11, 3), date(2025, 11, 9), "3-8 Nov 2025"),
        ],
    )
    def test_read_like_a_person_would_say_them(self, start, end, written):
        fact = span("p", Period(start, end, Grain.SPAN))
        assert write(fact, style(words=BOOK)) == written

    def test_whole_days_take_their_plural(self):
        one, many = (Fact("d", FactKind.DURATION, days) for days in (1, 12))
        assert write(one, style(words=BOOK)) == "1 day"
        assert write(many, style(words=BOOK)) == "12 days"


class TestNames:
    def test_are_one_bounded_visible_line_without_links(self):
        nasty = (
            "Evil\u202egnp.exe\nhttps://x.example/y pay\u200bpal www.z.example/a \x07 AMZN.COM/BILL"
        )
        assert write(named("payee", nasty), style()) == "Evilgnp.exe paypal AMZN.COM"

    def test_are_cut_with_a_sign_that_they_were(self):
        text = write(named("payee", "x" * 90), style())
        assert text == "x" * 39 + "…"
        assert len(write(named("description", "x" * 90), style())) == 90

    def test_that_hold_nothing_visible_still_show(self):
        assert write(named("payee", "\u200b\u2060"), style()) == "?"

    def test_keep_no_tower_of_marks(self):
        assert write(named("payee", "Z" + "\u0316" * 50), style()) == "Z" + "\u0316" * 3

    def test_a_link_of_ours_passes_whole_and_nothing_else_does(self):
        link = "https://money.example/link/" + "a" * 60
        assert write(named("link", link), style()) == link
        assert write(named("payee", link), style()) == "?"
        assert write(named("link", f"pay {link}"), style()) == "pay"


class TestSpeed:
    def test_a_warm_figure_takes_less_than_a_twentieth_of_a_millisecond(self):
        facts = [
            money("m", Money.of("1234567.89", "INR")),
            day("d", TODAY),
            span("p", Period(date(2026, 11, 1), date(2026, 11, 21))),
            named("n", "Café ☕ ñandú"),
            percent("q", Decimal("12.5")),
        ]
        warm = style("en_IN")
        rounds = 400
        best = 1.0
        for _ in range(5):
            start = time.perf_counter()
            for _ in range(rounds):
                for fact in facts:
                    write(fact, warm)
            best = min(best, (time.perf_counter() - start) / rounds / len(facts))
        assert best < 0.05e-3
