"""A visitor at the terminal: real turns through the handler, waited for one by one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.app import App
from bot.dialogue.act import Acted
from core.conversation.context import Profile
from core.errors import FinanceError
from core.facts import Fact
from core.ids import UserId
from core.messaging.address import Address, ChannelName
from core.messaging.inbound import Accepted, InboundKind, InboundMessage
from core.messaging.mask import cleaned
from core.store.conversation_store import Conversation, TranscriptMessage
from core.users.user import User
from tools.outcome import NeedsApproval, NeedsInput, Refused
from tools.outcome_json import outcome_name
from workers.inline import run_once, run_until_quiet
from workers.jobs import JOBS

_DEMO = "maya@demo.financemaster.app"
# What a one-shot command must not do behind the user's back: send other people's messages.
_OWN_JOBS = frozenset({"execute_approved", "make_papers", "deliver_urgent", "deliver_bulk"})
_FIRST_JOBS = frozenset({"refresh_rates"})


class NotHandled(FinanceError):
    """The turn could not be taken now: the database is busy or the chat is held elsewhere."""

    code = "turn.not_handled"


@dataclass(frozen=True, slots=True)
class CallMade:
    """One tool call of a turn, for ``--json``."""

    tool: str
    arguments: Mapping[str, Any]
    outcome: str
    error: str | None
    facts: Sequence[Fact]


@dataclass(slots=True)
class Exchange:
    """One message and everything it came to."""

    turn_id: str
    planner: str
    understood: str
    calls: list[CallMade]
    approvals: list[Mapping[str, str]] = field(default_factory=list)  # known once settled
    replies: list[dict[str, Any]] = field(default_factory=list)


class Visitor:
    """Somebody who talks in a terminal, as a user who is signed in on this machine."""

    def __init__(self, app: App, email: str | None, profile: Profile, conversation: str) -> None:
        """Open the conversation; ``conversation`` names one to go on with."""
        self._app = app
        # In a server this is done beside the first answers; here nobody else would.
        run_once(app.jobs, [job for job in JOBS if job.name in _FIRST_JOBS])
        self._user = _user(app, email)
        name = f"{self._user.id}/{profile.value}/{conversation}"
        path = hashlib.sha256(name.encode()).hexdigest()[:32]
        self._address = Address(ChannelName.TERMINAL, path)
        self._talk = self._open(profile)
        self._seen = self._last_seen()

    @property
    def user(self) -> User:
        """Who talks."""
        return self._user

    @property
    def conversation_id(self) -> str:
        """Where the talk is kept."""
        return self._talk.id

    def say(self, text: str) -> Exchange:
        """Take one message through its turn."""
        app = self._app
        message = InboundMessage(
            provider_event_id=app.ids.new("cli"),
            address=self._address,
            kind=InboundKind.TEXT,
            text=text,
        )
        with app.database.work() as uow:
            stored = uow.inbox.add(cleaned(message), now=app.clock.now(), ids=app.ids)
            uow.commit()
        report = app.handler.handle(stored.inbound_id) if isinstance(stored, Accepted) else None
        if report is None:
            raise NotHandled
        reply = report.reply
        plan = reply.plan
        return Exchange(
            turn_id=report.turn_id,
            planner=plan.planner.value if plan else "pending",
            understood=plan.understood if plan else "",
            calls=[_call(item) for item in reply.acted if item.outcome is not None],
        )

    def settle(self, exchange: Exchange) -> None:
        """Let the workers do what the turn set off, and collect what was said."""
        jobs = [job for job in JOBS if job.name in _OWN_JOBS]
        run_until_quiet(self._app.jobs, jobs)
        exchange.replies = [self._reply_json(item) for item in self._new_messages()]
        exchange.approvals = self._approvals()

    def _open(self, profile: Profile) -> Conversation:
        app = self._app
        with app.database.work() as uow:
            now: datetime = app.clock.now()
            if uow.bindings.owner_of(self._address) is None:
                uow.bindings.link(self._user.id, self._address, now=now, ids=app.ids)
            talk = uow.conversations.at(self._address, owner=self._user.id, now=now, ids=app.ids)
            uow.conversations.set_profile(talk.id, profile)
            uow.commit()
        return talk

    def _last_seen(self) -> int:
        with self._app.database.reading() as uow:
            shown = uow.conversations.transcript(self._talk.id, limit=1)
        return shown[-1].seq if shown else 0

    def _new_messages(self) -> list[TranscriptMessage]:
        with self._app.database.reading() as uow:
            shown = uow.conversations.transcript(self._talk.id, after=self._seen)
        if shown:
            self._seen = shown[-1].seq
        return [message for message in shown if message.sender == "bot"]

    def _reply_json(self, message: TranscriptMessage) -> dict[str, Any]:
        folder = self._app.settings.files.folder
        return {
            "text": message.body["text"],
            "choices": list(message.body.get("choices", [])),
            "attachments": [
                {"kind": item["kind"], "name": item["name"], "path": str(folder / item["key"])}
                for item in message.body.get("attachments", [])
            ],
        }

    def _approvals(self) -> list[Mapping[str, str]]:
        with self._app.database.reading() as uow:
            found = uow.approvals.latest_for(self._user.id, 5)
        return [
            {"code": item.code, "action": item.action, "state": item.state.value} for item in found
        ]


def _call(item: Acted) -> CallMade:
    outcome = item.outcome
    if outcome is None:
        raise TypeError("talk is no call")
    answer = getattr(outcome, "answer", None)
    facts: list[Fact] = []
    if answer is not None:
        facts = [*answer.facts, *(fact for line in answer.lines for fact in line.facts)]
    error = outcome.code if isinstance(outcome, Refused) else None
    if isinstance(outcome, NeedsInput):
        error = f"needs {outcome.slot}"
    if isinstance(outcome, NeedsApproval):
        error = None
    tool = getattr(item.step, "tool", "decide_approval")
    return CallMade(tool, getattr(item.step, "arguments", {}), outcome_name(outcome), error, facts)


def _user(app: App, email: str | None) -> User:
    """Return who talks: the one named, the only one there is, or the demo household."""
    with app.database.reading() as uow:
        if email is not None:
            return uow.users.by_email(email)
        ids: tuple[UserId, ...] = uow.users.all_ids()
        if len(ids) == 1:
            return uow.users.get(ids[0])
    return app.demo.load(_DEMO.partition("@")[0])
