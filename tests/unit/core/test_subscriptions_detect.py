from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest

from core.money import Money
from core.subscriptions.cadence import Cadence, occurrence
from core.subscriptions.charge import Charge
from core.subscriptions.detect import Phase, Stream, StreamKind, detect, subscriptions_in
from core.subscriptions.duplicates import DuplicateKind, duplicates
from core.subscriptions.price import price_change
from core.subscriptions.services import is_platform, same_job, service_of, trial_days

MUSIC = "ENTERTAINMENT_MUSIC_AND_AUDIO"
TODAY = date(2026, 11, 21)


def series(
    merchant: str,
    days: Iterable[date],
    amounts: Iterable[int] | int,
    *,
    category: str = MUSIC,
    account: int = 1,
    start: int = 1,
    currency: str = "USD",
) -> list[Charge]:
    days = list(days)
    prices = [amounts] * len(days) if isinstance(amounts, int) else list(amounts)
    return [
        Charge(start + i, account, merchant, merchant.title(), day, minor, currency, category)
        for i, (day, minor) in enumerate(zip(days, prices, strict=True))
    ]


def every(cadence: Cadence, first: date, count: int) -> list[date]:
    return [occurrence(first, cadence, number) for number in range(count)]


def only(charges: Iterable[Charge], today: date = TODAY) -> Stream:
    (stream,) = detect(charges, today=today)
    return stream


class TestDetect:
    @pytest.mark.parametrize("cadence", [one for one in Cadence if one is not Cadence.YEARLY])
    def test_finds_every_cadence(self, cadence):
        days = [day for day in every(cadence, date(2024, 1, 12), 160) if day <= TODAY]
        stream = only(series("acme", days, 999))
        assert stream.cadence is cadence
        assert stream.next_date == occurrence(date(2024, 1, 12), cadence, len(days))
        assert stream.amount == Money(999, "USD")
        assert stream.phase is Phase.MATURE

    def test_finds_a_yearly_charge_after_two_equal_ones(self):
        stream = only(series("acme", [date(2025, 9, 21), date(2026, 9, 22)], 3_588))
        assert (stream.cadence, stream.phase) == (Cadence.YEARLY, Phase.EARLY)

    def test_believes_two_charges_of_a_known_service_only(self):
        days = [date(2026, 10, 3), date(2026, 11, 3)]
        assert only(series("netflix", days, 1_549)).phase is Phase.EARLY
        assert detect(series("acme", days, 1_549), today=TODAY) == ()

    def test_expects_the_last_day_of_the_month_after_a_short_one(self):
        days = every(Cadence.MONTHLY, date(2025, 10, 31), 13)
        stream = only(series("acme", days, 999), today=date(2026, 11, 3))
        assert stream.next_date == date(2026, 11, 30)

    def test_allows_for_weekends_late_booking_and_a_skipped_month(self):
        days = every(Cadence.MONTHLY, date(2026, 1, 10), 11)
        del days[5]
        shifted = [day + timedelta(days=(0, 2, 1, 0, 3)[i % 5]) for i, day in enumerate(days)]
        assert only(series("acme", shifted, 999)).cadence is Cadence.MONTHLY

    def test_finds_a_bill_that_varies_with_the_season(self):
        amounts = [12_400, 11_900, 9_800, 8_100, 6_900, 8_200, 10_400, 10_900, 8_400, 7_000, 8_000]
        days = every(Cadence.MONTHLY, date(2026, 1, 17), 11)
        power = series(
            "con edison", days, amounts, category="RENT_AND_UTILITIES_GAS_AND_ELECTRICITY"
        )
        assert only(power).kind is StreamKind.BILL

    def test_takes_a_weekly_shop_for_no_stream_and_a_weekly_price_for_one(self):
        days = every(Cadence.WEEKLY, date(2026, 5, 2), 25)
        varied = [4_000 + 617 * (i % 7) for i in range(25)]
        assert detect(series("grocer", days, varied), today=TODAY) == ()
        assert only(series("cleaner", days, 4_000)).cadence is Cadence.WEEKLY

    def test_takes_a_fixed_price_coffee_for_no_stream(self):
        chance = Random(5)
        days = sorted(date(2026, 1, 1) + timedelta(days=chance.randrange(320)) for _ in range(110))
        assert detect(series("starbucks", days, 475), today=TODAY) == ()

    def test_finds_a_subscription_hidden_in_a_busy_merchant(self):
        chance = Random(6)
        days = sorted(date(2025, 9, 1) + timedelta(days=chance.randrange(440)) for _ in range(90))
        noise = series("amazon", days, [chance.randint(800, 7_000) for _ in days], start=100)
        hidden = series("amazon", every(Cadence.MONTHLY, date(2025, 9, 19), 15), 1_499)
        stream = only([*noise, *hidden])
        assert stream.entry_ids == tuple(range(1, 16))
        assert stream.next_date == date(2026, 12, 19)

    def test_keeps_the_hidden_subscription_whole_when_its_price_rises(self):
        chance = Random(7)
        days = sorted(date(2025, 9, 1) + timedelta(days=chance.randrange(440)) for _ in range(90))
        noise = series("amazon", days, [chance.randint(2_800, 9_000) for _ in days], start=100)
        prices = [1_499] * 9 + [1_699] * 6
        hidden = series("amazon", every(Cadence.MONTHLY, date(2025, 9, 19), 15), prices)
        stream = only([*noise, *hidden])
        assert stream.entry_ids == tuple(range(1, 16))
        assert stream.change is not None

    def test_keeps_it_when_the_price_rose_only_two_months_ago(self):
        chance = Random(8)
        days = sorted(date(2025, 9, 1) + timedelta(days=chance.randrange(440)) for _ in range(90))
        noise = series("amazon", days, [chance.randint(2_800, 9_000) for _ in days], start=100)
        months = every(Cadence.MONTHLY, date(2025, 9, 19), 15)
        stream = only([*noise, *series("amazon", months, [1_499] * 13 + [1_699] * 2)])
        assert stream.entry_ids == tuple(range(1, 16))
        assert stream.live
        assert stream.change is not None
        assert stream.change.on == months[13]

    def test_takes_one_charge_at_another_price_for_chance(self):
        chance = Random(8)
        days = sorted(date(2025, 9, 1) + timedelta(days=chance.randrange(380)) for _ in range(90))
        noise = series("amazon", days, [chance.randint(2_800, 9_000) for _ in days], start=100)
        months = every(Cadence.MONTHLY, date(2025, 9, 19), 13)
        stream = only([*noise, *series("amazon", months, [1_499] * 12 + [1_699])])
        assert stream.entry_ids == tuple(range(1, 13))

    def test_finds_two_plans_at_one_seller(self):
        one = series("spotify", every(Cadence.MONTHLY, date(2026, 1, 14), 11), 1_199)
        other = series("spotify", every(Cadence.MONTHLY, date(2026, 4, 28), 7), 1_699, start=50)
        found = detect([*one, *other], today=TODAY)
        assert [stream.amount.minor for stream in found] == [1_199, 1_699]

    def test_sees_that_one_is_late_and_then_ended(self):
        charges = series("acme", every(Cadence.MONTHLY, date(2026, 1, 10), 9), 999)
        phases = [
            only(charges, today=date(2026, 9, 10) + timedelta(days=days)).phase
            for days in (0, 30, 36, 37, 60, 61)
        ]
        assert phases == [
            Phase.MATURE,
            Phase.MATURE,
            Phase.MATURE,
            Phase.LATE,
            Phase.LATE,
            Phase.ENDED,
        ]

    def test_does_not_call_a_bill_late_that_was_paid_late(self):
        days = [*every(Cadence.MONTHLY, date(2026, 1, 10), 9), date(2026, 10, 22)]
        stream = only(series("acme", days, 999), today=date(2026, 10, 25))
        assert (stream.phase, stream.next_date) == (Phase.MATURE, date(2026, 11, 10))

    def test_counts_a_double_charge_on_one_day_once(self):
        days = [*every(Cadence.MONTHLY, date(2026, 1, 10), 11), date(2026, 6, 10)]
        assert only(series("acme", sorted(days), 999)).cadence is Cadence.MONTHLY

    def test_ignores_refunds_and_what_lies_ahead(self):
        charges = series("acme", every(Cadence.MONTHLY, date(2026, 1, 10), 14), 999)
        refund = series("acme", [date(2026, 3, 2)], -999, start=90)
        assert len(only([*charges, *refund]).entry_ids) == 11

    def test_gives_the_same_whatever_the_order_and_the_neighbours(self):
        charges = series("acme", every(Cadence.MONTHLY, date(2026, 1, 10), 11), 999)
        charges += series("beta", every(Cadence.WEEKLY, date(2026, 1, 5), 40), 500, start=100)
        alone = detect(charges, today=TODAY)
        mixed = charges[::-1]
        Random(3).shuffle(mixed)
        assert detect(mixed, today=TODAY) == alone
        other = series("zeta", [date(2026, 5, 5)], 12_345, start=500)
        assert detect([*mixed, *other], today=TODAY) == alone


class TestKinds:
    def kind(self, merchant: str, category: str, amounts: Iterable[int] | int = 999) -> StreamKind:
        days = every(Cadence.MONTHLY, date(2026, 1, 10), 11)
        return only(series(merchant, days, amounts, category=category)).kind

    def test_calls_a_known_service_a_subscription_whatever_its_category(self):
        assert self.kind("netflix", "FOOD_AND_DRINK_GROCERIES") is StreamKind.SUBSCRIPTION

    def test_calls_rent_and_insurance_bills(self):
        assert self.kind("greystar", "RENT_AND_UTILITIES_RENT") is StreamKind.BILL
        assert self.kind("geico", "GENERAL_SERVICES_INSURANCE") is StreamKind.BILL

    def test_calls_an_unknown_seller_at_a_steady_price_a_subscription(self):
        assert self.kind("acme cloud", "") is StreamKind.SUBSCRIPTION

    def test_calls_regular_food_and_fuel_habits(self):
        assert self.kind("bakery", "FOOD_AND_DRINK_GROCERIES") is StreamKind.HABIT
        assert self.kind("shell", "TRANSPORTATION_GAS") is StreamKind.HABIT

    def test_calls_varying_amounts_at_a_service_a_habit(self):
        varied = [900, 1_400, 1_000, 1_300, 800, 1_500, 1_100, 900, 1_600, 1_000, 1_200]
        assert self.kind("acme", MUSIC, varied) is StreamKind.HABIT

    def test_lists_only_subscriptions_when_asked(self):
        days = every(Cadence.MONTHLY, date(2026, 1, 10), 11)
        rent = series("greystar", days, 99_900, category="RENT_AND_UTILITIES_RENT", start=50)
        streams = detect([*series("netflix", days, 999), *rent], today=TODAY)
        assert [stream.name for stream in subscriptions_in(streams)] == ["Netflix"]


class TestTrials:
    def test_knows_when_a_trial_will_be_charged(self):
        stream = only(series("calm", [date(2026, 11, 17)], 100))
        assert stream.trial
        assert stream.next_date == date(2026, 11, 24)

    def test_forgets_a_trial_that_was_never_charged(self):
        assert detect(series("calm", [date(2026, 11, 1)], 100), today=TODAY) == ()

    def test_takes_a_small_charge_elsewhere_for_no_trial(self):
        assert detect(series("parking", [date(2026, 11, 17)], 100), today=TODAY) == ()

    def test_takes_a_real_price_for_no_trial(self):
        assert detect(series("calm", [date(2026, 11, 17)], 1_499), today=TODAY) == ()

    def test_is_no_part_of_the_price_once_it_is_charged(self):
        days = every(Cadence.MONTHLY, date(2026, 6, 10), 6)
        stream = only(series("calm", days, [100, *[1_499] * 5]))
        assert (stream.trial, stream.change) == (False, None)


class TestPriceChange:
    def change(self, *amounts: int) -> tuple[int, int] | None:
        days = every(Cadence.MONTHLY, date(2026, 1, 8), len(amounts))
        found = price_change(series("netflix", days, amounts))
        return (found.before.minor, found.after.minor) if found else None

    def test_finds_the_last_change_up_or_down(self):
        assert self.change(1_549, 1_549, 1_799) == (1_549, 1_799)
        assert self.change(1_799, 1_799, 1_549, 1_549) == (1_799, 1_549)
        assert self.change(999, 999, 1_549, 1_549, 1_799, 1_799) == (1_549, 1_799)

    def test_finds_none_in_a_bill_or_a_rate_of_exchange(self):
        assert self.change(1_549, 1_549, 1_549) is None
        assert self.change(8_000, 9_100, 7_400, 8_800) is None
        assert self.change(1_301, 1_288, 1_317, 1_295) is None

    def test_needs_an_old_price_that_held(self):
        assert self.change(1_549, 1_799, 1_799) is None

    def test_says_when_and_by_how_much(self):
        days = every(Cadence.MONTHLY, date(2026, 6, 8), 6)
        found = price_change(series("netflix", days, [1_549] * 3 + [1_799] * 3))
        assert found is not None
        assert (found.on, found.percent) == (date(2026, 9, 8), Decimal("16.1"))


class TestDuplicates:
    def found(self, *groups: list[Charge]) -> list[tuple[DuplicateKind, str, str]]:
        streams = detect([one for group in groups for one in group], today=TODAY)
        pairs = duplicates(subscriptions_in(streams))
        return [(pair.kind, pair.one.name, pair.other.name) for pair in pairs]

    def monthly(self, merchant: str, amount: int, start: int, account: int = 1) -> list[Charge]:
        days = every(Cadence.MONTHLY, date(2026, 1, 3 + start % 20), 11)
        return series(merchant, days, amount, start=start, account=account)

    def test_finds_two_plans_of_one_service(self):
        one, other = self.monthly("spotify", 1_199, 1), self.monthly("spotify family", 1_699, 30)
        assert self.found(one, other) == [(DuplicateKind.SAME_SERVICE, "Spotify", "Spotify Family")]

    def test_finds_one_service_on_two_accounts(self):
        one, other = (
            self.monthly("netflix", 1_549, 1),
            self.monthly("netflix", 1_549, 30, account=2),
        )
        assert self.found(one, other) == [(DuplicateKind.SAME_SERVICE, "Netflix", "Netflix")]

    def test_finds_two_services_that_do_the_same_job(self):
        one, other = self.monthly("spotify", 1_199, 1), self.monthly("deezer", 1_099, 30)
        assert self.found(one, other) == [(DuplicateKind.SAME_JOB, "Deezer", "Spotify")]

    def test_takes_two_film_catalogues_for_no_duplicate(self):
        assert self.found(self.monthly("netflix", 1_549, 1), self.monthly("hulu", 799, 30)) == []

    def test_takes_two_charges_of_an_app_store_for_no_duplicate(self):
        assert self.found(self.monthly("apple", 299, 1), self.monthly("apple", 1_099, 30)) == []

    def test_leaves_out_what_has_ended(self):
        gone = series("deezer", every(Cadence.MONTHLY, date(2026, 1, 3), 5), 1_099, start=60)
        assert self.found(self.monthly("spotify", 1_199, 1), gone) == []


class TestServices:
    def test_matches_words_and_not_letters(self):
        assert service_of("SPOTIFY USA P3A1") == service_of("spotify")
        assert service_of("calm") is not None
        assert service_of("keep calm shop") is None
        assert service_of("calmness") is None

    def test_prefers_the_longest_match(self):
        prime = service_of("Amazon Prime Video")
        assert prime is not None
        assert prime.family in {"video", "membership"}
        assert service_of("amazon marketplace") is None

    def test_reads_names_with_accents_and_signs(self):
        assert service_of("Cult.fit") == service_of("cult fit")
        assert service_of("EL PAÍS") is not None

    def test_knows_platforms_families_and_trials(self):
        assert is_platform("apple com bill")
        assert not is_platform("spotify")
        assert same_job("music")
        assert not same_job("video")
        assert trial_days(service_of("calm")) == 7
        assert trial_days(None) == 7
        assert trial_days(service_of("amazon prime")) == 30
