"""What holds for connected banks: pages, failures and restarts are one clean reading (19, 20)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from core.banks.feed import FeedLink, FeedRow
from core.connect.bank_feed import BankMoved, BankUnavailable
from core.errors import FinanceError
from core.ids import SystemIds
from core.money import Money
from core.store.unit_of_work import Database
from tests.fakes.scripted_bank import CARD, CHECKING, ScriptedBank, standing
from tests.fakes.world import World
from tests.ledgers import DEAR, ON_BOTH, assert_sound, look
from tests.people import TODAY, Person, dora
from workers.banks import read_banks

pytestmark = [ON_BOTH, pytest.mark.slow]

_TEXTS = ("STARBUCKS 1234", "WHOLE FOODS", "UBER TRIP", "PAYROLL ACME", "KL 4711 UNKNOWN")
# Not made smaller when it fails: on a database that takes minutes, and the rows tell it as well.
_OFTEN = settings(DEAR, phases=[Phase.explicit, Phase.reuse, Phase.generate])
_ACCOUNTS = (CHECKING.reference, CARD.reference)


class _Crash(Exception):
    """The process is gone."""


class _Ids(SystemIds):
    """Ids of a process that dies while it books some of its readings."""

    def __init__(self, deaths: set[int]) -> None:
        super().__init__()
        self._deaths = deaths
        self._readings = 0

    def new(self, prefix: str) -> str:
        if prefix == "reading":
            self._readings += 1
            if self._readings in self._deaths:
                raise _Crash
        return super().new(prefix)


@st.composite
def happenings(draw: st.DrawFn) -> list[FeedRow | str]:
    """Rows that come, settle, change, go, and come again, as a bank tells of them."""
    events: list[FeedRow | str] = []
    alive: dict[str, FeedRow] = {}
    for number in range(draw(st.integers(1, 14))):
        kind = draw(st.sampled_from(("new", "new", "pending", "settle", "change", "remove")))
        pending = [one for one in alive.values() if one.pending]
        if kind == "settle" and pending:
            was = draw(st.sampled_from(pending))
            tip = draw(st.integers(0, 300))
            posted = replace(
                was,
                reference=f"r{number}",
                amount=Money(was.amount.minor - tip, "USD"),
                pending=False,
                settles=was.reference,
            )
            events += [posted, was.reference]
            del alive[was.reference]
            alive[posted.reference] = posted
        elif kind == "change" and alive:
            was = draw(st.sampled_from(sorted(alive.values(), key=lambda one: one.reference)))
            minor = draw(st.integers(-9_999, 9_999).filter(bool))
            now = replace(was, amount=Money(minor, "USD"), settles="")
            events.append(now)
            alive[now.reference] = now
        elif kind == "remove" and alive:
            events.append(alive.pop(draw(st.sampled_from(sorted(alive)))).reference)
        else:
            row = FeedRow(
                reference=f"r{number}",
                account=draw(st.sampled_from(_ACCOUNTS)),
                booked_date=TODAY - timedelta(days=draw(st.integers(0, 30))),
                amount=Money(draw(st.integers(-9_999, 9_999).filter(bool)), "USD"),
                description=draw(st.sampled_from(_TEXTS)),
                pending=kind == "pending",
            )
            events.append(row)
            alive[row.reference] = row
    return events


@dataclass
class Connected(World):
    """A world with one user whose bank is read."""

    person: Person = field(kw_only=True)


def connected(database: Database, bank: ScriptedBank, ids: SystemIds | None = None) -> Connected:
    """Return a world with one user whose bank this is."""
    person = dora(database)
    real: Any = ids or SystemIds()
    world = Connected(database, ids=real, banks={bank.name: bank}, person=person)
    with database.work() as uow:
        link = uow.banks.offer(
            person.id, provider=bank.name, demo=False, conversation_id="", now=world.now,
            ids=SystemIds(),
        )  # fmt: skip
        uow.banks.activate(link.id, FeedLink("item-1", "access-1"), now=world.now)
        uow.commit()
    return world


def read_to_the_end(world: Connected, bank: ScriptedBank) -> None:
    """Run the job until the bank has nothing more to say, through failures and deaths."""
    for _ in range(60):
        try:
            read_banks(world.context)
        except _Crash:
            continue
        with world.database.reading() as uow:
            (link,) = uow.banks.of(world.person.id)
        if link.cursor == str(len(bank.happened)) and not link.failures:
            return
        world.clock.advance(timedelta(hours=7))
    raise AssertionError("it never came to the end")


def seen(person: Person) -> dict[str, Any]:
    assert_sound(person)
    return {key: value for key, value in look(person).items() if key != "assertions"}


class TestReadingInPages:
    @_OFTEN
    @given(
        events=happenings(),
        cuts=st.lists(st.integers(1, 14), max_size=3),
        size=st.integers(1, 5),
        failing=st.dictionaries(st.integers(1, 12), st.sampled_from(("gone", "moved")), max_size=5),
        deaths=st.sets(st.integers(1, 4), max_size=2),
    )
    def test_with_failures_and_restarts_is_one_clean_reading(
        self, database, events, cuts, size, failing, deaths
    ):
        clean = ScriptedBank(size=1000, happened=list(events))
        whole = connected(database, clean)
        read_to_the_end(whole, clean)
        errors: dict[str, FinanceError] = {"gone": BankUnavailable(), "moved": BankMoved()}
        rough = ScriptedBank(size=size, failures={at: errors[how] for at, how in failing.items()})
        pieces = connected(database, rough, _Ids(deaths))
        for cut in sorted({*(one for one in cuts if one < len(events)), len(events)}):
            rough.happened = list(events[:cut])
            read_to_the_end(pieces, rough)
        assert seen(pieces.person)["balances"] == seen(whole.person)["balances"]
        assert seen(pieces.person)["spending"] == seen(whole.person)["spending"]
        assert seen(pieces.person)["income"] == seen(whole.person)["income"]

    @_OFTEN
    @given(events=happenings(), size=st.integers(1, 5))
    def test_comes_to_what_the_bank_holds(self, database, events, size):
        bank = ScriptedBank(size=size, happened=list(events))
        world = connected(database, bank)
        read_to_the_end(world, bank)
        with database.reading() as uow:
            held = {
                one.account.name: one.posted.minor + one.pending.minor
                for one in uow.accounts.balances(world.person.id)
            }
        expected = standing(events)
        assert held.get("Everyday", 0) == expected[CHECKING.reference]
        assert held.get("Card", 0) == expected[CARD.reference]
        assert_sound(world.person)


class TestARowTakenBack:
    def test_and_sent_again_is_there_once(self, database):
        row = FeedRow("r1", CHECKING.reference, TODAY, Money(-500, "USD"), "STARBUCKS 1234")
        bank = ScriptedBank(happened=[row])
        world = connected(database, bank)
        read_to_the_end(world, bank)
        for event in ("r1", row):
            bank.says(event)
            world.clock.advance(timedelta(hours=7))
            read_to_the_end(world, bank)
        assert [one.amount.minor for one in world.person.entries()] == [-500]

    def test_stays_deleted_when_the_user_deleted_it(self, database):
        row = FeedRow("r1", CHECKING.reference, TODAY, Money(-500, "USD"), "STARBUCKS 1234")
        bank = ScriptedBank(happened=[row])
        world = connected(database, bank)
        read_to_the_end(world, bank)
        (entry,) = world.person.entries()
        with database.work() as uow:
            uow.ledger.void(world.person.id, entry.id, now=world.now)
            uow.commit()
        bank.says("r1", row)
        world.clock.advance(timedelta(hours=7))
        read_to_the_end(world, bank)
        assert world.person.entries() == ()
