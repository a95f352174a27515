"""T5: the reply goes to the outbox and the turn closes, together, if the lease still holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.dialogue.act import Acted
from bot.dialogue.arrival import Arrival
from bot.dialogue.kit import DialogueKit
from bot.dialogue.reply import Reply
from bot.dialogue.waiting import gives_orders
from core.conversation.context import Profile
from core.conversation.plan import ToolCall
from core.conversation.state import DialogueState
from core.conversation.turn import InboundState, Turn, TurnState
from core.facts import PICTURES
from core.failpoints import Point, reach
from core.ids import UserId
from core.messaging.address import ChannelName
from core.messaging.outbox import Outgoing
from core.store.conversation_store import Conversation, LeaseLost
from core.store.unit_of_work import UnitOfWork
from tools.outcome import Done
from tools.outcome_json import outcome_name, outcome_to_json
from tools.spec import Effect

# A text that gave orders to us, in the trail of whoever sent it.
ORDERED = "guard.injection"


@dataclass(frozen=True, slots=True)
class TurnReport:
    """A finished turn: what was planned, what ran and what goes out."""

    turn_id: str
    conversation_id: str
    reply: Reply
    outbox_id: str = ""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a turn ends; ``reference`` finds an unexpected error in the log."""

    turn: TurnState = TurnState.REPLIED
    inbound: InboundState = InboundState.HANDLED
    reference: str = ""


_AS_IT_SHOULD = Ending()


def record(
    kit: DialogueKit,
    arrival: Arrival,
    turn: Turn,
    reply: Reply,
    ending: Ending = _AS_IT_SHOULD,
) -> TurnReport:
    """Close a turn with its reply; raises `LeaseLost` and keeps nothing if it was taken over."""
    now = kit.clock.now()
    with kit.database.work() as uow:
        talk = uow.conversations.release(arrival.talk.id, turn.epoch)
        finished = uow.turns.finish(
            turn,
            ending.turn,
            now=now,
            reference=ending.reference,
            plan=reply.plan if turn.plan is None else None,
            owner=talk.owner,
        )
        if not finished:
            raise LeaseLost
        uow.inbox.close(turn.inbound_id, ending.inbound, now=now, reason=ending.reference)
        _keep_reads(kit, uow, arrival, turn, reply.acted)
        if arrival.user is not None and gives_orders(reply.acted):
            uow.audit.append(
                arrival.user.id, actor="user", action=ORDERED, subject=turn.id, now=arrival.now
            )
        state = reply.state
        if state is None and reply.numbered:
            state = DialogueState(numbered=reply.numbered)
        if state is not None:
            uow.conversations.remember(talk, state)
        if arrival.message.address.channel is not ChannelName.WEB:
            body = {"text": arrival.message.text}
            uow.conversations.say(talk, sender="user", body=body, now=arrival.now, turn_id=turn.id)
        uow.bindings.heard_from(talk.address, now=arrival.now)
        if talk.address.channel is ChannelName.WHATSAPP:
            uow.outbox.release_waiting(talk.id, now=now)
        # An apology is no answer: one may still come, when an operator puts the message back.
        sorry = f":{turn.epoch}" if ending.turn is TurnState.FAILED else ""
        outbox_id = _post(kit, uow, talk, turn, reply, sorry) if reply.message else ""
        asked = _ask_for_papers(uow, talk, turn, reply.acted, now)
        reach(Point.T5_UNANSWERED)
        uow.commit()
    reach(Point.T5_ANSWERED)
    kit.wake.ring("deliver")
    if asked:
        kit.wake.ring("make_papers")
    return TurnReport(turn.id, talk.id, reply, outbox_id)


def _post(
    kit: DialogueKit,
    uow: UnitOfWork,
    talk: Conversation,
    turn: Turn,
    reply: Reply,
    key: str,
) -> str:
    assert reply.message is not None
    outgoing = Outgoing(
        owner=talk.owner,
        conversation_id=talk.id,
        address=talk.address,
        message=reply.message,
        dedupe_key=f"turn:{turn.id}{key}",
        due_at=kit.clock.now(),
        turn_id=turn.id,
    )
    outbox_id = uow.outbox.enqueue(outgoing, now=kit.clock.now(), ids=kit.ids)
    return outbox_id or ""


def _ask_for_papers(
    uow: UnitOfWork, talk: Conversation, turn: Turn, acted: tuple[Acted, ...], now: datetime
) -> int:
    """Have pictures and documents made that go with the answers; return how many.

    They are asked for where the reply is kept, so that neither is there without the other.
    """
    if not talk.is_linked:
        return 0
    asked = 0
    for position, item in enumerate(acted):
        papers = item.outcome.answer.papers if isinstance(item.outcome, Done) else ()
        for place, paper in enumerate(papers):
            if talk.profile is Profile.SMS and paper.kind in PICTURES:
                continue  # the answer itself says that a text message carries none
            key = f"{turn.id}:{position}:{place}"
            asked += uow.papers.ask(key, UserId(talk.owner), talk.id, paper, now=now)
    return asked


def _keep_reads(
    kit: DialogueKit, uow: UnitOfWork, arrival: Arrival, turn: Turn, acted: tuple[Acted, ...]
) -> None:
    """Keep what reading calls answered: for "how did you get that" and for the console.

    Writes were kept in their own transaction (T4), together with their effect.
    """
    if arrival.user is None:
        return
    registry = kit.runner.registry
    for position, item in enumerate(acted):
        step, outcome = item.step, item.outcome
        if not isinstance(step, ToolCall) or outcome is None:
            continue
        writes = step.tool in registry and registry.get(step.tool).effect is Effect.WRITE
        if writes and isinstance(outcome, Done):
            continue
        _keep(uow, arrival, turn, position, item)


def _keep(uow: UnitOfWork, arrival: Arrival, turn: Turn, position: int, item: Acted) -> None:
    assert arrival.user is not None
    assert isinstance(item.step, ToolCall) and item.outcome is not None  # noqa: PT018
    key = f"{turn.id}:{position}"
    if uow.calls.find(arrival.user.id, key, item.step.tool, item.step.arguments) is not None:
        return
    uow.calls.add(
        arrival.user.id,
        key,
        call=(item.step.tool, item.step.arguments),
        outcome=outcome_name(item.outcome),
        result=outcome_to_json(item.outcome),
        origin=(turn.id, position),
        change_id="",
        now=arrival.now,
    )
