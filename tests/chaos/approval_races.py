"""Many words on one approval at the same moment, and executors that take up what is approved.

Each race has one approval, four who come at it at once, and a wish for how it may end. Two of the
four are at one process's database and two at another's, so that what keeps them apart is the
database itself and no lock of a process.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import text

from core.approvals.approval import LIFE, Approval, Proposal
from core.approvals.decision import STEP_UP_TIER, Said, Verdict, Word
from core.connect.cancellation import CancellationReceipt, CancellationRequest
from core.connect.simulated_cancellation import SimulatedCancellation, StoredReceipt
from core.facts import Answer, money, named
from core.facts_json import answer_to_json
from core.ids import AccountId, SystemIds, UserId
from core.ledger.account import AccountKind
from core.messaging.address import ChannelName
from core.money import Money
from core.store.cipher import MasterKey
from core.store.unit_of_work import Database
from core.subscriptions.cadence import Cadence
from core.subscriptions.cancelling import ACTION, cancellation_payload
from core.subscriptions.subscription import Subscription, SubscriptionStatus
from tests.fakes.world import MASTER, START, World
from workers.cancel import CancelSubscription
from workers.executor import execute_approved

COMERS = 4
_PRICE, _DEARER = Money(1599, "USD"), Money(1799, "USD")
_AT_ONCE = 50  # so many approvals are laid out in one transaction


class Race(StrEnum):
    """What comes together."""

    DOUBLE_TAP = "double_tap"
    BOTH_WORDS = "both_words"
    AT_THE_END = "at_the_end"
    AFTER_THE_END = "after_the_end"
    DEARER = "dearer"
    REPLACED = "replaced"
    TAKEN_BACK = "taken_back"
    TWO_CHATS = "two_chats"
    SECOND_FACTOR = "second_factor"


@dataclass(frozen=True)
class Household:
    """A user with two chats, and a stranger with one."""

    user_id: UserId
    account_id: AccountId
    here: str
    elsewhere: str
    stranger: UserId
    strangers_chat: str


@dataclass
class Round:
    """One approval and what everybody heard about it; ``pause`` is how late one of them is."""

    race: Race
    approval: Approval
    subscription: Subscription
    household: Household
    pause: float
    heard: list[tuple[Said, Verdict, datetime]] = field(default_factory=list)

    @property
    def early(self) -> datetime:
        """A moment at which its user may answer."""
        return self.end - timedelta(minutes=5)

    @property
    def end(self) -> datetime:
        """The first moment at which it is too late."""
        return self.approval.expires_at


class Provider:
    """The simulated provider for many threads, which writes down each request that reaches it."""

    name, demo = "demo provider", True

    def __init__(self) -> None:
        self._receipts: dict[str, StoredReceipt] = {}
        self._inner = SimulatedCancellation(self._receipts, {})
        self._asking = threading.Lock()
        self.asked: list[CancellationRequest] = []

    def submit(self, request: CancellationRequest) -> CancellationReceipt:
        """Take a request."""
        with self._asking:
            self.asked.append(request)
            return self._inner.submit(request)

    def lookup(self, key: str) -> CancellationReceipt | None:
        """Tell what became of a key."""
        with self._asking:
            return self._inner.lookup(key)


class Races:
    """So many rounds on one database, one after the other, each with four at once."""

    def __init__(self, world: World, *, seed: int = 29) -> None:
        self.provider = Provider()
        self.world = replace(world, ids=SystemIds())
        self.world.actions[ACTION] = CancelSubscription(self.provider)
        self.world.channel(ChannelName.WEB)
        # Whoever executes does so after a day, within one of each word.
        self.world.clock.advance(timedelta(hours=25))
        self._url = world.database.engine.url.render_as_string(hide_password=False)
        self._chance = random.Random(seed)
        self._household = self._house()
        self.rounds: list[Round] = []

    def run(self, count: int) -> None:
        """Play ``count`` rounds, then do what was approved and not done yet."""
        races = [list(Race)[number % len(Race)] for number in range(count)]
        self._chance.shuffle(races)
        for first in range(0, count, _AT_ONCE):
            self.rounds += self._laid_out(first, races[first : first + _AT_ONCE])
        other = Database.open(self._url, MasterKey(MASTER))
        databases = (self.world.database, other)
        try:
            self._come(databases)
        finally:
            other.close()
        while execute_approved(self.world.context):
            pass

    def _come(self, databases: Sequence[Database]) -> None:
        """Let all come to each approval at the same moment, and fail if any of them broke."""
        barrier = threading.Barrier(COMERS, timeout=30)
        orders = [self._chance.sample(range(COMERS), COMERS) for _ in self.rounds]
        broken: list[BaseException] = []

        def go(number: int) -> None:
            try:
                for one, order in zip(self.rounds, orders, strict=True):
                    barrier.wait()
                    _comers(one, self._executes)[order[number]](databases[number % 2])
            except BaseException as error:  # told below
                broken.append(error)
                barrier.abort()

        threads = [threading.Thread(target=go, args=(number,)) for number in range(COMERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if broken:
            raise broken[0]

    def _executes(self, database: Database) -> None:
        """Take up whatever is approved, as an executor of that process does, a few times."""
        context = replace(self.world, database=database).context
        for _ in range(5):
            execute_approved(context)

    def _house(self) -> Household:
        world = self.world
        user, stranger = world.user(), world.user("mallory@example.org")
        here = world.chat(user.id)
        elsewhere = world.chat(user.id, "telegram:7001")
        away = world.chat(stranger.id, "web:mallory")
        with world.database.work() as uow:
            account = uow.accounts.open(
                user.id,
                name="Chase",
                kind=AccountKind.CARD,
                currency="USD",
                number="4111222233334444",
                now=world.now,
            )
            uow.commit()
        return Household(user.id, account.id, here.id, elsewhere.id, stranger.id, away.id)

    def _laid_out(self, first: int, races: Sequence[Race]) -> list[Round]:
        """Make a subscription and ask about it, for each race; one was asked after the other."""
        house, made = self._household, []
        with self.world.database.work() as uow:
            for number in range(first, first + len(races)):
                uow.subscriptions.save(self._subscription(number), now=START)
            found = {one.merchant_key: one for one in uow.subscriptions.of(house.user_id)}
            account = uow.accounts.get(house.user_id, house.account_id)
            for number, race in enumerate(races, first):
                subscription = found[f"club {number}"]
                tier = STEP_UP_TIER if race is Race.SECOND_FACTOR else 2
                proposal = Proposal(
                    house.user_id,
                    house.here,
                    ACTION,
                    tier,
                    cancellation_payload(subscription, account),
                    answer_to_json(_shown(subscription)),
                )
                # All end in the order of the rounds, however long each kind waits for a word.
                asked_at = START + LIFE[2] - LIFE[tier] + timedelta(seconds=number)
                approval = uow.approvals.add(proposal, now=asked_at, ids=self.world.ids)
                pause = self._chance.choice((0.0, 0.005, 0.02))
                made.append(Round(race, approval, subscription, house, pause))
            uow.commit()
        return made

    def _subscription(self, number: int) -> Subscription:
        return Subscription(
            id=0,
            user_id=self._household.user_id,
            merchant_key=f"club {number}",
            name=f"Club {number}",
            account_id=self._household.account_id,
            amount=_PRICE,
            cadence=Cadence.MONTHLY,
            status=SubscriptionStatus.ACTIVE,
            first_date=date(2026, 1, 5),
            last_date=date(2026, 11, 5),
            next_date=date(2026, 12, 5),
        )


def _shown(subscription: Subscription) -> Answer:
    facts = (
        named("name", subscription.name),
        money("amount", subscription.amount),
        named("provider", "provider_demo"),
    )
    return Answer("approval.proposed", facts)


Comer = Callable[[Database], None]


def _comers(one: Round, executes: Comer) -> tuple[Comer, ...]:
    """Return who comes to a round at the same moment."""
    last = one.end - timedelta(microseconds=1)
    yes, no = _says(one, Word.APPROVE, one.early), _says(one, Word.DECLINE, one.early)
    too_late = _says(one, Word.APPROVE, one.end)
    there = _says(one, Word.APPROVE, one.early, one.household.elsewhere)
    confirm = _says(one, Word.CONFIRM, one.early, one.household.elsewhere)
    who: Mapping[Race, tuple[Comer, ...]] = {
        Race.DOUBLE_TAP: (yes, yes, yes, yes),
        Race.BOTH_WORDS: (yes, no, no, yes),
        Race.AT_THE_END: (_says(one, Word.APPROVE, last), too_late, _ends(one), too_late),
        Race.AFTER_THE_END: (too_late, too_late, _says(one, Word.DECLINE, one.end), _ends(one)),
        Race.DEARER: (yes, _becomes_dearer(one), executes, executes),
        Race.REPLACED: (yes, _replaces(one), yes, _replaces(one)),
        Race.TAKEN_BACK: (yes, _takes_back(one), executes, no),
        Race.TWO_CHATS: (yes, there, _stranger(one), yes),
        Race.SECOND_FACTOR: (yes, confirm, _in_turn(yes, confirm), _in_turn(confirm, confirm)),
    }
    return who[one.race]


def _in_turn(*comers: Comer) -> Comer:
    def come(database: Database) -> None:
        for comer in comers:
            comer(database)

    return come


def _says(one: Round, word: Word, now: datetime, chat: str = "") -> Comer:
    chat = chat or one.household.here
    said = Said(word, one.household.user_id, chat, one.approval.code, strong=True)
    return _hears(one, said, now)


def _stranger(one: Round) -> Comer:
    house = one.household
    said = Said(Word.APPROVE, house.stranger, house.strangers_chat, one.approval.code)
    return _hears(one, said, one.early)


def _hears(one: Round, said: Said, now: datetime) -> Comer:
    def come(database: Database) -> None:
        with database.work() as uow:
            verdict = uow.approvals.decide(said, now=now).verdict
            uow.commit()
        one.heard.append((said, verdict, now))

    return come


def _ends(one: Round) -> Comer:
    def come(database: Database) -> None:
        with database.work() as uow:
            uow.approvals.expire_due(now=one.end)
            uow.commit()

    return come


def _becomes_dearer(one: Round) -> Comer:
    def come(database: Database) -> None:
        time.sleep(one.pause)
        with database.work() as uow:
            uow.connection.execute(
                text("UPDATE subscriptions SET minor = :minor WHERE id = :id"),
                {"minor": _DEARER.minor, "id": one.subscription.id},
            )
            uow.commit()

    return come


def _replaces(one: Round) -> Comer:
    def come(database: Database) -> None:
        with database.work() as uow:
            uow.approvals.supersede(one.approval.id, reason="replaced", now=one.early)
            uow.commit()

    return come


def _takes_back(one: Round) -> Comer:
    def come(database: Database) -> None:
        house, code = one.household, one.approval.code
        time.sleep(one.pause)
        with database.work() as uow:
            uow.approvals.withdraw(house.user_id, code, reason="by_user", now=one.early)
            uow.commit()

    return come
