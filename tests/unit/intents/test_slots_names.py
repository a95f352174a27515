"""Names as people spell them, among sixty shops, four accounts and two friends called Ana."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.conversation.context import Named
from intents.slots.names import NameContext, find_names, match_names

SHOPS = (
    "Amazon|Amazon Prime|Uber|Uber Eats|Starbucks|Swiggy|Costco|Shell|Target|Tesco|Lidl|"
    "Zomato|Apple|Walmart|IKEA|Trader Joe's|Blue Bottle Coffee|Whole Foods Market|Mercadona|"
    "DMart|Lyft|Steam|Netflix|Spotify|BP|AT&T|Total|The Home Depot|McDonald's|7-Eleven|"
    "Café Pavé|Bath & Body Works|Sainsbury's|H&M|Best Buy|Chevron|Delta Air Lines|Airbnb|"
    "Booking.com|PayPal|Venmo|Hulu|Disney+|YouTube Premium|Adobe|GitHub|Comcast|Verizon|"
    "T-Mobile|Con Edison|Planet Fitness|Walgreens|CVS Pharmacy|Rite Aid|Subway|Chipotle|"
    "Domino's Pizza|Taco Bell|Dunkin'|Five Guys"
)
MERCHANTS = tuple(Named(name, name) for name in SHOPS.split("|"))
FRIENDS = (Named("ana1", "Ana García", ("ana",)), Named("ana2", "Ana Pérez", ("ana",)))
ACCOUNTS = (
    Named("account:1", "Chase Checking"),
    Named("account:2", "Ally Savings"),
    Named("account:3", "Chase Savings"),
    Named("account:4", "Cash"),
)


def one(text: str, names=MERCHANTS, **more) -> str | None:
    match = match_names(text, names, **more)
    return match.handle if match else None


class TestAShop:
    @pytest.mark.parametrize(
        ("text", "name"),
        [
            ("amazon", "Amazon"),
            ("how much at AMAZON last month", "Amazon"),
            ("amazon prime", "Amazon Prime"),
            ("uber eats 20", "Uber Eats"),
            ("uber 20", "Uber"),
            ("cancel netflix", "Netflix"),
            ("cancel netflx", "Netflix"),
            ("strabucks 4", "Starbucks"),
            ("walmrt", "Walmart"),
            ("trader joes", "Trader Joe's"),
            ("traderjoes", "Trader Joe's"),
            ("sainsburys 30", "Sainsbury's"),
            ("mcdonalds 12", "McDonald's"),
            ("at&t bill", "AT&T"),
            ("bath and body works", "Bath & Body Works"),
            ("7 eleven 3", "7-Eleven"),
            ("cafe pave", "Café Pavé"),
            ("home depot", "The Home Depot"),
            ("spent at blue bottle", "Blue Bottle Coffee"),
            ("from whole foods", "Whole Foods Market"),
            ("at dominos", "Domino's Pizza"),
            ("bp 40", "BP"),
            ("h&m", "H&M"),
            ("you tube premium", "YouTube Premium"),
            ("spotfy's price", "Spotify"),
            ("at total 45", "Total"),
        ],
    )
    def test_is_found_as_it_is_spelled(self, text, name):
        assert one(text) == name

    @pytest.mark.parametrize(
        "text",
        [
            "food", "coffee 4", "rent 900", "what is the weather", "total spending",
            "how much did i spend", "shall we", "the best one", "body lotion 5",
            "blue shoes 40", "bq 12", "groceries", "my subs", "air fare 200",
            "guys night 60", "prime minister", "taxi 12", "",
        ],
    )  # fmt: skip
    def test_is_not_read_into_other_words(self, text):
        assert one(text) is None

    def test_is_found_by_a_part_of_its_name_only_where_a_shop_is_meant(self):
        assert one("blue bottle 6") is None
        assert one("blue bottle", context=NameContext.MERCHANT) == "Blue Bottle Coffee"
        assert one("6 at blue bottle") == "Blue Bottle Coffee"

    def test_says_where_it_stands(self):
        text = "How much at Trader Joes, please?"
        match = match_names(text, MERCHANTS)
        assert match is not None
        assert text[match.start : match.end] == "Trader Joes"
        assert match.score == 100

    def test_is_not_looked_for_in_what_is_taken(self):
        assert one("target date", taken=[(0, 11)]) is None


class TestATie:
    def test_gives_everybody_it_could_be(self):
        match = match_names("send ana 20", MERCHANTS + FRIENDS)
        assert match is not None
        assert match.handles == ("ana1", "ana2")
        assert match.handle is None

    def test_is_settled_by_the_full_name(self):
        assert one("send ana perez 20", MERCHANTS + FRIENDS) == "ana2"

    def test_of_accounts_that_share_a_word(self):
        match = match_names("savings", ACCOUNTS, context=NameContext.OWN)
        assert match is not None
        assert match.handles == ("account:2", "account:3")
        assert one("ally", ACCOUNTS, context=NameContext.OWN) == "account:2"
        assert one("chase savings", ACCOUNTS, context=NameContext.OWN) == "account:3"


class TestSeveralNames:
    def test_come_in_order(self):
        found = find_names("walmrt and tesco", MERCHANTS)
        assert [match.handle for match in found] == ["Walmart", "Tesco"]

    def test_do_not_run_together_over_small_words(self):
        found = find_names("move 100 from chase to savings", ACCOUNTS, context=NameContext.OWN)
        assert [match.handles for match in found] == [
            ("account:1", "account:3"),
            ("account:2", "account:3"),
        ]


class TestWhateverIsTyped:
    @given(st.text(max_size=60))
    def test_stays_inside_the_text(self, text):
        for match in find_names(text, MERCHANTS):
            assert 0 <= match.start < match.end
            assert set(match.handles) <= {named.handle for named in MERCHANTS}

    @given(st.sampled_from(MERCHANTS))
    def test_every_name_finds_itself(self, named):
        assert one(named.text, context=NameContext.MERCHANT) == named.handle

    def test_without_names_there_is_nothing(self):
        assert find_names("amazon", ()) == ()
        assert match_names("...", (Named("x", "!!!"),)) is None
