"""Letters: as they go over the wire, and what each answer of a mail server means."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.channels.email import EmailChannel
from core.connect.folder_mail import FolderMail
from core.connect.mail_text import read_bounce
from core.connect.smtp_mail import SmtpMail, SmtpServer
from core.messaging.address import Address, ChannelName
from core.messaging.channel import (
    Ambiguous,
    Misconfigured,
    Reason,
    RecipientGone,
    Rejected,
    RetryLater,
    SendError,
)
from core.messaging.delivery import DeliveryState
from core.messaging.outbound import Attachment, AttachmentKind, MessageClass, OutboundMessage
from core.store.conversation_store import Conversation
from core.users.linking import BindingState
from tests.fakes.recording_channel import RecordingChannel
from tests.fakes.smtp_stand_in import BREAK_OFF, PASSWORD, USER, SmtpStandIn
from tests.fakes.world import World, open_world
from workers.deliver import deliver_bulk

ANA = Address.parse("email:ana@example.com")
PDF = Attachment(AttachmentKind.PDF, "spending-2026-11.pdf", "pdf", "application/pdf")
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SENDER = "FinanceMaster <letters@money.example>"
LETTER = OutboundMessage(
    "You spent €12.50.\n.\nEnd.",
    attachments=(PDF,),
    subject="Your money report",
    unsubscribe="https://money.example/mail/end/x",
)


@pytest.fixture
def smtp() -> Iterator[SmtpStandIn]:
    with SmtpStandIn() as stand_in:
        yield stand_in


def channel_of(port: int, **more: Any) -> EmailChannel:
    given = {"security": "none", "username": USER, "password": PASSWORD, **more}
    server = SmtpServer("127.0.0.1", port, sender=SENDER, **given)
    return EmailChannel(SmtpMail(server, lambda: NOW, seconds=5), load_file=lambda _file: b"%PDF-1")


def read(content: bytes) -> Any:
    return email.message_from_bytes(content, policy=email.policy.default)


class TestByBothCarriers:
    @pytest.fixture(params=["smtp", "folder"])
    def sent(self, request, smtp: SmtpStandIn, tmp_path: Path) -> Any:
        """The letter as it arrived, from either carrier."""
        if request.param == "smtp":
            receipt = channel_of(smtp.port).send(LETTER, ANA, key="out_1")
            content = smtp.taken[0].content
        else:
            demo = EmailChannel(
                FolderMail(tmp_path, SENDER, lambda: NOW), load_file=lambda _file: b"%PDF-1"
            )
            assert demo.is_demo
            receipt = demo.send(LETTER, ANA, key="out_1")
            content = (tmp_path / "out_1.eml").read_bytes()
        assert receipt.status is DeliveryState.ACCEPTED
        assert receipt.provider_message_ids == ("<out_1@money.example>",)
        return read(content)

    def test_a_letter_says_what_the_message_says(self, sent):
        assert (sent["To"], sent["From"]) == ("ana@example.com", SENDER)
        assert sent["Subject"] == "Your money report"
        assert sent["Message-ID"] == "<out_1@money.example>"
        body = sent.get_body()
        assert body is not None
        assert body.get_content().replace("\r\n", "\n").strip() == LETTER.text
        (file,) = sent.iter_attachments()
        assert file.get_filename() == "spending-2026-11.pdf"
        assert file.get_content_type() == "application/pdf"
        assert file.get_content() == b"%PDF-1"

    def test_a_letter_can_be_ended_with_one_press(self, sent):
        assert sent["List-Unsubscribe"] == "<https://money.example/mail/end/x>"
        assert sent["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert sent["Auto-Submitted"] == "auto-generated"


class TestSmtp:
    def test_speaks_to_the_server_as_whom_the_settings_say(self, smtp):
        channel_of(smtp.port).send(LETTER, ANA, key="out_1")
        (taken,) = smtp.taken
        assert (taken.sender, taken.to) == ("letters@money.example", "ana@example.com")
        assert smtp.commands == ["EHLO", "AUTH", "MAIL", "RCPT", "DATA", "QUIT"]

    @pytest.mark.parametrize(
        ("verb", "answer", "family", "reason"),
        [
            ("MAIL", "550 5.7.1 not you", Misconfigured, Reason.SENDER),
            ("RCPT", "550 5.1.1 nobody here", RecipientGone, Reason.BAD_ADDRESS),
            ("RCPT", "550 no such user", RecipientGone, Reason.BAD_ADDRESS),
            ("RCPT", "552 5.2.2 full", RetryLater, Reason.UNREACHABLE),
            ("RCPT", "450 4.2.0 greylisted", RetryLater, Reason.QUEUE_FULL),
            ("RCPT", "554 5.7.1 blocked", Rejected, Reason.FILTERED),
            ("RCPT", BREAK_OFF, RetryLater, Reason.NOT_CONNECTED),
            ("DATA", "451 4.3.0 later", RetryLater, Reason.QUEUE_FULL),
            ("TEXT", "554 5.7.1 spam", Rejected, Reason.FILTERED),
            ("TEXT", "552 too much", Rejected, Reason.TOO_LONG),
            ("TEXT", "451 4.3.0 later", RetryLater, Reason.QUEUE_FULL),
            ("TEXT", BREAK_OFF, Ambiguous, Reason.CONNECTION_LOST),
        ],
    )
    def test_each_answer_has_its_meaning(self, smtp, verb, answer, family, reason):
        smtp.answer_next(verb, answer)
        with pytest.raises(SendError) as caught:
            channel_of(smtp.port).send(LETTER, ANA, key="out_1")
        assert isinstance(caught.value, family)
        assert caught.value.reason is reason
        assert len(smtp.taken) == int(family is Ambiguous)

    def test_a_wrong_password_is_for_the_operator(self, smtp):
        with pytest.raises(SendError) as caught:
            channel_of(smtp.port, password="wrong").send(LETTER, ANA, key="out_1")
        assert caught.value.reason is Reason.CREDENTIALS
        assert "wrong" not in str(caught.value)

    @pytest.mark.parametrize("security", ["starttls", "tls"])
    def test_never_does_without_the_security_it_was_told(self, smtp, security):
        with pytest.raises(SendError) as caught:
            channel_of(smtp.port, security=security).send(LETTER, ANA, key="out_1")
        assert caught.value.retryable
        assert "AUTH" not in smtp.commands
        assert not smtp.taken

    def test_knows_that_nothing_went_out_when_nobody_listens(self):
        with pytest.raises(SendError) as caught:
            channel_of(1).send(LETTER, ANA, key="out_1")
        assert caught.value.reason is Reason.NOT_CONNECTED

    def test_a_file_that_is_missing_did_not_go_out(self, smtp):
        def missing(_file: Attachment) -> bytes:
            raise OSError

        server = SmtpServer("127.0.0.1", smtp.port, "none", "", "", SENDER)
        with pytest.raises(SendError) as caught:
            EmailChannel(SmtpMail(server, lambda: NOW), load_file=missing).send(
                LETTER, ANA, key="out_1"
            )
        assert caught.value.reason is Reason.MEDIA_REFUSED
        assert not smtp.commands

    def test_no_line_of_a_subject_becomes_a_header(self, smtp):
        nasty = OutboundMessage("Hi", subject="News\r\nBcc: eve@example.com")
        channel_of(smtp.port).send(nasty, ANA, key="out_1")
        sent = read(smtp.taken[0].content)
        assert sent["Bcc"] is None
        assert sent["Subject"] == "News Bcc: eve@example.com"


BOUNCE = """\
From: MAILER-DAEMON@mx.example
To: letters@money.example
Subject: Undelivered
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

It could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; ana@example.com
Action: {action}
Status: {status}

--b
Content-Type: {quoted}

Message-ID: <out_01abc@money.example>
Subject: Your money report

{body}
--b--
"""


class TestBounces:
    @pytest.mark.parametrize("quoted", ["message/rfc822", "text/rfc822-headers"])
    @pytest.mark.parametrize(
        ("status", "reason"),
        [
            ("5.1.1", Reason.BAD_ADDRESS),
            ("5.2.2", Reason.UNREACHABLE),
            ("5.7.1", Reason.FILTERED),
            ("5.0.0", Reason.REFUSED),
        ],
    )
    def test_tell_which_letter_failed_and_why(self, quoted, status, reason):
        raw = BOUNCE.format(action="failed", status=status, quoted=quoted, body="Hello")
        report = read_bounce(raw.encode())
        assert report is not None
        assert (report.delivery_key, report.status) == ("out_01abc", DeliveryState.FAILED)
        assert report.reason is reason

    def test_tell_of_an_arrival(self):
        raw = BOUNCE.format(action="delivered", status="2.0.0", quoted="message/rfc822", body="")
        report = read_bounce(raw.encode())
        assert report is not None
        assert report.status is DeliveryState.DELIVERED

    @pytest.mark.parametrize(
        "raw",
        [
            b"",
            b"Subject: Out of office\n\nBack on Monday.",
            b"\xff\xfe\x00",
            BOUNCE.format(
                action="delayed", status="4.4.1", quoted="message/rfc822", body=""
            ).encode(),
            BOUNCE.replace("out_01abc", "")
            .format(action="failed", status="5.1.1", quoted="message/rfc822", body="")
            .encode(),
        ],
    )
    def test_say_nothing_when_they_are_none_or_no_end(self, raw):
        assert read_bounce(raw) is None


class TestAnAddressThatIsGone:
    """What a server refuses for good while it is spoken to, which no bounce tells again."""

    @pytest.fixture
    def world(self, smtp: SmtpStandIn) -> World:
        made = open_world("sqlite://")
        made.channels[ChannelName.EMAIL] = channel_of(smtp.port)
        return made

    def send(self, world: World, to: Conversation, number: int) -> str:
        sent = world.queue(to, f"Report {number}", MessageClass.SUMMARY)
        deliver_bulk(world.context)
        return world.state(sent)

    def said_in(self, chat: RecordingChannel) -> list[str]:
        return [sent.message.text for sent in chat.sent if "come back" in sent.message.text]

    @pytest.mark.parametrize("answer", ["550 5.1.1 nobody here", "550 no such user", "553 5.1.3 x"])
    def test_takes_no_more_letters_and_its_user_hears_of_it_once(self, world, smtp, answer):
        chat = world.channel()
        user = world.user()
        world.chat(user.id)
        letters = world.chat(user.id, ANA.show())
        smtp.answer_next("RCPT", answer)
        assert self.send(world, letters, 1) == "failed"
        with world.database.reading() as uow:
            bound = uow.bindings.owner_of(ANA)
        assert bound is not None
        assert bound.state is BindingState.UNREACHABLE
        deliver_bulk(world.context)
        assert self.said_in(chat) == [
            "Letters to a***@example.com come back, so none go there any more; what was in them "
            'comes here. Say "add my e-mail" for one that works.'
        ]
        assert smtp.taken == []
        self.send(world, letters, 2)
        self.send(world, letters, 3)
        deliver_bulk(world.context)
        assert smtp.commands.count("RCPT") == 1
        assert len(self.said_in(chat)) == 1

    @pytest.mark.parametrize("answer", ["450 4.2.0 greylisted", "552 5.2.2 full", "554 5.7.1 spam"])
    def test_is_not_one_that_refuses_this_letter_or_is_full(self, world, smtp, answer):
        chat = world.channel()
        user = world.user()
        world.chat(user.id)
        letters = world.chat(user.id, ANA.show())
        smtp.answer_next("RCPT", answer)
        self.send(world, letters, 1)
        with world.database.reading() as uow:
            bound = uow.bindings.owner_of(ANA)
        assert bound is not None
        assert bound.state is BindingState.ACTIVE
        assert self.said_in(chat) == []
