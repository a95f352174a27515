"""What arrives by itself: a budget's warning, the daily line, the monthly report as a PDF."""

from __future__ import annotations

import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.messaging.address import ChannelName
from core.users.user import User
from tests.e2e.stage import Stage, open_stage
from workers.inline import run_once

# Two days before the end of the month: the report of November comes on 1 December at 8.
NIGHT = datetime(2026, 11, 28, 23, 0, tzinfo=UTC)


@pytest.fixture
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with open_stage(tmp_path_factory.mktemp("proactive"), at=NIGHT, workers=False) as opened:
        yield opened


def go_to(stage: Stage, moment: datetime) -> None:
    stage.clock.advance(moment - stage.clock.now())


def beat(stage: Stage, times: int = 1) -> None:
    """Let ``times`` workers run every job, all at once, as many processes would.

    Then one of them sends what the others have made since it looked.
    """
    crew = [threading.Thread(target=run_once, args=(stage.app.jobs,)) for _ in range(times)]
    for worker in crew:
        worker.start()
    for worker in crew:
        worker.join(60)
    stage.settle()


class TestABudgetsWarning:
    def test_comes_once_by_itself_when_spending_crosses_the_mark(self, stage):
        alice = stage.person()
        chat = stage.telegram_chat(alice)
        chat.say("set a food budget of 100 a month")
        chat.say("groceries 60")
        beat(stage)
        before = len(chat.heard())
        told = chat.say("groceries 25")
        beat(stage, 5)
        beat(stage)
        alerts = [text for text in (*told, *chat.heard()[before:]) if is_warning(text)]
        assert len(set(alerts)) == 1, chat.heard()
        assert len([text for text in chat.heard() if is_warning(text)]) == 1
        assert alerts[0].startswith("85% of your Food budget is used: $15.00 left of $100.00")
        chat.say("tea 1")
        beat(stage, 2)
        assert len([text for text in chat.heard() if is_warning(text)]) == 1
        chat.say("groceries 20")
        beat(stage, 2)
        assert len([text for text in chat.heard() if is_warning(text)]) == 2


def is_warning(text: str) -> bool:
    """Tell an alert from the answers around it, which end with UNDO."""
    return "of $100.00" in text and "UNDO" not in text


class TestTheDailyLine:
    def test_comes_at_the_users_own_hour_once_however_many_beat(self, stage):
        people = {
            zone: stage.telegram_chat(stage.person(zone=zone, recap_day=None))
            for zone in ("America/New_York", "Asia/Kolkata")
        }
        hours = {
            "America/New_York": datetime(2026, 11, 29, 13, tzinfo=UTC),
            "Asia/Kolkata": datetime(2026, 11, 29, 2, 30, tzinfo=UTC),
        }
        for chat in people.values():
            chat.say("coffee 4")
            chat.say("lunch 12.50")
        heard = {zone: len(chat.heard()) for zone, chat in people.items()}
        for zone in ("Asia/Kolkata", "America/New_York"):
            chat = people[zone]
            go_to(stage, hours[zone] - timedelta(seconds=1))
            beat(stage, 2)
            assert len(chat.heard()) == heard[zone]
            go_to(stage, hours[zone])
            assert len(chat.heard()) == heard[zone], "nobody beats, nothing comes"
            beat(stage, 5)
            beat(stage, 1)
            assert len(chat.heard()) == heard[zone] + 1
        assert "$16.50" in people["America/New_York"].heard()[-1]
        go_to(stage, hours["America/New_York"] + timedelta(days=1))
        beat(stage, 5)
        assert len(people["America/New_York"].heard()) == heard["America/New_York"] + 2
        assert len(people["Asia/Kolkata"].heard()) == heard["Asia/Kolkata"] + 1, "ten hours late"


class TestTheMonthlyReport:
    def test_comes_on_its_day_with_the_figures_the_chat_gives(self, stage):
        maya = stage.app.demo.load("maya")
        chat = stage.telegram_chat(maya)
        go_to(stage, datetime(2026, 12, 1, 6, 59, tzinfo=UTC))
        beat(stage)
        assert not documents(chat)
        go_to(stage, datetime(2026, 12, 1, 7, 0, tzinfo=UTC))
        beat(stage, 5)
        beat(stage)
        (document,) = documents(chat)
        name, size = document.files["document"]
        assert name == "spending-2026-11.pdf"
        caption = document.fields["caption"]
        (spent,) = figures(caption)[:1]
        assert spent in chat.say("how much did I spend last month")[0]
        content = self.the_file(stage, maya)
        assert len(content) == size
        self.look_inside(content, spent, chat, stage)

    def the_file(self, stage: Stage, user: User) -> bytes:
        key = stage.value("SELECT key FROM files WHERE user_id = :user", user=user.id)
        return stage.app.objects.get(key)

    def look_inside(self, content: bytes, spent: str, chat: Any, stage: Stage) -> None:
        assert content.startswith(b"%PDF-")
        if shutil.which("pdftotext") is None:
            pytest.skip("the text of a PDF is read by pdftotext, which is not installed")
        read = subprocess.run(
            ["pdftotext", "-layout", "-", "-"], input=content, capture_output=True, check=True
        )
        text = read.stdout.decode()
        assert spent in text
        (answer,) = chat.say("spending by category last month")
        # On paper other currencies stand as they are; the chat alone also values them.
        told = figures(answer.partition("With other currencies")[0])
        assert len(told) >= 5
        missing = [figure for figure in told if figure not in text]
        assert not missing, (answer, text)


def documents(chat: Any) -> list[Any]:
    return [call for call in chat.calls() if call.method == "sendDocument"]


def figures(text: str) -> list[str]:
    return re.findall(r"\$[\d,]+\.\d\d", text)


class TestOnTwilio:
    def test_a_report_comes_as_a_link_that_opens_as_it_was_signed(self, stage):
        maya = stage.app.demo.load("maya")
        chat = stage.sms_chat(maya)
        go_to(stage, datetime(2026, 12, 1, 7, 0, tzinfo=UTC))
        beat(stage, 2)
        (link,) = re.findall(r"https://money\.example(\S+)", "\n".join(chat.heard()))
        assert chat.channel is ChannelName.SMS
        assert stage.get(link)[0:5] == b"%PDF-"
        _files, token, name = link.strip("/").split("/")
        assert stage.get(f"/files/{token[:-2]}xx/{name}") == b""
