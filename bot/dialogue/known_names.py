"""What each user can call by name, kept between messages until their books change."""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from core.conversation.context import Named, Names
from core.investments.known import known_securities
from core.store.unit_of_work import UnitOfWork
from core.users.user import User
from prompts.category_words import category_words
from prompts.phrasebook import Phrasebook, languages

# Subscriptions are found again in the background, which leaves no mark: look anew after this.
_KEPT_FOR = timedelta(seconds=60)
_MOST_USERS = 200
# What people call by its kind rather than by its name.
_CALLED_BY_KIND = frozenset(
    {
        "PERSONAL_CARE_GYMS_AND_FITNESS_CENTERS",
        "ENTERTAINMENT_MUSIC_AND_AUDIO",
        "ENTERTAINMENT_TV_AND_MOVIES",
    }
)


# Tools that add an entry and change nothing else that has a name, as the audit trail calls them.
_ONLY_ADDS = frozenset(f"tool.{name}" for name in ("add_entry",))


class _Mark(NamedTuple):
    """What differs after any change of the books, and the language of the names."""

    language: str
    seq: int
    accounts: int
    moved: int


@dataclass(frozen=True, slots=True)
class _Kept:
    """Names as they were read, when, and the newest entry of all users by then."""

    mark: _Mark
    read_at: datetime
    newest: int
    names: Names


class KnownNames:
    """Reads a user's names once and gives the same ones until something has changed.

    The names only help to understand a message; what a tool does is looked up afresh.
    """

    def __init__(self) -> None:
        """Start with nobody known."""
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, uow: UnitOfWork, user: User, book: Phrasebook, *, now: datetime) -> Names:
        """Return the names of ``user``'s accounts, merchants, categories and so on."""
        mark = _Mark(book.lang, *uow.names.mark(user.id))
        with self._lock:
            kept = self._kept.get(user.id)
        if kept is not None and abs(now - kept.read_at) < _KEPT_FOR:
            if kept.mark == mark:
                return kept.names
            if _only_more(uow, user, kept.mark, mark):
                names = _with_new(uow, user, kept)
                return self._keep(user, _Kept(mark, kept.read_at, uow.names.newest_entry(), names))
        # Before the names: what is booked meanwhile is looked at once more, and not missed.
        newest = uow.names.newest_entry()
        return self._keep(user, _Kept(mark, now, newest, _read(uow, user, book)))

    def _keep(self, user: User, kept: _Kept) -> Names:
        with self._lock:
            self._kept[user.id] = kept
            self._kept.move_to_end(user.id)
            while len(self._kept) > _MOST_USERS:
                self._kept.popitem(last=False)
        return kept.names


def _only_more(uow: UnitOfWork, user: User, before: _Mark, now: _Mark) -> bool:
    """Tell whether nothing happened but that the user wrote entries down: they add merchants."""
    if (before.language, before.accounts) != (now.language, now.accounts):
        return False
    done = uow.names.actions_since(user.id, before.seq)
    return bool(done) and done <= _ONLY_ADDS


def _with_new(uow: UnitOfWork, user: User, kept: _Kept) -> Names:
    """Return the names with the merchants of what was booked since; the later name counts."""
    booked = dict(uow.names.booked_since(user.id, kept.newest))
    others = [one for one in kept.names.merchants if one.handle not in booked]
    merchants = [*others, *(Named(key, name) for key, name in booked.items())]
    return replace(kept.names, merchants=tuple(sorted(merchants, key=lambda one: one.handle)))


def _read(uow: UnitOfWork, user: User, book: Phrasebook) -> Names:
    accounts = tuple(
        Named(item.handle, item.name, tuple(word for word in (item.last4, item.kind.value) if word))
        for item in uow.accounts.of(user.id)
    )
    # In the order of their keys: whichever was booked last, they are the same names.
    merchants = tuple(Named(key, name) for key, name in sorted(uow.names.merchants(user.id)))
    subscriptions = _subscriptions(uow, user, book.lang)
    budgets = tuple(item.category for item in uow.budgets.of(user.id))
    own = tuple(Named(slug, book.category(slug)) for slug in uow.names.own_categories(user.id))
    categories = _scheme(book.lang) + own
    bills = tuple(Named(item.handle, item.name) for item in uow.bills.of(user.id))
    goals = tuple(Named(item.handle, item.name) for item in uow.goals.of(user.id))
    return Names(
        accounts,
        categories,
        merchants,
        subscriptions,
        bills,
        budgets,
        _securities(uow, user),
        goals,
    )


def _subscriptions(uow: UnitOfWork, user: User, language: str) -> tuple[Named, ...]:
    """Return the user's subscriptions; the only gym of his may be called "the gym"."""
    found = uow.subscriptions.of(user.id)
    running = [item for item in found if item.live]
    filed = uow.names.categories_of(user.id, sorted({item.merchant_key for item in running}))
    kinds = Counter(filed.get(item.merchant_key, "") for item in running)
    called = {one.handle: (one.text, *one.aliases) for one in _scheme(language)}
    return tuple(
        Named(
            item.handle,
            item.name,
            called[kind] if item.live and kind in _CALLED_BY_KIND and kinds[kind] == 1 else (),
        )
        for item in found
        for kind in (filed.get(item.merchant_key, ""),)
    )


def _securities(uow: UnitOfWork, user: User) -> tuple[Named, ...]:
    """Return what the user holds or watches, under every name that the list has for it."""
    known = {one.symbol: one.name for one in uow.trades.securities(user.id)}
    known.update((one.symbol, one.name) for one in uow.watches.of(user.id))
    listed = known_securities()
    return tuple(
        Named(symbol, name, listed[symbol].spellings if symbol in listed else (symbol,))
        for symbol, name in sorted(known.items())
    )


@lru_cache(maxsize=8)
def _scheme(language: str) -> tuple[Named, ...]:
    """Return the names of the shared categories; they are the same for everybody.

    People mix their languages: the words of the others count too, where they do not stand for
    something else in the user's own.
    """
    own = category_words(language)
    taken = {name.casefold() for word in own for name in (word.name, *word.aliases)}
    also: dict[str, list[str]] = {}
    for other in languages():
        for word in category_words(other) if other != language else ():
            for name in (word.name, *word.aliases):
                if name.casefold() not in taken:
                    taken.add(name.casefold())
                    also.setdefault(word.slug, []).append(name)
    return tuple(
        Named(word.slug, word.name, (*word.aliases, *also.get(word.slug, ()))) for word in own
    )
