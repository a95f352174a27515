"""The user's books as a file in the chat."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from core.facts import Answer, Fact, count, named, span
from core.ledger.search import EntryQuery
from tools import names
from tools.context import MadeFile, ToolWork
from tools.exporting import export
from tools.spec import Arguments, tool

_FORMS = {"transactions": "csv", "budgets": "csv", "all": "json"}
_ENDINGS = {"csv": "csv", "json": "json", "hledger": "journal", "beancount": "beancount"}
_MEDIA = {"csv": "text/csv", "json": "application/json"}


class ExportBooks(Arguments):
    """What to write, as which kind of file, and for which days."""

    what: Literal["transactions", "budgets", "all"] = Field(
        "transactions", description="Which part of the books; 'all' can be loaded elsewhere"
    )
    form: Literal["csv", "json", "hledger", "beancount"] | None = Field(
        None, description="Kind of file; what fits the content when left out"
    )
    period: str | None = Field(None, description="Only these days, for transactions")


@tool()
def export_books(arguments: ExportBooks, work: ToolWork) -> Answer:
    """Write the user's transactions, budgets or everything into a file and send it in the chat."""
    form = arguments.form or _FORMS[arguments.what]
    whole = arguments.what != "transactions" or arguments.period is None
    period = None if whole else names.period(arguments.period or "")
    text = export(work.uow, work.user, what=arguments.what, form=form, period=period)
    days = "" if period is None else f"-{period.start.isoformat()}"
    name = f"{arguments.what}{days}.{_ENDINGS[form]}"
    made = MadeFile(
        key=f"export/{work.ids.new('file')}/{name}",
        name=name,
        media_type=_MEDIA.get(form, "text/plain"),
        content=text.encode(),
    )
    work.made.append(made)
    facts: tuple[Fact, ...] = (named("name", name),)
    if arguments.what != "budgets":
        facts += (count("rows", work.uow.entries.count(work.user_id, EntryQuery(period=period))),)
    if period is not None:
        facts += (span("period", period),)
    return Answer("export_books.done", facts, attachments=(made.key,))
