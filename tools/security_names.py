"""Turns the user's words for a security into the one that is meant: apple, AAPL, "tata"."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rapidfuzz import fuzz

from core.conversation.plan import Option
from core.errors import FinanceError
from core.ids import UserId
from core.investments.known import known_securities, named, squashed
from core.investments.security import Security, SecurityKind, symbol_of
from tools.context import ToolWork
from tools.outcome import Unclear

_CLOSE = 84
_MOST_CHOICES = 5
_LONGEST_TYPED = 12
_TICKER = re.compile(r"\$?[A-Za-z0-9][A-Za-z0-9.&-]*")


class SecurityNameUnknown(FinanceError):
    """Nothing is called so: neither the user's own nor one of the list."""

    code = "security.name_unknown"


def one_security(work: ToolWork, words: str) -> Security:
    """Return the security meant; ``id`` is 0 when it is not one of the user's yet.

    The user's own come first, then those that people call by name, then a symbol as it was
    typed; a word that several begin with is asked back.
    """
    own = work.uow.trades.securities(work.user_id)
    if words.startswith("security:"):
        number = words.partition(":")[2]
        return work.uow.trades.security(work.user_id, int(number) if number.isdigit() else 0)
    wanted = squashed(words)
    if not wanted:
        raise SecurityNameUnknown(name=words[:40])
    found = _exact(own, wanted)
    if not found and (known := named(words)):
        return known.of(UserId(work.user_id))
    found = found or _close(own, wanted)
    if len(found) == 1:
        return found[0]
    listed = found or _listed(work, words)
    if len(listed) == 1:
        return listed[0]
    if listed:
        options = tuple(Option(one.symbol, text=f"{one.name} {one.symbol}") for one in listed)
        raise Unclear("security", phrase="clarify.which_security", options=options)
    return _typed(work, words)


def _exact(own: Iterable[Security], wanted: str) -> list[Security]:
    return [one for one in own if wanted in _spellings(one)]


def _spellings(one: Security) -> set[str]:
    listed = known_securities().get(one.symbol)
    spellings = (one.symbol, one.name, *(listed.spellings if listed else ()))
    return {squashed(spelling) for spelling in spellings}


def _close(own: Iterable[Security], wanted: str) -> list[Security]:
    """Return the user's own with a slip in the name, or of which a whole word was said."""
    return [
        one
        for one in own
        if fuzz.ratio(squashed(one.name), wanted) >= _CLOSE
        or wanted in {squashed(word) for word in one.name.split() if len(word) > 2}
    ]


def _listed(work: ToolWork, words: str) -> list[Security]:
    """Return securities of the list of whose name the words are a part: "tata" is in three."""
    said = f" {words.casefold().strip()} "
    found = [
        one
        for one in known_securities().values()
        if any(said in f" {name.casefold()} " for name in (one.name, *one.also))
    ]
    return [one.of(UserId(work.user_id)) for one in found[:_MOST_CHOICES]]


def _typed(work: ToolWork, words: str) -> Security:
    """Take one short word as a symbol nobody told us of; it is in the user's own currency."""
    text = words.strip()
    if not _TICKER.fullmatch(text) or len(text) > _LONGEST_TYPED:
        raise SecurityNameUnknown(name=words[:40])
    symbol = symbol_of(text)
    currency = work.preferences.currency
    return Security(0, UserId(work.user_id), symbol, symbol, SecurityKind.OTHER, currency)
