"""The category scheme: Plaid's Personal Finance Categories, version 1, and user categories.

16 primary and 104 detailed categories. A slug is stored and never shown: the words people read
and type for it are in ``prompts/<lang>/categories.toml``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from core.errors import FinanceError

UNCATEGORISED = "UNCATEGORISED"
USER_PREFIX = "user:"
MAX_USER_SLUG = 40

# Detailed categories by primary; their slugs are the two joined by an underscore.
_DETAILED = {
    "INCOME": (
        "DIVIDENDS INTEREST_EARNED RETIREMENT_PENSION TAX_REFUND UNEMPLOYMENT WAGES OTHER_INCOME"
    ),
    "TRANSFER_IN": (
        "CASH_ADVANCES_AND_LOANS DEPOSIT INVESTMENT_AND_RETIREMENT_FUNDS SAVINGS ACCOUNT_TRANSFER "
        "OTHER_TRANSFER_IN"
    ),
    "TRANSFER_OUT": (
        "INVESTMENT_AND_RETIREMENT_FUNDS SAVINGS WITHDRAWAL ACCOUNT_TRANSFER OTHER_TRANSFER_OUT"
    ),
    "LOAN_PAYMENTS": (
        "CAR_PAYMENT CREDIT_CARD_PAYMENT PERSONAL_LOAN_PAYMENT MORTGAGE_PAYMENT "
        "STUDENT_LOAN_PAYMENT OTHER_PAYMENT"
    ),
    "BANK_FEES": (
        "ATM_FEES FOREIGN_TRANSACTION_FEES INSUFFICIENT_FUNDS INTEREST_CHARGE OVERDRAFT_FEES "
        "OTHER_BANK_FEES"
    ),
    "ENTERTAINMENT": (
        "CASINOS_AND_GAMBLING MUSIC_AND_AUDIO SPORTING_EVENTS_AMUSEMENT_PARKS_AND_MUSEUMS "
        "TV_AND_MOVIES VIDEO_GAMES OTHER_ENTERTAINMENT"
    ),
    "FOOD_AND_DRINK": (
        "BEER_WINE_AND_LIQUOR COFFEE FAST_FOOD GROCERIES RESTAURANT VENDING_MACHINES "
        "OTHER_FOOD_AND_DRINK"
    ),
    "GENERAL_MERCHANDISE": (
        "BOOKSTORES_AND_NEWSSTANDS CLOTHING_AND_ACCESSORIES CONVENIENCE_STORES DEPARTMENT_STORES "
        "DISCOUNT_STORES ELECTRONICS GIFTS_AND_NOVELTIES OFFICE_SUPPLIES ONLINE_MARKETPLACES "
        "PET_SUPPLIES SPORTING_GOODS SUPERSTORES TOBACCO_AND_VAPE OTHER_GENERAL_MERCHANDISE"
    ),
    "HOME_IMPROVEMENT": (
        "FURNITURE HARDWARE REPAIR_AND_MAINTENANCE SECURITY OTHER_HOME_IMPROVEMENT"
    ),
    "MEDICAL": (
        "DENTAL_CARE EYE_CARE NURSING_CARE PHARMACIES_AND_SUPPLEMENTS PRIMARY_CARE "
        "VETERINARY_SERVICES OTHER_MEDICAL"
    ),
    "PERSONAL_CARE": (
        "GYMS_AND_FITNESS_CENTERS HAIR_AND_BEAUTY LAUNDRY_AND_DRY_CLEANING OTHER_PERSONAL_CARE"
    ),
    "GENERAL_SERVICES": (
        "ACCOUNTING_AND_FINANCIAL_PLANNING AUTOMOTIVE CHILDCARE CONSULTING_AND_LEGAL EDUCATION "
        "INSURANCE POSTAGE_AND_SHIPPING STORAGE OTHER_GENERAL_SERVICES"
    ),
    "GOVERNMENT_AND_NON_PROFIT": (
        "DONATIONS GOVERNMENT_DEPARTMENTS_AND_AGENCIES TAX_PAYMENT OTHER_GOVERNMENT_AND_NON_PROFIT"
    ),
    "TRANSPORTATION": (
        "BIKES_AND_SCOOTERS GAS PARKING PUBLIC_TRANSIT TAXIS_AND_RIDE_SHARES TOLLS "
        "OTHER_TRANSPORTATION"
    ),
    "TRAVEL": "FLIGHTS LODGING RENTAL_CARS OTHER_TRAVEL",
    "RENT_AND_UTILITIES": (
        "GAS_AND_ELECTRICITY INTERNET_AND_CABLE RENT SEWAGE_AND_WASTE_MANAGEMENT TELEPHONE WATER "
        "OTHER_UTILITIES"
    ),
}
# Letters and digits of any script; Indic vowel signs are marks, not letters, to Python.
_WORD = r"(?:[^\W_]|[\u0900-\u0d7f])+"
_USER_SLUG = re.compile(rf"{_WORD}(?:-{_WORD})*")


class Flow(StrEnum):
    """What a category means for the sums: money spent, money earned, or neither.

    Moves between one's own accounts (and the payment of a card whose purchases are already
    counted) are neither.
    """

    SPEND = "spend"
    INCOME = "income"
    MOVE = "move"


class UnknownCategory(FinanceError):
    """The slug is in no scheme."""

    code = "category.unknown"


class BadCategoryName(FinanceError):
    """A user category needs a name with letters, and not too long a one."""

    code = "category.bad_name"


@dataclass(frozen=True, slots=True)
class Category:
    """A category: its ``slug``, the ``primary`` it rolls up to, and its ``flow``."""

    slug: str
    primary: str
    flow: Flow

    @property
    def is_primary(self) -> bool:
        """Tell whether others roll up to it."""
        return self.slug == self.primary


_FLOWS = {"INCOME": Flow.INCOME, "TRANSFER_IN": Flow.MOVE, "TRANSFER_OUT": Flow.MOVE}
_MOVES_AMONG_SPENDING = frozenset({"LOAN_PAYMENTS_CREDIT_CARD_PAYMENT"})


def _category(slug: str, primary: str) -> Category:
    is_move = slug in _MOVES_AMONG_SPENDING
    return Category(slug, primary, Flow.MOVE if is_move else _FLOWS.get(primary, Flow.SPEND))


PRIMARIES = tuple(_DETAILED)
DETAILED = tuple(
    f"{primary}_{name}" for primary, names in _DETAILED.items() for name in names.split()
)
_SCHEME = {
    slug: _category(slug, primary)
    for primary, names in _DETAILED.items()
    for slug in (primary, *(f"{primary}_{name}" for name in names.split()))
} | {UNCATEGORISED: Category(UNCATEGORISED, UNCATEGORISED, Flow.SPEND)}


def is_known(slug: str) -> bool:
    """Tell whether ``slug`` can stand on an entry: of the scheme, uncategorised, or a user's."""
    return slug in _SCHEME or is_user_category(slug)


def is_user_category(slug: str) -> bool:
    """Tell whether ``slug`` has the form of a user's own category."""
    own = slug.removeprefix(USER_PREFIX)
    return own != slug and len(own) <= MAX_USER_SLUG and bool(_USER_SLUG.fullmatch(own))


def category(slug: str) -> Category:
    """Return the category of ``slug``; raise `UnknownCategory`.

    A user's own category is spending and rolls up to itself.
    """
    found = _SCHEME.get(slug)
    if found:
        return found
    if is_user_category(slug):
        return Category(slug, slug, Flow.SPEND)
    raise UnknownCategory(category=slug[:60])


def user_category(name: str) -> Category:
    """Return the user category for a ``name`` that the user typed: ``Kids' school``."""
    words = re.findall(_WORD, name.replace("'", "").replace("’", "").casefold())
    own = "-".join(words)
    if not own or len(own) > MAX_USER_SLUG:
        raise BadCategoryName(name=name[:60])
    return category(USER_PREFIX + own)
