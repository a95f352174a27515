"""Damaged files all the way into books: kept in full or refused, and the books stay sound.

Beside statements: files of trades and of prices, OFX 2, and whole books as JSON. A few examples
each in the suite; `make fuzz` gives each a minute or more.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from core.errors import FinanceError
from core.ledger.entry import Flow
from tests.fakes.world import open_world
from tests.ledgers import assert_sound
from tests.people import Person, alice, dora
from tests.properties.test_statement_fuzz import FORMATS, OFX, OFX2, PRINTED, play, samples
from tools.exporting import export, load_books
from tools.outcome import Done, NeedsInput, Refused

TRADES = (
    b"Date,Type,Symbol,Name,Quantity,Price,Amount,Fee,Currency,Ratio\n"
    b"2026-01-05,BUY,AAPL,Apple,10,100.00,,1.00,USD,\n"
    b'2026-03-05,Buy,VTI,,4,"1,250.50",,,USD,\n'
    b"2026-06-05,Sell,AAPL,,4,150,,1.00,USD,\n2026-07-01,Dividend,AAPL,,,,12.40,,USD,\n"
    b"2026-08-31,Split,AAPL,,,,,,USD,4:1\n2026-09-01,Fee,VTI,,,,3.00,,USD,\n"
)
PRICES = b"Date,Ticker,Close,Currency\n2026-11-17,AAPL,160.50,USD\n2026-11-16,VTI,158,USD\n"
# What a damaged file may come to: kept, a question that anybody can answer, a coded refusal.
ANSWERED = (Done, NeedsInput, Refused)
NAMES = {"csv": "a.csv", "trades": "a.csv", "prices": "a.csv", "xlsx": "a.xlsx", "pdf": "a.pdf"}


@pytest.fixture(scope="module")
def somebody() -> Callable[[], Person]:
    """Return what gives a person with empty accounts, in a database in memory."""
    return partial(alice, open_world("sqlite://").database)


def wholes(name: str) -> list[bytes]:
    kept = {"trades": TRADES, "prices": PRICES, "ofx": OFX, "ofx2": OFX2, "printed": PRINTED}
    return [kept[name]] if name in kept else samples(name)


def told(done: Done, name: str) -> int:
    return next((int(str(fact.value)) for fact in done.answer.facts if fact.name == name), 0)


def booked(person: Person) -> int:
    return sum(entry.flow is not Flow.OPENING for entry in person.entries())


def keeps_or_refuses(somebody: Callable[[], Person], name: str, data: bytes) -> None:
    """What is kept is all of it, once; what is refused leaves nothing behind."""
    person = somebody()
    send = partial(person.run, "import_statement", file=person.send_file(name, data))
    outcome = send()
    if isinstance(outcome, NeedsInput) and outcome.slot == "account":
        send = partial(send, account="Checking")
        outcome = send()
    assert isinstance(outcome, ANSWERED), outcome
    assert_sound(person)
    if not isinstance(outcome, Done):
        assert booked(person) == 0
        return
    if name == "a.csv" and outcome.answer.shape.endswith(("prices", "trades")):
        again = send()
        assert isinstance(again, Done)
        assert told(again, "new") == 0
        return
    assert told(outcome, "new") + told(outcome, "known") == told(outcome, "rows")
    assert booked(person) == told(outcome, "new")
    before = booked(person)
    again = send()  # with two accounts by now, a part without a number may be asked about
    assert isinstance(again, Done | NeedsInput)
    assert booked(person) == before
    assert_sound(person)


@pytest.mark.slow
@pytest.mark.parametrize("name", [*FORMATS, "ofx", "ofx2", "printed", "trades", "prices"])
def test_a_damaged_file_is_kept_in_full_or_not_at_all(somebody, name: str, fuzz_seconds: float):
    def check(data: bytes) -> None:
        keeps_or_refuses(somebody, NAMES.get(name, f"a.{name}"), data)

    assert play(wholes(name), check, fuzz_seconds, short=3, long=60) >= 1


def refusal(person: Person, data: bytes) -> str:
    """Load books and keep them; return the code of a refusal, "" when there was none."""
    with person.database.work() as uow:
        try:
            load_books(uow, person.user, data, ids=person.ids)
        except FinanceError as refused:
            return refused.code
        uow.commit()
    return ""


def loads_or_refuses(somebody: Callable[[], Person], data: bytes) -> None:
    """Damaged books are refused by a code of ours, or are sound; never half of them."""
    person = dora(somebody().database)
    code = refusal(person, data)
    assert code.startswith(("books.", "preferences.", "period.", "money.")) or not code
    assert_sound(person)


@pytest.mark.slow
def test_damaged_books_are_loaded_whole_or_not_at_all(somebody, fuzz_seconds: float):
    person = somebody()
    person.do("add_entry", amount="4", payee="coffee")
    person.do("set_budget", amount="400", category="FOOD_AND_DRINK")
    person.do("import_statement", file=person.send_file("a.csv", TRADES), account="Checking")
    with person.database.reading() as uow:
        whole = export(uow, person.user, what="all", form="json").encode()

    def check(data: bytes) -> None:
        loads_or_refuses(somebody, data)

    assert play([whole], check, fuzz_seconds, short=3, long=60) >= 1
