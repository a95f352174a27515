"""The way of one message, from the inbox to the outbox, in five visible steps."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, replace

from bot.dialogue.act import act
from bot.dialogue.arrival import Arrival
from bot.dialogue.choose import choose
from bot.dialogue.focus import interrupted
from bot.dialogue.kit import DialogueKit, Eyes
from bot.dialogue.listening import listen
from bot.dialogue.looking import look
from bot.dialogue.memory import after_turn
from bot.dialogue.reception import receive
from bot.dialogue.record import Ending, TurnReport, record
from bot.dialogue.reply import Reply, apologise, write_reply
from bot.dialogue.snapshot import snapshot
from bot.dialogue.waiting import still_waiting
from core.connect.breaker import resting_among
from core.conversation.context import TurnContext
from core.conversation.plan import Ask, Continue, Decide, Plan, PlannerName, Say, Step, ToolCall
from core.conversation.turn import MAX_ATTEMPTS, InboundState, Turn, TurnState, lease_of
from core.failpoints import Point, reach
from core.messaging.inbound import InboundKind
from core.store.conversation_store import LeaseLost
from core.store.unit_of_work import StoreUnavailable
from core.store.vault import SYSTEM
from core.tracing import Attribute, Span, span
from tools.spec import Effect

_log = logging.getLogger("financemaster.dialogue")


@dataclass(frozen=True, slots=True)
class _Claim:
    turn: Turn
    arrival: Arrival
    trace: str


class DialogueHandler:
    """Takes messages from the inbox, one conversation at a time."""

    def __init__(self, kit: DialogueKit) -> None:
        """Work with the parts in ``kit``."""
        self._kit = kit

    @property
    def eyes(self) -> Eyes | None:
        """Who reads photos, if anybody does."""
        return self._kit.eyes

    def warm_beside(self) -> None:
        """Load what leads with a model, where there is one, beside whatever goes on."""
        if self._kit.leader is not None:
            threading.Thread(target=self._kit.leader.warm, name="warm", daemon=True).start()

    def resting(self) -> dict[str, bool]:
        """Return each service that turns are led or heard with, and whether it is left alone."""
        kit = self._kit
        found = {} if kit.leader is None else {"model": kit.leader.rests}
        return found if kit.ears is None else found | resting_among((kit.ears.transcriber,))

    def handle_next(self) -> bool:
        """Take the oldest waiting message through its turn; false when none waits."""
        claim = self._claim(None)
        if claim is None:
            return False
        self._take(claim)
        return True

    def handle(self, inbound_id: str) -> TurnReport | None:
        """Take one message through its turn now (terminal, tests); nothing if it is held."""
        claim = self._claim(inbound_id)
        return self._take(claim) if claim is not None else None

    def _claim(self, inbound_id: str | None) -> _Claim | None:
        """T2: hold the conversation under a new epoch, and open or take over the turn."""
        kit = self._kit
        with kit.database.work(relaxed=True) as uow:  # T5 keeps it, or nobody has heard of it
            row = (
                uow.inbox.oldest_waiting(now=kit.clock.now())
                if inbound_id is None
                else uow.inbox.waiting(inbound_id)
            )
            if row is None:
                return None
            now = kit.clock.now()  # not before: who had to wait would claim for a time gone by
            message, stored_at = uow.inbox.open(row), row["received_at"]
            binding = uow.bindings.owner_of(message.address)
            owner = binding.user_id if binding else SYSTEM
            talk = uow.conversations.at(message.address, owner=owner, now=now, ids=kit.ids)
            if talk.owner != owner:
                uow.conversations.hand_over(talk.id, owner)
                talk = replace(talk, owner=owner)
            epoch = uow.conversations.lease(talk.id, now=now)
            if epoch is None:
                return None
            talk = replace(talk, epoch=epoch)
            turn = uow.turns.open(
                conversation_id=talk.id,
                owner=owner,
                inbound_id=row["id"],
                epoch=epoch,
                registry=kit.runner.registry.fingerprint(),
                now=now,
                ids=kit.ids,
            )
            attempts = uow.inbox.count_attempt(row["id"])
            if attempts > 1:
                uow.conversations.renew(talk.id, epoch, now=now, lease=lease_of(attempts))
            user = uow.users.get(binding.user_id) if binding else None
            uow.commit()
        reach(Point.T2_CLAIMED)
        own = user.preferences.language if user else message.language
        language = kit.hear(message.text, own)
        arrival = Arrival(talk, message, user, now, language, attempts, received_at=stored_at)
        return _Claim(turn, arrival, row["trace"] or "")

    def _take(self, claim: _Claim) -> TurnReport | None:
        """Take one claimed turn to its end, below the request that brought it in a trace."""
        channel = {Attribute.CHANNEL: claim.arrival.talk.address.channel.value}
        with span(Span.TURN, channel, parent=claim.trace) as going:
            report = self._end(claim)
            plan = report.reply.plan if report is not None else None
            going.say(Attribute.PLANNER, plan.planner if plan is not None else "none")
            going.say(Attribute.OUTCOME, "answered" if report is not None else "let_go")
        return report

    def _end(self, claim: _Claim) -> TurnReport | None:
        """Plan, act, reply and record one claimed turn; this is where a turn may fail."""
        try:
            return self._steps(claim)
        except (StoreUnavailable, LeaseLost):
            # Nothing was kept: the message waits, and whoever holds the lease goes on.
            _log.warning("turn_let_go", extra={"turn": claim.turn.id})
            return None
        except Exception:  # one of the three places that catch everything
            reference = self._kit.ids.new("ref")
            _log.exception("turn_failed", extra={"turn": claim.turn.id, "reference": reference})
            return self._give_up(claim, reference)

    def _steps(self, claim: _Claim) -> TurnReport | None:
        kit, turn, arrival = self._kit, claim.turn, claim.arrival
        if arrival.attempts > MAX_ATTEMPTS:
            return self._give_up(claim, "too_many_attempts")
        received = receive(kit, arrival)
        if received is not None:
            return record(kit, arrival, turn, received)
        talk = arrival.talk
        with kit.holding.on(talk.id, turn.epoch), kit.courtesy.typing_while(talk.address):
            return self._answered(turn, arrival)

    def _answered(self, turn: Turn, arrival: Arrival) -> TurnReport | None:
        kit = self._kit
        for read in (listen, look):
            taken = read(kit, arrival, turn)
            if isinstance(taken, Reply):
                report = record(kit, arrival, turn, taken)
                kit.fetch_file.discard(arrival.message)  # it is to be sent again, if at all
                return report
            arrival = taken
        context = snapshot(kit, arrival)
        plan = turn.plan or self._planned(turn, arrival, context)
        if turn.plan is None and self._must_write_down(plan):
            self._write_down(turn, arrival, plan)
        acted = act(kit, arrival, turn, plan)
        again = interrupted(context, plan, acted)
        ask = again.ask if again is not None else None
        waiting = still_waiting(kit, arrival, context, acted)
        reply = write_reply(kit, context, plan, acted, again=ask, waiting=waiting)
        state = after_turn(context, plan, acted, reply, again=again)
        report = record(kit, arrival, turn, replace(reply, plan=plan, acted=acted, state=state))
        if any(isinstance(step, Decide) for step in plan.steps):
            self._finish_prompt(arrival)
        return report

    def _planned(self, turn: Turn, arrival: Arrival, context: TurnContext) -> Plan:
        """Plan offline first; a model leads where there is one and that plan is not sure."""
        plan = choose(self._kit, arrival, context)
        leader = self._kit.leader
        return plan if leader is None else leader.plan(arrival, turn, context, plan)

    def _finish_prompt(self, arrival: Arrival) -> None:
        """Take the buttons off the prompt whose button was pressed."""
        if arrival.message.kind is InboundKind.BUTTON:
            outbox_id = arrival.message.button.partition("/")[0]
            self._kit.courtesy.finish_prompt(arrival.talk.address, outbox_id)

    def _must_write_down(self, plan: Plan) -> bool:
        """Tell whether a crash after planning could do harm.

        A plan that only reads, made by code, is made again for nothing. One that writes, or that
        a model was paid for, is kept before anything runs.
        """
        if plan.planner is PlannerName.MODEL:
            return True
        return any(not self._is_harmless(step) for step in plan.steps)

    def _is_harmless(self, step: Step) -> bool:
        if isinstance(step, (Say, Ask, Continue)):
            return True
        registry = self._kit.runner.registry
        if not isinstance(step, ToolCall) or step.tool not in registry:
            return False
        return registry.get(step.tool).effect is Effect.READ

    def _write_down(self, turn: Turn, arrival: Arrival, plan: Plan) -> None:
        """T3: keep the plan, so that a crash acts on it instead of asking again."""
        kit = self._kit
        # A plan that a model was paid for is worth waiting for the disk.
        with kit.database.work(relaxed=plan.planner is not PlannerName.MODEL) as uow:
            now = kit.clock.now()
            uow.conversations.check(arrival.talk.id, turn.epoch, now=now)
            if not uow.turns.write_plan(turn, plan, arrival.talk.owner):
                raise LeaseLost
            uow.commit()
        reach(Point.T3_PLANNED)

    def _give_up(self, claim: _Claim, reference: str) -> TurnReport | None:
        """Answer with an apology and set the message aside for a person to look at."""
        reply: Reply = apologise(self._kit, claim.arrival, reference)
        try:
            ending = Ending(TurnState.FAILED, InboundState.FAILED, reference)
            return record(self._kit, claim.arrival, claim.turn, reply, ending)
        except (StoreUnavailable, LeaseLost):
            return None
