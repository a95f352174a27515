"""kill -9 while money is sent and while a cancellation is followed: once, or not at all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.api.cancellation_hook import PATH
from core.approvals.approval import Proposal
from core.approvals.decision import Said, Verdict, Word
from core.facts import Answer, money, named
from core.facts_json import answer_to_json
from core.failpoints import Point
from core.ledger.entry import Source
from core.money import Money
from core.payments.contact import Contact
from core.payments.payment import ACTION, payment_payload
from core.store.row_booking import Row
from core.subscriptions.followed import EARLY, GRACE, FollowedState
from core.subscriptions.subscription import SubscriptionStatus
from tests.e2e.killing import KILLED, Stage, at_each, dying, open_stage
from tests.e2e.one_process import Life, clear_up, hear_word, live, run
from tests.ledgers import changing
from tests.people import NOW

pytestmark = [pytest.mark.slow, pytest.mark.chaos]

TWENTY = Money(2000, "USD")
EXECUTION = [point for point in Point if point.startswith("executor")]
ASKING = [Point.PAY_HELD, Point.PAY_ASKED]
ARRIVING = [Point.PAY_UNWRITTEN, Point.PAY_WRITTEN]
SETTLING = [Point.FOLLOW_UNWRITTEN, Point.FOLLOW_WRITTEN]
A_DAY = timedelta(hours=25)
TOLD = "SELECT COUNT(*) FROM outbox WHERE message_class = 'approval' AND dedupe_key LIKE "


@pytest.fixture
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    yield from open_stage(request, tmp_path)


def approved(stage: Stage, number: str) -> str:
    """Have $20 of a wallet of $100 approved, with a second factor, for a payee; return the key."""
    person = stage.person
    person.do("open_wallet", currency="USD", name="Purse")
    person.do("top_up_wallet", amount="100", currency="USD")
    with changing(person.database) as uow:
        new = Contact(0, person.id, "Ana Lopes", number, NOW, NOW)
        uow.payments.add_contact(new, key="payee_1")
        (payee,) = uow.payments.contacts(person.id)
        wallet = uow.wallets.of(person.id)[-1]
        (talk,) = uow.conversations.of(person.id)
        shown = Answer("send_money.proposed", (named("name", "Ana"), money("amount", TWENTY)))
        proposal = Proposal(
            user_id=person.id,
            conversation_id=talk.id,
            action=ACTION,
            tier=3,
            payload=payment_payload(payee, wallet.id, TWENTY),
            shown=answer_to_json(shown),
        )
        asked = uow.approvals.add(proposal, now=NOW, ids=person.ids)
        yes = Said(Word.APPROVE, person.id, talk.id, asked.code)
        uow.approvals.decide(yes, now=NOW)
        confirmed = Said(Word.CONFIRM, person.id, talk.id, asked.code, stepped_up=True)
        decision = uow.approvals.decide(confirmed, now=NOW)
    assert decision.verdict is Verdict.APPROVED
    return asked.id


def assert_sent_once(stage: Stage) -> None:
    """See that the provider has one order, the books one entry, the user one word on each."""
    stage.check()
    assert stage.rows("SELECT state FROM approvals") == [("executed",)]
    assert stage.rows("SELECT COUNT(*) FROM provider_requests") == [(1,)]
    assert stage.rows("SELECT state FROM payments") == [("accepted",)]
    assert [one.amount for one in stage.person.entries()].count(-TWENTY) == 1
    with stage.person.database.reading() as uow:
        wallet = uow.wallets.of(stage.person.id)[-1]
        balances = uow.accounts.balances(stage.person.id)
    (left,) = [one for one in balances if one.account.id == wallet.id]
    assert (left.posted, left.available) == (Money(8000, "USD"), Money(8000, "USD"))


class TestAProcessKilledWhileItSendsMoney:
    @at_each(ASKING + EXECUTION)
    def test_asks_the_rail_once_and_books_it_once(self, stage, point):
        approved(stage, "PT00DEMO00000938")
        assert run(live, dying(stage.life, point), []) == KILLED
        assert run(clear_up, stage.life, []) == 0
        assert_sent_once(stage)
        assert len(stage.bubbles()) == 1

    @at_each(ARRIVING)
    def test_tells_once_that_it_has_arrived(self, stage, point):
        key = approved(stage, "DK00DEMO00007711")
        assert run(live, stage.life, []) == 0
        assert stage.rows("SELECT state FROM payments") == [("sent",)]
        later = replace(stage.life, at=stage.life.at + A_DAY)
        assert run(live, dying(later, point), []) == KILLED
        assert run(clear_up, later, []) == 0
        assert_sent_once(stage)
        assert stage.rows(f"{TOLD}'payment:{key}:%'") == [(1,)]
        assert len(stage.bubbles()) == 2


def asked_to_cancel(stage: Stage) -> str:
    """Have Netflix cancelled as far as asking goes; return the key the provider knows it by."""
    assert stage.process(stage.life, "e1", "cancel netflix") == 0
    assert stage.process(stage.life, "e2", f"APPROVE {stage.code()}") == 0
    with stage.person.database.reading() as uow:
        (approval,) = uow.approvals.latest_for(stage.person.id)
        followed = uow.followed.find(approval.id)
    assert followed is not None
    assert followed.state is FollowedState.SENT
    return str(approval.id)


def due_on(stage: Stage, key: str) -> date:
    """Return the day of the charge that must not come."""
    with stage.person.database.reading() as uow:
        followed = uow.followed.find(key)
    assert followed is not None
    return followed.due_on


def book(stage: Stage, on: date, amount: str, text: str) -> None:
    """Have a row of the bank in the books on the card that pays the subscription."""
    card = stage.person.accounts["Card"]
    with changing(stage.person.database) as uow:
        row = Row(on, Money.of(amount, "USD"), text)
        uow.rows.book(stage.person.id, card, [row], source=Source.IMPORT, now=NOW)


def assert_told_once(stage: Stage, key: str, state: FollowedState) -> None:
    """See that one thing was learned, kept and told, each once."""
    stage.check()
    with stage.person.database.reading() as uow:
        followed = uow.followed.find(key)
    assert followed is not None
    assert followed.state is state
    assert stage.rows(f"{TOLD}'cancellation:{key}:{state.value}'") == [(1,)]
    action = f"cancellation.{state.value}"
    assert stage.rows(f"SELECT COUNT(*) FROM audit_events WHERE action = '{action}'") == [(1,)]


class TestAProcessKilledWhileItFollowsACancellation:
    @at_each([Point.FOLLOW_LOOKED, *SETTLING])
    def test_tells_the_providers_answer_once(self, stage, point):
        key = asked_to_cancel(stage)
        later = replace(stage.life, at=stage.life.at + A_DAY)
        assert run(live, dying(later, point), []) == KILLED
        assert run(clear_up, later, []) == 0
        assert_told_once(stage, key, FollowedState.ACCEPTED)
        assert len(stage.bubbles()) == 4

    @at_each(SETTLING)
    def test_takes_the_providers_own_word_once(self, stage, point):
        key = asked_to_cancel(stage)
        word = json.dumps({"key": key, "state": "confirmed"}).encode()
        assert run(hear_word, dying(stage.life, point), PATH, word) == KILLED
        # The provider had no answer, so it comes again, twice.
        assert run(hear_word, stage.life, PATH, word) == 0
        assert run(hear_word, stage.life, PATH, word) == 0
        assert run(clear_up, stage.life, []) == 0
        assert_told_once(stage, key, FollowedState.ACCEPTED)

    @at_each(SETTLING)
    def test_tells_once_that_the_charge_did_not_come(self, stage, point):
        key = asked_to_cancel(stage)
        due = due_on(stage, key)
        book(stage, due + GRACE, "-12.00", "LUNCH PLACE")
        after = at_day(stage.life, due + GRACE)
        assert run(live, dying(after, point), []) == KILLED
        assert run(clear_up, after, []) == 0
        assert_told_once(stage, key, FollowedState.VERIFIED)

    @at_each(SETTLING)
    def test_tells_once_that_it_was_charged_again(self, stage, point):
        key = asked_to_cancel(stage)
        due = due_on(stage, key)
        with changing(stage.person.database) as uow:
            (netflix,) = uow.subscriptions.of(stage.person.id)
            charged = replace(netflix, last_date=due - EARLY)
            uow.subscriptions.save(charged, now=NOW)
        after = at_day(stage.life, due)
        assert run(live, dying(after, point), []) == KILLED
        assert run(clear_up, after, []) == 0
        assert_told_once(stage, key, FollowedState.CHARGED)
        with stage.person.database.reading() as uow:
            (netflix,) = uow.subscriptions.of(stage.person.id)
        assert netflix.status is SubscriptionStatus.ACTIVE


def at_day(life: Life, day: date) -> Life:
    """Return the life at the same time of another day."""
    return replace(life, at=life.at + (day - life.at.date()))
