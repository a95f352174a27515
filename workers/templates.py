"""Keeps up with what WhatsApp says of our templates: one that it holds back is not tried again.

Each is asked about once a day, one under review or held back every hour, and one that was just
refused at once. What cannot be used any more is left out from then on (`workers.dressing`).
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from core.messaging.channel import SendError
from core.messaging.outbox import OutboxItem
from core.messaging.template import OPEN_STATES, Review, SubmittedTemplate, TemplateState
from core.store.unit_of_work import Database, UnitOfWork
from workers.context import JobContext
from workers.dressing import template_of

_log = logging.getLogger(__name__)
_ASKED_EVERY = timedelta(days=1)
_IN_DOUBT_EVERY = timedelta(hours=1)
_IN_DOUBT = frozenset({TemplateState.PENDING, TemplateState.PAUSED})
FOLLOWED = OPEN_STATES | {TemplateState.KEPT}


def check_templates(context: JobContext) -> int:
    """Ask the provider about every template that is due; return about how many."""
    if context.reviews is None:
        return 0
    now = context.clock.now()
    with context.database.reading() as uow:
        due = [one for one in uow.outbox.templates.all() if _is_due(one, now)]
    asked = 0
    for one in due:
        if context.stopping():
            break
        try:
            review = context.reviews.look(one.content_id)
        except SendError as error:
            _log.warning("templates_not_checked", extra={"reason": error.reason.value})
            break  # the others would fare no better; the next round asks again
        keep_review(context.database, one, review, now=now)
        asked += 1
        context.rest(0.0)
    return asked


def keep_review(
    database: Database, asked: SubmittedTemplate, review: Review, *, now: datetime
) -> None:
    """Keep what the provider said, unless another wording was submitted meanwhile."""
    with database.work() as uow:
        known = uow.outbox.templates.find(asked.name, asked.lang)
        if known is None or known.content_id != asked.content_id:
            return
        told = replace(known, state=review.state, reason=review.reason, checked_at=now)
        uow.outbox.templates.keep(told)
        uow.commit()
    if review.state is not known.state:
        _say(known, review.state)


def hold_back(context: JobContext, uow: UnitOfWork, item: OutboxItem, code: str) -> None:
    """Use the template of a message no more that was refused for it, until the provider is asked.

    ``code`` is the provider's own, which operators are shown. In the caller's transaction.
    """
    template = template_of(uow, item)
    known = uow.outbox.templates.find(template.name, template.lang) if template else None
    if known is None or known.state is not TemplateState.APPROVED:
        return
    held = replace(known, state=TemplateState.PAUSED, reason=code, checked_at=None)
    uow.outbox.templates.keep(held)
    _say(known, TemplateState.PAUSED)
    context.wake.ring("check_templates")


def _is_due(one: SubmittedTemplate, now: datetime) -> bool:
    every = _IN_DOUBT_EVERY if one.state in _IN_DOUBT else _ASKED_EVERY
    # A little less, so that a round that comes on time finds it due.
    waited = every - timedelta(minutes=1)
    return one.state in FOLLOWED and (one.checked_at is None or now - one.checked_at >= waited)


def _say(known: SubmittedTemplate, state: TemplateState) -> None:
    named = f"{known.name}.{known.lang}"
    _log.warning("template_changed", extra={"template": named, "state": state.value})
