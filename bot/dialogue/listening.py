"""Voice notes: written down once by a speech service, and from then on the user's own words.

A voice decides on no approval (`choose`).
"""

from __future__ import annotations

from dataclasses import replace

from bot.dialogue.arrival import Arrival
from bot.dialogue.kit import DialogueKit, Ears
from bot.dialogue.media import ReadBefore, kept_before, read_once
from bot.dialogue.reply import Reply, speak
from core.connect.sound import Sound, name_of_sound, read_sound
from core.connect.speech import SpeechUnavailable, SpeechUnreadable
from core.conversation.turn import Turn
from core.errors import FinanceError
from core.messaging.inbound import InboundKind
from core.messaging.mask import cleaned
from core.store.media_store import MediaKind


class NoteTooLong(FinanceError):
    """The recording lasts longer than is listened to."""

    code = "voice.too_long"


class NoteLost(FinanceError):
    """It was being written down when something broke; it is not sent out a second time."""

    code = "voice.lost"


def listen(kit: DialogueKit, arrival: Arrival, turn: Turn) -> Arrival | Reply:
    """Return the arrival with the words of its voice note, or the reply that says why not.

    Any other message comes back as it is.
    """
    if arrival.message.kind is not InboundKind.VOICE:
        return arrival
    if kit.ears is None:
        return speak(kit, arrival, "guard.voice")
    if not arrival.may_send_out(given=kit.ears.given or kit.ears.transcriber.is_demo):
        return speak(kit, arrival, "voice.consent")
    try:
        words = _words(kit, kit.ears, arrival, turn)
    except FinanceError as error:
        return speak(kit, arrival, error.code, error.fields)
    message = cleaned(replace(arrival.message, text=words))
    if message.masked:
        return speak(kit, arrival, "guard.card_number")
    if not message.text.strip():
        return speak(kit, arrival, "voice.nothing")
    language = kit.hear(message.text, arrival.language)
    return replace(arrival, message=message, language=language)


def _words(kit: DialogueKit, ears: Ears, arrival: Arrival, turn: Turn) -> str:
    """Return what is said in the note: as it was written down before, else by the service."""
    try:
        before = kept_before(kit, turn)
        if before is not None:
            return before
        sound = _recording(kit, ears, arrival)
        reader = (MediaKind.VOICE, ears.transcriber.name)
        seconds = ears.wait_seconds
        return read_once(
            kit, arrival, turn, reader, lambda: ears.transcriber.transcribe(sound, seconds=seconds)
        )
    except ReadBefore as read:
        raise (SpeechUnavailable if read.fault else NoteLost) from None


def _recording(kit: DialogueKit, ears: Ears, arrival: Arrival) -> Sound:
    """Fetch the note; one that is too long, too large or no recording goes nowhere."""
    _refuse_long(arrival.message.files[0].seconds if arrival.message.files else 0, ears)
    content = kit.fetch_file.content(arrival.message, max_bytes=ears.most_bytes)
    sound = read_sound(content)
    if sound is None:
        name = name_of_sound(content)
        raise SpeechUnreadable(kind=name) if name else SpeechUnreadable()
    _refuse_long(sound.seconds or 0, ears)
    return sound


def _refuse_long(seconds: float, ears: Ears) -> None:
    if seconds > ears.most_seconds:
        raise NoteTooLong(seconds=ears.most_seconds)
