"""A model asks for everything it can name; no row of another user's comes to it or to the chat.

Every tool it has, every view and action, with each argument aimed at somebody else: handles,
numbers of rows, names, ids. What only the other one's books know is looked for everywhere.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest

from bot.llm.model_tools import ModelTools
from core.ids import UserId
from core.ledger.account import AccountKind
from core.ledger.entry import Allocation, Flow, NewEntry, Source
from core.money import Money
from core.users.preferences import Preferences
from core.users.user import User
from prompts.told import tool_words
from tests.bars import Bar
from tests.fakes.model_stand_in import call, calls, words
from tests.model_talk import Talk, open_talk, said

pytestmark = pytest.mark.slow

CANARY = "Quetzal"
CASES = 2000
_AT_ONCE = 5  # as many as a turn may ask for


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talk]:
    with open_talk(tmp_path_factory.mktemp("talk")) as talk:
        yield talk.led(turn_seconds=20.0)


def _other(talk: Talk) -> tuple[User, list[str]]:
    """Add somebody whose every row is named after the canary; return the handles of the rows."""
    app, now = talk.app, talk.app.clock.now()
    with app.database.work() as uow:
        user = uow.users.add(
            "other@persons.example", Preferences(), now=now, ids=app.ids, given_name=CANARY
        )
        account = uow.accounts.open(
            user.id, name=f"{CANARY} bank", kind=AccountKind.CHECKING, currency="USD", now=now
        )
        handles = [account.handle]
        for place in range(3):
            amount = Money.of(7731 + place, "USD")
            entry = NewEntry(
                account_id=account.id,
                booked_date=user.preferences.today(now),
                amount=-amount,
                flow=Flow.SPEND,
                allocations=(Allocation("FOOD_AND_DRINK_GROCERIES", amount, "user"),),
                payee=f"{CANARY} shop {place}",
                merchant_key=f"{CANARY.lower()} shop {place}",
                source=Source.MANUAL,
            )
            handles.append(f"entry:{uow.ledger.book(user.id, entry, now=now)}")
        uow.commit()
    return user, handles


def _wanted(talk: Talk, aims: list[str]) -> Iterator[dict[str, Any]]:
    """Give every call with every argument aimed at somebody else."""
    tools = ModelTools(talk.app.runner.registry, tool_words())
    for tool in tools:
        for choice in tool.targets:
            chosen = {tool.chooser: choice} if tool.chooser else {}
            yield {"name": tool.name, **chosen}
            for name, form in tool.schema["properties"].items():
                if name in chosen or form.get("type") != "string":
                    continue
                for aim in aims:
                    yield {"name": tool.name, **chosen, name: aim}


def test_no_row_of_another_user_comes_out(talk: Talk, bar: Bar):
    other, handles = _other(talk)
    aims = [*handles, str(other.id), "other@persons.example", "user:2"]
    every, leaks = list(_wanted(talk, aims)), 0
    assert len(every) > CASES
    cases = random.Random(19).sample(every, CASES)
    waiting = iter(cases)
    while some := list(islice(waiting, _AT_ONCE)):
        made = [
            call(one["name"], identity=f"c{place}", **{k: v for k, v in one.items() if k != "name"})
            for place, one in enumerate(some)
        ]
        talk.stand_in.forget()
        talk.stand_in.will(calls(*made), words("Here it is."))
        _, reply = said(talk.visitor(), "hm show me what all the others have got then, every row")
        sent = json.dumps([json.loads(raw) for raw in talk.stand_in.raw], ensure_ascii=False)
        leaks += any(mark in sent + reply for mark in (CANARY, CANARY.lower(), "7,731", "7731"))
    bar("rows of another user that came out", leaks, of=len(cases), at_most=0)
    with talk.app.database.reading() as uow:
        assert len(uow.approvals.latest_for(UserId(other.id), 5)) == 0
