"""Voice notes: written down once by a speech service, and from then on the user's own words.

What was heard is kept before anything follows from it, so that a crash never sends a recording
out twice; nothing of the recording itself is kept. A voice decides on no approval (`choose`).
"""

from __future__ import annotations

import time
from dataclasses import replace

from bot.dialogue.arrival import Arrival
from bot.dialogue.kit import DialogueKit, Ears
from bot.dialogue.reply import Reply, speak
from core.connect.sound import Sound, read_sound
from core.connect.speech import SpeechUnavailable, SpeechUnreadable
from core.conversation.turn import Turn
from core.errors import FinanceError
from core.failpoints import Point, reach
from core.messaging.inbound import InboundKind
from core.messaging.mask import cleaned
from core.store.media_store import MediaKind, Medium, Reading


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
    if not _may_leave(kit.ears, arrival):
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


def _may_leave(ears: Ears, arrival: Arrival) -> bool:
    """Tell whether the recording may go to the service: with consent, or where it never leaves."""
    if ears.given or ears.transcriber.is_demo:
        return True
    return arrival.user is not None and arrival.user.preferences.agreed_to_model


def _words(kit: DialogueKit, ears: Ears, arrival: Arrival, turn: Turn) -> str:
    """Return what is said in the note: as it was written down before, else by the service."""
    assert arrival.user is not None
    with kit.database.reading() as uow:
        before = uow.media.find(turn.id)
    if before is not None:
        return _as_before(before)
    sound = _recording(kit, ears, arrival)
    medium = Medium(turn.id, arrival.user.id, MediaKind.VOICE, ears.transcriber.name)
    with kit.database.work() as uow:
        uow.conversations.check(arrival.talk.id, turn.epoch, now=kit.clock.now())
        if not uow.media.open(medium, now=kit.clock.now()):
            raise NoteLost
        uow.commit()
    reach(Point.MEDIA_ASKED)
    words = _asked(kit, ears, sound, medium)
    reach(Point.MEDIA_ANSWERED)
    kit.fetch_file.discard(arrival.message)
    return words


def _as_before(before: Reading) -> str:
    if before.text is not None:
        return before.text
    raise NoteLost if not before.fault else SpeechUnavailable


def _recording(kit: DialogueKit, ears: Ears, arrival: Arrival) -> Sound:
    """Fetch the note; one that is too long, too large or no recording goes nowhere."""
    _refuse_long(arrival.message.files[0].seconds if arrival.message.files else 0, ears)
    content = kit.fetch_file.content(arrival.message, max_bytes=ears.most_bytes)
    sound = read_sound(content)
    if sound is None:
        raise SpeechUnreadable
    _refuse_long(sound.seconds or 0, ears)
    return sound


def _refuse_long(seconds: float, ears: Ears) -> None:
    if seconds > ears.most_seconds:
        raise NoteTooLong(seconds=ears.most_seconds)


def _asked(kit: DialogueKit, ears: Ears, sound: Sound, medium: Medium) -> str:
    """Have the note written down and keep what came back, with no transaction open meanwhile."""
    started = time.monotonic()
    try:
        words = ears.transcriber.transcribe(sound, seconds=ears.wait_seconds)
    except (SpeechUnavailable, SpeechUnreadable) as error:
        fault = getattr(error, "fault", "") or error.code
        with kit.database.work(relaxed=True) as uow:
            uow.media.fail(medium, fault, millis=_millis(started))
            uow.commit()
        raise
    with kit.database.work() as uow:  # it was paid for: the disk is waited for
        uow.media.answer(medium, words, millis=_millis(started))
        uow.commit()
    return words


def _millis(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
