"""The cascade: rule, memory, dictionary, words, else ask; the direction of the money counts."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

import core.payees.dictionary as room
from core.categories.scheme import Flow, category, is_known
from core.payees.categorise import Categoriser, guess_category, guess_for_words, recognise
from core.payees.dictionary import dictionary
from core.payees.guess import UNCATEGORISED, Source
from core.payees.normalise import normalise
from core.payees.rules import MerchantRule
from core.payees.words import fold_words
from tests.taught import taught

ROOM = Path(room.__file__).parent
TABLES = {
    path.name: tomllib.loads(path.read_text("utf-8")) for path in ROOM.glob("merchants/*.toml")
}
WORDS = tomllib.loads((ROOM / "words.toml").read_text("utf-8"))

SPENDING = [
    ("AMZN Mktp US*2K4", "Amazon", "GENERAL_MERCHANDISE_ONLINE_MARKETPLACES"),
    ("STARBUCKS STORE 01234 SEATTLE WA", "Starbucks", "FOOD_AND_DRINK_COFFEE"),
    ("UBER   *TRIP HELP.UBER.COM", "Uber", "TRANSPORTATION_TAXIS_AND_RIDE_SHARES"),
    ("UBER   *EATS HELP.UBER.COM", "Uber Eats", "FOOD_AND_DRINK_RESTAURANT"),
    (
        "TFL TRAVEL CH          TFL.GOV.UK/CP GBR",
        "Transport for London",
        "TRANSPORTATION_PUBLIC_TRANSIT",
    ),
    ("SAINSBURYS SACAT 0602  LADBROKE GROV GBR", "Sainsbury's", "FOOD_AND_DRINK_GROCERIES"),
    ("COMPRA TARJ. 5540XXXX1234 MERCADONA MADRID", "Mercadona", "FOOD_AND_DRINK_GROCERIES"),
    ("UPI-SWIGGY-SWIGGY@ICICI-ICIC0000001-123456789012-PAY", "Swiggy", "FOOD_AND_DRINK_RESTAURANT"),
    ("NETFLIX.COM", "Netflix", "ENTERTAINMENT_TV_AND_MOVIES"),
    ("TARGET 00012345 AUSTIN TX", "Target", "GENERAL_MERCHANDISE_SUPERSTORES"),
    ("IRCTC WEB 1234", "IRCTC", "TRANSPORTATION_PUBLIC_TRANSIT"),
]


class TestDictionary:
    @pytest.mark.parametrize(("text", "name", "slug"), SPENDING)
    def test_knows_the_merchants_of_four_countries(self, text, name, slug):
        found = recognise(text, inflow=False)
        assert (found.payee.name, found.guess.category) == (name, slug)
        assert found.guess.source is Source.DICTIONARY
        assert found.guess.confidence >= 90

    def test_holds_enough_of_them(self):
        assert sum(len(names) for table in TABLES.values() for names in table.values()) >= 450

    def test_names_known_categories_only(self):
        assert [slug for table in TABLES.values() for slug in table if not is_known(slug)] == []

    def test_says_each_beginning_once(self):
        said: dict[str, str] = {}
        for table in TABLES.values():
            for names in table.values():
                for name, phrases in names.items():
                    for phrase in {" ".join(normalise(name).words), *phrases}:
                        assert said.setdefault(phrase, name) == name

    def test_spells_every_beginning_as_it_is_looked_up(self):
        for table in TABLES.values():
            for names in table.values():
                for phrase in (phrase for phrases in names.values() for phrase in phrases):
                    said = phrase.removeprefix("=")
                    assert " ".join(normalise(said).words) == said

    def test_takes_the_longest_beginning(self):
        assert recognise("AMAZON PRIME VIDEO", inflow=False).payee.name == "Prime Video"

    @pytest.mark.parametrize(
        "text", ["NEXT DOOR BARBER", "TARGETED HEALING", "UNITED CHURCH", "APPLE VALLEY"]
    )
    def test_does_not_take_an_everyday_word_for_a_merchant(self, text):
        assert dictionary().find(normalise(text)) is None

    def test_gives_one_merchant_one_key(self):
        texts = ["AMZN Mktp US*2K4", "AMAZON.COM*AB1 SEATTLE", "Amazon", "amzn mktp"]
        assert {recognise(text, inflow=False).payee.key for text in texts} == {"amazon"}


class TestDirection:
    def test_a_refund_keeps_the_shops_category(self):
        assert guess_category("AMAZON REFUND", inflow=True).category.endswith("ONLINE_MARKETPLACES")

    @pytest.mark.parametrize(
        ("text", "out", "into"),
        [
            ("VENMO 1234", "TRANSFER_OUT_ACCOUNT_TRANSFER", "TRANSFER_IN_ACCOUNT_TRANSFER"),
            (
                "ONLINE TRANSFER 1234",
                "TRANSFER_OUT_ACCOUNT_TRANSFER",
                "TRANSFER_IN_ACCOUNT_TRANSFER",
            ),
            ("INTEREST", "BANK_FEES_INTEREST_CHARGE", "INCOME_INTEREST_EARNED"),
            ("SALARY OCTOBER", UNCATEGORISED, "INCOME_WAGES"),
            ("RENT OCTOBER", "RENT_AND_UTILITIES_RENT", "INCOME_OTHER_INCOME"),
            ("DIVIDEND ACME", UNCATEGORISED, "INCOME_DIVIDENDS"),
        ],
    )
    def test_turns_the_meaning(self, text, out, into):
        assert guess_category(text, inflow=False).category == out
        assert guess_category(text, inflow=True).category == into

    @pytest.mark.parametrize(
        "text",
        [
            "CHASE CREDIT CRD AUTOPAY",
            "CREDIT CARD PAYMENT",
            "CRED CC BILL",
            "PAYMENT TO CREDIT CARD 1234",
        ],
    )
    def test_of_a_card_payment_is_a_move(self, text):
        guess = guess_category(text, inflow=False)
        assert guess.category == "LOAN_PAYMENTS_CREDIT_CARD_PAYMENT"
        assert category(guess.category).flow is Flow.MOVE

    @pytest.mark.parametrize(
        "text", ["TRANSFER TO SAVINGS", "TRASPASO", "UMBUCHUNG", "FUNDS TRANSFER"]
    )
    def test_of_an_own_transfer_is_a_move(self, text):
        assert category(guess_category(text, inflow=False).category).flow is Flow.MOVE

    def test_of_the_thanks_for_a_card_payment_is_a_move(self):
        guess = guess_category("PAYMENT RECEIVED - THANK YOU", inflow=True)
        assert category(guess.category).flow is Flow.MOVE


class TestWords:
    @pytest.mark.parametrize(
        ("text", "slug"),
        [
            ("FARMACIA LOPEZ", "MEDICAL_PHARMACIES_AND_SUPPLEMENTS"),
            ("SUPERMERCADO LA PLAZA", "FOOD_AND_DRINK_GROCERIES"),
            ("RADIO TAXI 1234", "TRANSPORTATION_TAXIS_AND_RIDE_SHARES"),
            ("Miete Oktober", "RENT_AND_UTILITIES_RENT"),
            ("ATM WITHDRAWAL 001234 03/12 5TH AVE", "TRANSFER_OUT_WITHDRAWAL"),
            ("ATM08SEP", "TRANSFER_OUT_WITHDRAWAL"),
            ("FOREIGN TRANSACTION FEE", "BANK_FEES_FOREIGN_TRANSACTION_FEES"),
            ("IMPS-123456789012-RAHUL KUMAR-HDFC-XXXX1234-rent", "RENT_AND_UTILITIES_RENT"),
        ],
    )
    def test_tell_a_category_where_the_merchant_is_unknown(self, text, slug):
        guess = guess_category(text, inflow=False)
        assert guess.category == slug
        assert guess.source is Source.KEYWORD
        assert guess.confidence < 90

    def test_name_known_categories_only(self):
        assert [slug for part in WORDS.values() for slug in part if not is_known(slug)] == []

    def test_are_folded_and_said_once_in_each_direction(self):
        for part in WORDS.values():
            phrases = [phrase for said in part.values() for phrase in said]
            assert [phrase for phrase in phrases if " ".join(fold_words(phrase)) != phrase] == []
            assert sorted({phrase for phrase in phrases if phrases.count(phrase) > 1}) == []

    def test_unknown_to_all_are_asked_about(self):
        guess = guess_category("ZXQ 1234", inflow=False)
        assert (guess.category, guess.source, guess.confidence) == (UNCATEGORISED, Source.NONE, 0)


class TestKnowledge:
    RULE = MerchantRule(7, "amazon", "user:office")

    def test_of_a_rule_comes_first(self):
        known = taught(self.RULE, memory={"amazon": "TRAVEL_FLIGHTS"})
        guess = recognise("AMZN Mktp US*2K4", inflow=False, knowledge=known).guess
        assert (guess.category, guess.source, guess.reason) == (
            "user:office",
            Source.RULE,
            "rule:7",
        )
        assert guess.confidence == 100

    def test_of_memory_comes_before_the_dictionary(self):
        known = taught(memory={"amazon": "TRAVEL_FLIGHTS"})
        guess = recognise("AMAZON.COM", inflow=False, knowledge=known).guess
        assert (guess.category, guess.source) == ("TRAVEL_FLIGHTS", Source.MEMORY)

    def test_of_a_rule_holds_for_longer_names_memory_does_not(self):
        rule = MerchantRule(1, "corner shop", "FOOD_AND_DRINK_GROCERIES")
        text = "CORNER SHOP EASTGATE"
        ruled = recognise(text, inflow=False, knowledge=taught(rule))
        assert ruled.guess.source is Source.RULE
        remembered = taught(memory={"corner shop": "TRAVEL_FLIGHTS"})
        assert recognise(text, inflow=False, knowledge=remembered).guess.source is not Source.MEMORY

    def test_does_not_hold_for_words_that_merely_begin_alike(self):
        rule = MerchantRule(1, "corner", "FOOD_AND_DRINK_GROCERIES")
        known = taught(rule)
        assert recognise("CORNERSTONE", inflow=False, knowledge=known).guess.source is Source.NONE

    def test_of_nothing_never_answers_for_a_text_without_letters(self):
        known = taught(memory={"": "TRAVEL_FLIGHTS"})
        assert recognise("123456", inflow=False, knowledge=known).guess.source is Source.NONE

    def test_holds_for_what_is_typed_too(self):
        known = taught(self.RULE)
        assert guess_for_words("amazon", knowledge=known).category == "user:office"
        assert guess_for_words("amzn order", knowledge=known).category == "user:office"


class TestStatedPayee:
    def test_is_who_it_is_even_if_the_text_says_more(self):
        found = recognise("NOV RENT", inflow=False, stated="Harbour Housing")
        assert found.payee.name == "Harbour Housing"
        assert found.guess.category == "RENT_AND_UTILITIES_RENT"

    def test_gives_way_to_a_merchant_known_from_the_text(self):
        found = recognise("NETFLIX.COM 1234", inflow=False, stated="Card payment")
        assert found.payee.name == "Netflix"


class TestCategoriser:
    def test_says_the_same_as_the_function(self):
        categoriser = Categoriser()
        for text, _, _ in SPENDING * 2:
            assert categoriser.recognise(text, inflow=False) == recognise(text, inflow=False)
        assert categoriser.recognise("INTEREST", inflow=True) == recognise("INTEREST", inflow=True)


class TestTypedWords:
    @pytest.mark.parametrize(
        ("words", "slug"),
        [
            ("coffee", "FOOD_AND_DRINK_COFFEE"),
            ("lunch", "FOOD_AND_DRINK_RESTAURANT"),
            ("uber", "TRANSPORTATION_TAXIS_AND_RIDE_SHARES"),
            ("groceries", "FOOD_AND_DRINK_GROCERIES"),
            ("chai", "FOOD_AND_DRINK_COFFEE"),
            ("cofee", "FOOD_AND_DRINK_COFFEE"),
            ("pan", "FOOD_AND_DRINK_GROCERIES"),
            ("barra de pan", "FOOD_AND_DRINK_GROCERIES"),
            ("bocadillo", "FOOD_AND_DRINK_RESTAURANT"),
            ("libro", "GENERAL_MERCHANDISE_BOOKSTORES_AND_NEWSSTANDS"),
            ("el metro", "TRANSPORTATION_PUBLIC_TRANSIT"),
            ("auto", "TRANSPORTATION_TAXIS_AND_RIDE_SHARES"),
            ("rent", "RENT_AND_UTILITIES_RENT"),
            ("petrol", "TRANSPORTATION_GAS"),
            ("gas", "TRANSPORTATION_GAS"),
            ("gas bill", "RENT_AND_UTILITIES_GAS_AND_ELECTRICITY"),
            ("food", "FOOD_AND_DRINK"),
            ("salary", "INCOME_WAGES"),
            ("Lunch at McDonald's", "FOOD_AND_DRINK_FAST_FOOD"),
            ("uber to the airport", "TRANSPORTATION_TAXIS_AND_RIDE_SHARES"),
            ("dinner with Sam", "FOOD_AND_DRINK_RESTAURANT"),
            ("2 coffees", "FOOD_AND_DRINK_COFFEE"),
            ("phone recharge", "RENT_AND_UTILITIES_TELEPHONE"),
            ("café", "FOOD_AND_DRINK_COFFEE"),
            ("haircut", "PERSONAL_CARE_HAIR_AND_BEAUTY"),
            ("netflix", "ENTERTAINMENT_TV_AND_MOVIES"),
            ("bijli bill", "RENT_AND_UTILITIES_GAS_AND_ELECTRICITY"),
        ],
    )
    def test_have_a_category(self, words, slug):
        assert guess_for_words(words).category == slug

    @pytest.mark.parametrize("words", ["", "123", "!!!", "zxq"])
    def test_that_mean_nothing_have_none(self, words):
        assert guess_for_words(words).category == UNCATEGORISED

    def test_of_chat_do_not_categorise_bank_texts(self):
        assert guess_category("AUTO", inflow=False).category != guess_for_words("auto").category

    def test_follow_the_direction_they_are_said_in(self):
        assert guess_for_words("interest", inflow=True).category == "INCOME_INTEREST_EARNED"
        assert guess_for_words("interest", inflow=False).category == "BANK_FEES_INTEREST_CHARGE"
