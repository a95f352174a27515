"""Runs what was planned, in order: tool calls through the one door, and words on approvals."""

from __future__ import annotations

from dataclasses import dataclass

from bot.dialogue.arrival import Arrival
from bot.dialogue.kit import DialogueKit
from bot.dialogue.step_up import STRONG, ask_second_factor
from core.approvals.decision import Decision, Said, Verdict, Word
from core.conversation.plan import Decide, Plan, Step, ToolCall
from core.conversation.turn import Turn
from core.facts import Answer
from core.facts_json import answer_from_json, answer_to_json
from core.failpoints import Point, reach
from core.store.unit_of_work import UnitOfWork
from tools.approvals import decision_answer, open_approvals
from tools.context import ToolContext
from tools.outcome import Done, NeedsInput, Outcome
from tools.runner import begin_write, number_facts


@dataclass(frozen=True, slots=True)
class Acted:
    """A step and what became of it; talk has no outcome."""

    step: Step
    outcome: Outcome | None = None


def act(kit: DialogueKit, arrival: Arrival, turn: Turn, plan: Plan) -> tuple[Acted, ...]:
    """T4: run each step once, keyed by turn and position; stop at the first question back."""
    done: list[Acted] = []
    first_fact, calls = 1, 0
    for position, step in enumerate(plan.steps):
        if not isinstance(step, (ToolCall, Decide)):
            done.append(Acted(step))
            continue
        calls += 1
        if calls > kit.limits.calls_per_turn:
            break
        context = _context(arrival, turn, position, first_fact)
        if isinstance(step, ToolCall):
            outcome = kit.runner.run(step, context)
        else:
            outcome = _decide(kit, arrival, context, step)
        first_fact += _facts_in(outcome)
        done.append(Acted(step, outcome))
        if isinstance(outcome, NeedsInput):
            break
    return tuple(done)


def _context(arrival: Arrival, turn: Turn, position: int, first_fact: int) -> ToolContext:
    if arrival.user is None:
        raise TypeError("only a linked chat may act")
    return ToolContext(
        user=arrival.user,
        now=arrival.now,
        key=f"{turn.id}:{position}",
        conversation_id=arrival.talk.id,
        turn_id=turn.id,
        position=position,
        first_fact=first_fact,
        epoch=turn.epoch,
    )


def _decide(kit: DialogueKit, arrival: Arrival, context: ToolContext, step: Decide) -> Outcome:
    """Take the user's word on an approval, once; the executor does the rest elsewhere."""
    arguments = {"word": step.word, "code": step.code}
    with kit.database.work(relaxed=True) as uow:  # the executor's claim and T5 keep it
        begin_write(uow, context)
        stored = uow.calls.find(context.user.id, context.key, "decide_approval", arguments)
        if stored is not None:
            return Done(answer_from_json(stored.result["answer"]))
        answer, decided = _word_on_approval(kit, uow, arrival, context, step)
        answer = number_facts(answer, context.first_fact)
        uow.calls.add(
            context.user.id,
            context.key,
            call=("decide_approval", arguments),
            outcome="done",
            result={"answer": answer_to_json(answer), "change_id": ""},
            origin=(context.turn_id, context.position),
            change_id="",
            now=context.now,
        )
        reach(Point.T4_UNWRITTEN)
        uow.commit()
    reach(Point.T4_WRITTEN)
    kit.wake.ring("executor" if decided else "deliver_urgent")
    return Done(answer)


def _word_on_approval(
    kit: DialogueKit, uow: UnitOfWork, arrival: Arrival, context: ToolContext, step: Decide
) -> tuple[Answer, bool]:
    user_id = context.user.id
    if not step.code:
        return open_approvals(uow, user_id, now=context.now), False
    strong = arrival.talk.address.channel in STRONG
    said = Said(Word(step.word), user_id, arrival.talk.id, step.code, strong=strong)
    decision: Decision = uow.approvals.decide(said, now=context.now)
    uow.audit.append(
        user_id,
        actor="user",
        action=f"approval.{decision.verdict.value}",
        subject=decision.approval.id if decision.approval else "approval",
        now=context.now,
    )
    if decision.verdict is Verdict.STEP_UP and decision.approval is not None:
        return ask_second_factor(kit, uow, arrival, decision.approval), False
    answer = decision_answer(uow, user_id, decision, step.code, now=context.now)
    return answer, decision.verdict is Verdict.APPROVED


def _facts_in(outcome: Outcome) -> int:
    answer = getattr(outcome, "answer", None)
    if answer is None:
        return 0
    return len(answer.facts) + sum(len(line.facts) for line in answer.lines)
