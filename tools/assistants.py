"""Other assistants in the chat: where a key for one is made, and the end of all of them."""

from __future__ import annotations

from collections.abc import Sequence

from core.facts import Answer, Choice, count, named
from tools.budgets import UNDO
from tools.context import ToolWork
from tools.outcome import Changed, Inverse
from tools.spec import Arguments, Tier, tool

_STOP = (Choice("stop my assistants", "choice.stop_assistants"),)


class ConnectAssistant(Arguments):
    """No arguments: what the assistant is called is said on the page."""


@tool()
def connect_assistant(_arguments: ConnectAssistant, work: ToolWork) -> Answer:
    """Give the page on which the user makes a key for another assistant, with the PIN.

    No key is ever written into a chat.
    """
    keys = work.uow.assistant_keys.of(work.user_id, now=work.now)
    place = work.installation
    facts = (named("link", place.assistant_link(work.user_id)), count("keys", len(keys)))
    options = () if place.is_public else ("connect_assistant.only_here",)
    if keys:
        options = ("connect_assistant.have", *options)
    return Answer("connect_assistant.page", facts, options=options, choices=_STOP if keys else ())


class StopAssistants(Arguments):
    """No arguments."""


@tool(tier=Tier.REVERSIBLE, inverse=("assistant_keys",))
def stop_assistants(_arguments: StopAssistants, work: ToolWork) -> Changed:
    """End every key of another assistant: none reads the user's books any more."""
    ended = work.uow.assistant_keys.end_all(work.user_id, now=work.now)
    if not ended:
        return Changed(Answer("stop_assistants.nothing"), ())
    answer = Answer("stop_assistants.stopped", (count("keys", len(ended)),), choices=UNDO)
    return Changed(answer, (Inverse("assistant_keys", {"keys": list(ended)}),))


def restore_keys(work: ToolWork, *, keys: Sequence[str]) -> None:
    """Undo: keys that were ended work again."""
    work.uow.assistant_keys.open_again(work.user_id, keys)
