"""One offline planner for each language: a turn is planned in its own, with a look at another."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

from core.conversation.context import TurnContext
from core.conversation.plan import Plan
from intents import vocabulary as vocabularies
from intents.engine import OfflinePlanner
from intents.guess import Recogniser
from intents.spoken import hints_of
from tools.spec import ToolSpec


class OfflinePlanners:
    """Plans turns in whichever language they are; a language is read when it is first spoken.

    ``recogniser`` gives the classifier of a language, or nothing while it is being trained.
    """

    def __init__(
        self, tools: Iterable[ToolSpec], recogniser: Callable[[str], Recogniser | None]
    ) -> None:
        """Get the first language ready."""
        self._tools = tuple(tools)
        self._recogniser = recogniser
        self._lock = threading.Lock()
        self._planners = {vocabularies.FIRST: self._made(vocabularies.FIRST)}

    def plan(self, context: TurnContext) -> Plan:
        """Return a plan for any message; what is not understood becomes a question back."""
        language = context.preferences.language
        own = language if language in vocabularies.installed() else vocabularies.FIRST
        second = self._second(own, context.text)
        return self._of(own).plan(context, self._of(second) if second else None)

    def _second(self, own: str, text: str) -> str:
        """Return the language that may be mixed in: signs of it, else the one that all can use.

        The words that replies ask for were English first; people go on typing them.
        """
        if own != vocabularies.FIRST:
            plainly = hints_of(own, text) and not hints_of(vocabularies.FIRST, text)
            return "" if plainly else vocabularies.FIRST
        others = [name for name in vocabularies.installed() if name != own]
        return next((name for name in others if hints_of(name, text)), "")

    def _of(self, language: str) -> OfflinePlanner:
        found = self._planners.get(language)
        if found is None:
            with self._lock:
                found = self._planners.setdefault(language, self._made(language))
        return found

    def _made(self, language: str) -> OfflinePlanner:
        return OfflinePlanner(self._tools, lambda: self._recogniser(language), language)
