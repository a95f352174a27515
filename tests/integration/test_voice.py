"""Voice notes: heard once, shown, carried out as typed words are, and never an approval."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files

import pytest

import bot
from bot.api.talking import Said, _inbound
from bot.api.uploads import media_type
from bot.dialogue.handler import DialogueHandler
from bot.dialogue.kit import Ears
from core.connect.objects import ObjectMissing
from core.connect.simulated_speech import SimulatedSpeech, demo_note
from core.conversation.context import Profile
from core.messaging.address import Address, ChannelName
from core.messaging.inbound import InboundFile, InboundKind
from core.money import Money
from tests.fakes.speech_stand_in import Hears
from tests.voice_talk import Room, open_room

pytestmark = pytest.mark.slow

NOTE = demo_note("-", seconds=2)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    with open_room(tmp_path_factory.mktemp("voice")) as room:
        yield room


@pytest.fixture
def room(opened: Room) -> Room:
    opened.speech.forget()
    return opened.with_ears(opened.ears())


@pytest.fixture
def chat(room: Room):
    return room.chat()


class TestAVoiceNote:
    def test_is_heard_shown_and_carried_out_as_if_typed(self, room, chat):
        room.speech.will("Coffee, $4.50.")
        reply = chat.send(chat.note(NOTE))
        assert reply.startswith('I heard: "Coffee, $4.50."\n')
        assert "Added $4.50" in reply
        assert chat.entries()[0].amount == Money.of("-4.50", "USD")
        assert "is out again" in chat.say("UNDO")

    def test_goes_to_the_service_as_a_file_of_its_true_kind(self, room, chat):
        room.speech.will("balance")
        message = chat.note(NOTE)
        named = replace(message.files[0], name="../../x.exe", media_type="text/html")
        chat.send(replace(message, files=(named,)))
        (note,) = room.speech.notes
        assert (note.path, note.file_name) == ("/v1/audio/transcriptions", "note.ogg")
        assert note.content == NOTE
        assert note.fields["model"] == "whisper-1"
        assert note.authorization == "Bearer a key"

    def test_may_hold_several_requests(self, room, chat):
        room.speech.will("coffee 4, uber 12 and balance")
        reply = chat.send(chat.note(NOTE))
        assert "$4.00" in reply
        assert "$12.00" in reply
        assert "Chase Checking" in reply

    def test_is_answered_in_the_language_that_is_spoken(self, room, chat):
        room.speech.will("¿cuánto gasté en comida este mes?")
        assert chat.send(chat.note(NOTE)).startswith("Oí: «¿cuánto gasté")

    def test_follows_up_what_was_typed(self, room, chat):
        chat.say("groceries this month")
        room.speech.will("and last month?")
        assert "April" in chat.send(chat.note(NOTE))

    def test_is_not_kept_once_it_was_heard_but_its_words_are(self, room, chat):
        room.speech.will("balance")
        message = chat.note(NOTE)
        chat.send(message)
        with pytest.raises(ObjectMissing):
            room.app.objects.get(message.files[0].ref)
        assert room.value("SELECT COUNT(*) FROM media_readings WHERE text IS NOT NULL") > 0

    def test_of_a_long_talk_shows_its_beginning(self, room, chat):
        room.speech.will("balance " + "and so on " * 60)
        first = chat.send(chat.note(NOTE)).splitlines()[0]
        assert len(first) < 190
        assert first.endswith('…"')

    def test_is_delivered_twice_and_heard_once(self, room, chat):
        room.speech.will("tea 3")
        message = chat.note(NOTE)
        before = len(chat.entries())
        chat.send(message)
        assert chat.send(message) == ""
        assert len(room.speech.notes) == 1
        assert len(chat.entries()) <= before + 1

    def test_whose_turn_is_taken_over_is_not_heard_again(self, room, chat):
        """The reply is lost with the process that made it; the words were kept before."""
        room.speech.will("tea 3")
        app = room.app
        message = chat.note(NOTE)
        with app.database.work() as uow:
            stored = uow.inbox.add(message, now=app.clock.now(), ids=app.ids)
            uow.commit()

        class Dies(DialogueHandler):
            def _planned(self, *_arguments):
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            Dies(app.handler._kit).handle(stored.inbound_id)
        with app.database.work() as uow:
            talk = uow.conversations.find(chat.address)
            uow.conversations.release(talk.id, talk.epoch)
            uow.commit()
        report = app.handler.handle(stored.inbound_id)
        assert 'I heard: "tea 3"' in report.reply.message.text
        assert len(room.speech.notes) == 1


class TestAnApproval:
    def test_is_asked_for_by_voice_and_never_given_by_it(self, room, chat):
        room.speech.will("cancel netflix")
        found = re.search(r"APPROVE ([A-Z0-9]{4})", chat.send(chat.note(NOTE)))
        assert found
        code = found[1]
        for words in (f"APPROVE {code}", f"approve {code.lower()}", "yes", f"decline {code}"):
            room.speech.will(words)
            reply = chat.send(chat.note(NOTE))
            assert "by voice" in reply, (words, reply)
        states = f"SELECT state FROM approvals WHERE code = '{code}'"
        waiting = room.value(states)
        assert code in chat.say(f"DECLINE {code}")
        assert (waiting, room.value(states)) == ("pending", "declined")


class TestANoteThatIsNotHeard:
    def test_is_refused_honestly_where_nobody_hears(self, room):
        chat = room.with_ears(None).chat()
        assert "can't listen" in chat.send(chat.note(NOTE))
        assert room.speech.notes == []

    def test_waits_for_the_users_consent(self, room):
        asking = room.with_ears(room.ears(given=False))
        chat = asking.chat()
        room.speech.will("balance")
        assert "AI ON" in chat.send(chat.note(NOTE))
        assert room.speech.notes == []
        chat.say("AI ON")
        assert "Chase Checking" in chat.send(chat.note(NOTE))
        chat.say("AI OFF")
        assert "AI ON" in chat.send(chat.note(NOTE))
        assert len(room.speech.notes) == 1
        chat.say("AI ON")

    def test_of_a_stranger_goes_nowhere(self, room):
        stranger = room.chat(linked=False)
        stranger.send(stranger.note(NOTE))
        assert room.speech.notes == []

    def test_that_was_forwarded_goes_nowhere(self, room, chat):
        assert "forwarded" in chat.send(chat.note(NOTE, forwarded=True))
        assert room.speech.notes == []

    @pytest.mark.parametrize(
        ("content", "seconds", "told"),
        [
            (NOTE, 500, "120 seconds"),
            (demo_note("-", seconds=130), 0, "120 seconds"),
            (NOTE + b"\x00" * 50_000, 0, "too large"),
            (b"MZ\x90\x00 no sound", 0, "can't read that recording. I hear OGG, M4A"),
            (b"#!AMR\n" + b"\x3c" * 64, 0, "can't read that recording: it is AMR. I hear OGG, M4A"),
        ],
    )
    def test_is_too_long_too_large_or_no_recording(self, room, content, seconds, told):
        chat = room.with_ears(room.ears(most_bytes=40_000)).chat()
        assert told in chat.send(chat.note(content, seconds=seconds))
        assert room.speech.notes == []

    def test_has_no_words(self, room, chat):
        room.speech.will("  ")
        assert "no words" in chat.send(chat.note(NOTE))

    def test_holds_a_card_number(self, room, chat):
        room.speech.will("my card is 4111 1111 1111 1111")
        reply = chat.send(chat.note(NOTE))
        assert "card number" in reply
        assert "4111" not in reply

    @pytest.mark.parametrize(
        ("answers", "asked", "told"),
        [
            ((Hears(status=401, body="{}"),), 1, "written down just now"),
            ((Hears(status=400, body="{}"),), 1, "can't read that recording"),
            ((Hears(body="<html>"),), 1, "written down just now"),
            ((Hears(status=500, body="{}"), Hears("balance")), 2, "Chase Checking"),
            ((Hears("balance", stall=2.0),), 1, "written down just now"),
        ],
    )
    def test_meets_a_service_that_fails(self, room, answers, asked, told):
        wait = 0.5 if answers[0].stall else 4.0
        chat = room.with_ears(room.ears(wait_seconds=wait)).chat()
        room.speech.will(*answers)
        assert told in chat.send(chat.note(NOTE))
        assert len(room.speech.notes) == asked

    def test_leaves_the_service_alone_after_it_hung(self, room):
        chat = room.with_ears(room.ears(wait_seconds=0.4)).chat()
        room.speech.will(Hears("balance", stall=1.0))
        for _ in range(3):
            assert "written down just now" in chat.send(chat.note(NOTE))
        assert len(room.speech.notes) == 1


class TestTheDemo:
    def test_hears_demo_notes_and_says_that_it_is_one(self, room):
        chat = room.with_ears(Ears(SimulatedSpeech())).chat()
        reply = chat.send(chat.note(demo_note("lunch 12.50")))
        assert reply.startswith('I heard (demo): "lunch 12.50"')
        assert "$12.50" in reply


class TestOnOtherChannels:
    @pytest.mark.parametrize("profile", [Profile.SMS, Profile.TELEGRAM, Profile.WHATSAPP])
    def test_is_shown_and_answered(self, room, profile):
        chat = room.chat(profile=profile)
        room.speech.will("coffee 4")
        reply = chat.send(chat.note(NOTE))
        assert reply.startswith('I heard: "coffee 4"')
        assert "$4.00" in reply


class TestTheWebPage:
    def test_takes_recordings_and_photos_and_the_server_knows_them_for_what_they_are(self):
        page = files(bot).joinpath("web", "index.html").read_text(encoding="utf-8")
        assert "audio/*" in page
        assert "image/jpeg" in page
        kinds = {
            "note.ogg": InboundKind.VOICE,
            "recording.webm": InboundKind.VOICE,
            "receipt.JPG": InboundKind.PICTURE,
            "IMG_0001.HEIC": InboundKind.PICTURE,
            "statement.csv": InboundKind.FILE,
        }
        for name, kind in kinds.items():
            file = InboundFile("upload/x", name, media_type(name))
            said = Said("1", "", Profile.WEB, file)
            message = _inbound(Address(ChannelName.WEB, "a" * 32), said)
            assert message.kind is kind, name
