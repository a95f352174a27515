"""Maya: paid in dollars, lives in Madrid, and has one music subscription too many."""

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

_HEATING_AND_COOLING = (150, 145, 125, 100, 85, 100, 125, 130, 100, 85, 105, 140)

_USER = HouseholdUser(
    given_name="Maya",
    email="maya@demo.financemaster.app",
    currency="USD",
    zone="Europe/Madrid",
    locale="en_US",
    country="US",
)

_ACCOUNTS = (
    HouseholdAccount(
        "chase", "Chase Checking", "checking", "USD", "Chase", "371944821", Money(438_350, "USD")
    ),
    HouseholdAccount(
        "savings", "Savings", "savings", "USD", "Chase", "371949907", Money(512_000, "USD")
    ),
    HouseholdAccount(
        "amex", "Amex", "card", "USD", "American Express", "100031005", Money(-61_240, "USD")
    ),
    HouseholdAccount("cash", "Cash", "cash", "USD", "", "", Money(14_000, "USD")),
    HouseholdAccount("bbva", "BBVA", "checking", "EUR", "BBVA", "220077310", Money(64_080, "EUR")),
)

_INCOME = (
    Pattern("chase", "salary", Amount(268_450), Monthly(15, workday=True), inward=True),
    Pattern("chase", "salary", Amount(268_450), Monthly(LAST_WORKING_DAY), inward=True),
    Pattern("chase", "tax-refund", Amount(61_200), Monthly(9, months=(4,)), inward=True),
    Pattern("savings", "interest", Amount(1_480, 1_960), Monthly(28), inward=True),
)

_BILLS = (
    Pattern("chase", "rent", Amount(165_000), Monthly(1)),
    Pattern(
        "chase", "power", Amount(7_200, 8_400, season=_HEATING_AND_COOLING), Monthly(17, late=2)
    ),
    Pattern("chase", "internet", Amount(6_999), Monthly(6, late=1)),
    Pattern("amex", "phone", Amount(6_200), Monthly(20)),
    Pattern("amex", "insurance", Amount(10_420), Monthly(12)),
    Pattern("chase", "student-loan", Amount(28_600), Monthly(25)),
)

_SUBSCRIPTIONS = (
    Pattern("amex", "netflix", Amount(1_799, before=1_549, changed=3), Monthly(8)),
    Pattern("amex", "spotify", Amount(1_199), Monthly(14)),
    Pattern("chase", "spotify-family", Amount(1_699), Monthly(23, oldest=7)),
    Pattern("amex", "icloud", Amount(299), Monthly(3)),
    Pattern("amex", "nyt", Amount(1_700), Monthly(11)),
    Pattern("amex", "prime", Amount(1_499), Monthly(19)),
    Pattern("amex", "chatgpt", Amount(2_000), Monthly(27, oldest=10)),
    Pattern("chase", "gym", Amount(2_499), Monthly(17)),
    Pattern("amex", "passwords", Amount(3_588), Monthly(21, every=12, newest=2)),
    Pattern("amex", "audible", Amount(1_495), Monthly(5, newest=6)),
    Pattern("amex", "calm", Amount(100), Once(4)),
)

_GETTING_AROUND = (
    Pattern("amex", "uber", Amount(780, 2_640), Often(6), slow=True),
    Pattern("amex", "uber", Amount(1_140), Once(0), slow=True),
    Pattern("amex", "lyft", Amount(940, 2_210), Often(3), slow=True),
    Pattern("amex", "shell", Amount(3_620, 4_980), EveryDays(11, 19)),
    Pattern("amex", "shell-0801", Amount(4_510), Once(8)),
    Pattern("amex", "shell-0802", Amount(4_510), Once(8)),
    Pattern("amex", "parking", Amount(280, 1_150), Often(4), slow=True),
    Pattern("chase", "subway", Amount(290), Often(6), slow=True),
    Pattern("bbva", "metro", Amount(610, 1_220, step=610), Often(5), slow=True),
    Pattern("bbva", "cabify", Amount(690, 1_640), Often(4), slow=True),
    Pattern("bbva", "renfe", Amount(2_450, 5_890), Often(1)),
    Pattern("amex", "delta", Amount(31_200, 46_900), Monthly(7, months=(3, 9))),
    Pattern("amex", "airbnb", Amount(21_800, 34_500), Monthly(9, months=(3, 7, 9))),
)

_SHOPPING = (
    Pattern("amex", "amazon", Amount(899, 6_890), Often(6)),
    Pattern("amex", "amazon-refund", Amount(2_599), Monthly(18, newest=2, oldest=2), inward=True),
    Pattern("amex", "target", Amount(4_317), Once(10)),
    Pattern("amex", "target", Amount(1_640, 7_980), Often(3)),
    Pattern("amex", "gap", Amount(2_490, 8_950), Often(1)),
    Pattern("amex", "gap-refund", Amount(3_450), Monthly(9, newest=5, oldest=5), inward=True),
    Pattern("amex", "nike", Amount(8_000), Once(25)),
    Pattern("amex", "nike-refund", Amount(8_000), InMonth(12), inward=True),
    Pattern("amex", "macys", Amount(2_900, 8_400), Often(5, months=(11, 12))),
    Pattern("amex", "best-buy", Amount(14_900, 29_900), Monthly(24, months=(2, 11))),
    Pattern("amex", "petco", Amount(1_860, 3_990), Often(1)),
    Pattern("amex", "home-depot", Amount(1_860, 9_400), Monthly(19, every=2, newest=1)),
    Pattern("cash", "dollar-tree", Amount(250, 1_250, step=125), Often(3)),
    Pattern("cash", "hudson", Amount(290, 980, step=10), Often(3)),
    Pattern("bbva", "zara", Amount(1_995, 5_995), Often(2)),
    Pattern("bbva", "hm", Amount(1_299, 3_999), Often(1)),
    Pattern("bbva", "corte-ingles", Amount(1_890, 7_400), Often(2)),
    Pattern("bbva", "decathlon", Amount(999, 4_499), Often(1)),
    Pattern("bbva", "ikea", Amount(2_400, 9_800), Monthly(13, every=4, newest=2)),
)

_THE_REST = (
    Pattern("amex", "walgreens", Amount(620, 3_140), Often(2), slow=True),
    Pattern("chase", "cvs", Amount(540, 2_690), Often(2), slow=True),
    Pattern("amex", "lenscrafters", Amount(18_900), Monthly(22, newest=4, oldest=4)),
    Pattern("amex", "steam", Amount(499, 2_999), Often(1)),
    Pattern("amex", "cinema", Amount(1_590, 3_480), Often(2)),
    Pattern("amex", "tickets", Amount(5_400, 12_900), Monthly(16, every=3, newest=1)),
    Pattern("cash", "haircut", Amount(2_400, 3_000, step=100), EveryDays(37, 12)),
    Pattern("cash", "usps", Amount(480, 1_430, step=5), Often(1)),
    Pattern("chase", "venmo", Amount(1_200, 4_800, step=100), Often(2)),
    Pattern("chase", "atm-fee", Amount(300), Monthly(10, every=2, newest=1)),
)

_TRANSFERS = (
    Transfer(
        Place("chase", "to-savings"), Place("savings", "from-checking"), Amount(50_000), Monthly(2)
    ),
    Transfer(Place("chase", "wise-out"), Place("bbva", "wise-in"), Amount(42_000), Monthly(4), 89),
    Transfer(Place("chase", "atm"), Place("cash", "atm-cash"), Amount(7_500), Monthly(5)),
    Transfer(
        Place("chase", "amex-payment"),
        Place("amex", "amex-thanks"),
        Amount(0),
        Monthly(24),
        whole_card=True,
    ),
)

# Food is bought in dollars only: the budget is in dollars, and what is left of it must not
# depend on a rate of exchange.
_TABLE = Table(
    limit=40_000,
    step=1,
    cup_low=395,
    cup_high=645,
    cups=(Place("amex", "starbucks"), Place("chase", "blue-bottle")),
    meals=(
        Place("amex", "chipotle"),
        Place("amex", "shake-shack"),
        Place("amex", "doordash"),
        Place("amex", "olive-garden"),
    ),
    shops=(Place("chase", "trader-joes"), Place("amex", "whole-foods")),
    cups_in_ten=4,
    meal_every=5,
    shop_every=4,
    twins_ago=6,
)

_DEALS = (
    Deal("VTI", TradeKind.BUY, 13, 8, "10", fee=100),
    Deal("AAPL", TradeKind.BUY, 12, 14, "15", fee=100),
    Deal("VWCE.DEX", TradeKind.BUY, 11, 6, "20", fee=390),
    Deal("VTI", TradeKind.BUY, 9, 9, "6", fee=100),
    Deal("BND", TradeKind.BUY, 8, 11, "25", fee=100),
    Deal("NVDA", TradeKind.BUY, 7, 17, "12", fee=100),
    Deal("AAPL", TradeKind.DIVIDEND, 6, 15, "15", each=26),
    Deal("VTI", TradeKind.DIVIDEND, 5, 26, "16", each=91),
    Deal("NVDA", TradeKind.SELL, 4, 22, "5", fee=100),
    Deal("VTI", TradeKind.BUY, 3, 10, "4", fee=100),
    Deal("AAPL", TradeKind.DIVIDEND, 3, 14, "15", each=26),
    Deal("VTI", TradeKind.DIVIDEND, 2, 26, "20", each=93),
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
        HouseholdBudget("FOOD_AND_DRINK", Money(40_000, "USD")),
        HouseholdBudget("TRANSPORTATION", Money(45_000, "USD")),
        HouseholdBudget("GENERAL_MERCHANDISE", Money(60_000, "USD")),
        HouseholdBudget("ENTERTAINMENT", Money(15_000, "USD")),
    ),
    truth=(
        "Netflix",
        "Spotify",
        "Spotify Family",
        "iCloud",
        "New York Times",
        "Amazon Prime",
        "OpenAI",
        "Planet Fitness",
        "1Password",
        "Calm",
    ),
    ended=("Audible",),
    slow_below=2_500,
    quiet_from=4_200,
    quiet_to=4_450,
    deals=_DEALS,
)
