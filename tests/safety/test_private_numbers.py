"""What names a person or an account leaves in no request, wherever it stands.

Every request is taken as it came over the wire, from the real client to a server on this machine.
"""

from __future__ import annotations

import json
import random
import string
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count

import pytest

from bot.api.assistant_reading import AssistantReading
from bot.dialogue.handler import DialogueHandler
from bot.dialogue.kit import Ears
from bot.dialogue.lead import Leader
from bot.leading import open_narrator
from bot.llm.redaction import Redactor
from core.alerts.weekly import told_in_words
from core.connect.simulated_speech import SimulatedSpeech, demo_note
from core.conversation.plan import ToolCall
from core.ids import AccountId, UserId
from core.ledger.account import AccountKind
from core.ledger.entry import Allocation, Flow, NewEntry, Source
from core.messaging.address import Address, ChannelName
from core.messaging.inbound import Accepted, InboundFile, InboundKind, InboundMessage
from core.money import Money
from core.schedules.reminder import Reminder, ReminderState
from core.users.preferences import Preferences
from core.users.user import User
from tests.bars import Bar
from tests.fakes.model_stand_in import call, calls, words
from tests.model_talk import Talk, open_talk
from tools.context import ToolContext
from tools.outcome import Done
from workers.weekly import read_week

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
    # As people type them: in small letters, in other groups, in pairs.
    "pan, small": lambda: f"{_letters(5).lower()}{_digits(4)}{_letters(1).lower()}",
    "dni, small": lambda: f"{_digits(8)}{_letters(1).lower()}",
    "nie, parted": lambda: f"y-{_digits(7)}-{_letters(1).lower()}",
    "iban, small": lambda: f"gb{_digits(2)}{_letters(4).lower()}{_digits(14)}",
    "iban, small and parted": lambda: (
        f"gb{_digits(2)} {_letters(4).lower()} {_digits(4)} {_digits(4)} {_digits(4)} {_digits(2)}"
    ),
    "phone fr": lambda: f"+33 6 {_digits(2)} {_digits(2)} {_digits(2)} {_digits(2)}",
    "phone fr, at home": lambda: f"06 {_digits(2)} {_digits(2)} {_digits(2)} {_digits(2)}",
    "phone uk": lambda: f"07{_digits(3)} {_digits(6)}",
    "phone es, in pairs": lambda: f"6{_digits(2)} {_digits(2)} {_digits(2)} {_digits(2)}",
    "phone de": lambda: f"+49 171 {_digits(7)}",
    "passport": lambda: f"{_letters(1)}{_digits(7)}",
    "account, named": lambda: f"account {_digits(7)}",
    "upi": lambda: f"{_letters(6).lower()}.{_digits(3)}@okbank",
    "link": lambda: f"https://pay.example/{_letters(8).lower()}?to={_digits(6)}",
}
PLACES = ("message", "payee", "memo", "account", "bill", "reply")
# What other parts bring in: a photo's text, a voice, a reminder's words, the facts of the week.
MORE_PLACES = ("receipt", "voice", "reminder", "recap")
_SENTENCES = {
    "message": "hey my number is {} so what happened to food lately",
    "payee": "Transfer {}",
    "memo": "ref {} thanks",
    "account": "Joint {}",
    "bill": "Rent {}",
    "reply": "1) {} $20.00",
    "receipt": "Corner Shop\nMay 14, 2026\nThings {}  1.00\nRest  19.00\nTotal  $20.00",
    "voice": "hey my number is {} so what happened to food lately",
    "reminder": "call {} back",
    "recap": "{}",
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


@pytest.fixture(scope="module")
def sensing(talk: Talk) -> Talk:
    """Return the same with somebody who hears."""
    kit = talk.app.handler._kit
    handler = DialogueHandler(replace(kit, ears=Ears(SimulatedSpeech(), given=True)))
    return replace(talk, app=replace(talk.app, handler=handler))


def _cases(places: Sequence[str], times: int) -> list[Case]:
    return [
        Case(place, kind, make())
        for _ in range(times)
        for place in places
        for kind, make in KINDS.items()
    ]


@pytest.mark.slow
def test_hundreds_in_every_place(talk: Talk, bar: Bar):
    _send(talk, _cases(PLACES, 3), bar, "private numbers in requests")


@pytest.mark.slow
def test_what_photos_voices_reminders_and_recaps_bring(sensing: Talk, bar: Bar):
    _send(sensing, _cases(MORE_PLACES, 2), bar, "private numbers in requests")


@pytest.mark.slow
def test_what_other_assistants_are_told(talk: Talk, bar: Bar):
    """Each number stands in a payee, a memo, a bill or a reminder; every answer is looked at."""
    reading, seen = AssistantReading(talk.app), []
    cases = _cases(("payee", "memo", "bill", "reminder"), 2)
    users: dict[int, User] = {}
    for number, case in enumerate(cases):
        user = users.setdefault(number // 25, _person(talk))
        text = _SENTENCES[case.place].format(case.secret)
        handle = _kept(talk, user, case, text)
        asked = {
            "payee": ("transactions", {}),
            "memo": ("entry", {"view": "show", "entry": handle}),
            "bill": ("bills", {"view": "due"}),
            "reminder": ("bills", {"view": "reminders"}),
        }[case.place]
        told = reading.answer(user, *asked)
        assert not told.is_error, told.text
        whole = told.text + json.dumps(told.data, ensure_ascii=False)
        assert _is_there(case, whole), (case, whole[:300])
        if any(one in whole for one in _forms(case.secret)):
            seen.append(case)
    assert seen == [], seen[:5]
    bar("private numbers told to other assistants", len(seen), of=len(cases), at_most=0)


def _send(talk: Talk, cases: list[Case], bar: Bar, name: str) -> None:
    seen: list[Case] = []
    looked: Counter[str] = Counter()
    users: dict[int, User] = {}
    for number, case in enumerate(cases):
        # A handful of people, so that what one sees of the others would be found as well.
        user = users.setdefault(number // 25, _person(talk))
        talk.stand_in.forget()
        _put(talk, user, case)
        # What looks like a card number in a voice ends the turn before anybody is asked.
        assert talk.stand_in.raw or case.place == "voice", case
        whole = "".join(
            json.dumps(json.loads(raw), ensure_ascii=False) for raw in talk.stand_in.raw
        )
        if any(one in whole for one in _forms(case.secret)):
            seen.append(case)
        looked[case.place] += _is_there(case, whole)
        assert user.email not in whole
    assert seen == [], seen[:5]
    assert all(
        2 * looked[one.place] > len(cases) / len({it.place for it in cases}) for one in cases
    )
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


def _is_there(case: Case, told: str) -> bool:
    """Tell whether the place of a number was looked at: the words before it are there."""
    before = _SENTENCES[case.place].partition("{}")[0].rpartition("\n")[2]
    return before.strip() in told


def _kept(talk: Talk, user: User, case: Case, text: str) -> str:
    """Put a number where it belongs; return the entry that is about it."""
    app, now = talk.app, talk.app.clock.now()
    account = _account(talk, user, text if case.place == "account" else "Everyday")
    entry = _entry(talk, user, account, case, text)
    if case.place == "bill":
        wanted = {"name": text, "amount": "12", "due": "2026-05-20", "cadence": "monthly"}
        key = f"bill {app.ids.new('k')}"
        outcome = app.runner.run(ToolCall("add_bill", wanted), ToolContext(user, now, key))
        assert isinstance(outcome, Done), outcome
    if case.place == "receipt":
        call_it = ToolCall("book_receipt", {"text": text, "entry": entry})
        outcome = app.runner.run(call_it, ToolContext(user, now, f"paper {app.ids.new('k')}"))
        assert isinstance(outcome, Done), outcome
    if case.place == "reminder":
        due = now + timedelta(hours=next(_NUMBERS) % 40 + 1)
        with app.database.work() as uow:
            for old in uow.reminders.of(user.id):
                uow.reminders.set_state(user.id, old.id, ReminderState.DELETED)
            reminder = Reminder(user.id, text, due.date(), None, due)
            uow.reminders.add(reminder, now=now, ids=app.ids)
            uow.commit()
    return entry


def _put(talk: Talk, user: User, case: Case) -> None:
    """Put a number where it belongs, and let a model look there."""
    text = _SENTENCES[case.place].format(case.secret)
    entry = _kept(talk, user, case, text)
    look = {
        "account": call("balances", view="accounts"),
        "bill": call("bills", view="due"),
        "reminder": call("bills", view="reminders"),
        "memo": call("entry", view="show", entry=entry),
        "receipt": call("entry", view="show", entry=entry),
    }.get(case.place, call("transactions"))
    talk.stand_in.will(calls(look), words("Here it is."))
    if case.place == "recap":
        _word_week(talk, user)
    else:
        _say(talk, user, case, text)


def _word_week(talk: Talk, user: User) -> None:
    """Have the words of the week asked for, as ahead of a recap."""
    app, leader = talk.app, talk.app.handler._kit.leader
    assert isinstance(leader, Leader)
    narrator = open_narrator(leader, app.database, app.clock, app.phrasebook)
    today = user.preferences.today(app.clock.now()) + timedelta(days=1)
    with app.database.reading() as uow:
        answer = told_in_words(read_week(uow, user, today))
    assert answer is not None
    narrator.prepare(user, answer, key=app.ids.new("week"))


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
    category = f"user:{text}" if case.place == "recap" else "FOOD_AND_DRINK_GROCERIES"
    entry = NewEntry(
        account_id=account,
        booked_date=user.preferences.today(now),
        amount=-amount,
        flow=Flow.SPEND,
        allocations=(Allocation(category, amount, "user"),),
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
        if case.place == "voice":
            message = _voice(talk, address, text)
        stored = uow.inbox.add(message, now=now, ids=app.ids)
        uow.commit()
    assert isinstance(stored, Accepted)
    assert app.handler.handle(stored.inbound_id) is not None


def _voice(talk: Talk, address: Address, said: str) -> InboundMessage:
    """Return a message that brings a recording of these words."""
    key, content = f"upload/{talk.app.ids.new('file')}/note.ogg", demo_note(said)
    talk.app.objects.put(key, content)
    file = InboundFile(key, "note.ogg", "audio/ogg", len(content))
    return InboundMessage(talk.app.ids.new("m"), address, InboundKind.VOICE, files=(file,))


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
