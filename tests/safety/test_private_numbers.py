"""What names a person or an account leaves in no request, wherever it stands.

Every request is taken as it came over the wire, from the real client to a server on this machine.
"""

from __future__ import annotations

import json
import random
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count

import pytest

from bot.llm.redaction import Redactor
from core.conversation.plan import ToolCall
from core.ids import AccountId, UserId
from core.ledger.account import AccountKind
from core.ledger.entry import Allocation, Flow, NewEntry, Source
from core.messaging.address import Address, ChannelName
from core.messaging.inbound import Accepted, InboundKind, InboundMessage
from core.money import Money
from core.users.preferences import Preferences
from core.users.user import User
from tests.bars import Bar
from tests.fakes.model_stand_in import call, calls, words
from tests.model_talk import Talk, open_talk
from tools.context import ToolContext
from tools.outcome import Done

_CHANCE = random.Random(41)
_NUMBERS = count(1)


def _digits(most: int) -> str:
    return str(_CHANCE.randrange(1, 10)) + "".join(_CHANCE.choices(string.digits, k=most - 1))


def _letters(most: int) -> str:
    return "".join(_CHANCE.choices(string.ascii_uppercase, k=most))


def _luhn(body: str) -> str:
    total = 0
    for place, digit in enumerate(reversed(body)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return body + str(-total % 10)


def _card() -> str:
    number = _luhn("4" + _digits(14))
    return " ".join(number[at : at + 4] for at in range(0, 16, 4))


# How each kind is written by the people who have one.
KINDS: dict[str, Callable[[], str]] = {
    "mail": lambda: f"{_letters(5).lower()}.{_letters(6).lower()}@{_letters(7).lower()}.co.uk",
    "tagged mail": lambda: f"{_letters(4).lower()}+{_letters(3).lower()}@mail.example",
    "phone es": lambda: f"+34 6{_digits(2)} {_digits(3)} {_digits(3)}",
    "phone us": lambda: f"({_digits(3)}) {_digits(3)}-{_digits(4)}",
    "phone us, dots": lambda: f"{_digits(3)}.{_digits(3)}.{_digits(4)}",
    "phone in": lambda: f"+91 9{_digits(4)} {_digits(5)}",
    "phone plain": lambda: f"+1555{_digits(7)}",
    "iban": lambda: (
        f"ES{_digits(2)} {_digits(4)} {_digits(4)} {_digits(4)} {_digits(4)} {_digits(4)}"
    ),
    "iban, glued": lambda: f"DE{_digits(20)}",
    "iban with letters": lambda: f"GB{_digits(2)}{_letters(4)}{_digits(14)}",
    "account": lambda: _digits(12),
    "account, short": lambda: _digits(8),
    "account, end": lambda: f"****{_digits(4)}",
    "card": _card,
    "ssn": lambda: f"{_digits(3)}-{_digits(2)}-{_digits(4)}",
    "aadhaar": lambda: f"{_digits(4)} {_digits(4)} {_digits(4)}",
    "pan": lambda: f"{_letters(5)}{_digits(4)}{_letters(1)}",
    "dni": lambda: f"{_digits(8)}{_letters(1)}",
    "nie": lambda: f"X{_digits(7)}{_letters(1)}",
    "upi": lambda: f"{_letters(6).lower()}.{_digits(3)}@okbank",
    "link": lambda: f"https://pay.example/{_letters(8).lower()}?to={_digits(6)}",
}
PLACES = ("message", "payee", "memo", "account", "bill", "reply")
_SENTENCES = {
    "message": "hey my number is {} so what happened to food lately",
    "payee": "Transfer {}",
    "memo": "ref {} thanks",
    "account": "Joint {}",
    "bill": "Rent {}",
    "reply": "1) {} $20.00",
}


@dataclass
class Case:
    """One number in one place; ``secret`` is the part that must not be seen."""

    place: str
    kind: str
    secret: str


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talk]:
    with open_talk(tmp_path_factory.mktemp("talk")) as talk:
        yield talk.led(turn_seconds=20.0)


def _cases(most: int) -> list[Case]:
    made: list[Case] = []
    while len(made) < most:
        for place in PLACES:
            made += [Case(place, kind, make()) for kind, make in KINDS.items()]
    return made[:most]


@pytest.mark.slow
def test_hundreds_in_every_place(talk: Talk, bar: Bar):
    _send(talk, _cases(4 * len(PLACES) * len(KINDS)), bar, "private numbers in requests")


def _send(talk: Talk, cases: list[Case], bar: Bar, name: str) -> None:
    seen: list[Case] = []
    users: dict[int, User] = {}
    for number, case in enumerate(cases):
        # A handful of people, so that what one sees of the others would be found as well.
        user = users.setdefault(number // 25, _person(talk))
        talk.stand_in.forget()
        _put(talk, user, case)
        assert talk.stand_in.raw, case
        whole = "".join(
            json.dumps(json.loads(raw), ensure_ascii=False) for raw in talk.stand_in.raw
        )
        if any(one in whole for one in _forms(case.secret)):
            seen.append(case)
        assert user.email not in whole
    assert seen == [], seen[:5]
    bar(name, len(seen), of=len(cases), at_most=0)


def _forms(secret: str) -> tuple[str, ...]:
    plain = "".join(one for one in secret if one.isalnum())
    return (secret, plain) if len(plain) >= 7 else (secret,)


def _person(talk: Talk) -> User:
    app = talk.app
    with app.database.work() as uow:
        number, now = next(_NUMBERS), app.clock.now()
        user = uow.users.add(f"p{number}@persons.example", Preferences(), now=now, ids=app.ids)
        uow.commit()
    return user


def _put(talk: Talk, user: User, case: Case) -> None:
    """Put a number where it belongs, and let a model look there."""
    app, text = talk.app, _SENTENCES[case.place].format(case.secret)
    now = app.clock.now()
    account = _account(talk, user, text if case.place == "account" else "Everyday")
    entry = _entry(talk, user, account, case, text)
    if case.place == "bill":
        wanted = {"name": text, "amount": "12", "due": "2026-05-20", "cadence": "monthly"}
        key = f"bill {app.ids.new('k')}"
        outcome = app.runner.run(ToolCall("add_bill", wanted), ToolContext(user, now, key))
        assert isinstance(outcome, Done), outcome
    look = {
        "account": call("balances", view="accounts"),
        "bill": call("bills", view="due"),
        "memo": call("entry", view="show", entry=entry),
    }.get(case.place, call("transactions"))
    talk.stand_in.will(calls(look), words("Here it is."))
    _say(talk, user, case, text)


def _account(talk: Talk, user: User, name: str) -> AccountId:
    with talk.app.database.work() as uow:
        account = uow.accounts.open(
            user.id,
            name=f"{name} {next(_NUMBERS)}"[:60],
            kind=AccountKind.CHECKING,
            currency="USD",
            now=talk.app.clock.now(),
        )
        uow.commit()
    return account.id


def _entry(talk: Talk, user: User, account: AccountId, case: Case, text: str) -> str:
    payee = text if case.place == "payee" else "Corner Shop"
    amount, now = Money.of(20, "USD"), talk.app.clock.now()
    entry = NewEntry(
        account_id=account,
        booked_date=user.preferences.today(now),
        amount=-amount,
        flow=Flow.SPEND,
        allocations=(Allocation("FOOD_AND_DRINK_GROCERIES", amount, "user"),),
        payee=payee,
        merchant_key=payee.lower(),
        description=text if case.place == "memo" else "",
        source=Source.MANUAL,
    )
    with talk.app.database.work() as uow:
        handle = f"entry:{uow.ledger.book(user.id, entry, now=now)}"
        uow.commit()
    return handle


def _say(talk: Talk, user: User, case: Case, text: str) -> None:
    app = talk.app
    address = Address(ChannelName.TERMINAL, f"{user.id}-{next(_NUMBERS)}")
    with app.database.work() as uow:
        now = app.clock.now()
        uow.bindings.link(user.id, address, now=now, ids=app.ids)
        chat = uow.conversations.at(address, owner=UserId(user.id), now=now, ids=app.ids)
        if case.place == "reply":
            uow.conversations.say(chat, sender="bot", body={"text": text}, now=now)
        said = text if case.place == "message" else "hm what did i do with my money then"
        message = InboundMessage(app.ids.new("m"), address, InboundKind.TEXT, said)
        stored = uow.inbox.add(message, now=now, ids=app.ids)
        uow.commit()
    assert isinstance(stored, Accepted)
    assert app.handler.handle(stored.inbound_id) is not None


def test_amounts_and_days_stay_readable(bar: Bar):
    chance = random.Random(5)
    texts = []
    for _ in range(300):
        amount = chance.randrange(1, 9_999_999) / 100
        day = f"2026-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}"
        texts += [
            f"${amount:,.2f}",
            f"₹{amount * 100:,.0f}",
            f"{amount:.2f} EUR",
            day,
            f"{day}..{day}",
            f"Thu {chance.randrange(1, 29)} May 2026",
            f"{chance.randrange(1, 1000)} entries",
            f"{chance.randrange(1, 100)}.{chance.randrange(10)}%",
            f"entry:{chance.randrange(1, 99999)}",
        ]
    hidden = [
        text for text in texts if Redactor().hide(f"It was {text}, so.") != f"It was {text}, so."
    ]
    bar(
        "amounts and days taken for private numbers",
        len(hidden),
        of=len(texts),
        at_most=2,
        unit="%",
    )
