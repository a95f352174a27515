"""What a language model was asked and what it cost, in the console: numbers, never words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from bot.api.admin_pages import state
from bot.api.markup import Child, table, tag
from bot.app import App
from core.ids import UserId
from core.store.model_call_store import Spent
from core.store.unit_of_work import UnitOfWork
from prompts.phrasebook import Phrasebook

_DAY = timedelta(days=1)
_DAYS = 14
_HEADS = ("what", "state", "number", "tokens", "dollars")


def spending_parts(app: App) -> Iterator[Child]:
    """Yield the questions of the last day by model and end; nothing where there is no model."""
    if not app.settings.model.is_on:
        return
    book = app.phrasebook("en")
    with app.database.reading() as uow:
        ends = uow.model_calls.ends(since=app.clock.now() - _DAY)
    yield tag("h2", book.render("admin.model_day"))
    rows = [(model, state(end), *_figures(spent)) for (model, end), spent in sorted(ends.items())]
    yield _table(rows, book)


def user_spending(app: App, uow: UnitOfWork, user_id: UserId) -> Iterator[Child]:
    """Yield what one user's questions cost on each of the last days."""
    if not app.settings.model.is_on:
        return
    book = app.phrasebook("en")
    days = uow.model_calls.by_day(user_id, since=app.clock.now() - _DAYS * _DAY)
    yield tag("h2", book.render("admin.model_user"))
    rows = [(day.isoformat(), "", *_figures(spent)) for day, spent in sorted(days.items())]
    yield _table(rows, book)


def _figures(spent: Spent) -> tuple[Child, ...]:
    return spent.calls, spent.tokens, f"{spent.cost / 1_000_000:.4f}"


def _table(rows: list[tuple[Child, ...]], book: Phrasebook) -> Child:
    if not rows:
        return tag("p", book.render("admin.nothing"))
    return table([book.render(f"admin.{name}") for name in _HEADS], rows)
