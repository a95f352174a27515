"""An e-mail address, from the first word in a chat to the end of its letters."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any
from urllib.request import Request, urlopen

import pytest

from core.connect.mail_text import read_bounce
from core.facts import Answer, money, span
from core.messaging.outbound import Attachment, AttachmentKind, MessageClass
from core.money import Money
from core.period import Grain, period_of
from core.store.file_store import FileKind, StoredFile
from tests.e2e.stage import Stage, open_stage, wait_until
from tests.integration.test_channels_email import BOUNCE
from workers.compose import Notice, enqueue_notice

pytestmark = pytest.mark.slow

ADDRESS = "ana@example.com"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with open_stage(tmp_path_factory.mktemp("mail")) as opened:
        yield opened


def letters(stage: Stage) -> list[EmailMessage]:
    """Return every letter that was written, oldest first."""
    files = stage.app.settings.mail.folder.glob("*.eml")
    found = [(path.stat().st_mtime_ns, path.read_bytes()) for path in files]
    return [_read(content) for _, content in sorted(found)]


def _read(content: bytes) -> EmailMessage:
    letter: Any = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(letter, EmailMessage)
    return letter


def text_of(letter: EmailMessage) -> str:
    body = letter.get_body()
    assert body is not None
    return str(body.get_content())


def newest(stage: Stage, count: int) -> EmailMessage:
    wait_until(lambda: len(letters(stage)) >= count)
    return letters(stage)[-1]


def added(stage: Stage, chat: Any, other: Any, address: str) -> str:
    """Ask for letters to an address, approve it twice, and return the code of the letter."""
    before = len(letters(stage))
    (asked,) = chat.say(f"my e-mail is {address}")
    assert address in asked
    code = re.search(r"APPROVE (\w{4})", asked)
    assert code, asked
    chat.say(f"APPROVE {code[1]}")
    assert len(letters(stage)) == before, "a letter went out before the second yes"
    other.say(f"CONFIRM {code[1]}")
    letter = newest(stage, before + 1)
    assert letter["To"] == address
    assert letter["Subject"] == "A security notice for your account"
    found = re.search(r"CODE (\d{6})", text_of(letter))
    assert found
    wait_until(lambda: chat.heard()[-1].startswith(f"I sent a code to {address[0]}***@"))
    return found[1]


def report(stage: Stage, user: Any, key: str) -> None:
    """Send a report, as the monthly job does."""
    app = stage.app
    now = app.clock.now()
    app.objects.put(f"reports/{key}.pdf", b"%PDF-1.7 a report")
    month = period_of(Grain.MONTH, now.date(), user.preferences.calendar)
    facts = (span("period", month), money("spent", Money.of("12", "USD")))
    file = StoredFile(
        f"reports/{key}.pdf", user.id, FileKind.REPORT, "spending.pdf", "application/pdf", 17, now
    )
    notice = Notice(
        user_id=user.id,
        answer=Answer("report.caption", (*facts, money("saved", Money.of("3", "USD")))),
        message_class=MessageClass.REPORT,
        dedupe_key=key,
        attachments=(Attachment(AttachmentKind.PDF, file.name, file.key, file.media_type),),
    )
    with app.database.work() as uow:
        uow.files.add(file)
        enqueue_notice(app.jobs, uow, notice)
        uow.commit()
    app.bells.ring_all()
    stage.settle()


class TestTheWholeWay:
    def test_from_the_first_word_to_a_report_and_the_end(self, stage):
        user = stage.person()
        chat, other = stage.telegram_chat(user), stage.whatsapp_chat(user)
        chat.say("help")
        other.say("help")
        code = added(stage, chat, other, ADDRESS)
        warning = "Somebody asked to send letters"
        wait_until(lambda: any(warning in text for text in other.heard()))
        wrong = "000000" if code != "000000" else "111111"
        assert "not the code. 4 tries left" in chat.say(f"code {wrong}")[0]
        assert "go to a***@example.com too" in chat.say(f"code {code}")[0]
        assert "No code waits" in chat.say(f"code {code}")[0]

        report(stage, user, "report-1")
        letter = newest(stage, 2)
        assert letter["Subject"] == "Your money report"
        assert "$12.00" in text_of(letter)
        assert "$" not in letter["Subject"]
        (file,) = letter.iter_attachments()
        assert (file.get_filename(), file.get_content()) == ("spending.pdf", b"%PDF-1.7 a report")
        in_chats = [call for call in chat.calls() if call.method == "sendDocument"]
        in_chats += [sent for sent in other.sent() if "MediaUrl" in sent.fields]
        assert len(in_chats) == 1, "a chat has it too"

        link = letter["List-Unsubscribe"].strip("<>").removeprefix("https://money.example")
        assert b"Should no more letters come" in stage.get(link)
        assert not self.opted_out(stage)
        press = Request(stage.url + link, b"List-Unsubscribe=One-Click", method="POST")
        with urlopen(press, timeout=20) as answer:
            assert b"no more letters come" in answer.read()
        assert self.opted_out(stage)
        count = len(letters(stage))
        report(stage, user, "report-2")
        assert len(letters(stage)) == count
        assert stage.get(link[:-2] + "xx") == b""

    def opted_out(self, stage: Stage) -> bool:
        return bool(stage.value("SELECT COUNT(*) FROM opt_outs WHERE channel = 'email'"))

    def test_a_bounce_ends_letters_and_says_nothing_twice(self, stage):
        user = stage.person()
        chat, other = stage.telegram_chat(user), stage.whatsapp_chat(user)
        chat.say("help")
        other.say("help")
        code = added(stage, chat, other, "gone@example.com")
        chat.say(f"code {code}")
        count = len(letters(stage))
        report(stage, user, "report-3")
        letter = newest(stage, count + 1)
        key = letter["Message-ID"].strip("<>").partition("@")[0]
        raw = BOUNCE.replace("out_01abc", key).format(
            action="failed", status="5.1.1", quoted="message/rfc822", body=""
        )
        told = read_bounce(raw.encode())
        assert told is not None
        heard = len(chat.heard()) + len(other.heard())
        stage.app.record_status(told)
        stage.settle()
        state = "SELECT state FROM channel_bindings WHERE channel = 'email' AND user_id = :user"
        assert stage.value(state, user=user.id) == "unreachable"
        said = [*chat.heard(), *other.heard()]
        assert len(said) == heard + 1, "a chat has the report already, and hears of the address"
        assert [text for text in said if "Letters to g***@example.com come back" in text]
        stage.app.record_status(told)
        stage.settle()
        assert len(chat.heard()) + len(other.heard()) == heard + 1
        report(stage, user, "report-4")
        assert len(letters(stage)) == count + 1

    def test_a_removed_address_comes_back_with_undo(self, stage):
        user = stage.person()
        chat, other = stage.telegram_chat(user), stage.whatsapp_chat(user)
        chat.say("help")
        other.say("help")
        chat.say(f"code {added(stage, chat, other, 'kim@example.com')}")
        bound = "SELECT state FROM channel_bindings WHERE channel = 'email' AND user_id = :user"
        latest = f"{bound} ORDER BY linked_at DESC, id DESC"
        assert "No more letters go to k***@example.com" in chat.say("stop my e-mail")[0]
        assert stage.value(latest, user=user.id) == "revoked"
        assert "letters go to k***@example.com again" in chat.say("undo")[0]
        assert stage.value(latest, user=user.id) == "active"

    def test_another_persons_address_gets_no_letter_of_ours(self, stage):
        user, thief = stage.person(), stage.person()
        chat, other = stage.telegram_chat(user), stage.whatsapp_chat(user)
        chat.say("help")
        other.say("help")
        chat.say(f"code {added(stage, chat, other, 'lee@example.com')}")
        count = len(letters(stage))
        theirs, second = stage.telegram_chat(thief), stage.whatsapp_chat(thief)
        theirs.say("help")
        second.say("help")
        (asked,) = theirs.say("my e-mail is lee@example.com")
        code = re.search(r"APPROVE (\w{4})", asked)
        assert code
        theirs.say(f"APPROVE {code[1]}")
        second.say(f"CONFIRM {code[1]}")
        stage.settle()
        assert len(letters(stage)) == count

    def test_a_code_goes_nowhere_else_when_its_letter_comes_back(self, stage):
        user = stage.person()
        chat, other = stage.telegram_chat(user), stage.whatsapp_chat(user)
        chat.say("help")
        other.say("help")
        code = added(stage, chat, other, "nobody@example.com")
        key = letters(stage)[-1]["Message-ID"].strip("<>").partition("@")[0]
        raw = BOUNCE.replace("out_01abc", key).format(
            action="failed", status="5.1.1", quoted="message/rfc822", body=""
        )
        told = read_bounce(raw.encode())
        assert told is not None
        stage.app.record_status(told)
        stage.settle()
        assert stage.value("SELECT state FROM outbox WHERE id = :id", id=key) == "failed"
        assert not [text for text in (*chat.heard(), *other.heard()) if code in text]

    def test_asks_for_what_is_missing(self, stage):
        chat = stage.telegram_chat(stage.person())
        assert chat.say("add my email") == ["Which e-mail address?"]
        assert "pia@example.com" in chat.say("pia@example.com")[0]
        assert chat.say("confirm my email") == ["What are the six digits from the letter?"]
        assert "no code waits" in chat.say("123456")[0].lower()
        assert "No e-mail address" in chat.say("stop my e-mail")[0]
