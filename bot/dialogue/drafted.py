"""A model's words in a reply: its references become figures, if the facts are still the same."""

from __future__ import annotations

from collections.abc import Sequence

from bot.dialogue.act import Acted
from bot.llm.trail import NotCalculable, Sum, signature, with_sums
from core.conversation.plan import Draft, ToolCall
from prompts.draft import fill_draft
from prompts.figures import Style
from prompts.phrasebook import Phrasebook
from tools.outcome import Done


def drafted(acted: Sequence[Acted], book: Phrasebook, style: Style) -> str | None:
    """Return a turn's words with their figures; nothing when there are none that still hold."""
    draft = next((item.step for item in acted if isinstance(item.step, Draft)), None)
    if draft is None:
        return None
    answers = [item.outcome.answer for item in acted if isinstance(item.outcome, Done)]
    sums = {name: Sum(how, tuple(of)) for name, (how, of) in draft.sums.items()}
    try:
        facts = with_sums(answers, sums)
        if any(signature(facts[name]) != value for name, value in draft.values.items()):
            return None
        return fill_draft(draft.text, facts, book, style)
    except (KeyError, NotCalculable):
        return None  # the books have changed since: the phrases say what is there now


def is_told(item: Acted) -> bool:
    """Tell whether a model's words stand for this step: what it looked up, and the words."""
    return isinstance(item.step, Draft) or (
        isinstance(item.step, ToolCall) and isinstance(item.outcome, Done)
    )
