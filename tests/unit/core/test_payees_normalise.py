"""Bank texts become the merchant's name, and the same merchant has one key."""

from __future__ import annotations

import pytest

from core.payees.normalise import MAX_NAME, normalise
from core.payees.words import fold, fold_words


def clean(text: str):
    found = normalise(text)
    return found.name, found.key


class TestNormalise:
    @pytest.mark.parametrize(
        ("text", "name", "key"),
        [
            ("SQ *BLUE BTL 0421", "Blue Btl", "blue btl"),
            ("AMZN Mktp US*2K4", "Amzn Mktp", "amzn mktp"),
            ("AMAZON.COM*2K4 AMZN.COM/BILL WA", "Amazon", "amazon"),
            ("PAYPAL *STEAMGAMES 4029357733 WA", "Steamgames", "steamgames"),
            ("TST* THE GOOD FORK - SEATTLE WA", "Good Fork", "good fork"),
            (
                "PURCHASE AUTHORIZED ON 04/21 NORTH STORE 01234 SEATTLE WA",
                "North Store",
                "north store",
            ),
            ("CHECKCARD 0421 TRADER JOES #123 SAN FRANCISCO CA", "Trader Joes", "trader joes"),
            ("POS 7-ELEVEN 12345", "7 Eleven", "7 eleven"),
            ("CHASE CREDIT CRD AUTOPAY PPD ID: 4760039224", "Chase Credit Crd", "chase credit crd"),
            ("UBER   *EATS HELP.UBER.COM", "Uber Eats", "uber eats"),
        ],
    )
    def test_reads_american_cards(self, text, name, key):
        assert clean(text) == (name, key)

    @pytest.mark.parametrize(
        ("text", "name", "key"),
        [
            ("TFL TRAVEL CH          TFL.GOV.UK/CP GBR", "Tfl Travel Ch", "tfl travel ch"),
            ("L'OLILO                 LONDON       GBR", "L'olilo", "lolilo"),
            ("DIRECT DEBIT PAYMENT TO ACME GROUP PLC REF 1234", "Acme Group", "acme group"),
            ("POS31AUG Online", "Online", "online"),
            ("COMPRA TARJ. 5540XXXX1234 MERCADONA MADRID", "Mercadona", "mercadona"),
            ("KARTENZAHLUNG BLUMEN MAIER MUNCHEN DE", "Blumen Maier", "blumen maier"),
            ("PRLV SEPA EAUX DU LAC", "Eaux Du Lac", "eaux du lac"),
            ("Bäckerei Müller GmbH", "Bäckerei Müller", "backerei muller"),
            ("Café Zoë Paris", "Café Zoë", "cafe zoe"),
            ("café", "Café", "cafe"),
            ("COMPRA PANADERÍA ÑANDÚ MADRID", "Panadería Ñandú", "panaderia nandu"),
        ],
    )
    def test_reads_european_banks(self, text, name, key):
        assert clean(text) == (name, key)

    @pytest.mark.parametrize(
        ("text", "key"),
        [
            ("UPI-CHAI KADAI-CHAIKADAI@ICICI-ICIC0000001-123456789012-PAY", "chai kadai"),
            ("UPI/P2M/123456789012/Chai Kadai/ICICI/pay", "chai kadai"),
            ("UPI/412345678901/Payment from Ph/chaikadai@axisbank/AXIS", "chaikadai"),
            ("NEFT CR-CITI0000001-ACME CORP-JOHN-CITIN123", "acme"),
            ("IMPS-123456789012-RAHUL KUMAR-HDFC-XXXX1234-rent", "rahul kumar"),
            ("ACH D- TATA POWER-1234", "tata power"),
            ("BIL/ONL/000123456789/Sunrise Power/Apr", "sunrise power"),
            ("POS 416021XXXXXX1234 BIGBASKET", "bigbasket"),
            ("UPI/123456789012/9876543210@ybl", "upi"),
        ],
    )
    def test_reads_indian_rails(self, text, key):
        assert normalise(text).key == key

    @pytest.mark.parametrize(
        ("text", "key"),
        [
            ("ATM08SEP", "atm"),
            ("CARD PAYMENT", "card payment"),
            ("POS 1234", "pos"),
            ("123456789", ""),
            ("", ""),
            ("   ", ""),
            ("*** --- ///", ""),
        ],
    )
    def test_keeps_what_there_is_when_nothing_names_a_merchant(self, text, key):
        assert normalise(text).key == key

    @pytest.mark.parametrize(
        "texts",
        [
            ("STARLIGHT 0123 LEEDS GB", "starlight", "Starlight #77", "POS STARLIGHT 99881 LONDON"),
            ("JOE'S DINER", "Joes Diner", "SQ *JOE’S DINER 04/21"),
            ("Transport for London", "TRANSPORT FOR LONDON"),
        ],
    )
    def test_gives_one_merchant_one_key(self, texts):
        assert len({normalise(text).key for text in texts}) == 1

    def test_keeps_a_place_that_belongs_to_the_name(self):
        assert normalise("TRANSPORT FOR LONDON").key == "transport for london"
        assert normalise("BANK OF NEW YORK").key == "bank of new york"

    def test_is_bounded(self):
        assert len(normalise("Xy" * 5000).name) <= MAX_NAME

    def test_reads_other_scripts(self):
        assert clean("चाय की दुकान") == ("चाय की दुकान", "चाय की दुकान")


class TestFold:
    def test_drops_case_accents_and_apostrophes(self):
        assert fold("Müßig Joe's CAFÉ") == "mussig joes cafe"
        assert fold_words("M&S, O’Neill's-Pub!") == ["m&s", "oneills", "pub"]
