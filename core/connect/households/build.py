"""Turn a household's recipe into rows: fourteen full months and the current one, up to today."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from core.connect.households import arjun, maya
from core.connect.households.chance import Chance
from core.connect.households.days import days_of
from core.connect.households.household import Household, HouseholdRow, UnknownHousehold
from core.connect.households.patterns import Amount, Pattern, Place, Recipe, Transfer
from core.connect.households.table import bites
from core.connect.households.trades import trades_of
from core.money import Money

SEED = 20_26
PENDING_DAYS = 2
_RECIPES: Mapping[str, Recipe] = {"maya": maya.RECIPE, "arjun": arjun.RECIPE}
_MERCHANTS = Path(__file__).with_name("merchants.toml")


@dataclass(frozen=True, slots=True)
class _Draft:
    """A row before its bank wording: ``minor`` has the account's own sign."""

    key: str
    place: Place
    on: date
    minor: int
    slow: bool = False


def names() -> tuple[str, ...]:
    """Return the names of all invented households."""
    return tuple(_RECIPES)


def household(name: str, *, today: date, seed: int = SEED) -> Household:
    """Return an invented household as it stands on ``today``, always the same for the same day.

    ``seed`` makes another household of the same shape; the draws are hashes of it (see
    `Chance`), so nothing here depends on the order in which rows are made.
    """
    recipe = _RECIPES.get(name)
    if recipe is None:
        raise UnknownHousehold(name=name[:40])
    drafts = _drafts(recipe, today, Chance(seed))
    return Household(
        name=name,
        user=recipe.user,
        accounts=recipe.accounts,
        rows=tuple(_rows(name, recipe, drafts, today, Chance(seed))),
        budgets=recipe.budgets,
        truth=recipe.truth,
        ended=recipe.ended,
        trades=tuple(trades_of(recipe.deals, today)),
    )


def _drafts(recipe: Recipe, today: date, chance: Chance) -> list[_Draft]:
    everyday = [*_from_patterns(recipe, today, chance), *_from_table(recipe, today, chance)]
    drafts = [_kept_clear(draft, recipe) for draft in everyday]
    for transfer in recipe.transfers:
        drafts.extend(_legs(transfer, recipe, drafts, today, chance))
    return sorted(drafts, key=lambda draft: (draft.on, draft.place.account, draft.key))


def _from_patterns(recipe: Recipe, today: date, chance: Chance) -> Iterator[_Draft]:
    for pattern in recipe.patterns:
        key = pattern.key
        for day, ago in days_of(pattern.rhythm, key, today, chance):
            minor = _minor(pattern.amount, key, day, ago, chance)
            sign = 1 if pattern.inward else -1
            yield _Draft(key, _place(pattern), day, sign * minor, pattern.slow)


def _place(pattern: Pattern) -> Place:
    return Place(pattern.account, pattern.merchant)


def _minor(amount: Amount, key: str, day: date, ago: int, chance: Chance) -> int:
    if amount.before and ago > amount.changed:
        return amount.before
    if amount.high <= amount.low:
        return amount.low
    steps = (amount.high - amount.low) // amount.step
    drawn = amount.low + amount.step * chance.between(0, steps, "amount", key, day)
    if not amount.season:
        return drawn
    return drawn * amount.season[day.month - 1] // 100 // amount.step * amount.step


def _from_table(recipe: Recipe, today: date, chance: Chance) -> Iterator[_Draft]:
    for bite in bites(recipe.table, today=today, chance=chance):
        key = f"{bite.place.account}/{bite.place.merchant}/table"
        yield _Draft(key, bite.place, bite.on, -bite.minor, bite.is_cup)


def _kept_clear(draft: _Draft, recipe: Recipe) -> _Draft:
    """Move an amount that chance drew out of the range that is kept for one memorable thing."""
    low, high = recipe.quiet_from, recipe.quiet_to
    if draft.key.endswith("/once") or not low <= abs(draft.minor) <= high:
        return draft
    return replace(draft, minor=draft.minor - (high - low + 1) * (1 if draft.minor > 0 else -1))


def _legs(
    transfer: Transfer, recipe: Recipe, so_far: Iterable[_Draft], today: date, chance: Chance
) -> Iterator[_Draft]:
    so_far = tuple(so_far)
    for day, ago in days_of(transfer.rhythm, transfer.key, today, chance):
        minor = _minor(transfer.amount, transfer.key, day, ago, chance)
        if transfer.whole_card:
            minor = _card_debt(recipe, transfer.target.account, so_far, day)
        if minor <= 0:
            continue
        wobble = chance.between(980, 1_020, "rate", transfer.key, day)
        bought = minor if transfer.rate == 100 else minor * transfer.rate * wobble // 100_000
        yield _Draft(transfer.key, transfer.source, day, -minor)
        yield _Draft(transfer.key, transfer.target, day, bought)


def _card_debt(recipe: Recipe, card: str, drafts: Iterable[_Draft], day: date) -> int:
    """What was bought on the card in the month before; the very first payment clears the start."""
    last = day.replace(day=1) - timedelta(days=1)
    bought = [
        draft.minor
        for draft in drafts
        if draft.place.account == card
        and (draft.on.year, draft.on.month) == (last.year, last.month)
    ]
    if bought:
        return -sum(bought)
    return -next(account.opening.minor for account in recipe.accounts if account.key == card)


def _rows(
    name: str, recipe: Recipe, drafts: Iterable[_Draft], today: date, chance: Chance
) -> Iterator[HouseholdRow]:
    currencies = {account.key: account.currency for account in recipe.accounts}
    merchants = _merchants()[name]
    seen: Counter[str] = Counter()
    for draft in drafts:
        handle = f"{draft.key}/{draft.place.account}/{draft.on:%Y%m%d}"
        seen[handle] += 1
        identity = f"{handle}/{seen[handle]}"
        merchant = merchants[draft.place.merchant]
        fresh = (today - draft.on).days < PENDING_DAYS and -draft.minor < recipe.slow_below
        yield HouseholdRow(
            account=draft.place.account,
            booked_date=draft.on,
            amount=Money(draft.minor, currencies[draft.place.account]),
            description=_wording(merchant["text"], identity, draft.on, chance),
            external_id=f"demo:{name}/{identity}",
            pending=draft.slow and fresh,
            merchant=merchant["name"],
            category=merchant["category"],
        )


def _wording(text: str, identity: str, day: date, chance: Chance) -> str:
    return text.format(
        ref=chance.digits(6, "ref", identity),
        rrn=chance.digits(12, "rrn", identity),
        month=f"{day:%b}".upper(),
    )


@cache
def _merchants() -> dict[str, dict[str, dict[str, str]]]:
    return tomllib.loads(_MERCHANTS.read_text(encoding="utf-8"))
