"""What may be wrong around a model besides the model: nobody listens, a tool breaks."""

from __future__ import annotations

import socket
from dataclasses import replace
from typing import Never

from bot.dialogue.handler import DialogueHandler
from tests.model_talk import Talk
from tools.registry import Registry
from tools.runner import Runner
from tools.undo import OPERATIONS

SECRET = "the vault's combination"


def closed_port() -> int:
    """Return a port of this machine on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def with_broken(talk: Talk, name: str) -> Talk:
    """Return the same with one tool that raises what no tool should."""

    def breaks(*_: object) -> Never:
        raise RuntimeError(SECRET)

    old = talk.app.runner
    specs = [replace(one, function=breaks) if one.name == name else one for one in old.registry]
    runner = Runner(
        Registry(specs, OPERATIONS),
        talk.app.database,
        talk.app.ids,
        talk.app.objects,
        installation=old.installation,
    )
    kit = replace(talk.app.handler._kit, runner=runner)
    return replace(talk, app=replace(talk.app, runner=runner, handler=DialogueHandler(kit)))
