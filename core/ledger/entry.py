"""Journal entries: what happened, as postings that sum to zero in each currency."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from core.errors import FinanceError
from core.ids import AccountId, EntryId
from core.ledger.account import AccountKind
from core.money import Money


class EntryState(StrEnum):
    """Whether an entry counts."""

    PENDING = "pending"
    POSTED = "posted"
    VOID = "void"
    SUPERSEDED = "superseded"


ENTRY_MOVES: dict[EntryState, frozenset[EntryState]] = {
    EntryState.PENDING: frozenset({EntryState.POSTED, EntryState.VOID, EntryState.SUPERSEDED}),
    # Back to pending only when the import that settled it is undone.
    EntryState.POSTED: frozenset({EntryState.PENDING, EntryState.VOID, EntryState.SUPERSEDED}),
    EntryState.VOID: frozenset({EntryState.POSTED, EntryState.PENDING}),  # undo of a deletion
    EntryState.SUPERSEDED: frozenset(),
}
IN_THE_BOOKS = frozenset({EntryState.PENDING, EntryState.POSTED})


class Flow(StrEnum):
    """What an entry does to its owner's means."""

    SPEND = "spend"
    INCOME = "income"
    MOVE = "move"  # between own accounts: neither spending nor income
    EXCHANGE = "exchange"  # into another currency: each side against its conversion account
    INVEST = "invest"  # into securities or out of them: neither spending nor income
    OPENING = "opening"


NOMINAL_SIDE: dict[Flow, AccountKind] = {
    Flow.SPEND: AccountKind.EXPENSE,
    Flow.INCOME: AccountKind.INCOME,
    Flow.MOVE: AccountKind.TRANSFER,
    Flow.EXCHANGE: AccountKind.EXCHANGE,
    Flow.INVEST: AccountKind.SECURITIES,
    Flow.OPENING: AccountKind.OPENING,
}


class Source(StrEnum):
    """Where an entry came from."""

    MANUAL = "manual"
    IMPORT = "import"
    DEMO = "demo"
    BANK = "bank"
    OPENING = "opening"
    WALLET = "wallet"  # we did it ourselves, and are its record
    CARD = "card"


# What nobody decided but we read from a name, and how sure that is to need no question mark.
GUESSES = frozenset({"dictionary", "keyword", "model"})
SURE = 90


class EntryUnknown(FinanceError):
    """There is no such entry, or it is not in this user's books."""

    code = "entry.unknown"


class EntryNotInBooks(FinanceError):
    """The entry was deleted; it can only be brought back by undo."""

    code = "entry.not_in_books"


class EntryLocked(FinanceError):
    """The bank is the record of this entry: its amount and date cannot be edited."""

    code = "entry.bank_owned"


class EntryOfTrade(FinanceError):
    """The entry is the money of a trade: it changes with the trade, never by itself."""

    code = "entry.of_trade"


class EntryAppendOnly(FinanceError):
    """We are the record of this entry: it is corrected by a reversal, never changed."""

    code = "entry.append_only"


class NotReversible(FinanceError):
    """Only what we are the record of is reversed; what a bank or the user told is deleted."""

    code = "entry.not_reversible"


class ReversedTwice(FinanceError):
    """An entry can be reversed once."""

    code = "entry.reversed_twice"


class AccountCurrencyDiffers(FinanceError):
    """The entry is in another currency than its account."""

    code = "account.currency_differs"


@dataclass(frozen=True, slots=True)
class Posting:
    """One leg: debit (> 0) or credit (< 0) of an account."""

    account_id: AccountId
    money: Money


@dataclass(frozen=True, slots=True)
class Allocation:
    """What part of an entry was for what. Spending and income both count up.

    ``amount`` of a refund is negative: it gives back to its category. ``locked`` means the
    user said so and nothing automatic may change it.
    """

    category: str
    amount: Money
    source: str = "user"
    confidence: int = 100
    locked: bool = False

    @property
    def is_guessed(self) -> bool:
        """Tell whether the category is a guess that is too unsure to stand without a mark."""
        return self.source in GUESSES and self.confidence < SURE and not self.locked


@dataclass(frozen=True, slots=True)
class NewEntry:
    """A row to be booked. ``amount`` has the account's own sign: negative = out of it."""

    account_id: AccountId
    booked_date: date
    amount: Money
    flow: Flow
    allocations: tuple[Allocation, ...]
    payee: str
    merchant_key: str
    description: str = ""
    state: EntryState = EntryState.POSTED
    source: Source = Source.MANUAL
    external_id: str | None = None
    fingerprint: bytes | None = None
    import_id: str | None = None
    occurred_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """A booked row as its owner sees it, with its present allocations."""

    id: EntryId
    account_id: AccountId
    account: str
    booked_date: date
    amount: Money
    flow: Flow
    state: EntryState
    source: Source
    payee: str
    merchant_key: str
    description: str
    allocations: tuple[Allocation, ...] = ()

    @property
    def handle(self) -> str:
        """How tools and chats refer to it."""
        return f"entry:{self.id}"

    @property
    def category(self) -> str:
        """The category of its largest allocation, or nothing."""
        if not self.allocations:
            return ""
        return self._largest.category

    @property
    def is_guessed(self) -> bool:
        """Tell whether that category is a guess too unsure to stand without a mark."""
        return bool(self.allocations) and self._largest.is_guessed

    def spread(self, whole: Money) -> tuple[Allocation, ...]:
        """Return the allocations with a new amount, shared out in the same proportion."""
        weights = [abs(part.amount.minor) for part in self.allocations]
        shares = whole.split(weights) if sum(weights) else (whole,) * len(weights)
        return tuple(
            replace(part, amount=share)
            for part, share in zip(self.allocations, shares, strict=True)
        )

    @property
    def _largest(self) -> Allocation:
        return max(self.allocations, key=lambda part: abs(part.amount.minor))


def counted(flow: Flow, amount: Money) -> Money:
    """Turn a face amount into how much it counts as spending or income.

    Money out counts up as spending and a refund counts down; money in counts up as income.
    """
    return amount if flow is Flow.INCOME else -amount


def assert_balanced(postings: Iterable[Posting]) -> None:
    """Stop on postings that do not sum to zero in each currency: that would be a bug."""
    sums: dict[str, int] = {}
    for posting in postings:
        currency = posting.money.currency
        sums[currency] = sums.get(currency, 0) + posting.money.minor
    if any(sums.values()):
        raise AssertionError("postings do not sum to zero")
