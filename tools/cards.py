"""Cards on wallets: asked for, frozen at once, limited; unfrozen and closed with an approval."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from pydantic import Field
from rapidfuzz import fuzz

from core.cards.card import ACTION, CARD_MOVES, Card, CardChange, CardMoveRefused, CardState
from core.conversation.plan import Option
from core.errors import FinanceError
from core.facts import Answer, Fact, Line, count, money, named
from core.money import Money, to_decimal
from tools.budgets import UNDO
from tools.context import ToolWork
from tools.outcome import Changed, Inverse, Proposed, Unclear
from tools.spec import Arguments, Tier, tool
from tools.wallets import wallet_meant

_MOST_CARDS = 10
_CLOSE = 80


class CardMissing(FinanceError):
    """The user has no card of ours yet."""

    code = "card.none"


class TooManyCards(FinanceError):
    """The user has as many cards as we issue."""

    code = "card.too_many"


class ListCards(Arguments):
    """No arguments."""


@tool()
def list_cards(_arguments: ListCards, work: ToolWork) -> Answer:
    """List the user's own virtual cards: last four figures, state, limits, what they can spend."""
    cards = _cards(work)
    if not cards:
        return Answer("list_cards.none")
    available = {
        item.account.id: item.available for item in work.uow.accounts.balances(work.user_id)
    }
    lines = tuple(
        Line(
            (*_facts(card), money("available", available[card.account_id])),
            card.handle,
            f"list_cards.{card.state}_line",
        )
        for card in cards
        if card.account_id in available
    )
    return Answer("list_cards.list", (count("found", len(lines)),), lines, ("request.demo",))


class CreateCard(Arguments):
    """On which wallet, and what to call it."""

    name: str | None = Field(
        None, description="The user's name for it", min_length=1, max_length=40
    )
    account: str | None = Field(None, description="Name or handle of the wallet it pays from")


@tool(tier=Tier.EXTERNAL)
def create_card(arguments: CreateCard, work: ToolWork) -> Proposed:
    """Propose a virtual card that pays from a wallet; it is issued once its code is approved."""
    wallet = wallet_meant(work, arguments.account, None)
    if len(_cards(work)) >= _MOST_CARDS:
        raise TooManyCards(limit=_MOST_CARDS)
    name = " ".join((arguments.name or f"{wallet.currency} card").split())
    card = Card(
        id=work.ids.new("card"),
        user_id=work.user_id,
        account_id=wallet.id,
        currency=wallet.currency,
        name=name,
        state=CardState.CREATED,
    )
    work.uow.cards.add(card, now=work.now)
    return _proposed(card, CardChange.ISSUE, named("account", wallet.name))


class FreezeCard(Arguments):
    """Which card."""

    card: str | None = Field(None, description="Its name, last four figures or handle")


@tool(tier=Tier.REVERSIBLE, inverse=("card_state",))
def freeze_card(arguments: FreezeCard, work: ToolWork) -> Changed:
    """Freeze a card at once: nothing can be bought with it until it is unfrozen."""
    card = _meant(arguments.card, work)
    if card.state is CardState.FROZEN:
        return Changed(Answer("freeze_card.nothing", _facts(card)), ())
    frozen = work.uow.cards.move(card, CardState.FROZEN, now=work.now)
    answer = Answer("freeze_card.frozen", _facts(frozen), choices=UNDO, subjects=(card.handle,))
    return Changed(answer, (Inverse("card_state", {"card": card.id, "state": card.state.value}),))


class UnfreezeCard(Arguments):
    """Which card."""

    card: str | None = Field(None, description="Its name, last four figures or handle")


@tool(tier=Tier.EXTERNAL)
def unfreeze_card(arguments: UnfreezeCard, work: ToolWork) -> Proposed:
    """Propose to unfreeze a card: it pays again once its code is approved."""
    card = _meant(arguments.card, work)
    if card.state is not CardState.FROZEN:
        raise CardMoveRefused(state=card.state.value)
    return _proposed(card, CardChange.UNFREEZE)


class CloseCard(Arguments):
    """Which card."""

    card: str | None = Field(None, description="Its name, last four figures or handle")


@tool(tier=Tier.EXTERNAL)
def close_card(arguments: CloseCard, work: ToolWork) -> Proposed:
    """Propose to close a card for good; the wallet behind it stays."""
    card = _meant(arguments.card, work)
    if CardState.CLOSED not in CARD_MOVES[card.state]:
        raise CardMoveRefused(state=card.state.value)
    return _proposed(card, CardChange.CLOSE)


class SetCardLimit(Arguments):
    """How much, for what, on which card."""

    amount: str = Field(description="The limit, plain decimal; 0 takes it away")
    scope: Literal["purchase", "day"] = Field("purchase", description="For one purchase or a day")
    card: str | None = Field(None, description="Its name, last four figures or handle")


@tool(tier=Tier.REVERSIBLE, inverse=("card_limits",))
def set_card_limit(arguments: SetCardLimit, work: ToolWork) -> Changed:
    """Limit what a card may pay at once, or in a day; 0 takes the limit away."""
    card = _meant(arguments.card, work)
    amount = abs(Money.of(to_decimal(arguments.amount), card.currency))
    limit = amount if amount else None
    after = replace(card, per_purchase=limit)
    if arguments.scope == "day":
        after = replace(card, per_day=limit)
    work.uow.cards.limit(after, now=work.now)
    shape = f"set_card_limit.{arguments.scope}" if limit else "set_card_limit.gone"
    facts = (*_facts(after), money("limit", amount))
    inverse = Inverse(
        "card_limits",
        {"card": card.id, "purchase": _minor(card.per_purchase), "day": _minor(card.per_day)},
    )
    return Changed(Answer(shape, facts, choices=UNDO, subjects=(card.handle,)), (inverse,))


def restore_state(work: ToolWork, *, card: str, state: str) -> None:
    """Bring a frozen card back to what it was, if it still is frozen."""
    found = work.uow.cards.get(work.user_id, card)
    if found.state is CardState.FROZEN:
        work.uow.cards.move(found, CardState(state), now=work.now)


def restore_limits(work: ToolWork, *, card: str, purchase: int, day: int) -> None:
    """Put a card's limits back; 0 is none."""
    found = work.uow.cards.get(work.user_id, card)
    was = replace(
        found,
        per_purchase=Money(purchase, found.currency) if purchase else None,
        per_day=Money(day, found.currency) if day else None,
    )
    work.uow.cards.limit(was, now=work.now)


def _minor(limit: Money | None) -> int:
    return limit.minor if limit is not None else 0


def _proposed(card: Card, change: CardChange, *more: Fact) -> Proposed:
    facts = (
        named("action", f"action_{change}_card"),
        named("name", card.shown),
        *more,
    )
    options = ("request.final",) if change is CardChange.CLOSE else ()
    answer = Answer(
        f"change_card.propose_{change}",
        facts,
        options=(*options, "request.demo"),
        subjects=(card.handle,),
    )
    return Proposed(ACTION, card.payload(change), answer)


def _cards(work: ToolWork) -> tuple[Card, ...]:
    """Return the cards there are: neither those only asked for, nor those closed."""
    shown = (CardState.ACTIVE, CardState.FROZEN)
    return tuple(card for card in work.uow.cards.of(work.user_id) if card.state in shown)


def _meant(words: str | None, work: ToolWork) -> Card:
    """Return the card meant; of several the user chooses, none is guessed."""
    if words is not None and words.startswith("card:"):
        return work.uow.cards.get(work.user_id, words.partition(":")[2])
    cards = _cards(work)
    if not cards:
        raise CardMissing
    found = tuple(card for card in cards if words is None or _named(card, words)) or cards
    if len(found) == 1:
        return found[0]
    options = tuple(Option(card.handle, text=card.shown) for card in found)
    raise Unclear("card", phrase="ask.card", options=options)


def _named(card: Card, words: str) -> bool:
    wanted = words.casefold().strip()
    return wanted in card.shown.casefold() or fuzz.ratio(card.name.casefold(), wanted) >= _CLOSE


def _facts(card: Card) -> tuple[Fact, ...]:
    facts: tuple[Fact, ...] = (
        named("card", card.shown),
        named("state", f"card_{card.state}"),
    )
    if card.per_purchase is not None:
        facts += (money("per_purchase", card.per_purchase),)
    if card.per_day is not None:
        facts += (money("per_day", card.per_day),)
    return facts
