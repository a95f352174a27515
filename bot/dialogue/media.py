"""Recordings and photos are read once: what is asked of a reader is written down before and after.

After a crash the row says what came back, or that nobody knows; in neither case does the file go
out again. Nothing of the file itself is kept here.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from bot.dialogue.arrival import Arrival
from bot.dialogue.kit import DialogueKit
from core.conversation.turn import Turn
from core.errors import FinanceError
from core.failpoints import Point, reach
from core.store.media_store import MediaKind, Medium


class ReadBefore(Exception):
    """The file was read before and nothing came of it; ``fault`` is "" where it was cut off."""

    def __init__(self, fault: str) -> None:
        """Keep why."""
        super().__init__(fault)
        self.fault = fault


def kept_before(kit: DialogueKit, turn: Turn) -> str | None:
    """Return what was read in this turn before; None when nothing was begun.

    Raises `ReadBefore` where it was begun and there is no text.
    """
    with kit.database.reading() as uow:
        before = uow.media.find(turn.id)
    if before is None:
        return None
    if before.text is None:
        raise ReadBefore(before.fault)
    return before.text


def read_once(
    kit: DialogueKit,
    arrival: Arrival,
    turn: Turn,
    reader: tuple[MediaKind, str],
    read: Callable[[], str],
) -> str:
    """Let ``read`` ask the reader (kind and name), with no transaction open, and keep its text.

    Raises what ``read`` raises, with that kept, and `ReadBefore` when another process began.
    """
    assert arrival.user is not None
    kind, name = reader
    medium = Medium(turn.id, arrival.user.id, kind, name)
    with kit.database.work() as uow:
        uow.conversations.check(arrival.talk.id, turn.epoch, now=kit.clock.now())
        if not uow.media.open(medium, now=kit.clock.now()):
            raise ReadBefore("")
        uow.commit()
    reach(Point.MEDIA_ASKED)
    started = time.monotonic()
    try:
        text = read()
    except FinanceError as error:
        fault = getattr(error, "fault", "") or error.code
        with kit.database.work(relaxed=True) as uow:
            uow.media.fail(medium, fault, millis=_millis(started))
            uow.commit()
        raise
    with kit.database.work() as uow:  # it may have been paid for: the disk is waited for
        uow.media.answer(medium, text, millis=_millis(started))
        uow.commit()
    reach(Point.MEDIA_ANSWERED)
    kit.fetch_file.discard(arrival.message)
    return text


def _millis(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
