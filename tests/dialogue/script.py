"""A dialogue as it is written: whose books, and step by step what is said and what must follow.

The words of a file are the fields of these records; an unknown word fails at once, so that a
misspelt expectation cannot pass. `README.md` beside this file explains each of them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from core.conversation.context import Profile

FOLDER = Path(__file__).parent
DEFAULT_PROFILES = (Profile.WEB, Profile.SMS)
ACTIONS = (
    "say", "voice", "photo", "press", "pick", "file", "sends", "wait", "work", "charge", "row",
    "link", "pin", "joined", "bank",
)  # fmt: skip
# Households of their own: what they hold stands in a file of that name beside this one.
OWN = ("ana", "persona")


@dataclass(frozen=True, slots=True)
class Expected:
    """What must hold after a step; what is not named is not looked at."""

    calls: Sequence[Mapping[str, Any]] | None = None
    planner: str = ""
    has: Sequence[str] = ()
    lacks: Sequence[str] = ()
    figures: Mapping[str, str] = field(default_factory=dict)
    buttons: Sequence[str] = ()
    silent: bool = False
    asks: str | None = None  # the slot of the open question, "" when none may be open
    approvals: Mapping[str, str] = field(default_factory=dict)
    subscriptions: Mapping[str, str] = field(default_factory=dict)
    requests: int | None = None  # what the outside provider got in all
    books: Mapping[str, Any] = field(default_factory=dict)
    same_as: str = ""  # the books are what they were at this mark
    mark: str = ""  # remember the books as they are now
    elsewhere: Mapping[str, Sequence[str]] = field(default_factory=dict)  # told in another chat
    quiet: Sequence[str] = ()  # chats in which nothing may be said
    longest: int = 0  # signs of all replies together, on SMS
    tickets: Mapping[str, str] = field(default_factory=dict)  # the newest one: reason and state
    hushed: bool | None = None  # whether nothing is said unasked
    audited: str = ""  # an event of this name is in the user's audit trail
    removed: Sequence[str] = ()  # profiles on which the message is taken out of the chat
    kept_without: Sequence[str] = ()  # what may stand nowhere in what is stored of the message
    bound: Mapping[str, bool] = field(default_factory=dict)  # whether a chat is the user's

    @property
    def looks_at_books(self) -> bool:
        """Tell whether the books are to be read after the step."""
        return bool(self.books or self.mark or self.same_as or self.subscriptions)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens: a message, a pressed button, time that passes, a worker's round."""

    expected: Expected
    say: str | None = None
    voice: str = ""  # what a note says that the demo service hears
    photo: str = ""  # the text on a receipt that the demo reader reads
    caption: str = ""
    press: str = ""  # the label of a button of the last message
    pick: str = ""  # words of a numbered line or option of the last message
    file: Mapping[str, str] = field(default_factory=dict)
    sends: str = ""  # voice, picture, contact, sticker
    wait: str = ""
    work: Sequence[str] = ()
    charge: Mapping[str, str] = field(default_factory=dict)
    row: Mapping[str, str] = field(default_factory=dict)
    link: bool = False  # the main user asks for a link token for the chat of this step
    bank: bool = False  # sign in on the page behind the newest link to a bank
    pin: str = ""  # typed on the page that confirms the newest request
    joined: str = ""  # the PIN typed on the page that confirms the newest link
    chat: str = "main"
    reply_to: str = ""  # what was said in the step whose answer is replied to
    forwarded: bool = False
    edited: bool = False
    times: int = 1  # say it so often, one turn each
    fill: int = 0  # repeat the text up to so many characters
    twice: bool = False  # the provider delivers the same event again
    hold: bool = False  # the executor does not come round yet
    # What the scripted model answers, one after the other: { calls = [...] } or { says = "..." },
    # in which {spent} is the reference of the newest fact of that name. Nobody else has a model.
    model: Sequence[Mapping[str, Any]] = ()
    carrier_words: bool = False  # this reply may name STOP and HELP: the law wants it


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A file: one story, told on several channels."""

    name: str
    household: str
    steps: tuple[Step, ...]
    profiles: tuple[Profile, ...]
    preferences: Mapping[str, Any]
    accounts: Sequence[Mapping[str, str]]
    entries: Sequence[Mapping[str, str]]
    rows: Sequence[Mapping[str, str]]
    budgets: Sequence[Mapping[str, str]]
    pin: str = ""  # the second factor that the user has set

    @property
    def is_led(self) -> bool:
        """Tell whether a scripted model leads where the offline engine is not sure."""
        return any(step.model for step in self.steps)


_OWN = {name: tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8")) for name in OWN}
_STEP = {one.name for one in fields(Step)} - {"expected"}
_EXPECTED = {one.name for one in fields(Expected)}
_HEAD = {
    "household", "profiles", "preferences", "account", "entry", "row", "budget", "step", "about",
    "pin",
}  # fmt: skip


def all_dialogues() -> tuple[Dialogue, ...]:
    """Read every dialogue, in the order of their names."""
    return tuple(read(path) for path in sorted(FOLDER.glob("*/*.toml")))


def read(path: Path) -> Dialogue:
    """Read one file; anything it says that nobody would look at is an error."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    name = f"{path.parent.name}/{path.stem}"
    _refuse_unknown(name, data, _HEAD)
    wanted = data.get("profiles")
    household = data.get("household", "maya")
    books = _OWN.get(household, {})
    return Dialogue(
        name=name,
        household="own" if household in OWN else household,
        steps=tuple(_step(name, step) for step in data["step"]),
        profiles=tuple(Profile(one) for one in wanted) if wanted else DEFAULT_PROFILES,
        preferences={**books.get("preferences", {}), **data.get("preferences", {})},
        accounts=(*books.get("account", ()), *data.get("account", ())),
        entries=(*books.get("entry", ()), *data.get("entry", ())),
        rows=(*books.get("row", ()), *data.get("row", ())),
        budgets=(*books.get("budget", ()), *data.get("budget", ())),
        pin=data.get("pin", ""),
    )


def _step(name: str, data: Mapping[str, Any]) -> Step:
    _refuse_unknown(name, data, _STEP | _EXPECTED)
    actions = [action for action in ACTIONS if action in data]
    if len(actions) != 1 and set(actions) != {"say", "link"}:
        raise ValueError(f"{name}: a step does one thing, not {actions or 'nothing'}")
    expected = {key: value for key, value in data.items() if key in _EXPECTED}
    done = {key: value for key, value in data.items() if key in _STEP}
    return Step(Expected(**expected), **done)


def _refuse_unknown(name: str, data: Mapping[str, Any], known: set[str]) -> None:
    unknown = data.keys() - known
    if unknown:
        raise ValueError(f"{name}: unknown words {sorted(unknown)}")
