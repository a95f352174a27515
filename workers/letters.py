"""Messages as letters: a subject that says no figure, and how to end such letters."""

from __future__ import annotations

from dataclasses import replace

from core.messaging.outbound import OutboundMessage
from prompts.phrasebook import Phrasebook
from workers.context import JobContext


def as_letter(
    context: JobContext, book: Phrasebook, outbox_id: str, message: OutboundMessage
) -> OutboundMessage:
    """Return the message with its subject and its foot; a lock screen shows the subject.

    Choices are left out: nobody reads what is answered to a letter.
    """
    link = context.end_of_mail(outbox_id)
    foot = book.render("letter.foot", {"link": link} if link else {})
    return replace(
        message,
        text=f"{message.text}\n\n-- \n{foot}\n",
        choices=(),
        subject=book.render(f"letter.subject_{message.message_class.value}"),
        unsubscribe=link,
    )
