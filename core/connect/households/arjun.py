"""Arjun: paid in rupees in Bengaluru, pays by UPI, and freelances for dollars."""

from __future__ import annotations

from core.connect.households.household import HouseholdAccount, HouseholdBudget, HouseholdUser
from core.connect.households.patterns import (
    LAST_WORKING_DAY,
    Amount,
    EveryDays,
    InMonth,
    Monthly,
    Often,
    Once,
    Pattern,
    Place,
    Recipe,
    Table,
    Transfer,
)
from core.connect.households.trades import Deal
from core.investments.trade import TradeKind
from core.money import Money

_FAN_MONTHS = (80, 85, 110, 140, 145, 120, 100, 95, 95, 95, 85, 80)
_FESTIVAL = (10, 11)

_USER = HouseholdUser(
    given_name="Arjun",
    email="arjun@demo.financemaster.app",
    currency="INR",
    zone="Asia/Kolkata",
    locale="en_IN",
    country="IN",
)

_ACCOUNTS = (
    HouseholdAccount(
        "hdfc", "HDFC Bank", "checking", "INR", "HDFC Bank", "501003318", Money(21_640_000, "INR")
    ),
    HouseholdAccount(
        "icici", "ICICI card", "card", "INR", "ICICI Bank", "100045002", Money(-1_420_000, "INR")
    ),
    HouseholdAccount("cash", "Cash", "cash", "INR", "", "", Money(380_000, "INR")),
    HouseholdAccount(
        "payoneer", "Payoneer", "checking", "USD", "Payoneer", "700812266", Money(164_000, "USD")
    ),
)

_INCOME = (
    Pattern("hdfc", "salary", Amount(14_500_000), Monthly(LAST_WORKING_DAY), inward=True),
    Pattern("hdfc", "interest", Amount(42_000, 68_000, step=100), Monthly(1, every=3), inward=True),
    Pattern("hdfc", "tax-refund", Amount(1_148_000), Monthly(21, months=(8,)), inward=True),
    Pattern("payoneer", "freelance", Amount(24_000, 39_000, step=500), Often(2), inward=True),
    Pattern("payoneer", "payoneer-fee", Amount(2_995), Monthly(20, newest=6, oldest=6)),
)

_BILLS = (
    Pattern("hdfc", "rent", Amount(3_200_000), Monthly(3)),
    Pattern(
        "hdfc", "power", Amount(165_000, 195_000, step=100, season=_FAN_MONTHS), Monthly(12, late=3)
    ),
    Pattern("hdfc", "broadband", Amount(117_900), Monthly(9)),
    Pattern("hdfc", "mobile", Amount(34_900), EveryDays(28, 11)),
    Pattern("hdfc", "gas", Amount(85_500), EveryDays(52, 20)),
    Pattern("hdfc", "lic", Amount(840_000), Monthly(18, every=3, newest=1)),
    Pattern("hdfc", "car-loan", Amount(1_850_000), Monthly(7)),
    Pattern("hdfc", "sip-groww", Amount(3_000_000), Monthly(5)),
    Pattern("hdfc", "sip-zerodha", Amount(2_500_000), Monthly(10)),
)

_SUBSCRIPTIONS = (
    Pattern("icici", "netflix", Amount(64_900), Monthly(6)),
    Pattern("icici", "hotstar", Amount(29_900, before=14_900, changed=3), Monthly(15)),
    Pattern("icici", "spotify", Amount(11_900), Monthly(22)),
    Pattern("icici", "google-one", Amount(13_000), Monthly(11)),
    Pattern("icici", "prime", Amount(149_900), Monthly(14, every=12, newest=1)),
    Pattern("icici", "cult", Amount(450_000), Monthly(8, every=3, newest=1)),
    Pattern("icici", "linkedin", Amount(196_000), Monthly(25, newest=7)),
)

_GETTING_AROUND = (
    Pattern("hdfc", "ola", Amount(11_000, 38_000, step=100), Often(5)),
    Pattern("hdfc", "uber", Amount(12_500, 46_000, step=100), Often(6)),
    Pattern("icici", "pvr", Amount(46_000), Once(0), slow=True),
    Pattern("hdfc", "rapido", Amount(5_500, 16_500, step=100), Often(7)),
    Pattern("hdfc", "namma-metro", Amount(4_000, 6_000, step=1_000), Often(12)),
    Pattern("cash", "auto", Amount(8_000, 18_000, step=1_000), Often(10)),
    Pattern("icici", "indian-oil", Amount(100_000, 220_000, step=10_000), Often(2)),
    Pattern("hdfc", "fastag", Amount(50_000), EveryDays(33, 14)),
    Pattern("icici", "indigo", Amount(480_000, 890_000, step=100), Monthly(19, months=(1, 5, 10))),
    Pattern("hdfc", "irctc", Amount(84_000, 214_000, step=500), Monthly(16, every=2, newest=1)),
    Pattern("icici", "oyo", Amount(240_000, 520_000, step=100), Monthly(23, months=(1, 5))),
)

_SHOPPING = (
    Pattern("icici", "amazon", Amount(29_900, 249_900, step=1_000), Often(5), slow=True),
    Pattern("icici", "amazon", Amount(49_900), Once(1), slow=True),
    Pattern("icici", "amazon-refund", Amount(89_900), InMonth(10), inward=True),
    Pattern("hdfc", "flipkart", Amount(24_900, 189_900, step=1_000), Often(3)),
    Pattern("icici", "myntra", Amount(79_900, 249_900, step=1_000), Often(2)),
    Pattern("icici", "myntra-refund", Amount(129_900), Monthly(7, newest=3, oldest=3), inward=True),
    Pattern("icici", "fabindia", Amount(180_000, 420_000, step=1_000), Often(2, months=_FESTIVAL)),
    Pattern("icici", "tanishq", Amount(1_850_000), Monthly(20, months=(10,))),
    Pattern("icici", "croma", Amount(650_000, 990_000, step=1_000), Monthly(17, months=(6, 11))),
)

_THE_REST = (
    Pattern("hdfc", "apollo", Amount(18_000, 96_000, step=100), Often(3)),
    Pattern("hdfc", "practo", Amount(50_000, 80_000, step=10_000), Monthly(26, every=3, newest=2)),
    Pattern("icici", "bookmyshow", Amount(56_000, 128_000, step=1_000), Often(1)),
    Pattern("icici", "pvr", Amount(38_000, 84_000, step=1_000), Often(1)),
    Pattern("hdfc", "urban-company", Amount(49_900, 99_900, step=1_000), EveryDays(41, 15)),
    Pattern("hdfc", "giveindia", Amount(110_000), Monthly(24, months=_FESTIVAL)),
)

_TRANSFERS = (
    Transfer(
        Place("payoneer", "payoneer-out"),
        Place("hdfc", "payoneer-in"),
        Amount(50_000, 55_000, step=5_000),
        Monthly(27),
        8_600,
    ),
    Transfer(Place("hdfc", "atm"), Place("cash", "atm-cash"), Amount(160_000), Monthly(7)),
    Transfer(
        Place("hdfc", "icici-payment"),
        Place("icici", "icici-thanks"),
        Amount(0),
        Monthly(18),
        whole_card=True,
    ),
)

_TABLE = Table(
    limit=1_800_000,
    step=100,
    cup_low=4_000,
    cup_high=14_000,
    cups=(Place("hdfc", "chai-point"), Place("hdfc", "chaayos")),
    meals=(
        Place("hdfc", "swiggy"),
        Place("hdfc", "zomato"),
        Place("hdfc", "swiggy"),
        Place("icici", "dominos"),
    ),
    shops=(
        Place("hdfc", "bigbasket"),
        Place("icici", "dmart"),
        Place("hdfc", "blinkit"),
    ),
    cups_in_ten=5,
    meal_every=2,
    shop_every=4,
    twins_ago=5,
)

_DEALS = (
    Deal("NIFTYBEES.BSE", TradeKind.BUY, 13, 7, "300", fee=2_000),
    Deal("HDFCFLEXI", TradeKind.BUY, 12, 10, "26.455"),
    Deal("INFY.BSE", TradeKind.BUY, 11, 12, "40", fee=2_000),
    Deal("HDFCFLEXI", TradeKind.BUY, 9, 10, "26.12"),
    Deal("RELIANCE.BSE", TradeKind.BUY, 8, 19, "20", fee=2_000),
    Deal("AAPL", TradeKind.BUY, 7, 8, "3", fee=100),
    Deal("HDFCFLEXI", TradeKind.BUY, 6, 10, "25.871"),
    Deal("INFY.BSE", TradeKind.DIVIDEND, 5, 3, "40", each=2_200),
    Deal("INFY.BSE", TradeKind.SELL, 4, 16, "10", fee=2_000),
    Deal("HDFCFLEXI", TradeKind.BUY, 3, 10, "25.4"),
    Deal("INFY.BSE", TradeKind.DIVIDEND, 1, 6, "30", each=2_300),
)

RECIPE = Recipe(
    user=_USER,
    accounts=_ACCOUNTS,
    patterns=(
        *_INCOME,
        *_BILLS,
        *_SUBSCRIPTIONS,
        *_GETTING_AROUND,
        *_SHOPPING,
        *_THE_REST,
    ),
    transfers=_TRANSFERS,
    table=_TABLE,
    budgets=(
        HouseholdBudget("FOOD_AND_DRINK", Money(1_800_000, "INR")),
        HouseholdBudget("TRANSPORTATION", Money(1_200_000, "INR")),
        HouseholdBudget("GENERAL_MERCHANDISE", Money(3_000_000, "INR")),
        HouseholdBudget("ENTERTAINMENT", Money(400_000, "INR")),
    ),
    truth=(
        "Netflix",
        "Hotstar",
        "Spotify",
        "Google One",
        "Amazon Prime",
        "Cult.fit",
    ),
    ended=("LinkedIn",),
    slow_below=200_000,
    deals=_DEALS,
)
