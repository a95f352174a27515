"""Turns the user's words for accounts, categories and entries into what they stand for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from rapidfuzz import fuzz

from core.categories.cover import expand
from core.categories.scheme import is_known, user_category
from core.conversation.plan import Option
from core.errors import FinanceError
from core.ids import AccountId, EntryId
from core.ledger.account import Account, LedgerClass
from core.ledger.entry import JournalEntry
from core.ledger.search import EntryQuery
from core.period import Period, parse_canonical
from tools.context import ToolWork
from tools.outcome import Unclear

# Squashed ratio from which two names are the same word with a typo (no false match measured).
_CLOSE = 84
_OF_SHOP = "merchant:"


class CategoryUnknown(FinanceError):
    """No category has this name."""

    code = "category.unknown"


class HandleUnreadable(FinanceError):
    """The handle is not one we gave out."""

    code = "handle.unreadable"


class WalletKept(FinanceError):
    """We are the record of this account: nobody writes into it by hand or by file."""

    code = "wallet.kept_by_us"


def entry_id(handle: str) -> EntryId:
    """Read ``entry:12``; raise `HandleUnreadable`."""
    return EntryId(_number(handle, "entry"))


def entry(work: ToolWork, handle: str) -> JournalEntry:
    """Return the user's entry with this handle."""
    return work.uow.entries.get(work.user_id, entry_id(handle))


def is_of_shop(handle: str) -> bool:
    """Tell whether a handle stands for what was bought at a shop: ``merchant:rewe``."""
    return handle.startswith(_OF_SHOP)


def entries_of_shop(work: ToolWork, handle: str, *, limit: int) -> tuple[JournalEntry, ...]:
    """Return a shop's newest entries, at least one; several shops of the name are asked back."""
    try:
        key, shown = merchant_key(work, handle.removeprefix(_OF_SHOP))
    except Unclear as asked:
        options = tuple(replace(one, value=f"{_OF_SHOP}{one.value}") for one in asked.options)
        raise Unclear("entry", phrase=asked.phrase, options=options) from None
    found = work.uow.entries.find(work.user_id, EntryQuery(merchant_key=key, limit=limit))
    if not found:
        raise MerchantUnknown(merchant=shown)
    return found


def account(work: ToolWork, words: str) -> Account:
    """Return the account meant by a handle or a name; ties and strangers are asked back."""
    accounts = work.uow.accounts.of(work.user_id)
    if words.startswith("account:"):
        wanted = AccountId(_number(words, "account"))
        return work.uow.accounts.get(work.user_id, wanted)
    found = _closest(words, ((item.name, item) for item in accounts))
    found = found or _closest(words, ((item.last4, item) for item in accounts if item.last4))
    found = found or _closest(words, ((item.kind.value, item) for item in accounts))
    if len(found) == 1:
        return found[0]
    options = account_options(found or accounts)
    raise Unclear("account", phrase="ask.account", options=options)


def refuse_own_record(account: Account) -> None:
    """Refuse to note something in an account that we keep the record of ourselves."""
    if account.ledger_class is LedgerClass.AUTHORITATIVE:
        raise WalletKept(account=account.name)


def account_options(accounts: Iterable[Account]) -> tuple[Option, ...]:
    """Return accounts as numbered choices."""
    return tuple(Option(item.handle, text=_label(item)) for item in accounts)


def categories(words: str) -> frozenset[str]:
    """Return every detailed slug a category slug covers; raise `CategoryUnknown`."""
    if not is_known(words):
        raise CategoryUnknown(category=words[:40])
    return frozenset(expand(words))


def one_category(words: str) -> str:
    """Return a category slug that an entry can have; a new word becomes the user's own."""
    if is_known(words):
        return words
    return user_category(words).slug


def period(text: str) -> Period:
    """Read a canonical period."""
    return parse_canonical(text)


def merchant_key(work: ToolWork, words: str) -> tuple[str, str]:
    """Return (key, shown name) of a merchant of the user's; ties are asked back."""
    exact = work.uow.names.merchant(work.user_id, words)
    if words and exact is not None:
        return words, exact
    known = work.uow.names.merchants(work.user_id)
    found = _closest(words, ((name, (key, name)) for key, name in known))
    found = found or tuple(
        pair for pair in known if f" {words.casefold()} " in f" {pair[1].casefold()} "
    )
    if len(found) == 1:
        return found[0]
    if not found:
        raise MerchantUnknown(merchant=words[:40])
    raise Unclear(
        "merchant",
        phrase="ask.merchant",
        options=tuple(Option(key, text=name) for key, name in found[:6]),
    )


class MerchantUnknown(FinanceError):
    """The user's books hold nothing from a merchant of this name."""

    code = "merchant.unknown"


T = TypeVar("T")


def _closest(words: str, candidates: Iterable[tuple[str, T]]) -> tuple[T, ...]:
    """Return every candidate with the best score, if that is good enough."""
    wanted = _squashed(words)
    best, found = _CLOSE - 1.0, []
    for name, item in candidates:
        score = 100.0 if _squashed(name) == wanted else fuzz.ratio(_squashed(name), wanted)
        if score > best:
            best, found = score, [item]
        elif score == best:
            found.append(item)
    return tuple(found)


def _squashed(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())


def _label(item: Account) -> str:
    # What a bank masks with signs is no number that anybody knows.
    digits = item.last4 if item.last4.isalnum() else ""
    return f"{item.name} {digits}".strip()


def _number(handle: str, kind: str) -> int:
    prefix, _, digits = handle.partition(":")
    if prefix != kind or not digits.isdigit() or len(digits) > 18:
        raise HandleUnreadable(kind=kind)
    return int(digits)
