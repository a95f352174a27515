"""What an error looks like over HTTP: one table of statuses, one shape of the answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from bot.api.markup import document, tag
from core.errors import FieldValue, FinanceError
from prompts.phrasebook import Phrasebook

RETRY_SECONDS = 5

_CODES: Mapping[int, str] = {
    401: "admin.wrong_code admin.wrong_sign_in confirm.pin_wrong error.signed_out",
    403: (
        "bank.word_forged cancellation.word_forged card.event_forged error.not_allowed "
        "tool.scope_missing"
    ),
    404: (
        "alert.none_yet alert.not_muted reminder.unknown "
        "assistant.key_unknown bank.none bank.unknown contact.unknown "
        "account.unknown approval.unknown bill.name_unknown bill.unknown budget.none_for "
        "budget.unknown card.none card.unknown category.unknown debt.name_unknown debt.unknown "
        "confirm.nothing double.unknown entry.unknown erasure.unknown error.not_found "
        "exchange.quote_unknown file.missing habit.none_of habit.unknown "
        "goal.name_unknown goal.unknown handoff.unknown hold.unknown link.unknown merchant.unknown "
        "object.key_unsafe object.missing rule.none_for security.name_unknown security.unknown "
        "sorting.nothing_left subscription.name_unknown subscription.unknown tool.unknown "
        "trade.lot_unknown trade.none trade.unknown "
        "user.unknown watch.not_watched watch.unknown"
    ),
    408: "error.timeout",
    409: (
        "alert.never_muted reminder.move_refused "
        "mail.code_expired mail.code_not_asked assistant.too_many_keys bank.needs_sign_in "
        "contact.too_new payment.day_limit payment.key_reused payment.no_rail "
        "account.exists account.name_taken admin.ticket_over alert.move_refused "
        "approval.already_asked approval.no_chat bill.move_refused bill.nothing_to_pay "
        "books.not_empty budget.cover_too_much budget.move_refused budget.nothing_to_cover "
        "call.key_reused cancellation.key_reused card.move_refused debt.move_refused demo.full "
        "entry.account_other_currency subscription.not_under "
        "entry.append_only entry.bank_owned entry.not_in_books entry.not_reversible "
        "entry.of_trade entry.reversed_twice erasure.scheduled exchange.quote_expired "
        "goal.account_taken goal.follows_account goal.move_refused goal.not_enough_free "
        "goal.not_enough_saved habit.move_refused hold.closed hold.exceeded hold.key_reused "
        "link.taken "
        "model.none_serving preferences.no_model provider.key_reused subscription.move_refused "
        "subscription.not_running telegram.poll_conflict trade.move_refused trade.nothing_held "
        "trade.lot_too_small trade.sold_more_than_held turn.lease_lost turn.not_handled "
        "upload.not_linked "
        "user.email_taken wallet.funds_missing wallet.kept_by_us wallet.not_empty "
        "watch.move_refused"
    ),
    413: "file.too_large statement.too_large statement.too_many_rows",
    422: (
        "simulate.percent_out_of_range "
        "chart.too_long contact.unfit cancellation.word_unreadable "
        "account.currency_differs account.too_many address.unreadable admin.note_missing "
        "admin.reason_needed bank_text.unreadable bill.amount_too_low bill.day_unreadable "
        "bank.too_many bank.word_unreadable "
        "bill.too_many books.unreadable budget.cover_other_currency budget.limit_too_low "
        "budget.day_unreadable budget.days_reversed budget.not_carried "
        "budget.warning_out_of_range habit.out_of_range habit.too_many call.key_unusable "
        "card.event_unreadable card.too_many "
        "category.bad_name confirm.pin_unfit date.future date.too_old debt.terms_out_of_range "
        "debt.too_many demo.unknown_household entry.split_differs exchange.too_small "
        "export.format file.unavailable goal.day_past goal.target_too_low goal.too_many "
        "handle.unreadable insight.not_ahead insight.not_enough_months insight.not_told "
        "insight.price_not_positive insight.too_far_ahead insight.too_little_history "
        "insight.too_few_charges insight.too_few_entries "
        "key.scope_unknown mail.address_unreadable "
        "receipt.nothing receipt.no_picture receipt.heic voice.too_long voice.unreadable "
        "mix.cap_too_low mix.cap_unreadable money.no_rate money.too_large "
        "money.too_precise money.unknown_currency money.unreadable money.zero period.unknown_zone "
        "period.unreadable preferences.language_not_offered preferences.out_of_range "
        "preferences.quiet_hours preferences.unreadable reminders.out_of_range "
        "reminders.too_many reminder.past reminder.too_far reminder.too_many "
        "rates.same_currency rates.unreadable "
        "rule.bounds_crossed saving_plan.contribution_unreadable saving_plan.months_out_of_range "
        "saving_plan.rate_out_of_range security.symbol_unreadable security.too_many "
        "statement.amount_ambiguous statement.amount_bad statement.archive statement.bad_rows "
        "statement.bank_error statement.columns_unknown statement.currency_unknown "
        "statement.date_ambiguous statement.date_bad statement.date_unlikely "
        "statement.direction_ambiguous statement.direction_unknown statement.empty "
        "statement.encrypted statement.format_not_yet statement.format_unknown "
        "statement.mapping_mismatch statement.no_account statement.no_header "
        "statement.no_text_layer statement.refused statement.truncated statement.unbalanced "
        "statement.value_missing statement.xml_unsafe tool.arguments tool.unclear "
        "trade.incomplete trade.nothing_held_then trade.other_currency trade.price_unreadable "
        "trade.quantity_unreadable trade.split_unreadable trades.row_unreadable wallet.none_in "
        "wallet.top_up_limit watch.too_many"
    ),
    429: "admin.locked confirm.locked mail.codes_too_many rate.limited",
    500: (
        "approval.codes_exhausted error.unknown phrase.fault report.not_drawn "
        "start.backup_damaged start.country_unknown start.database_away start.email_unreadable "
        "start.locale_unknown start.measurement_unknown start.not_embedded "
        "start.no_twilio start.redis_missing start.telegram_missing start.template_unfit "
        "start.templates_refused start.words_unsafe store.master_key_wrong store.seal_broken "
        "tool.failed"
    ),
    503: (
        "bank.moved bank.off bank.unavailable payment.outcome_unknown payment.unavailable "
        "cancellation.outcome_unknown cancellation.unavailable mail.off object.not_kept "
        "receipt.lost receipt.unavailable voice.lost voice.unavailable prices.over_limit "
        "prices.unavailable rates.unavailable store.unavailable"
    ),
}
STATUS: Mapping[str, int] = {
    code: status for status, codes in _CODES.items() for code in codes.split()
}
# What the web framework refuses by itself, in our words.
_BY_STATUS: Mapping[int, str] = {
    401: "error.signed_out",
    403: "error.not_allowed",
    404: "error.not_found",
    405: "error.not_allowed",
    408: "error.timeout",
    413: "file.too_large",
    429: "rate.limited",
    503: "store.unavailable",
}


class Throttled(FinanceError):
    """Too many requests in too short a time; ``seconds`` is how long to wait."""

    code = "rate.limited"


class SignedOut(FinanceError):
    """Nobody is signed in: no key, no session, or one that has ended."""

    code = "error.signed_out"


class NotAllowed(FinanceError):
    """Whoever asks may not do this."""

    code = "error.not_allowed"


class NotFound(FinanceError):
    """There is nothing here, or nothing for whoever asks."""

    code = "error.not_found"


def status_of(code: str) -> int:
    """Return the status of an error code; one that is not in the table is the caller's fault."""
    return STATUS.get(code, 422)


def code_of(status: int) -> str:
    """Return the code for a status that the web framework chose by itself."""
    return _BY_STATUS.get(status, "error.unknown" if status >= 500 else "tool.arguments")


def problem(
    code: str,
    fields: Mapping[str, FieldValue],
    book: Phrasebook,
    *,
    reference: str = "",
) -> dict[str, Any]:
    """Return the one shape of every error: code, sentence, fields and perhaps a reference."""
    known = {**fields, **({"reference": reference} if reference else {})}
    message = book.render(code, known)
    return {"error": {"code": code, "message": message, "fields": dict(known)}}


def answer(
    request: Request, code: str, fields: Mapping[str, FieldValue], book: Phrasebook, status: int = 0
) -> Response:
    """Return the error as a page for somebody who reads, as JSON for a program."""
    status = status or status_of(code)
    reference = str(getattr(request.state, "request_id", "")) if status >= 500 else ""
    content = problem(code, fields, book, reference=reference)
    headers = _headers(status, fields)
    if _reads(request):
        message = content["error"]["message"]
        home = tag("p", tag("a", book.render("web.title"), href="/"))
        page = document(book.render("web.title"), "/web/console.css", tag("main", message, home))
        return HTMLResponse(page, status, headers)
    return JSONResponse(content, status, headers)


def _headers(status: int, fields: Mapping[str, FieldValue]) -> dict[str, str]:
    headers = {}
    if status in (429, 503):
        headers["Retry-After"] = str(fields.get("seconds", RETRY_SECONDS))
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return headers


def _reads(request: Request) -> bool:
    """Tell a browser's page from a program's request."""
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith(
        "/api/"
    )
