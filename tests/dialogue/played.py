"""What a step of a dialogue came to: what was said, done and told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bot.dialogue.record import TurnReport
from core.approvals.approval import Approval
from core.facts import Fact
from core.facts_json import answer_from_json
from core.messaging.outbound import OutboundMessage
from tests.dialogue.script import Step


@dataclass(slots=True)
class Played:
    """What a step came to."""

    step: Step
    said: str = ""
    reports: list[TurnReport] = field(default_factory=list)
    replies: list[OutboundMessage] = field(default_factory=list)
    elsewhere: dict[str, list[OutboundMessage]] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """Everything that was said in the chat of the step, with plain spaces."""
        return "\n\n".join(one.text for one in self.replies).replace("\xa0", " ")

    @property
    def calls(self) -> list[Any]:
        """The tool calls and decisions of the step's turns."""
        return [item for one in self.reports for item in one.reply.acted if item.outcome]

    @property
    def facts(self) -> list[Fact]:
        """Every fact that the calls returned."""
        answers = [getattr(item.outcome, "answer", None) for item in self.calls]
        return [fact for answer in answers if answer for fact in facts_in(answer)]


def facts_in(answer: Any) -> list[Fact]:
    """Return the facts of an answer, its lines' too."""
    return [*answer.facts, *(fact for line in answer.lines for fact in line.facts)]


def shown_facts(approval: Approval) -> list[Fact]:
    """Return the facts that a proposal showed, and those of its receipt."""
    return facts_in(answer_from_json(approval.shown))
