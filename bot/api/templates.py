"""WhatsApp templates of this installation: what is registered, submitted, approved; one by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from bot.app import App
from core.errors import FinanceError
from core.messaging.template import Review, SubmittedTemplate, TemplateState
from prompts.phrasebook import languages
from prompts.whatsapp_templates import Template, breaches, read_templates
from workers.templates import FOLLOWED, keep_review

if TYPE_CHECKING:  # the library behind it takes a while to load, and only a command needs it
    from bot.channels.twilio_content import TwilioContents

NEW = "new"  # never submitted
CHANGED = "changed"  # submitted in another wording
NAMED = "named"  # the settings say what the provider calls it
_WELL = frozenset({TemplateState.APPROVED.value, TemplateState.KEPT.value, NAMED})


class TemplateUnfit(FinanceError):
    """A template breaks a rule of WhatsApp's, so that it would be refused (``reason``)."""

    code = "start.template_unfit"


@dataclass(frozen=True, slots=True)
class TemplateStatus:
    """How one template stands: in words of ours, with the provider's reason when it refused."""

    template: Template
    state: str
    content_id: str = ""
    reason: str = ""
    checked_at: datetime | None = None

    @property
    def is_well(self) -> bool:
        """Tell whether it can be sent as it is written now."""
        return self.state in _WELL


def registered() -> Iterator[Template]:
    """Yield every template in every language."""
    for lang in languages():
        yield from read_templates(lang)


def statuses(app: App) -> tuple[TemplateStatus, ...]:
    """Return how every registered template stands, by what was known when last asked."""
    with app.database.reading() as uow:
        kept = {(one.name, one.lang): one for one in uow.outbox.templates.all()}
    return tuple(
        _status(app, template, kept.get((template.name, template.lang)))
        for template in registered()
    )


def submit(app: App, contents: TwilioContents) -> tuple[TemplateStatus, ...]:
    """Create and submit what is new or has other words now; asking twice submits once.

    A template that the provider has already, because an answer was lost, is found by its name.
    """
    for template in registered():
        for breach in breaches(template):
            raise TemplateUnfit(name=f"{template.name}.{template.lang}", reason=breach)
    for status in statuses(app):
        if status.state in (NEW, CHANGED, TemplateState.MISSING.value):
            _submit_one(app, contents, status.template)
    return statuses(app)


def check(app: App, contents: TwilioContents) -> tuple[TemplateStatus, ...]:
    """Ask the provider about everything that may have changed, and keep what it says."""
    with app.database.reading() as uow:
        kept = uow.outbox.templates.all()
    for one in kept:
        if one.state in FOLLOWED:
            keep_review(app.database, one, contents.look(one.content_id), now=app.clock.now())
    return statuses(app)


def _submit_one(app: App, contents: TwilioContents, template: Template) -> None:
    content_id = contents.find(template) or contents.create(template)
    now = app.clock.now()
    submitted = SubmittedTemplate(
        template.name, template.lang, template.wording, content_id, TemplateState.KEPT, now
    )
    # Kept before it is submitted: what comes next may fail, and the provider has it by now.
    _keep(app, submitted, Review(TemplateState.KEPT))
    if template.needs_approval:
        review = contents.look(content_id)
        if review.state is TemplateState.KEPT:
            review = contents.submit(content_id, template)
        _keep(app, submitted, review)


def _keep(app: App, template: SubmittedTemplate, review: Review) -> None:
    now = app.clock.now()
    with app.database.work() as uow:
        uow.outbox.templates.keep(
            replace(template, state=review.state, reason=review.reason, checked_at=now)
        )
        uow.commit()


def _status(app: App, template: Template, kept: SubmittedTemplate | None) -> TemplateStatus:
    named = app.settings.twilio.content_ids.get(f"{template.name}.{template.lang}", "")
    if named:
        return TemplateStatus(template, NAMED, named)
    if kept is None:
        return TemplateStatus(template, NEW)
    if kept.wording != template.wording:
        return TemplateStatus(template, CHANGED, kept.content_id)
    state = kept.state.value
    if template.needs_approval and kept.state is TemplateState.KEPT:
        state = CHANGED  # made, and never submitted: the answer was lost
    return TemplateStatus(template, state, kept.content_id, kept.reason, kept.checked_at)
