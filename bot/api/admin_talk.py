"""One conversation in the console: how each message was understood, done and delivered."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.api.admin_pages import state, user_link, when
from bot.api.admin_session import Operator, Right
from bot.api.asking import linked_chats
from bot.api.errors import NotFound
from bot.api.markup import Child, Markup, form, table, tag
from bot.api.notices import notify
from bot.app import App
from core.conversation.plan import Ask, Plan, Say
from core.errors import FinanceError
from core.ids import UserId
from core.messaging.outbox import OutboxItem
from core.store.call_store import StoredCall
from core.store.conversation_store import Conversation, TranscriptMessage
from core.store.model_call_store import ListedQuestion
from core.store.unit_of_work import UnitOfWork
from prompts.phrasebook import Phrasebook

_TURNS = 50
_FACTS = 40
_CODES = 100
_SHORTEST_REASON, _LONGEST_REASON = 10, 80
_HIDDEN = "•••"


class ReasonNeeded(FinanceError):
    """Reading what was said needs a reason of some words."""

    code = "admin.reason_needed"


@dataclass(frozen=True, slots=True)
class _Sent:
    """A message of a turn and every try to send it."""

    item: OutboxItem
    attempts: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class _Exchange:
    """One turn with everything that came of it."""

    row: Mapping[str, Any]
    plan: Plan | None
    calls: Sequence[StoredCall]
    questions: Sequence[ListedQuestion]
    sent: Sequence[_Sent]


@dataclass(frozen=True, slots=True)
class _View:
    """A conversation as the page shows it; ``codes`` of its owner's approvals are never shown."""

    talk: Conversation
    codes: Sequence[str]
    exchanges: Sequence[_Exchange]
    messages: Sequence[TranscriptMessage]


def parts(
    app: App, operator: Operator, conversation_id: str, *, reason: str | None = None
) -> Iterator[Child]:
    """Return the parts of the page; with a ``reason`` also what was said.

    The look is written into the audit trail first, and a reading is told to the user.
    """
    now = app.clock.now()
    with app.database.work() as uow:
        talk = uow.conversations.get(conversation_id)
        if talk is None:
            raise NotFound
        action = "conversation.viewed"
        if reason is not None:
            action, reason = "conversation.opened", _checked(reason)
            _tell_user(app, uow, talk, operator, reason, now)
        uow.audit.append(talk.owner, actor=operator.actor, action=action, subject=talk.id, now=now)
        uow.commit()
    if reason is not None:
        app.jobs.wake.ring("deliver")
    with app.database.reading() as uow:
        view = _view(uow, talk)
    return _Writer(app.phrasebook("en"), operator, is_open=reason is not None).parts(view)


def _checked(reason: str) -> str:
    reason = " ".join(reason.split())
    if not _SHORTEST_REASON <= len(reason) <= _LONGEST_REASON:
        raise ReasonNeeded(shortest=_SHORTEST_REASON, longest=_LONGEST_REASON)
    return reason


def _tell_user(
    app: App, uow: UnitOfWork, talk: Conversation, operator: Operator, reason: str, now: datetime
) -> None:
    """Keep the reason in the trail, and say to the user that and why somebody read along."""
    uow.audit.append(
        talk.owner, actor=operator.actor, action="conversation.reason", subject=reason, now=now
    )
    if not talk.is_linked:
        return
    user = uow.users.get(UserId(talk.owner))
    for chat in linked_chats(uow, user.id)[:1]:
        told = ("admin.opened_notice", {"reason": reason})
        notify(app, uow, user, chat, phrase=told, key=app.ids.new("note"))


def _view(uow: UnitOfWork, talk: Conversation) -> _View:
    exchanges = []
    for row in uow.turns.of(talk.id, _TURNS):
        sent = [
            _Sent(item, uow.outbox.tracking.attempts_of(item.id))
            for item in uow.outbox.tracking.of_turn(row["id"])
        ]
        calls = uow.calls.of_turn(row["id"])
        questions = uow.model_calls.listed(row["id"])
        exchanges.append(_Exchange(dict(row), uow.turns.plan_of(row), calls, questions, sent))
    known = uow.approvals.latest_for(UserId(talk.owner), _CODES) if talk.is_linked else ()
    codes = [approval.code for approval in known]
    return _View(talk, codes, exchanges, uow.conversations.transcript(talk.id))


class _Writer:
    """Writes the page for one operator: what his role does not show is masked."""

    def __init__(self, book: Phrasebook, operator: Operator, *, is_open: bool) -> None:
        self._book = book
        self._operator = operator
        self._is_open = is_open
        self._figures = operator.may(Right.FIGURES)
        self._codes: Sequence[str] = ()

    def parts(self, view: _View) -> Iterator[Child]:
        """Yield the head, the messages, and each turn, newest first."""
        talk, self._codes = view.talk, view.codes
        row = (
            talk.address.channel.value,
            talk.address.masked(),
            talk.profile.value,
            user_link(talk.owner),
        )
        yield self._table(("channel", "address", "profile", "user"), [row])
        yield tag("h2", self._word("messages"))
        yield from self._messages(view)
        yield tag("h2", self._word("turns"))
        if not view.exchanges:
            yield tag("p", self._word("nothing"))
        for exchange in view.exchanges:
            yield self._exchange(exchange)

    def _messages(self, view: _View) -> Iterator[Child]:
        if not self._is_open and self._operator.may(Right.OPEN):
            yield self._opener(view.talk)
        elif not self._is_open:
            yield tag("p", self._word("hidden_text"))
        rows = [
            (when(item.at), item.sender, self._said(item), item.profile.value)
            for item in view.messages
        ]
        yield self._table(("when", "who", "said", "profile"), rows)

    def _said(self, item: TranscriptMessage) -> Child:
        text = str(item.body.get("text", ""))
        if self._is_open:
            return tag("span", self._without_codes(text), class_="said")
        return self._book.render("admin.characters", {"number": len(text)})

    def _opener(self, talk: Conversation) -> Markup:
        box = tag(
            "input",
            type="text",
            name="reason",
            required=True,
            minlength=str(_SHORTEST_REASON),
            maxlength=str(_LONGEST_REASON),
        )
        return form(
            f"/admin/conversations/{talk.id}/open",
            self._operator.csrf,
            tag("p", self._word("open_text")),
            tag("label", self._word("reason"), box),
            tag("button", self._word("open")),
            class_="card",
        )

    def _exchange(self, exchange: _Exchange) -> Markup:
        row, plan = exchange.row, exchange.plan
        begin, end = row["started_at"], row["finished_at"]
        took = f"{round((end - begin).total_seconds() * 1000)} ms" if end else "–"
        head = [
            tag("strong", when(begin)),
            state(row["state"]),
            tag("span", row["planner"] or "–", class_="planner"),
            tag("span", took),
            tag("code", row["id"]),
            tag("span", row["reference"] or ""),
        ]
        return tag(
            "section",
            tag("p", head, class_="row"),
            tag("p", self._word("understood"), ": ", self._understood(plan)),
            self._questions(exchange.questions) if exchange.questions else None,
            self._calls(exchange.calls) if exchange.calls else None,
            self._sent(exchange.sent) if exchange.sent else None,
            class_="card",
        )

    def _questions(self, questions: Sequence[ListedQuestion]) -> Markup:
        """Show which model was asked, told what and with which tools (by their hashes)."""
        rows = [
            (one.model, state(one.end), one.prompt, one.registry, one.tokens, f"{one.millis} ms")
            for one in questions
        ]
        heads = ("model", "state", "prompt", "registry", "tokens", "took")
        return self._table(heads, rows)

    def _understood(self, plan: Plan | None) -> Child:
        if plan is None:
            return "–"
        asked = [step.phrase for step in plan.steps if isinstance(step, (Say, Ask))]
        text = self._value(plan.understood)
        return [text, *(tag("code", phrase) for phrase in asked)]

    def _calls(self, calls: Sequence[StoredCall]) -> Markup:
        rows = [
            (
                tag("code", call.tool),
                self._arguments(call.arguments),
                state(call.outcome),
                self._found(call.result),
            )
            for call in calls
        ]
        return self._table(("tool", "arguments", "outcome", "facts"), rows)

    def _arguments(self, arguments: Mapping[str, Any]) -> Markup:
        return tag(
            "ul", [tag("li", f"{name} = {self._value(value)}") for name, value in arguments.items()]
        )

    def _value(self, value: Any) -> str:  # noqa: ANN401 - a JSON value
        if not self._figures:
            return _HIDDEN
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        return self._without_codes(text)

    def _without_codes(self, text: str) -> str:
        """Take out what an operator could approve with, were he to get hold of the chat."""
        for code in self._codes:
            text = text.replace(code, _HIDDEN).replace(code.lower(), _HIDDEN)
        return text

    def _found(self, result: Mapping[str, Any]) -> Child:
        """Write the facts of an answer, or why there is none."""
        if "answer" not in result:
            reason = result.get("code") or result.get("slot") or result.get("reference", "")
            return tag("code", str(reason))
        answer = result["answer"]
        facts = [*answer["facts"], *(fact for line in answer["lines"] for fact in line["facts"])]
        return [tag("code", answer["shape"]), tag("ul", map(self._fact, facts[:_FACTS]))]

    def _fact(self, fact: Mapping[str, Any]) -> Markup:
        value = self._value(f"{fact['value']} {fact['currency'] or ''}".strip())
        return tag("li", f"{fact['id']} {fact['name']} ({fact['kind']}): {value}")

    def _sent(self, sent: Sequence[_Sent]) -> Markup:
        rows = []
        for one in sent:
            delivery = one.item.delivery
            tries = [
                tag("li", f"{when(it['started_at'])} {it['outcome']} {it['reason'] or ''}")
                for it in one.attempts
            ]
            rows.append(
                (
                    f"…{one.item.id[-6:]}",
                    delivery.address.masked(),
                    state(delivery.state.value),
                    delivery.reason,
                    tag("ul", tries),
                )
            )
        return self._table(("message", "address", "state", "reason", "attempts"), rows)

    def _table(self, names: Sequence[str], rows: Sequence[Sequence[Child]]) -> Markup:
        if not rows:
            return tag("p", self._word("nothing"))
        return table([self._word(name) for name in names], rows)

    def _word(self, name: str) -> str:
        return self._book.render(f"admin.{name}")
