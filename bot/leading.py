"""Builds what leads with a language model; imported only where one is set up."""

from __future__ import annotations

from collections.abc import Callable

from bot.dialogue.lead import Leader, Models
from bot.dialogue.model_journal import Prices
from bot.llm.line import Line, Place
from bot.llm.loop import Loop
from bot.llm.model_tools import ModelTools
from bot.llm.openai_chat import Endpoint, OpenAIChat
from bot.narrator import Narrator
from core.clock import Clock
from core.settings import Model
from core.store.unit_of_work import Database
from prompts.phrasebook import Phrasebook
from prompts.told import tool_words
from tools.runner import Runner

# Small and quick, and does not think aloud before each answer.
_USUAL = "gpt-4.1-mini"


def open_leader(
    settings: Model,
    runner: Runner,
    database: Database,
    clock: Clock,
    phrasebook: Callable[[str], Phrasebook],
) -> Leader:
    """Return a leader with the models of ``settings``; no library is loaded, nothing is asked."""
    line = Line(
        [Place(OpenAIChat(endpoint)) for endpoint in _endpoints(settings)],
        call_seconds=settings.call_seconds,
    )
    models = Models(
        loop=Loop(line, turn_seconds=settings.turn_seconds),
        line=line,
        tools=ModelTools(runner.registry, tool_words()),
        prices=Prices(
            settings.prompt_price,
            settings.reply_price,
            settings.user_tokens_a_day,
            settings.user_dollars_a_day,
        ),
        given=settings.consent == "given",
    )
    return Leader(models, runner, database, clock, phrasebook)


def open_narrator(
    leader: Leader,
    database: Database,
    clock: Clock,
    phrasebook: Callable[[str], Phrasebook],
) -> Narrator:
    """Return who words papers, with the models (and their rests) that ``leader`` leads with."""
    return Narrator(leader.models, database, clock, phrasebook)


def _endpoints(settings: Model) -> list[Endpoint]:
    """Return the first model, and the second where one is named."""
    first = Endpoint(
        name=settings.name or _USUAL,
        base_url=settings.base_url,
        api_key=settings.api_key.get_secret_value(),
        most_tokens=settings.reply_tokens,
        length_field=settings.length_field,
    )
    if not settings.second_name:
        return [first]
    return [
        first,
        Endpoint(
            name=settings.second_name,
            base_url=settings.second_base_url or first.base_url,
            api_key=settings.second_api_key.get_secret_value() or first.api_key,
            most_tokens=settings.reply_tokens,
            length_field=settings.length_field,
        ),
    ]
