"""What a job may use: handed in once at the start, never looked up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from core.clock import Clock
from core.connect.bank_feed import BankFeed
from core.connect.objects import ObjectStore
from core.connect.prices import PriceSource
from core.connect.rates import RateSource
from core.facts import Answer, Fact
from core.ids import Ids
from core.messaging.address import ChannelName
from core.messaging.channel import Channel
from core.messaging.template import Review
from core.payees.decisions import Decisions
from core.store.unit_of_work import Database
from core.users.user import User
from core.wake import Wake
from prompts.figures import Style
from prompts.phrasebook import Phrasebook
from workers.actions import Action


class Reviews(Protocol):
    """Asks whoever approves message templates; missing where there are none."""

    def look(self, content_id: str) -> Review:
        """Return how a template stands; raise `SendError` when that cannot be asked."""
        ...


class TurnHandler(Protocol):
    """Answers inbound messages; the dialogue implements it."""

    def handle_next(self) -> bool:
        """Answer the oldest waiting message nobody holds; false when there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Drafted:
    """A model's words: ``text`` refers to ``facts`` by their ids."""

    text: str
    facts: Mapping[str, Fact]


class Narrator(Protocol):
    """Tells an answer in a language model's words; missing where none is set up."""

    def tell(self, user: User, answer: Answer, style: Style, *, key: str) -> str:
        """Return words over the facts, figures written; "" where the phrases stand."""
        ...

    def serves(self, user: User) -> bool:
        """Tell whether a model may be asked for this reader now."""
        ...

    def prepare(self, user: User, answer: Answer, *, key: str) -> bool:
        """Ask for words ahead of time and keep them; false when there are none to send."""
        ...

    def recall(self, user: User, answer: Answer, *, key: str) -> Drafted | None:
        """Return the words kept for these very facts, if there are any. Asks nobody."""
        ...


class Learner(Protocol):
    """Learns from one user's corrections; the shipped model implements it."""

    def digest(self, decisions: Decisions) -> str:
        """Return what tells these lessons from others; nothing when there are too few."""
        ...

    def learn(self, decisions: Decisions) -> bytes:
        """Return the weights that the lessons give."""
        ...

    def examine(
        self, decisions: Decisions, weights: bytes, present: bytes | None
    ) -> tuple[Mapping[str, int], bool]:
        """Return the figures of new weights beside the present ones, and whether they may serve."""
        ...


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a job does at once and how long things are held and kept."""

    bulk_batch: int = 20
    bulk_senders: int = 8  # side by side; an answer of a provider takes tens of milliseconds
    round_items: int = 500  # a job gives way to others after this many
    send_lease: timedelta = timedelta(seconds=60)
    send_margin: timedelta = timedelta(seconds=20)  # a send not begun before this is given back
    execute_lease: timedelta = timedelta(seconds=90)
    occurrence_lease: timedelta = timedelta(seconds=120)
    occurrence_tries: int = 3
    render_seconds: int = 30
    keep_outbox: timedelta = timedelta(days=90)
    keep_reports: timedelta = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class JobContext:
    """The world of a job. ``stopping`` tells a long round to end after the item in hand.

    ``content_ids`` are message templates that the operator names himself: ``alert.en`` and what
    the provider calls it. ``registered_texts`` are text messages that a country's registry has, by
    the same names; ``address`` is where users find this installation, and
    ``end_of_mail`` the link in a letter that ends such letters. ``rest`` waits some seconds,
    no longer than until everything stops, and shows the watchdog that a long round is not stuck.
    ``pace`` counts a message that nobody asked for and returns the seconds until its channel has
    room for it.
    """

    database: Database
    clock: Clock
    ids: Ids
    channels: Mapping[ChannelName, Channel]
    wake: Wake
    words: Callable[[str], Phrasebook]
    objects: ObjectStore
    handler: TurnHandler | None = None
    learner: Learner | None = None
    narrator: Narrator | None = None
    actions: Mapping[str, Action] = field(default_factory=dict)
    rates: Sequence[RateSource] = ()
    prices: Sequence[PriceSource] = ()
    banks: Mapping[str, BankFeed] = field(default_factory=dict)
    content_ids: Mapping[str, str] = field(default_factory=dict)
    reviews: Reviews | None = None
    registered_texts: frozenset[str] = frozenset()
    address: str = ""
    end_of_mail: Callable[[str], str] = lambda _outbox_id: ""
    limits: Limits = field(default_factory=Limits)
    worker: str = "worker"
    stopping: Callable[[], bool] = lambda: False
    rest: Callable[[float], object] = lambda _seconds: None
    pace: Callable[[ChannelName], int] = lambda _channel: 0
