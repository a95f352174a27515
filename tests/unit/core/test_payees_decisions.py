"""The user's word: a payment of the very kind, then rules in their order, then the nearest word."""

from __future__ import annotations

import pytest

from core.payees.cases import Payment, nearest
from core.payees.categorise import Categoriser, recognise
from core.payees.decisions import Decisions
from core.payees.guess import Source
from core.payees.knowledge import Knowledge
from core.payees.rules import Conditions, Match, MerchantRule, in_order
from tests.taught import a_case

TRAVEL, FOOD, OFFICE = "TRAVEL_OTHER_TRAVEL", "FOOD_AND_DRINK_GROCERIES", "user:office"
UBER, AMAZON = "UBER   *TRIP HELP.UBER.COM", "AMZN Mktp US*2K4"


def paid(minor: int, account: int = 1, currency: str = "USD") -> Payment:
    return Payment(inflow=False, minor=minor, currency=currency, account_id=account)


def filed(text: str, payment: Payment, *rules: MerchantRule, cases=()):
    known = Knowledge(Decisions(rules, cases))
    alone = recognise(text, inflow=payment.inflow, knowledge=known, payment=payment).guess
    among = Categoriser(known).recognise(text, inflow=payment.inflow, payment=lambda: payment).guess
    assert alone == among
    return alone


class TestRule:
    OVER = MerchantRule(1, "uber", TRAVEL, conditions=Conditions(5_000, None, "USD"))

    @pytest.mark.parametrize(
        ("minor", "currency", "holds"),
        [(5_000, "USD", True), (4_999, "USD", False), (9_000, "EUR", False)],
    )
    def test_over_an_amount_holds_from_it_on_in_its_currency(self, minor, currency, holds):
        guess = filed(UBER, paid(minor, currency=currency), self.OVER)
        assert (guess.source is Source.RULE) is holds

    def test_over_an_amount_says_nothing_when_the_amount_is_unknown(self):
        assert filed(UBER, Payment(inflow=False), self.OVER).source is Source.DICTIONARY

    def test_on_an_account_holds_for_that_account_only(self):
        rule = MerchantRule(1, "amazon", FOOD, conditions=Conditions(account_id=2))
        assert filed(AMAZON, paid(100, account=2), rule).category == FOOD
        assert filed(AMAZON, paid(100, account=1), rule).category != FOOD

    def test_of_one_direction_leaves_the_other_alone(self):
        rule = MerchantRule(1, "amazon", OFFICE, conditions=Conditions(inflow=True))
        assert filed(AMAZON, Payment(inflow=True, minor=5, currency="USD"), rule).category == OFFICE
        assert filed(AMAZON, paid(5), rule).category != OFFICE

    @pytest.mark.parametrize(
        ("match", "words", "text", "holds"),
        [
            (Match.CONTAINS, "eastgate", "CORNER SHOP EASTGATE", True),
            (Match.CONTAINS, "gate", "CORNER SHOP EASTGATE", False),
            (Match.CONTAINS, "east", "CORNER SHOP EASTGATE", True),
            (Match.IS, "corner shop", "CORNER SHOP EASTGATE", False),
            (Match.IS, "corner shop", "CORNER SHOP", True),
            (Match.BEGINS, "corner", "CORNER SHOP", True),
            (Match.BEGINS, "corn", "CORNER SHOP", False),
        ],
    )
    def test_looks_at_the_payee_as_it_was_told_to(self, match, words, text, holds):
        rule = MerchantRule(1, words, OFFICE, match)
        assert (filed(text, paid(100), rule).source is Source.RULE) is holds

    def test_with_more_conditions_is_asked_first_then_the_closer_one_then_the_newer(self):
        plain = MerchantRule(9, "uber", FOOD)
        inside = MerchantRule(10, "uber", FOOD, Match.CONTAINS)
        exact = MerchantRule(2, "uber", FOOD, Match.IS)
        newer = MerchantRule(11, "lyft", FOOD)
        ordered = in_order((plain, inside, self.OVER, exact, newer))
        assert ordered == (self.OVER, exact, newer, plain, inside)
        assert filed(UBER, paid(6_000), plain, self.OVER).category == TRAVEL
        assert filed(UBER, paid(600), plain, self.OVER).category == FOOD


class TestCase:
    def test_of_the_very_kind_goes_before_a_rule_others_after_it(self):
        case, rule = a_case(4, "uber", OFFICE, paid(1_000)), MerchantRule(1, "uber", FOOD)
        same = filed(UBER, paid(1_020), rule, cases=[case])
        assert (same.category, same.source, same.reason) == (OFFICE, Source.CASE, "case:4")
        assert filed(UBER, paid(5_000), rule, cases=[case]).category == FOOD
        assert filed(UBER, paid(1_000, account=2), rule, cases=[case]).category == FOOD

    def test_speaks_for_every_amount_where_no_rule_does(self):
        case = a_case(4, "uber", OFFICE, paid(1_000))
        guess = filed(UBER, paid(90_000, account=2), cases=[case])
        assert (guess.category, guess.source) == (OFFICE, Source.MEMORY)

    def test_nearest_in_amount_decides_at_a_shop_that_sells_everything(self):
        small, large = (
            a_case(1, "amazon", FOOD, paid(1_500)),
            a_case(2, "amazon", OFFICE, paid(40_000)),
        )
        assert filed(AMAZON, paid(2_500), cases=[small, large]).category == FOOD
        assert filed(AMAZON, paid(25_000), cases=[small, large]).category == OFFICE

    def test_of_equal_nearness_the_newest_decides(self):
        found = nearest([a_case(1, "x", FOOD), a_case(2, "x", OFFICE)], paid(5))
        assert found is not None
        assert found.category == OFFICE
        assert nearest([], paid(5)) is None

    def test_that_a_rule_would_file_elsewhere_is_named(self):
        cases = [a_case(1, "uber", OFFICE, paid(9_000)), a_case(2, "uber", OFFICE, paid(100))]
        decisions = Decisions((), [*cases, a_case(3, "uber", TRAVEL, paid(9_000, account=2))])
        assert decisions.against(TestRule.OVER) == (cases[0],)


class TestPayment:
    @pytest.mark.parametrize(
        ("one", "other", "same"),
        [(4_096, 5_792, True), (5_793, 5_792, False), (100, 100, True), (100, 200, False)],
    )
    def test_lies_in_half_a_doubling(self, one, other, same):
        assert (paid(one).band == paid(other).band) is same
