"""What the dialogue works with; made once in ``bot/app.py``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from bot.channels.courtesy import Courtesy
from bot.dialogue.arrival import Arrival
from bot.dialogue.holding import Holding
from bot.dialogue.known_names import KnownNames
from core.clock import Clock
from core.connect.speech import Transcriber
from core.connect.text_reader import TextReader
from core.conversation.context import Planner, TurnContext
from core.conversation.plan import Plan
from core.conversation.turn import Turn
from core.ids import Ids
from core.messaging.inbound import InboundMessage
from core.store.unit_of_work import Database
from core.wake import Wake
from intents.words import CommandWords
from prompts.phrasebook import Phrasebook
from tools.runner import Runner


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one turn; what exceeds them is said, never silently dropped."""

    text_characters: int = 2000
    messages_a_minute: int = 100  # of one chat of a provider; nobody types so fast
    calls_per_turn: int = 6
    failures_before_human: int = 2


class Leads(Protocol):
    """Plans with a language model where the offline plan is not sure."""

    def plan(self, arrival: Arrival, turn: Turn, context: TurnContext, offline: Plan) -> Plan:
        """Return its plan, or ``offline`` where it is no help."""
        ...

    @property
    def rests(self) -> bool:
        """Tell whether no model may be asked now."""
        ...

    def warm(self) -> None:
        """Load what the first question to a model would wait for."""
        ...


class FetchesFiles(Protocol):
    """Brings the file of a message from wherever it waits."""

    def __call__(self, message: InboundMessage) -> str:
        """Bring it into the object store and return its key."""
        ...

    def content(self, message: InboundMessage, *, max_bytes: int) -> bytes:
        """Return its bytes and keep nothing of it."""
        ...

    def discard(self, message: InboundMessage) -> None:
        """Remove what was uploaded, once it has served its purpose."""
        ...


@dataclass(frozen=True, slots=True)
class Ears:
    """Who writes down voice notes, up to which length (seconds and bytes), and in what time.

    ``given``: the operator has every user's consent to send a note there.
    """

    transcriber: Transcriber
    most_seconds: int = 120
    most_bytes: int = 16_000_000
    wait_seconds: float = 15.0
    given: bool = False


@dataclass(frozen=True, slots=True)
class Eyes:
    """Who reads photos, up to which size in bytes, and in what time.

    ``given``: the operator has every user's consent to send a photo there.
    """

    reader: TextReader
    most_bytes: int = 12_000_000
    wait_seconds: float = 18.0
    given: bool = False


@dataclass(frozen=True, slots=True)
class DialogueKit:
    """The parts of the dialogue. ``planners`` are asked in order until one is sure.

    ``open_demo`` makes a private copy of a sample household for a new visitor and returns its
    user id; it is missing when demos are switched off. ``link_page`` is where a chat is linked,
    ``confirm_link`` where an approval is confirmed with a PIN.
    ``fetch_file`` brings a file from its provider into the object store and returns its key.
    ``holding`` keeps the conversations of turns that take long.
    ``hear`` returns the language of a text, given the user's own for when there is a doubt.
    ``leader`` is missing where no language model is set up, ``ears`` where no speech service is,
    ``eyes`` where nobody reads photos.
    """

    database: Database
    clock: Clock
    ids: Ids
    runner: Runner
    planners: tuple[Planner, ...]
    words: CommandWords
    hear: Callable[[str, str], str]
    phrasebook: Callable[[str], Phrasebook]
    wake: Wake
    fetch_file: FetchesFiles
    courtesy: Courtesy
    holding: Holding
    leader: Leads | None = None
    ears: Ears | None = None
    eyes: Eyes | None = None
    confirm_link: Callable[[str], str] | None = None
    open_demo: Callable[[str], str] | None = None
    link_page: str = ""
    limits: Limits = field(default_factory=Limits)
    names: KnownNames = field(default_factory=KnownNames)
