"""The lists of the console: how it is doing, users, dead letters, approvals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.api.admin_keys import key_parts
from bot.api.admin_models import model_parts
from bot.api.admin_pages import chat_link, masked_email, may_replay, state, user_link, when
from bot.api.admin_session import Operator, Right
from bot.api.admin_spending import spending_parts, user_spending
from bot.api.markup import Child, Markup, form, table, tag
from bot.app import App
from bot.overview import overview
from core.approvals.approval import ApprovalState
from core.ids import UserId
from core.store.console_queries import ConsoleQueries
from core.users.user import User
from prompts.phrasebook import Phrasebook


def overview_parts(app: App) -> Iterator[Child]:
    """Yield what the first page shows: trouble first."""
    book = app.phrasebook("en")
    report = overview(app)
    with app.database.reading() as uow:
        queries = ConsoleQueries(uow.connection)
        counts = {
            "turns": queries.turns(),
            "deliveries": queries.deliveries(),
            "approvals": queries.approvals(),
        }
        beats = uow.schedules.beats()
    is_well = bool(report["ok"])
    yield tag(
        "p",
        book.render("admin.all_well" if is_well else "admin.needs_you"),
        class_="note" if is_well else "note bad",
    )
    for warning in report["warnings"]:
        yield tag("p", warning, class_="note bad")
    yield _facts(report, book)
    for name, counted in counts.items():
        yield tag("h2", book.render(f"admin.{name}"))
        yield _counts(counted, book)
    yield from spending_parts(app)
    yield tag("h2", book.render("admin.workers"))
    rows = [(beat.worker, when(beat.beat_at), beat.note) for beat in beats]
    yield table([book.render(f"admin.{name}") for name in ("worker", "beat_at", "note")], rows)


def _facts(report: Mapping[str, Any], book: Phrasebook) -> Markup:
    inbox, outbox = report["inbox"], report["outbox"]
    rows: list[tuple[Child, Child]] = [
        (book.render("admin.users"), report["users"]),
        (book.render("admin.channels"), ", ".join(report["channels"]) or "–"),
        (book.render("admin.inbox"), f"{inbox['waiting']} · {inbox['oldest_seconds']} s"),
        (book.render("admin.tickets_waiting"), report["tickets"]),
        (book.render("admin.inbox_failed"), inbox["failed"]),
        (book.render("admin.outbox"), f"{outbox['ready']} · {outbox['oldest_seconds']} s"),
        (book.render("admin.outbox_unknown"), outbox["unknown"]),
        (book.render("admin.outbox_failed"), outbox["failed"]),
        (book.render("admin.understanding"), _yes(book, yes=bool(report["understanding"]))),
    ]
    rows += [(name, text) for name, text in sorted(report["providers"].items())]
    return table([book.render("admin.what"), ""], rows)


def _yes(book: Phrasebook, *, yes: bool) -> str:
    return book.render("admin.trained" if yes else "admin.not_trained")


def _counts(counted: Mapping[tuple[str, str], int], book: Phrasebook) -> Markup:
    rows = [
        (first or "–", state(second), number) for (first, second), number in sorted(counted.items())
    ]
    heads = [book.render(f"admin.{name}") for name in ("what", "state", "number")]
    return table(heads, rows)


def user_parts(app: App, operator: Operator, after: str, limit: int) -> Iterator[Child]:
    """Yield one page of users, and the form that finds one."""
    book = app.phrasebook("en")
    with app.database.reading() as uow:
        ids = [user_id for user_id in uow.users.all_ids() if user_id > after]
        users = [uow.users.get(user_id) for user_id in ids[:limit]]
    yield form(
        "/admin/users/find",
        operator.csrf,
        tag("label", book.render("admin.email"), tag("input", type="email", name="email")),
        tag("button", book.render("admin.find")),
        class_="row",
    )
    heads = ("user", "email", "kind", "role", "currency", "since")
    yield table([book.render(f"admin.{name}") for name in heads], map(_user_row, users))
    if len(ids) > limit:
        yield tag("a", book.render("admin.next"), href=f"/admin/users?after={users[-1].id}")


def _user_row(user: User) -> tuple[Child, ...]:
    return (
        user_link(user.id),
        masked_email(user.email),
        user.kind.value,
        user.role.value,
        user.preferences.currency,
        when(user.created_at),
    )


def one_user_parts(app: App, operator: Operator, user_id: UserId) -> Iterator[Child]:
    """Return one user's page; raises `UserUnknown` at once."""
    book = app.phrasebook("en")
    with app.database.reading() as uow:
        user = uow.users.get(user_id)
        talks = uow.conversations.of(user_id)
        bindings = {item.address: item for item in uow.bindings.of(user_id)}
        approvals = uow.approvals.latest_for(user_id, 20)
        trail = uow.audit.of(user_id, 100) if operator.may(Right.TRAIL) else ()
        versions = uow.models.versions(user_id)
        keys = uow.assistant_keys.of(user_id, now=app.clock.now())
        spending = tuple(user_spending(app, uow, user_id))
    heads = [book.render(f"admin.{name}") for name in ("user", "email", "kind", "role", "currency")]
    chats = [
        (
            chat_link(talk.id),
            talk.address.channel.value,
            talk.address.masked(),
            state(bindings[talk.address].state.value) if talk.address in bindings else "–",
        )
        for talk in talks
    ]
    decided = [
        (item.action, state(item.state.value), item.reason or "", when(item.created_at))
        for item in approvals
    ]
    parts: list[Child] = [
        table([*heads, book.render("admin.since")], [_user_row(user)]),
        tag("h2", book.render("admin.conversations")),
        _titled(("conversation", "channel", "address", "state"), chats, book),
        tag("h2", book.render("admin.approvals")),
        _titled(("what", "state", "reason", "when"), decided, book),
        *model_parts(operator, user_id, versions, book),
        *key_parts(operator, user_id, keys, book),
        *spending,
    ]
    if operator.may(Right.TRAIL):
        rows = [
            (event.seq, when(event.created_at), event.actor, event.action, event.subject)
            for event in trail
        ]
        parts.append(tag("h2", book.render("admin.trail")))
        parts.append(_titled(("number", "when", "actor", "what", "subject"), rows, book))
    return iter(parts)


def _titled(names: Sequence[str], rows: Sequence[Sequence[Child]], book: Phrasebook) -> Markup:
    if not rows:
        return tag("p", book.render("admin.nothing"))
    return table([book.render(f"admin.{name}") for name in names], rows)


def dead_parts(app: App, operator: Operator) -> Iterator[Child]:
    """Yield what could not be sent and what could not be answered."""
    book = app.phrasebook("en")
    with app.database.reading() as uow:
        dead = uow.outbox.tracking.dead_letters()
        failed = uow.inbox.failed()
    yield tag("p", book.render("admin.dead_text"))
    yield tag("h2", book.render("admin.outgoing"))
    rows = [
        (
            f"…{item.id[-6:]}",
            item.channel.value,
            item.message_class.value,
            state(item.state.value),
            item.reason,
            item.tries,
            when(item.created_at),
            chat_link(item.conversation_id),
            _again(item.id, operator, book),
        )
        for item in dead
    ]
    names = ("message", "channel", "kind", "state", "reason", "tries", "when", "conversation", "do")
    yield _titled(names, rows, book)
    yield tag("h2", book.render("admin.incoming"))
    came = [
        (
            f"…{row['id'][-6:]}",
            row["channel"],
            row["reason"] or "",
            row["attempts"],
            when(row["received_at"]),
            _again(row["id"], operator, book),
        )
        for row in failed
    ]
    yield _titled(("message", "channel", "reason", "tries", "when", "do"), came, book)


def _again(subject: str, operator: Operator, book: Phrasebook) -> Child:
    if not may_replay(operator):
        return ""
    button = tag("button", book.render("admin.replay"), class_="quiet")
    return form(f"/admin/dead-letters/{subject}/replay", operator.csrf, button)


def approval_parts(app: App, chosen: ApprovalState | None) -> Iterator[Child]:
    """Yield approvals of all users by state: who, what kind, when; never the details."""
    book = app.phrasebook("en")
    with app.database.reading() as uow:
        found = ConsoleQueries(uow.connection).approvals_in(chosen)
    links = [
        tag("a", one.value, href=f"/admin/approvals?state={one.value}") for one in ApprovalState
    ]
    yield tag("p", book.render("admin.approvals_text"))
    yield tag("nav", tag("a", book.render("admin.all"), href="/admin/approvals"), links)
    rows = [
        (
            f"…{item.id[-6:]}",
            user_link(item.user_id),
            item.action,
            item.tier,
            state(item.state.value),
            item.reason,
            item.reference,
            when(item.created_at),
            when(item.expires_at),
        )
        for item in found
    ]
    names = ("message", "user", "what", "tier", "state", "reason", "reference", "when", "until")
    yield _titled(names, rows, book)
