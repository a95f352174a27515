"""Four people with books of their own, over a real database, and the one door to their tools.

Alice lives in New York and has three accounts in dollars. Bob lives in Madrid and has euros and
an account in pounds. Charlie lives in Kolkata, pays by UPI and has never been asked for anything.
Dora is new: no account, and a currency with three decimals.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from core.conversation.plan import ToolCall
from core.ids import AccountId, Ids, SystemIds, UserId
from core.ledger.account import AccountKind, LedgerClass
from core.ledger.entry import JournalEntry
from core.ledger.search import EntryQuery
from core.messaging.address import Address
from core.store.unit_of_work import Database
from core.users.preferences import Preferences
from core.users.user import User
from prompts.phrasebook import languages
from tests.fakes.world import MemoryObjects
from tools.catalog import open_registry
from tools.context import ToolContext
from tools.outcome import Done, Outcome
from tools.registry import Registry
from tools.runner import Runner

NOW = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)
TODAY = date(2026, 11, 18)
_IDS = SystemIds()
_REGISTRY: list[Registry] = []


@dataclass(frozen=True)
class Person:
    """Somebody with a user, accounts by name, and files; ``run`` calls a tool as this user."""

    database: Database
    user: User
    accounts: Mapping[str, AccountId]
    objects: MemoryObjects = field(default_factory=MemoryObjects)
    ids: Ids = _IDS

    @property
    def id(self) -> UserId:
        return self.user.id

    @property
    def currency(self) -> str:
        return self.user.preferences.currency

    @property
    def runner(self) -> Runner:
        return Runner(registry(), self.database, self.ids, self.objects, languages=languages())

    def run(self, tool: str, /, *, key: str = "", chat: str = "", **arguments: Any) -> Outcome:
        """Run a tool; a new key each time unless one is given."""
        with self.database.reading() as uow:
            user = uow.users.get(self.id)
        context = ToolContext(
            user=user,
            now=NOW,
            key=key or self.ids.new("key"),
            conversation_id=chat,
        )
        return self.runner.run(ToolCall(tool, arguments), context)

    def do(self, tool: str, /, **arguments: Any) -> Done:
        """Run a tool that must succeed."""
        outcome = self.run(tool, **arguments)
        assert isinstance(outcome, Done), outcome
        return outcome

    def undo(self) -> Done:
        return self.do("undo")

    def send_file(self, name: str, content: bytes) -> str:
        """Put a file where an upload would be and return its key."""
        key = f"upload/{self.ids.new('file')}/{name}"
        self.objects.put(key, content)
        return key

    def entries(self) -> tuple[JournalEntry, ...]:
        """Everything in the books, oldest first."""
        with self.database.reading() as uow:
            found = uow.entries.find(self.id, EntryQuery(limit=100_000))
        return tuple(sorted(found, key=lambda entry: entry.id))

    def chat(self, address: str = "") -> str:
        """Open a chat of this person's and return its id."""
        where = Address.parse(address or f"terminal:{self.id}")
        with self.database.work() as uow:
            uow.bindings.link(self.id, where, now=NOW, ids=self.ids)
            talk = uow.conversations.at(where, owner=self.id, now=NOW, ids=self.ids)
            uow.commit()
        return talk.id


def alice(database: Database) -> Person:
    wishes = Preferences(zone="America/New_York", currency="USD", country="US")
    kinds = {
        "Checking": AccountKind.CHECKING,
        "Savings": AccountKind.SAVINGS,
        "Card": AccountKind.CARD,
    }
    return _person(database, "alice", wishes, kinds)


def bob(database: Database) -> Person:
    wishes = Preferences(zone="Europe/Madrid", currency="EUR", country="ES", locale="en_GB")
    kinds = {"BBVA": AccountKind.CHECKING, "Revolut": AccountKind.WALLET}
    person = _person(database, "bob", wishes, kinds)
    return _with(person, "Monzo", AccountKind.CHECKING, "GBP")


def charlie(database: Database) -> Person:
    wishes = Preferences(zone="Asia/Kolkata", currency="INR", country="IN", locale="en_IN")
    kinds = {"HDFC": AccountKind.SAVINGS, "Paytm": AccountKind.WALLET}
    person = _person(database, "charlie", wishes, kinds)
    return _with(person, "Purse", AccountKind.WALLET, "INR", LedgerClass.AUTHORITATIVE)


def dora(database: Database) -> Person:
    wishes = Preferences(zone="Asia/Kuwait", currency="KWD", country="KW")
    return _person(database, "dora", wishes, {})


def registry() -> Registry:
    """Return all tools, declared once for all tests."""
    if not _REGISTRY:
        _REGISTRY.append(open_registry())
    return _REGISTRY[0]


def _person(
    database: Database, name: str, wishes: Preferences, kinds: Mapping[str, AccountKind]
) -> Person:
    email = f"{name}+{_IDS.new('mail')}@example.org"
    with database.work() as uow:
        user = uow.users.add(email, wishes, now=NOW, ids=_IDS, given_name=name.capitalize())
        uow.commit()
    person = Person(database, user, {})
    for account, kind in kinds.items():
        person = _with(person, account, kind, wishes.currency)
    return person


def _with(
    person: Person,
    name: str,
    kind: AccountKind,
    currency: str,
    ledger_class: LedgerClass = LedgerClass.OBSERVED,
) -> Person:
    with person.database.work() as uow:
        account = uow.accounts.open(
            person.id,
            name=name,
            kind=kind,
            currency=currency,
            now=NOW,
            ledger_class=ledger_class,
        )
        uow.commit()
    accounts = {**person.accounts, name: account.id}
    return Person(person.database, person.user, accounts, person.objects)
