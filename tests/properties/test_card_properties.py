"""Cards under any order of events: a frozen one never authorises, limits hold, money adds up.

Property 10 of the ledger, with 3, 6 and 7 on the way: the issuer's events are taken through the
same door as the webhook's, some of them twice.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from core.cards.card import CARD_MOVES, Card, CardMoveRefused, CardState
from core.cards.purchase import most_to_capture
from core.connect.card_issuer import CardEvent, CardEventKind
from core.ledger.account import AccountKind, LedgerClass
from core.money import Money
from core.store.unit_of_work import Database
from tests.fakes.world import World
from tests.ledgers import ON_BOTH, breaches, changing, machine
from tests.people import NOW, TODAY, dora
from workers.card_events import take_card_event

pytestmark = pytest.mark.slow

minors = st.integers(min_value=1, max_value=20_000)
mccs = st.sampled_from(["", "5812", "5541", "5999"])
states = st.sampled_from([CardState.ACTIVE, CardState.FROZEN, CardState.CLOSED])


class Purchases(RuleBasedStateMachine):
    """One card on one wallet, its owner and its issuer."""

    authorised = Bundle("authorised")

    def __init__(self, database: Database) -> None:
        super().__init__()
        self.person = dora(database)
        self.world = World(database)
        self.world.clock.advance(NOW - self.world.now)
        self.state = CardState.ACTIVE
        self.limit: int | None = None
        self.posted = 100_000
        self.held: dict[str, int] = {}
        self.number = 0
        with changing(database) as uow:
            wallet = uow.accounts.open(
                self.person.id,
                name="Wallet",
                kind=AccountKind.WALLET,
                ledger_class=LedgerClass.AUTHORITATIVE,
                currency="USD",
                now=NOW,
            )
            amount = Money(self.posted, "USD")
            uow.wallets.top_up(self.person.id, wallet, amount, key="in", day=TODAY, now=NOW)
            card_id = self.person.ids.new("card")
            self.card = Card(card_id, self.person.id, wallet.id, "USD", "Test", CardState.CREATED)
            uow.cards.add(self.card, now=NOW)
            self.card = uow.cards.issued(self.card, f"token-{card_id}", "1234", now=NOW)

    @property
    def available(self) -> int:
        return self.posted - sum(self.held.values())

    @rule(state=states)
    def bring_into(self, state):
        allowed = state is self.state or state in CARD_MOVES[self.state]
        try:
            for _ in range(2):  # twice is as good as once
                with changing(self.person.database) as uow:
                    uow.cards.move(self.card, state, now=NOW)
        except CardMoveRefused:
            assert not allowed
        else:
            assert allowed
            self.state = state

    @rule(limit=st.none() | minors)
    def limit_a_purchase(self, limit):
        with changing(self.person.database) as uow:
            card = replace(self.card, per_purchase=Money(limit, "USD") if limit else None)
            uow.cards.limit(card, now=NOW)
        self.limit = limit

    @rule(target=authorised, minor=minors, mcc=mccs, twice=st.booleans())
    def authorise(self, minor, mcc, twice):
        event = self._event(CardEventKind.AUTHORISATION, f"a{self._next()}", minor, mcc)
        approved = self._tell(event, twice=twice)
        may = self.state is CardState.ACTIVE and minor <= self.available
        assert approved is (may and (self.limit is None or minor <= self.limit))
        if not approved:
            return multiple()
        self.held[event.authorisation] = minor
        return event.authorisation

    @rule(at=consumes(authorised), share=st.integers(1, 130), mcc=mccs, twice=st.booleans())
    def capture(self, at, share, mcc, twice):
        held = self.held[at]
        minor = max(1, held * share // 100)
        event = self._event(CardEventKind.CAPTURE, at, minor, mcc)
        approved = self._tell(event, twice=twice)
        most = most_to_capture(Money(held, "USD"), mcc).minor
        assert approved is (minor <= held or (minor <= most and minor - held <= self.available))
        if approved:
            self.posted -= minor
            del self.held[at]

    @rule(at=consumes(authorised), twice=st.booleans())
    def let_go(self, at, twice):
        assert self._tell(self._event(CardEventKind.VOID, at, 0, ""), twice=twice)
        del self.held[at]
        # What was let go is not taken any more.
        assert not self._tell(self._event(CardEventKind.CAPTURE, at, 1, ""), twice=False)

    @rule(kind=st.sampled_from(CardEventKind), minor=minors)
    def tell_of_a_stranger(self, kind, minor):
        known = self._event(kind, f"a{self._next()}", minor, "")
        assert not self._tell(replace(known, token="nobody's"), twice=True)

    @invariant()
    def the_wallet_is_what_was_bought_and_never_below_nought(self):
        with self.person.database.reading() as uow:
            (balance,) = uow.accounts.balances(self.person.id)
            assert breaches(uow, self.person.id) == []
            assert uow.accounts.mismatches(self.person.id) == ()
        assert (balance.posted.minor, balance.available.minor) == (self.posted, self.available)
        assert balance.available.minor >= 0

    def _next(self) -> int:
        self.number += 1
        return self.number

    def _event(self, kind: CardEventKind, at: str, minor: int, mcc: str) -> CardEvent:
        whose = f"{self.card.id}-{at}" if not at.startswith(self.card.id) else at
        event_id = f"{whose}-{self._next()}"
        return CardEvent(event_id, kind, self.card.token, whose, Money(minor, "USD"), "Shop", mcc)

    def _tell(self, event: CardEvent, *, twice: bool) -> bool:
        first = take_card_event(self.world.context, event).approved
        if twice:
            assert take_card_event(self.world.context, event).approved is first
        return first


@ON_BOTH
class TestAnyPurchases:
    def test_are_allowed_only_by_an_active_card_with_money_behind_it(self, database):
        run_state_machine_as_test(
            partial(Purchases, database),  # type: ignore[arg-type]  # any way to make one will do
            settings=machine(steps=25, share=10),
        )


class TestAFrozenCard:
    @pytest.mark.parametrize("state", [CardState.FROZEN, CardState.CLOSED])
    def test_authorises_nothing_however_small(self, database, state):
        shop = Purchases(database)
        shop.bring_into(state)
        shop.authorise(1, "", twice=True)
        assert shop.held == {}
