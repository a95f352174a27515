"""What was asked for in a chat and takes too long for a turn: drawn, and sent there once."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from core.facts import Answer, named
from core.messaging.outbound import Attachment, AttachmentKind, MessageClass
from core.period import parse_canonical
from core.reports.chart import chart_from_json
from core.store.file_store import FileKind, StoredFile
from core.store.paper_store import HeldPaper, PaperState
from core.users.user import User, UserUnknown
from workers.compose import Notice, enqueue_notice, style_of
from workers.context import JobContext
from workers.reports.build import caption, keep_pdf, read_figures
from workers.reports.drawing import draw_png
from workers.reports.page import Picture
from workers.reports.pictures import dashboard_in_words, dashboard_of, picture_of, points_in_words

_log = logging.getLogger(__name__)
_TRY_AGAIN = timedelta(seconds=30)
_PNG = "image/png"
_PROFILE = "web"  # in a picture as on a screen: every sign of the locale, nothing left out


@dataclass(frozen=True, slots=True)
class Made:
    """A finished file and what is said beside it."""

    file: StoredFile
    kind: AttachmentKind
    beside: Answer


def make_papers(context: JobContext) -> int:
    """Make what was asked for, one at a time, longest waiting first."""
    made = 0
    while made < context.limits.round_items and not context.stopping():
        held = _claim(context)
        if held is None:
            break
        _make(context, held)
        made += 1
    return made


def _claim(context: JobContext) -> HeldPaper | None:
    with context.database.work() as uow:
        lease = context.limits.occurrence_lease
        held = uow.papers.claim(now=context.clock.now(), lease=lease)
        uow.commit()
    return held


def _make(context: JobContext, held: HeldPaper) -> None:
    """Make one and send it; what breaks is tried again, and said in the chat after some tries.

    Drawing and keeping the file happen with nothing open. Both may happen twice after a crash:
    the file's key and the message's key are the same then, so there is one file and one message.
    """
    try:
        with context.database.reading() as uow:
            user = uow.users.get(held.user_id)
    except UserUnknown:
        _settle(context, held, PaperState.FAILED)
        return
    try:
        made = _MAKERS[held.paper.kind](context, user, held)
    except Exception:
        _log.exception("paper_broke", extra={"kind": held.paper.kind, "tries": held.attempts})
        _broke(context, held)
        return
    _send(context, held, made)


def _send(context: JobContext, held: HeldPaper, made: Made) -> None:
    file = made.file
    with context.database.work() as uow:
        uow.files.add(file)
        attachment = Attachment(made.kind, file.name, file.key, file.media_type)
        enqueue_notice(context, uow, _notice(held, made.beside, attachment))
        if uow.papers.settle(held, PaperState.DONE):
            uow.commit()
    context.wake.ring("deliver_bulk")


def _broke(context: JobContext, held: HeldPaper) -> None:
    if held.attempts < context.limits.occurrence_tries:
        with context.database.work() as uow:
            uow.papers.postpone(held, until=context.clock.now() + _TRY_AGAIN)
            uow.commit()
        return
    _settle(context, held, PaperState.FAILED, told=Answer("paper.not_made"))


def _settle(
    context: JobContext, held: HeldPaper, state: PaperState, told: Answer | None = None
) -> None:
    with context.database.work() as uow:
        if told is not None:
            enqueue_notice(context, uow, _notice(held, told))
        if uow.papers.settle(held, state):
            uow.commit()


def _notice(held: HeldPaper, answer: Answer, *files: Attachment) -> Notice:
    return Notice(
        user_id=held.user_id,
        answer=answer,
        message_class=MessageClass.REPORT,
        dedupe_key=held.dedupe_key,
        conversation_id=held.conversation_id,
        attachments=files,
    )


def _chart(context: JobContext, user: User, held: HeldPaper) -> Made:
    """Draw the very points that the answer told: the books may have changed since."""
    chart = chart_from_json(held.paper.wanted)
    book = context.words(user.preferences.language)
    style = style_of(user, _PROFILE, held.asked_at)
    picture = picture_of(chart, book, style)
    fields = {"of": chart.of.value, "date": chart.as_of.date().isoformat()}
    name = book.render("picture.file_name", fields, _PROFILE)
    points = points_in_words(chart, book, style)
    return _picture(context, held, picture, name, _beside("paper.chart", picture, points))


def _dashboard(context: JobContext, user: User, held: HeldPaper) -> Made:
    book = context.words(user.preferences.language)
    style = style_of(user, _PROFILE, held.asked_at)
    picture = dashboard_of(held.paper.wanted, book, style)
    fields = {"of": held.paper.kind, "date": style.today.isoformat()}
    name = book.render("picture.file_name", fields, _PROFILE)
    beside = _beside("paper.dashboard", picture, dashboard_in_words(picture))
    return _picture(context, held, picture, name, beside)


def _beside(shape: str, picture: Picture, points: str) -> Answer:
    """Return the words beside a picture: its title and the same figures, for who cannot see it."""
    return Answer(shape, (named("line", picture.title), named("points", points)))


def _picture(
    context: JobContext, held: HeldPaper, picture: Picture, name: str, beside: Answer
) -> Made:
    content = draw_png(picture, seconds=context.limits.render_seconds)
    key = _object_key(held, "png")
    context.objects.put(key, content)
    file = StoredFile(key, held.user_id, FileKind.REPORT, name, _PNG, len(content), held.asked_at)
    return Made(file, AttachmentKind.IMAGE, beside)


def _report(context: JobContext, user: User, held: HeldPaper) -> Made:
    period = parse_canonical(str(held.paper.wanted["period"]))
    figures = read_figures(context, user, period)
    file = keep_pdf(context, user, figures, key=_object_key(held, "pdf"))
    return Made(file, AttachmentKind.PDF, caption(figures))


def _object_key(held: HeldPaper, ending: str) -> str:
    return f"reports/{hashlib.sha256(held.key.encode()).hexdigest()[:40]}.{ending}"


_MAKERS: Mapping[str, Callable[[JobContext, User, HeldPaper], Made]] = {
    "chart": _chart,
    "dashboard": _dashboard,
    "report": _report,
}
