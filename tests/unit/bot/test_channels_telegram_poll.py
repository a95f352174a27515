"""Long polling: in order, at least once, and honest about a second poller."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from bot.channels.inbound import Parsed
from bot.channels.telegram_poll import PollConflict, Poller
from core.messaging.channel import Reason, SendError, send_error
from core.messaging.inbound import Ignored, InboundMessage
from tests.fakes.payloads import telegram_update


def update(number: int) -> dict[str, Any]:
    return {**telegram_update("text"), "update_id": number}


class Script:
    """Plays answers of Telegram one after the other, and remembers what it was asked."""

    def __init__(self, *answers: Sequence[Mapping[str, Any]] | SendError) -> None:
        self.answers = list(answers)
        self.offsets: list[int | None] = []
        self.pauses: list[float] = []
        self.handled: list[str] = []
        self.failing = 0

    def fetch(self, offset: int | None) -> Sequence[Mapping[str, Any]]:
        self.offsets.append(offset)
        answer = self.answers.pop(0)
        if isinstance(answer, SendError):
            raise answer
        return answer

    def pause(self, seconds: float) -> bool:
        self.pauses.append(seconds)
        return not self.answers

    def handle(self, parsed: Parsed) -> None:
        if self.failing:
            self.failing -= 1
            raise ConnectionError
        (item,) = parsed.items
        if isinstance(item, InboundMessage):
            self.handled.append(item.provider_event_id)
        else:
            assert isinstance(item, Ignored)
        if parsed.acknowledge is not None:
            parsed.acknowledge()

    def run(self, answer_press: Callable[[str], None] | None = None) -> None:
        Poller(self.fetch, self.handle, pause=self.pause, answer_press=answer_press).run()


class TestPoller:
    def test_confirms_what_was_stored_and_nothing_else(self):
        script = Script([update(5), update(6)], [update(7)], [], [])
        script.run()
        assert script.handled == ["5", "6", "7"]
        assert script.offsets == [None, 7, 8, None]

    def test_fetches_again_what_could_not_be_stored(self):
        script = Script([update(5), update(6)], [update(5), update(6)])
        script.failing = 1
        script.run()
        assert script.handled == ["5", "6"]
        assert script.offsets == [None, None]
        assert script.pauses[1] > 0

    def test_confirms_the_stored_head_of_a_batch_that_broke_off(self):
        script = Script([update(5), update(6)], [update(6)])
        handled, script.failing = script.handle, 0

        def fail_second(parsed: Parsed) -> None:
            script.failing = 1 if script.handled == ["5"] and len(script.offsets) == 1 else 0
            handled(parsed)

        Poller(script.fetch, fail_second, pause=script.pause).run()
        assert script.offsets == [None, 6]
        assert script.handled == ["5", "6"]

    def test_confirms_noise_too(self):
        script = Script([{"update_id": 9, "poll": {}}], [])
        script.run()
        assert script.offsets == [None, 10]

    def test_slows_down_while_telegram_is_away_and_recovers(self):
        lost = send_error(Reason.NOT_CONNECTED)
        script = Script(lost, lost, lost, [update(1)], [])
        script.run()
        assert script.pauses == [0.0, 2.0, 4.0, 8.0, 0.0, 0.0]

    def test_says_so_when_somebody_else_takes_the_updates(self):
        conflict = [send_error(Reason.SENDER, code="409") for _ in range(3)]
        with pytest.raises(PollConflict):
            Script(*conflict, []).run()

    def test_bears_a_short_conflict(self):
        conflict = [send_error(Reason.SENDER, code="409") for _ in range(2)]
        script = Script(*conflict, [update(1)], *conflict, [update(2)])
        script.run()
        assert script.handled == ["1", "2"]

    def test_answers_presses(self):
        pressed: list[str] = []
        script = Script([telegram_update("button")])
        script.run(answer_press=pressed.append)
        assert pressed == ["4382bfdwdsb323b2d9"]
