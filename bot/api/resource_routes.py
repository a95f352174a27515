"""The usual resources (accounts, transactions, budgets ...) as thin routes over the tools."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, UploadFile
from pydantic import Field
from starlette.responses import JSONResponse

from bot.api.auth import Who
from bot.api.calling import run
from bot.api.tool_routes import ANSWERS, Key
from bot.api.uploads import Uploads
from bot.app import App
from prompts.category_words import category_words
from tools.budgets import SetBudget
from tools.entries import FindEntries
from tools.gate import ScopeMissing
from tools.recording import AddEntry
from tools.runner import ArgumentsUnreadable
from tools.spec import Arguments
from tools.spending import ShowSpending


class ChangeTransaction(Arguments):
    """What to change: the entry itself, or its category."""

    amount: str | None = Field(None, description="The new amount, without sign")
    booked_date: str | None = Field(None, description="The new day, ISO")
    payee: str | None = Field(None, description="The new payee")
    note: str | None = Field(None, description="The new note")
    category: str | None = Field(None, description="Category slug; alone, without other changes")


def resource_routes(app: App, uploads: Uploads) -> APIRouter:
    """Return the resource routes: the same tools, the same figures as everywhere."""
    router = APIRouter(prefix="/api/v1", responses=ANSWERS)
    _add_accounts(router, app)
    _add_transactions(router, app)
    _add_statements(router, app, uploads)
    _add_budgets(router, app)
    _add_subscriptions(router, app)
    _add_lists(router, app)
    return router


def _set(body: Arguments) -> dict[str, Any]:
    return body.model_dump(mode="json", exclude_unset=True)


def _add_accounts(router: APIRouter, app: App) -> None:
    @router.get("/accounts", tags=["accounts"], summary="What the accounts hold")
    def accounts(caller: Who) -> JSONResponse:
        """Run show_balances."""
        return run(app, caller, "show_balances", {}, None)

    @router.get("/accounts/{number}/transactions", tags=["accounts"], summary="Entries of one")
    def of_account(
        number: int, caller: Who, query: Annotated[FindEntries, Query()]
    ) -> JSONResponse:
        """Run find_entries on one account."""
        arguments = {**_set(query), "account": f"account:{number}"}
        return run(app, caller, "find_entries", arguments, None)


def _add_transactions(router: APIRouter, app: App) -> None:
    tags: list[Any] = ["transactions"]

    @router.get("/transactions", tags=tags, summary="Entries that match")
    def find(caller: Who, query: Annotated[FindEntries, Query()]) -> JSONResponse:
        """Run find_entries."""
        return run(app, caller, "find_entries", _set(query), None)

    @router.get("/transactions/{number}", tags=tags, summary="One entry in full")
    def show(number: int, caller: Who) -> JSONResponse:
        """Run show_entry."""
        return run(app, caller, "show_entry", {"entry": f"entry:{number}"}, None)

    @router.post("/transactions", tags=tags, summary="Write an entry down")
    def add(caller: Who, body: AddEntry, key: Key = None) -> JSONResponse:
        """Run add_entry."""
        return run(app, caller, "add_entry", _set(body), key)

    @router.patch("/transactions/{number}", tags=tags, summary="Correct an entry")
    def change(number: int, caller: Who, body: ChangeTransaction, key: Key = None) -> JSONResponse:
        """Run edit_entry, or recategorise_entry when only the category is given."""
        arguments = {"entry": f"entry:{number}", **_set(body)}
        if "category" not in arguments:
            return run(app, caller, "edit_entry", arguments, key)
        if len(arguments) > 2:
            raise ArgumentsUnreadable(tool="edit_entry", field="category", problem="not_alone")
        return run(app, caller, "recategorise_entry", arguments, key)

    @router.delete("/transactions/{number}", tags=tags, summary="Take an entry out of the books")
    def delete(number: int, caller: Who, key: Key = None) -> JSONResponse:
        """Run delete_entry; UNDO brings it back."""
        return run(app, caller, "delete_entry", {"entry": f"entry:{number}"}, key)


def _add_statements(router: APIRouter, app: App, uploads: Uploads) -> None:
    @router.post("/statements", tags=["transactions"], summary="Read a bank statement file")
    def read(
        caller: Who, file: UploadFile, account: str | None = None, key: Key = None
    ) -> JSONResponse:
        """Keep the file and run import_statement: rows that are known are never booked twice."""
        if "write" not in caller.scopes:
            raise ScopeMissing(tool="import_statement")
        stored = uploads.store(caller.user.id, file.filename or "", file.file.read())
        arguments = {"file": stored, **({"account": account} if account else {})}
        return run(app, caller, "import_statement", arguments, key)


def _add_budgets(router: APIRouter, app: App) -> None:
    @router.get("/budgets", tags=["budgets"], summary="How budgets stand")
    def budgets(caller: Who) -> JSONResponse:
        """Run show_budgets."""
        return run(app, caller, "show_budgets", {}, None)

    @router.post("/budgets", tags=["budgets"], summary="Set a budget")
    def set_budget(caller: Who, body: SetBudget, key: Key = None) -> JSONResponse:
        """Run set_budget."""
        return run(app, caller, "set_budget", _set(body), key)


def _add_subscriptions(router: APIRouter, app: App) -> None:
    @router.get("/subscriptions", tags=["subscriptions"], summary="What runs and what it costs")
    def subscriptions(caller: Who, status: Literal["active", "all"] = "active") -> JSONResponse:
        """Run list_subscriptions."""
        return run(app, caller, "list_subscriptions", {"status": status}, None)

    @router.post("/subscriptions/{number}/cancel", tags=["subscriptions"], summary="Propose an end")
    def cancel(number: int, caller: Who, key: Key = None) -> JSONResponse:
        """Run cancel_subscription: nothing happens until the user approves it in a chat."""
        arguments = {"subscription": f"subscription:{number}"}
        return run(app, caller, "cancel_subscription", arguments, key)

    @router.get("/approvals", tags=["approvals"], summary="What waits for the user's word")
    def approvals(caller: Who) -> JSONResponse:
        """Run list_approvals; there is no route that approves."""
        return run(app, caller, "list_approvals", {}, None)


def _add_lists(router: APIRouter, app: App) -> None:
    @router.get("/summary", tags=["transactions"], summary="Spending by category, or as asked")
    def summary(caller: Who, query: Annotated[ShowSpending, Query()]) -> JSONResponse:
        """Run show_spending, by category unless told otherwise."""
        arguments = {"group_by": "category", **_set(query)}
        return run(app, caller, "show_spending", arguments, None)

    @router.get("/categories", tags=["transactions"], summary="All categories by slug")
    def categories(caller: Who) -> JSONResponse:
        """Return slug and name of every shared category."""
        words = category_words(caller.user.preferences.language) or category_words()
        listed = [{"slug": word.slug, "name": word.name} for word in words]
        return JSONResponse({"categories": listed})
