"""What a process has read before it serves as the origin of others: grammars and phrases.

The offline engine takes seconds to spell out its grammar and then never changes: the processes
that a test kills inherit one that is ready. Only the process they come from imports this module.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from bot import app as composition
from core.conversation.context import Profile, TurnContext
from core.users.preferences import Preferences
from intents.languages import OfflinePlanners
from prompts.compose import compose
from prompts.figures import Style
from prompts.phrasebook import Phrasebook
from tests.e2e import one_process  # noqa: F401 (what the processes will run)
from tests.fakes.world import open_world
from tests.people import NOW, TODAY, alice
from tools.catalog import open_registry

_PLANNER = OfflinePlanners(open_registry(), lambda _language: None)
_LOAD = lru_cache(maxsize=1)(Phrasebook.load)


class _Books:
    """Stands where the class does, and loads a book once."""

    @staticmethod
    def load(language: str, *, strict: bool = True) -> Phrasebook:
        return _LOAD(language, strict=strict)


def _same_planner(*_: Any) -> OfflinePlanners:
    return _PLANNER


def _warm_up() -> None:
    """Plan, book and word one message, so that everything that is read once has been read."""
    for text in ("coffee 4", "undo", "cancel netflix", "approve k7qm"):
        _PLANNER.plan(TurnContext("user_1", Preferences(), NOW, TODAY, Profile.WEB, text))
    world = open_world("sqlite://")
    coffee = alice(world.database).do("add_entry", amount="4", payee="coffee")
    world.database.close()
    style = Style("en_US", "UTC", TODAY, "web")
    compose(coffee.answer, _LOAD("en", strict=False), style)


_warm_up()
# What the composition root makes these of: ready instead of built, read instead of parsed.
vars(composition).update(OfflinePlanners=_same_planner, Phrasebook=_Books)
