"""Which bill the user means: by handle, by what it is for, or by its name."""

from __future__ import annotations

from collections.abc import Sequence

from rapidfuzz import fuzz

from core.bills.bill import Bill, BillKind
from core.categories.cover import expand
from core.categories.scheme import is_known
from core.conversation.plan import Option
from core.errors import FinanceError
from tools.context import ToolWork
from tools.outcome import Unclear

_CLOSE = 80
_PREFIX = "bill:"


class BillNameUnknown(FinanceError):
    """No bill has this name."""

    code = "bill.name_unknown"


def subjects(work: ToolWork, words: str, *, inflow: bool | None) -> frozenset[str]:
    """Return the handles of what is meant: several when all of a category is.

    A subscription is named like a bill here; raise `BillNameUnknown` when nothing fits.
    """
    found = [
        one.handle
        for one in _matching(work, words)
        if inflow is None or (one.kind is BillKind.INCOME) is inflow
    ]
    if not found and not inflow:
        found = [
            one.handle
            for one in work.uow.subscriptions.of(work.user_id)
            if one.live and _is_called(one.name, words)
        ]
    if not found:
        raise BillNameUnknown(name=_plain(words))
    return frozenset(found)


def one_bill(work: ToolWork, words: str) -> Bill:
    """Return the one bill meant; several are asked back, never guessed."""
    found = _matching(work, words)
    if len(found) == 1:
        return found[0]
    if not found:
        raise BillNameUnknown(name=_plain(words))
    options = tuple(
        Option(
            one.handle,
            "choice.subscription",
            fields={"name": one.name, "amount": one.amount.plain, "currency": one.amount.currency},
        )
        for one in found
    )
    raise Unclear("bill", phrase="clarify.which_bill", options=options)


def shown(work: ToolWork, words: str) -> str:
    """Return what to call a bill that was named in some way."""
    return next((one.name for one in _matching(work, words)), _plain(words))


def _matching(work: ToolWork, words: str) -> Sequence[Bill]:
    bills = work.uow.bills.of(work.user_id)
    if words.startswith(_PREFIX):
        return [one for one in bills if one.handle == words]
    if is_known(words):
        return [one for one in bills if one.category in expand(words)]
    exact = [one for one in bills if one.name.casefold() == words.casefold().strip()]
    return exact or [one for one in bills if _is_called(one.name, words)]


def _is_called(name: str, words: str) -> bool:
    have, wanted = name.casefold(), words.casefold().strip()
    if not wanted:
        return False
    return f" {wanted} " in f" {have} " or fuzz.ratio(have, wanted) >= _CLOSE


def _plain(words: str) -> str:
    """Return the words as they may be shown, bounded."""
    return words[:40]
