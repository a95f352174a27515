"""A small world for tests of workers and stores: a database, a clock, a user and a chat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from typing import Any

from core.budgets.budget import Budget, BudgetState, Cadence
from core.clock import FixedClock
from core.connect.bank_feed import BankFeed
from core.ids import AccountId, CountingIds, EntryId, Ids, UserId
from core.ledger.account import AccountKind
from core.ledger.entry import Allocation, Flow, NewEntry, Source
from core.messaging.address import Address, ChannelName
from core.messaging.channel import Channel
from core.messaging.outbound import MessageClass, OutboundMessage
from core.messaging.outbox import Outgoing
from core.money import Money
from core.payees.guess import TeachableModel
from core.store.cipher import MasterKey
from core.store.conversation_store import Conversation
from core.store.engine import open_engine
from core.store.migrate import migrate
from core.store.tables import METADATA
from core.store.unit_of_work import Database
from core.users.preferences import Preferences
from core.users.user import User
from prompts.phrasebook import Phrasebook
from tests.fakes.recording_channel import RecordingChannel
from workers.actions import Action
from workers.context import JobContext, Learner, Limits, Narrator, Reviews, TurnHandler

START = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)
MASTER = "a master key for tests, 32 characters and more"


class RingingWake:
    """Writes down which bells were rung."""

    def __init__(self) -> None:
        self.rings: list[str] = []

    def ring(self, job: str) -> None:
        self.rings.append(job)


class MemoryObjects:
    """An object store in a dictionary."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def put(self, key: str, content: bytes) -> None:
        self.kept[key] = content

    def get(self, key: str) -> bytes:
        return self.kept[key]

    def delete(self, key: str) -> None:
        self.kept.pop(key, None)

    def under(self, prefix: str) -> tuple[str, ...]:
        folder = prefix.rstrip("/") + "/"
        return tuple(sorted(key for key in self.kept if key.startswith(folder)))


@dataclass
class World:
    """Everything a job needs, with handles to look at what it did."""

    database: Database
    clock: FixedClock = field(default_factory=lambda: FixedClock(START))
    ids: Ids = field(default_factory=CountingIds)
    wake: RingingWake = field(default_factory=RingingWake)
    objects: MemoryObjects = field(default_factory=MemoryObjects)
    channels: dict[ChannelName, Channel] = field(default_factory=dict)
    actions: dict[str, Action] = field(default_factory=dict)
    handler: TurnHandler | None = None
    learner: Learner | None = None
    narrator: Narrator | None = None
    banks: dict[str, BankFeed] = field(default_factory=dict)
    reviews: Reviews | None = None

    @property
    def context(self) -> JobContext:
        return JobContext(
            database=self.database,
            clock=self.clock,
            ids=self.ids,
            channels=self.channels,
            wake=self.wake,
            words=phrases,
            objects=self.objects,
            handler=self.handler,
            learner=self.learner,
            narrator=self.narrator,
            actions=self.actions,
            banks=self.banks,
            reviews=self.reviews,
            # A database in memory is one connection: no two threads may use it at once.
            limits=Limits(bulk_senders=8 if self.database.engine.url.database else 1),
        )

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def user(self, email: str = "alice@example.org", **wishes: Any) -> User:
        with self.database.work() as uow:
            user = uow.users.add(email, Preferences(**wishes), now=self.now, ids=self.ids)
            uow.commit()
        return user

    def chat(self, owner: str, address: str = "web:alice", *, bound: bool = True) -> Conversation:
        """Open a chat; a chat on a provider's channel is linked to its owner as well."""
        parsed = Address.parse(address)
        with self.database.work() as uow:
            chat = uow.conversations.at(parsed, owner=owner, now=self.now, ids=self.ids)
            if bound and parsed.channel not in (ChannelName.WEB, ChannelName.TERMINAL):
                uow.bindings.link(UserId(owner), parsed, now=self.now, ids=self.ids)
            uow.commit()
        return chat

    def account(self, user: User, currency: str = "") -> AccountId:
        with self.database.work() as uow:
            account = uow.accounts.open(
                user.id,
                name="Everyday",
                kind=AccountKind.CHECKING,
                currency=currency or user.preferences.currency,
                now=self.now,
            )
            uow.commit()
        return account.id

    def book(
        self,
        user: User,
        account_id: AccountId,
        amount: str,
        day: date,
        category: str = "FOOD_AND_DRINK_GROCERIES",
        payee: str = "Corner Shop",
        currency: str = "",
    ) -> EntryId:
        """Book one row; ``amount`` is what left the account ("-" in front: what came in)."""
        money = Money.of(amount, currency or user.preferences.currency)
        flow = Flow.SPEND if money.minor > 0 or category != "INCOME_WAGES" else Flow.INCOME
        counted = money if flow is Flow.SPEND else -money
        entry = NewEntry(
            account_id=account_id,
            booked_date=day,
            amount=-money,
            flow=flow,
            allocations=(Allocation(category, counted, "user"),),
            payee=payee,
            merchant_key=payee.lower(),
            source=Source.MANUAL,
        )
        with self.database.work() as uow:
            entry_id = uow.ledger.book(user.id, entry, now=self.now)
            uow.commit()
        return entry_id

    def budget(self, user: User, limit: str, category: str = "FOOD_AND_DRINK") -> Budget:
        budget = Budget(
            id=0,
            user_id=user.id,
            category=category,
            limit=Money.of(limit, user.preferences.currency),
            cadence=Cadence.MONTHLY,
            state=BudgetState.ACTIVE,
            started_on=self.now.date(),
        )
        with self.database.work() as uow:
            kept = uow.budgets.add(budget, now=self.now)
            uow.commit()
        return kept

    def channel(self, name: ChannelName = ChannelName.WEB) -> RecordingChannel:
        channel = RecordingChannel(name)
        self.channels[name] = channel
        return channel

    def queue(
        self,
        chat: Conversation,
        text: str = "Hello",
        message_class: MessageClass = MessageClass.REPLY,
        **more: Any,
    ) -> str:
        """Put a message into the outbox and return its id."""
        outbox_id = self.try_queue(chat, text, message_class, **more)
        assert outbox_id is not None
        return outbox_id

    def try_queue(
        self,
        chat: Conversation,
        text: str = "Hello",
        message_class: MessageClass = MessageClass.REPLY,
        *,
        key: str = "",
        **more: Any,
    ) -> str | None:
        outgoing = Outgoing(
            owner=chat.owner,
            conversation_id=chat.id,
            address=chat.address,
            message=OutboundMessage(text, message_class=message_class),
            dedupe_key=key or self.ids.new("key"),
            due_at=more.pop("due_at", self.now),
            **more,
        )
        with self.database.work() as uow:
            outbox_id = uow.outbox.enqueue(outgoing, now=self.now, ids=self.ids)
            uow.commit()
        return outbox_id

    def state(self, outbox_id: str) -> str:
        with self.database.reading() as uow:
            item = uow.outbox.tracking.get(outbox_id)
        assert item is not None
        return item.delivery.state.value

    def attempts(self, outbox_id: str) -> list[Mapping[str, Any]]:
        with self.database.reading() as uow:
            return list(uow.outbox.tracking.attempts_of(outbox_id))


def open_world(url: str = "sqlite://", model: TeachableModel | None = None) -> World:
    """Open an empty world; a database in memory gets its tables without the migrations."""
    database = Database.open(url, MasterKey(MASTER), model)
    if url == "sqlite://":
        _copy_tables(database)
    else:
        migrate(database.engine)
    world = World(database)
    with database.work() as uow:
        uow.users.ensure_system_key(now=world.now)
        uow.commit()
    return world


@lru_cache(maxsize=4)
def phrases(lang: str) -> Phrasebook:
    """Return the phrases of a language, read once."""
    return Phrasebook.load(lang)


def _copy_tables(database: Database) -> None:
    """Give an empty database in memory all tables: making them takes ten times as long."""
    raw = database.engine.raw_connection()
    try:
        _template().backup(raw.driver_connection)
    finally:
        raw.close()


@cache
def _template() -> Any:
    """Return a connection to a database in memory with all tables and nothing in them."""
    engine = open_engine("sqlite://")
    METADATA.create_all(engine)
    return engine.raw_connection().driver_connection


def english() -> Phrasebook:
    """Return the English phrases."""
    return phrases("en")
