"""A chat with the demo household that a scripted model leads, through every real part."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import event, select

from bot.app import App, open_app
from bot.conversing import Exchange, Visitor
from bot.dialogue.handler import DialogueHandler
from bot.leading import open_leader
from core.conversation.context import Profile, TurnContext
from core.conversation.plan import Plan, PlannerName, Say, ToolCall
from core.settings import Model, Settings
from core.store.tables.conversation import model_calls
from core.users.preferences import CONSENT_VERSION
from tests.fakes.model_stand_in import ModelStandIn

NOW = datetime(2026, 5, 14, 10, 0, tzinfo=UTC)
MAYA = "maya@demo.financemaster.app"
# Long enough for a slow machine, short enough to wait for.
TURN_SECONDS = 4.0
_CHATS = count(1)
UNSURE = ToolCall("show_spending", {"category": "FOOD_AND_DRINK", "period": "2026-05"})


class Offline:
    """An offline planner that is lost, or has a guess that it is not sure of."""

    def __init__(self, guess: ToolCall | None = None) -> None:
        self.guess = guess

    def plan(self, _context: TurnContext) -> Plan:
        if self.guess is None:
            return Plan(PlannerName.ASK, (Say("unclear.first"),), "unclear", 10)
        return Plan(PlannerName.CLASSIFIER, (self.guess,), self.guess.tool, 70)


@dataclass
class Talk:
    """An application whose model is the stand-in; each chat begins afresh."""

    app: App
    stand_in: ModelStandIn
    offline: Offline

    def led(self, *, own_engine: bool = False, **model: Any) -> Talk:
        """Return the same with other settings of the model, and breakers that are closed.

        With its ``own_engine`` the product's offline planner stays, without its classifier.
        """
        wishes = {"turn_seconds": TURN_SECONDS, "consent": "given", "name": "first"}
        wishes |= {"base_url": self.stand_in.base_url, **model}
        settings = Model(api_key="a key", **wishes)  # type: ignore[arg-type]
        kit = self.app.handler._kit
        leader = open_leader(
            settings, self.app.runner, self.app.database, self.app.clock, self.app.phrasebook
        )
        planners = kit.planners if own_engine else (self.offline,)
        handler = DialogueHandler(replace(kit, leader=leader, planners=planners))
        app = replace(self.app, handler=handler, jobs=replace(self.app.jobs, handler=handler))
        return replace(self, app=app)

    def visitor(self, profile: Profile = Profile.WEB, name: str = "") -> Visitor:
        """Open a new chat of the household."""
        return Visitor(self.app, MAYA, profile, name or f"chat {next(_CHATS)}")

    def agree(self, answer: str = f"agreed-{CONSENT_VERSION}") -> None:
        """Take the household's word on a language model."""
        with self.app.database.work() as uow:
            user = uow.users.by_email(MAYA)
            uow.users.set_preferences(user.id, replace(user.preferences, model_use=answer))
            uow.commit()

    def questions(self, turn_id: str) -> list[dict[str, Any]]:
        """Return the rows of a turn's questions to a model."""
        query = select(model_calls).where(model_calls.c.turn_id == turn_id)
        with self.app.database.reading() as uow:
            rows = uow.connection.execute(query.order_by(model_calls.c.position)).mappings()
            return [dict(row) for row in rows]


def said(visitor: Visitor, text: str) -> tuple[Exchange, str]:
    """Say something; return what became of it and the words of the reply."""
    exchange = visitor.say(text)
    visitor.settle(exchange)
    reply = "\n".join(one["text"] for one in exchange.replies)
    return exchange, reply.replace("\xa0", " ")


@contextmanager
def open_talk(folder: Path) -> Iterator[Talk]:
    """Open the application with the household in it, and the stand-in beside it."""
    settings = Settings.model_validate(
        {
            "database": {"url": f"sqlite:///{folder / 'books.db'}"},
            "security": {"master_key": "a master key for talks with a model, long enough"},
            "files": {"folder": folder / "files"},
            "logs": {"level": "CRITICAL"},
            "rates": {"history_from": "2026-05-01"},
            "model": {"api_key": "a key", "consent": "given"},
        }
    )
    with ModelStandIn() as stand_in:
        app = open_app(settings, at=NOW)
        event.listen(app.database.engine, "connect", _hurry)
        app.database.engine.dispose()
        try:
            app.demo.load("maya")
            assert app.handler._kit.leader is not None
            app.handler._kit.leader.warm()  # seconds that are no turn's
            yield Talk(app, stand_in, Offline())
        finally:
            app.close()


def _hurry(connection: Any, _record: Any) -> None:
    """Do not wait for the disk: a database that lives for one module may be lost."""
    connection.execute("PRAGMA synchronous=OFF")
