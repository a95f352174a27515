"""Photos: their text is read once, and then is foreign text that may be a receipt and no more."""

from __future__ import annotations

from dataclasses import replace

from bot.dialogue.arrival import Arrival
from bot.dialogue.kit import DialogueKit, Eyes
from bot.dialogue.media import ReadBefore, kept_before, read_once
from bot.dialogue.reply import Reply, speak
from core.connect.picture import HEIC, name_of_picture, read_picture
from core.connect.text_reader import PictureIsHeic, PictureUnreadable, ReaderUnavailable
from core.conversation.plan import Plan, PlannerName, ToolCall
from core.conversation.turn import Turn
from core.errors import FinanceError
from core.messaging.inbound import InboundKind
from core.messaging.mask import clean_text, mask_cards
from core.statements.receipt import MAX_TEXT
from core.store.media_store import MediaKind

# A caption of so few words names the shop; a longer one is a note.
_WORDS_OF_A_SHOP = 2
_NOTE_CHARACTERS = 120


class PhotoLost(FinanceError):
    """It was being read when something broke; it is not read a second time."""

    code = "receipt.lost"


def look(kit: DialogueKit, arrival: Arrival, turn: Turn) -> Arrival | Reply:
    """Return the arrival with the text of its photo, or the reply that says why not.

    Any other message comes back as it is.
    """
    if arrival.message.kind is not InboundKind.PICTURE:
        return arrival
    if kit.eyes is None:
        return speak(kit, arrival, "guard.picture")
    if not arrival.may_send_out(given=kit.eyes.given or not kit.eyes.reader.leaves):
        return speak(kit, arrival, "receipt.consent")
    try:
        text = _text(kit, kit.eyes, arrival, turn)
    except FinanceError as error:
        return speak(kit, arrival, error.code, error.fields)
    return replace(arrival, paper=text) if text else speak(kit, arrival, "receipt.nothing")


def plan_of_paper(arrival: Arrival) -> Plan:
    """Plan to find out which payment a receipt belongs to; its caption is a hint."""
    arguments = {"text": arrival.paper[:MAX_TEXT]}
    caption = " ".join(arrival.message.text.split())[:_NOTE_CHARACTERS]
    if caption:
        is_shop = len(caption.split()) <= _WORDS_OF_A_SHOP
        arguments["payee" if is_shop else "note"] = caption
    call = ToolCall("book_receipt", arguments)
    return Plan(PlannerName.PENDING, (call,), "receipt")


def _why_unread(content: bytes) -> FinanceError:
    """Return what to say of a file that is none of the pictures that are read."""
    name = name_of_picture(content)
    if name == HEIC:
        return PictureIsHeic()
    return PictureUnreadable(kind=name) if name else PictureUnreadable()


def _text(kit: DialogueKit, eyes: Eyes, arrival: Arrival, turn: Turn) -> str:
    """Return the text in the photo: as it was read before, else by the reader."""
    try:
        before = kept_before(kit, turn)
        if before is not None:
            return before
        content = kit.fetch_file.content(arrival.message, max_bytes=eyes.most_bytes)
        picture = read_picture(content)
        if picture is None:
            raise _why_unread(content)

        def read() -> str:
            seen = eyes.reader.read(picture, seconds=eyes.wait_seconds)
            return mask_cards(clean_text(seen)).text

        return read_once(kit, arrival, turn, (MediaKind.PICTURE, eyes.reader.name), read)
    except ReadBefore as read_before:
        raise (ReaderUnavailable if read_before.fault else PhotoLost) from None
