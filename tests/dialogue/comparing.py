"""Compares the books with what a dialogue says of them, and with what they were."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from tests.dialogue.books import Books

# ``by +4.00`` is a difference from the start of the dialogue.
_RELATIVE = "by "
_PARTS = ("balances", "budgets", "rules", "memory", "preferences", "subscriptions")


def compared(key: str, wanted: Any, books: Books, start: Books) -> list[str]:
    """Return what is wrong with one assertion, each name of it apart."""
    if key == "entries":
        return _number("entries", wanted, len(books.entries), len(start.entries))
    compare = _BY_KEY[key]
    return [line for name, value in wanted.items() for line in compare(name, value, books, start)]


def differences(before: Books, after: Books) -> list[str]:
    """Return what is not as it was, nothing when the books are the same."""
    wrong = []
    for part in _PARTS:
        old, new = getattr(before, part), getattr(after, part)
        wrong += [
            f"{part}: {name} was {old.get(name)}, is {new.get(name)}"
            for name in sorted(old.keys() | new.keys())
            if old.get(name) != new.get(name)
        ]
    for number in sorted(before.entries.keys() | after.entries.keys()):
        was, now = before.entries.get(number), after.entries.get(number)
        if was != now:
            wrong.append(f"entry {number}: was {was}, is {now}")
    return wrong


def _spent(name: str, wanted: Any, books: Books, start: Books) -> list[str]:
    return _number(f"spent on {name}", wanted, books.spent_on(name), start.spent_on(name))


def _balance(name: str, wanted: Any, books: Books, start: Books) -> list[str]:
    now, before = books.balances.get(name, "0"), start.balances.get(name, "0")
    return _number(f"balance of {name}", wanted, Decimal(now), Decimal(before))


def _budget(field: str) -> Callable[[str, Any, Books, Books], list[str]]:
    def compare(name: str, wanted: Any, books: Books, _start: Books) -> list[str]:
        return _same(f"{field} of {name}", wanted, books.budgets.get(name, {}).get(field, "none"))

    return compare


def _rule(name: str, wanted: Any, books: Books, _start: Books) -> list[str]:
    return _same(f"the rule for {name}", wanted, books.rules.get(name, "none"))


def _preference(name: str, wanted: Any, books: Books, _start: Books) -> list[str]:
    return _same(name, wanted, books.preferences[name])


def _account(name: str, wanted: Any, books: Books, _start: Books) -> list[str]:
    return _same(f"account {name} is there", wanted, name in books.balances)


def _entry(payee: str, wanted: Any, books: Books, _start: Books) -> list[str]:
    if wanted == "none":
        here = [
            one for one in books.entries.values() if payee.casefold() in one["payee"].casefold()
        ]
        return [f"{payee} is in the books: {here}"] if here else []
    entry: Mapping[str, Any] = books.newest(payee)
    return [line for field, value in wanted.items() for line in _same(field, value, entry[field])]


def _same(what: str, wanted: Any, has: Any) -> list[str]:
    return [] if str(has) == str(wanted) else [f"{what}: {has!r}, not {wanted!r}"]


def _number(what: str, wanted: Any, now: Any, before: Any) -> list[str]:
    text = str(wanted)
    expected = Decimal(text.removeprefix(_RELATIVE))
    if text.startswith(_RELATIVE):
        expected += Decimal(before)
    return [] if Decimal(now) == expected else [f"{what}: {now}, not {expected} (was {before})"]


_BY_KEY: Mapping[str, Callable[[str, Any, Books, Books], list[str]]] = {
    "spent": _spent,
    "balance": _balance,
    "limit": _budget("limit"),
    "left": _budget("left"),
    "state": _budget("state"),
    "cadence": _budget("cadence"),
    "rule": _rule,
    "preference": _preference,
    "account": _account,
    "entry": _entry,
}
