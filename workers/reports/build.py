"""A report from figures to the outbox: read, drawn, kept, and sent with a caption."""

from __future__ import annotations

import hashlib
from datetime import datetime

from core.connect.bank_days import bank_days
from core.facts import Answer, Fact, money, span
from core.messaging.outbound import Attachment, AttachmentKind, MessageClass
from core.period import Grain, Period, period_of
from core.reports.figures import ReportFigures
from core.reports.review import review
from core.store.file_store import FileKind, StoredFile
from core.store.schedule_store import Occurrence, OccurrenceState
from core.users.user import User
from prompts.compose import compose
from prompts.draft import fill_draft
from prompts.figures import Style
from workers.compose import Notice, Told, enqueue_notice, style_of
from workers.context import JobContext
from workers.reports.drawing import draw
from workers.reports.layout import lay_out
from workers.reports.words import Words

_PDF = "application/pdf"
_PROFILE = "web"  # on paper as on a screen: every sign of the locale, nothing left out
_EMPTY = "nothing_to_report"


def send_report(context: JobContext, user: User, held: Occurrence) -> None:
    """Make the report of the month before the occurrence and put it into the outbox.

    Drawing and keeping the file happen with nothing open. Both may happen twice after a crash:
    the file's key and the message's key are the same then, so there is one file and one message.
    """
    period = last_month(user, held.due_at)
    figures = read_figures(context, user, period)
    if figures.is_empty:
        _close(context, held, OccurrenceState.SKIPPED, _EMPTY)
        return
    file = keep_pdf(context, user, figures, key=_object_key(held), worded=held.key)
    with context.database.work() as uow:
        uow.files.add(file)
        notice = Notice(
            user_id=user.id,
            answer=caption(figures),
            message_class=MessageClass.REPORT,
            dedupe_key=held.key,
            attachments=(Attachment(AttachmentKind.PDF, file.name, file.key, file.media_type),),
        )
        told = enqueue_notice(context, uow, notice)
        state = OccurrenceState.SKIPPED if told is Told.NOWHERE else OccurrenceState.DONE
        if uow.schedules.settle(held, state, note=told):
            uow.commit()
    context.wake.ring("deliver_bulk")


def last_month(user: User, at: datetime) -> Period:
    """Return the user's month that ended last before ``at``."""
    today = user.preferences.today(at)
    return period_of(Grain.MONTH, today, user.preferences.calendar).previous()


def read_figures(context: JobContext, user: User, period: Period) -> ReportFigures:
    """Read a period's figures in one transaction."""
    is_bank_day = bank_days(user.preferences.country)
    with context.database.reading() as uow:
        return uow.reports.read(user, period, now=context.clock.now(), is_bank_day=is_bank_day)


def keep_pdf(
    context: JobContext, user: User, figures: ReportFigures, *, key: str, worded: str = ""
) -> StoredFile:
    """Draw the report and keep its bytes under ``key``, in place of an earlier try's.

    ``worded`` is the key under which its words were asked for ahead of its hour: then no model
    is asked now. Without it somebody waits for this report, and for its words.
    """
    book = context.words(user.preferences.language)
    style = style_of(user, _PROFILE, figures.as_of)
    answer = told_in_words(context, user, figures)
    on_paper = Words(book, style, "review_month").style
    story = _words(context, user, answer, on_paper, recalled=worded, asked=key)
    if not story:
        story = " ".join(compose(answer, book, on_paper).text.split("\n"))
    page = lay_out(figures, book, style, story)
    content = draw(page, seconds=context.limits.render_seconds)
    name = book.render("report_page.file_name", {"month": _file_days(figures.period)}, _PROFILE)
    context.objects.put(key, content)
    return StoredFile(key, user.id, FileKind.REPORT, name, _PDF, len(content), figures.as_of)


def told_in_words(context: JobContext, user: User, figures: ReportFigures) -> Answer:
    """Return what the first paragraph of a report tells, in a model's words or in phrases."""
    with context.database.reading() as uow:
        largest = uow.reports.largest(user.id, figures.period, figures.currency)
    return review(figures, largest)


def _words(
    context: JobContext, user: User, answer: Answer, style: Style, *, recalled: str, asked: str
) -> str:
    """Return a model's words, "" where the phrases stand."""
    narrator = context.narrator
    if narrator is None:
        return ""
    if not recalled:
        return narrator.tell(user, answer, style, key=asked)
    words = narrator.recall(user, answer, key=recalled)
    book = context.words(user.preferences.language)
    return fill_draft(words.text, words.facts, book, style) if words is not None else ""


def _file_days(period: Period) -> str:
    """Return the days of a report as its file is named: a month is ``2026-04``."""
    if period.grain is Grain.YEAR:
        return str(period.start.year)
    first = period.start.isoformat()
    if period.grain is Grain.MONTH and period.start.day == 1:
        return first[:7]
    return f"{first}-{period.last_day.isoformat()}"


def _object_key(held: Occurrence) -> str:
    return f"reports/{hashlib.sha256(held.key.encode()).hexdigest()[:40]}.pdf"


def caption(figures: ReportFigures) -> Answer:
    """Return the message beside the file: the month's total and how it compares."""
    facts: list[Fact] = [
        span("period", figures.period),
        money("spent", figures.spent),
        *([money("income", figures.income)] if figures.income else []),
        money("saved", figures.saved),
    ]
    before = figures.previous_spent
    if before is None or before == figures.spent or not figures.is_over:
        return Answer("report.caption", tuple(facts))
    facts += [
        money("difference", figures.spent - before),
        span("other_period", figures.period.previous()),
    ]
    shape = "report.caption_more" if before < figures.spent else "report.caption_less"
    return Answer(shape, tuple(facts))


def _close(context: JobContext, held: Occurrence, state: OccurrenceState, note: str) -> None:
    with context.database.work() as uow:
        uow.schedules.settle(held, state, note=note)
        uow.commit()
