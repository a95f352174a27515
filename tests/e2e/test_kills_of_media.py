"""kill -9 while a recording is written down: it goes out once, and is carried out once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.connect.objects import FolderObjectStore
from core.connect.simulated_speech import demo_note
from core.failpoints import Point
from core.messaging.address import Address
from core.messaging.inbound import InboundFile, InboundKind, InboundMessage
from tests.e2e.killing import KILLED, Stage, at_each, dying, open_stage
from tests.e2e.one_process import clear_up, live, run
from tests.fakes.speech_stand_in import SpeechStandIn

pytestmark = [pytest.mark.slow, pytest.mark.chaos]

_KEY = "upload/note/note.ogg"
_MADE_BY_HAND = "SELECT COUNT(*) FROM journal_entries WHERE source = 'manual'"
# How often the service hears of the note. Who died with it in hand may or may not have sent it:
# it is not sent again, and the user is told.
_HEARD = {Point.MEDIA_ASKED: 0, Point.MEDIA_ANSWERED: 1, Point.T3_PLANNED: 1, Point.T4_WRITTEN: 1}


@pytest.fixture
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    yield from open_stage(request, tmp_path)


@pytest.fixture
def speech() -> Iterator[SpeechStandIn]:
    with SpeechStandIn() as stand_in:
        stand_in.will("coffee 4")
        yield stand_in


class TestAProcessKilledWhileItHearsANote:
    @at_each(_HEARD)
    def test_hears_it_once_and_carries_it_out_once(self, stage, point, speech):
        content = demo_note("-")
        FolderObjectStore(stage.life.folder).put(_KEY, content)
        note = InboundMessage(
            provider_event_id="e1",
            address=Address.parse(stage.address),
            kind=InboundKind.VOICE,
            files=(InboundFile(_KEY, "note.ogg", "audio/ogg", len(content)),),
        )
        stage.life = replace(stage.life, voice_url=speech.base_url)
        before = stage.rows(_MADE_BY_HAND)[0][0]
        assert run(live, dying(stage.life, point), [note]) == KILLED
        assert run(clear_up, stage.life, [note]) == 0
        stage.check()
        assert len(speech.notes) == _HEARD[point]
        booked = stage.rows(_MADE_BY_HAND)[0][0] - before
        (told,) = stage.bubbles()
        if point is Point.MEDIA_ASKED:
            assert (booked, "never send a recording out twice" in told) == (0, True)
        else:
            assert (booked, told.startswith('I heard: "coffee 4"')) == (1, True)
