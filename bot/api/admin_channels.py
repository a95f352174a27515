"""The console's page about channels: which are on, and how WhatsApp's templates stand."""

from __future__ import annotations

from collections.abc import Iterator

from bot.api.admin_pages import state, when
from bot.api.markup import Child, table, tag
from bot.api.templates import TemplateStatus, statuses
from bot.app import App
from core.messaging.address import ChannelName
from prompts.phrasebook import languages


def channel_parts(app: App) -> Iterator[Child]:
    """Yield the channels that are on, then the templates."""
    book = app.phrasebook("en")
    on = sorted(name.value for name in app.catalog.channels) or ["–"]
    yield tag("p", book.render("admin.channels_on", {"channels": ", ".join(on)}))
    yield tag("h2", book.render("admin.templates"))
    yield tag("p", book.render("admin.templates_text"))
    found = statuses(app)
    if ChannelName.WHATSAPP in app.catalog.channels and not all(one.is_well for one in found):
        yield tag("p", book.render("admin.templates_wanting"), class_="note bad")
    names = ("template", "language", "state", "reason", "wording", "asked_at")
    heads = [book.render(f"admin.{name}") for name in names]
    yield table(heads, map(_row, found))
    yield from text_parts(app)


def text_parts(app: App) -> Iterator[Child]:
    """Yield the fixed texts to India, and which of them the settings say are registered."""
    book = app.phrasebook("en")
    yield tag("h2", book.render("admin.texts"))
    yield tag("p", book.render("admin.texts_text"))
    rows = [
        (
            name,
            lang,
            state("approved" if f"{name}.{lang}" in app.jobs.registered_texts else "new"),
            text,
        )
        for lang in languages()
        for name, text in app.phrasebook(lang).table("dlt", "sms", {"link": "{#var#}"}).items()
    ]
    names = ("template", "language", "state", "wording")
    yield table([book.render(f"admin.{name}") for name in names], rows)


def _row(status: TemplateStatus) -> tuple[Child, ...]:
    template = status.template
    buttons = " · ".join(template.buttons)
    return (
        template.name,
        template.lang,
        state(status.state),
        status.reason,
        f"{template.body} [{buttons}]" if buttons else template.body,
        when(status.checked_at),
    )
