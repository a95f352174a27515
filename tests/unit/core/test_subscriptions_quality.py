"""How good the detector is: measured on made-up households whose recurring series are known."""

from __future__ import annotations

from datetime import date

import pytest

from bot.bench.recurring import SEEDS, Score, scored
from core.connect.households.build import household
from core.payees.categorise import recognise
from core.subscriptions.charge import Charge
from core.subscriptions.detect import Phase, detect, subscriptions_in
from tests.bars import Bar


@pytest.mark.slow
class TestOnMadeUpBooks:
    """Each figure is printed beside its bar by `make eval`."""

    def test_finds_series_price_rises_and_endings(self, bar):
        """A price that rose last month at a busy shop looks ended until it is charged twice."""
        found = scored(SEEDS)
        hold(bar, "recurring series", found.series, precision=95, recall=95)
        hold(bar, "price rises", found.rises, precision=98, recall=96)
        hold(bar, "endings", found.endings, precision=88, recall=99)


def hold(bar: Bar, name: str, found: Score, *, precision: float, recall: float) -> None:
    bar(f"{name}, right ones", found.right, of=found.found, at_least=precision, unit="%")
    bar(f"{name}, found ones", found.right, of=found.true, at_least=recall, unit="%")


def as_charges(name: str, today: date, *, one_key_a_brand: bool = False) -> list[Charge]:
    one = household(name, today=today)
    accounts = {account.key: number for number, account in enumerate(one.accounts, 1)}
    charges = []
    for number, row in enumerate(one.rows, 1):
        if row.category.startswith(("TRANSFER_", "INCOME_", "LOAN_PAYMENTS_CREDIT")):
            continue
        merchant = row.merchant.split()[0] if one_key_a_brand else row.merchant
        charges.append(
            Charge(
                number,
                accounts[row.account],
                merchant.lower(),
                merchant,
                row.booked_date,
                -row.amount.minor,
                row.amount.currency,
                row.category,
            )
        )
    return charges


@pytest.mark.parametrize(
    "today", [date(2026, 11, 21), date(2026, 3, 1), date(2027, 1, 31), date(2028, 2, 29)]
)
@pytest.mark.slow
@pytest.mark.parametrize("name", ["maya", "arjun"])
class TestOnTheHouseholds:
    def test_finds_exactly_the_living_and_the_ended_subscriptions(self, name, today):
        found = subscriptions_in(detect(as_charges(name, today), today=today))
        one = household(name, today=today)
        assert sorted(stream.name for stream in found if stream.live) == sorted(one.truth)
        ended = [stream.name for stream in found if stream.phase is Phase.ENDED]
        assert ended == list(one.ended)

    def test_finds_nearly_all_of_them_when_a_brand_is_one_merchant(self, name, today):
        """Amazon Prime is then hidden among all of Amazon, and Spotify is two plans at once."""
        streams = detect(as_charges(name, today, one_key_a_brand=True), today=today)
        found = [one for one in subscriptions_in(streams) if one.live]
        truth = household(name, today=today).truth
        assert len(truth) - 1 <= len(found) <= len(truth)


@pytest.mark.parametrize("name", ["maya", "arjun"])
class TestTogetherWithThePayeeDictionary:
    def test_finds_every_subscription_from_the_banks_own_wording(self, name):
        today = date(2026, 11, 21)
        one = household(name, today=today)
        right, charges = 0, []
        for number, row in enumerate(one.rows, 1):
            found = recognise(row.description, inflow=row.amount.minor > 0)
            right += found.guess.category == row.category
            if row.category.startswith(("TRANSFER_", "INCOME_", "LOAN_PAYMENTS_CREDIT")):
                continue
            charges.append(
                Charge(
                    number,
                    1 + [account.key for account in one.accounts].index(row.account),
                    found.payee.key,
                    found.payee.name,
                    row.booked_date,
                    -row.amount.minor,
                    row.amount.currency,
                    found.guess.category,
                )
            )
        live = [one.name for one in subscriptions_in(detect(charges, today=today)) if one.live]
        # The dictionary knows one Spotify; its family plan is a second stream of that name.
        assert sorted(live) == sorted(name.removesuffix(" Family") for name in one.truth)
        assert right >= 0.97 * len(one.rows)
