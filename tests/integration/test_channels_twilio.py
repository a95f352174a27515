"""The real Twilio library against the stand-in: sending, failing, looking up, fetching."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.channels.sms import SmsChannel
from bot.channels.twilio_client import TwilioAccount, TwilioMessages
from bot.channels.twilio_media import TwilioMedia
from bot.channels.twilio_send import TwilioSender
from bot.channels.whatsapp import WhatsAppChannel
from core.connect.breaker import Breaker, resting_among
from core.messaging.address import Address
from core.messaging.channel import (
    Ambiguous,
    FileTooLarge,
    FileUnavailable,
    Misconfigured,
    OptedOut,
    Reason,
    RecipientGone,
    Rejected,
    RetryLater,
    SendError,
)
from core.messaging.delivery import DeliveryState
from core.messaging.outbound import Attachment, AttachmentKind, Choice, OutboundMessage
from tests.fakes.twilio_stand_in import ACCOUNT_SID, AUTH_TOKEN, Fault, TwilioStandIn

ALICE = Address.parse("sms:+15550100")
ALICE_WHATSAPP = Address.parse("whatsapp:+15550100")
STATUS_URL = "https://money.example/hooks/twilio/status"
PDF = Attachment(AttachmentKind.PDF, "spending-2026-11.pdf", "pdf", "application/pdf")
PNG = Attachment(AttachmentKind.IMAGE, "spending.png", "png", "image/png")


def _nobodys(_sid: str) -> bool:
    return False


def sign_link(file: Attachment) -> str:
    return f"https://money.example/f/s1gned/{file.name}"


@pytest.fixture
def twilio() -> Iterator[TwilioStandIn]:
    with TwilioStandIn() as stand_in:
        yield stand_in
        assert not stand_in.complaints, "the official description refuses what we sent"


@pytest.fixture
def account(twilio: TwilioStandIn) -> TwilioAccount:
    return TwilioAccount(ACCOUNT_SID, (AUTH_TOKEN, "next-token"), twilio.base_url)


@pytest.fixture
def messages(account: TwilioAccount) -> Iterator[TwilioMessages]:
    messages = TwilioMessages(account, timeouts=(2.0, 0.5))
    yield messages
    messages.close()


@pytest.fixture
def sms(messages: TwilioMessages) -> SmsChannel:
    return SmsChannel(messages, TwilioSender("+15550199", STATUS_URL), sign_link=sign_link)


@pytest.fixture
def whatsapp(messages: TwilioMessages) -> WhatsAppChannel:
    sender = TwilioSender("whatsapp:+15550199", STATUS_URL)
    return WhatsAppChannel(messages, sender, sign_link=sign_link)


class TestSms:
    def test_sends_text_with_our_key_in_the_address_it_calls_back(self, twilio, sms):
        receipt = sms.send(OutboundMessage("Food $12.00"), ALICE, key="out/1 &")
        (sent,) = twilio.journal
        assert receipt.provider_message_ids == (sent.sid,)
        assert receipt.status is DeliveryState.ACCEPTED
        assert sent.fields == {
            "To": ["+15550100"],
            "From": ["+15550199"],
            "Body": ["Food $12.00"],
            "StatusCallback": [f"{STATUS_URL}?key=out%2F1%20%26"],
        }

    def test_sends_through_a_messaging_service(self, twilio, messages):
        service = "MG" + "1a" * 16
        channel = SmsChannel(messages, TwilioSender(service, STATUS_URL), sign_link=sign_link)
        assert channel.send(OutboundMessage("Hi"), ALICE, key="k").status is DeliveryState.ACCEPTED
        (sent,) = twilio.journal
        assert sent.get("MessagingServiceSid") == service
        assert "From" not in sent.fields

    def test_calls_nobody_back_where_we_have_no_address(self, twilio, messages):
        channel = SmsChannel(messages, TwilioSender("+15550199", ""), sign_link=sign_link)
        channel.send(OutboundMessage("Hi"), ALICE, key="k")
        assert "StatusCallback" not in twilio.journal[0].fields

    def test_does_not_let_an_approval_arrive_after_its_end(self, twilio, sms):
        for seconds in (600, 1, 10**6):
            sms.send(OutboundMessage("Approve?", valid_seconds=seconds), ALICE, key="k")
        assert [sent.get("ValidityPeriod") for sent in twilio.journal] == ["600", "5", "36000"]

    def test_writes_choices_as_numbers_and_files_as_links(self, twilio, sms):
        choices = (Choice("Gym", "gym", "ch:1"), Choice("Rent", "rent", "ch:2"))
        sms.send(OutboundMessage("Which one?", choices, (PDF,)), ALICE, key="k")
        assert twilio.journal[0].get("Body") == (
            "Which one?\n1) Gym\n2) Rent\nhttps://money.example/f/s1gned/spending-2026-11.pdf"
        )

    def test_cuts_what_twilio_would_refuse_as_too_long(self, twilio, sms):
        receipt = sms.send(OutboundMessage("word " * 500), ALICE, key="k")
        assert len(receipt.provider_message_ids) == len(twilio.journal) == 2

    def test_goes_on_after_the_parts_that_went_out(self, twilio, sms):
        text = "word " * 500
        twilio.fail_next(None, Fault.TOO_MANY)
        with pytest.raises(RetryLater) as caught:
            sms.send(OutboundMessage(text), ALICE, key="k")
        assert caught.value.accepted == (twilio.journal[0].sid,)
        sms.send(OutboundMessage(text, parts_sent=1), ALICE, key="k")
        assert len(twilio.journal) == 2
        assert "".join(sent.get("Body") for sent in twilio.journal).count("word") == 500

    def test_has_nothing_left_to_do_when_all_parts_went_out(self, twilio, sms):
        receipt = sms.send(OutboundMessage("Hi", parts_sent=1), ALICE, key="k")
        assert (receipt.provider_message_ids, twilio.journal) == ((), [])

    def test_refuses_to_send_nothing(self, sms):
        with pytest.raises(Rejected):
            sms.send(OutboundMessage(""), ALICE, key="k")


class TestWhatsApp:
    @pytest.mark.parametrize("path", ["+15550100", "US.13491208655302741918"])
    def test_sends_to_a_number_or_a_business_scoped_id(self, twilio, whatsapp, path):
        whatsapp.send(OutboundMessage("Hi"), Address.parse(f"whatsapp:{path}"), key="k")
        (sent,) = twilio.journal
        assert (sent.get("To"), sent.get("From")) == (f"whatsapp:{path}", "whatsapp:+15550199")

    def test_sends_words_first_and_then_the_report_by_its_link(self, twilio, whatsapp):
        whatsapp.send(OutboundMessage("Total 12.00", attachments=(PDF,)), ALICE_WHATSAPP, key="k")
        words, file = twilio.journal
        assert (words.get("Body"), "MediaUrl" in words.fields) == ("Total 12.00", False)
        assert file.get("MediaUrl").endswith("/spending-2026-11.pdf")
        assert "Body" not in file.fields

    def test_sends_a_chart_under_its_caption(self, twilio, whatsapp):
        whatsapp.send(OutboundMessage("Total 12.00", attachments=(PNG,)), ALICE_WHATSAPP, key="k")
        (sent,) = twilio.journal
        assert (sent.get("Body"), sent.get("MediaUrl")) == ("Total 12.00", sign_link(PNG))

    def test_never_numbers_an_approval(self, twilio, whatsapp):
        choices = (Choice("Approve", "APPROVE K7QM", "ap:1"),)
        whatsapp.send(OutboundMessage("APPROVE K7QM to go on", choices), ALICE_WHATSAPP, key="k")
        assert twilio.journal[0].get("Body") == "APPROVE K7QM to go on"


class TestFailures:
    @pytest.mark.parametrize(
        ("fault", "family", "reason"),
        [
            (Fault.TOO_MANY, RetryLater, Reason.RATE_LIMITED),
            (Fault.ERROR_AFTER_ACCEPT, Ambiguous, Reason.SERVER_ERROR),
            (Fault.STALL_AFTER_ACCEPT, Ambiguous, Reason.TIMED_OUT),
            (Fault.RESET_AFTER_ACCEPT, Ambiguous, Reason.CONNECTION_LOST),
            (Fault.MALFORMED_AFTER_ACCEPT, Ambiguous, Reason.MALFORMED_ANSWER),
            (21211, RecipientGone, Reason.BAD_ADDRESS),
            (21610, OptedOut, Reason.OPTED_OUT),
            (21617, Rejected, Reason.TOO_LONG),
            (63016, Rejected, Reason.OUTSIDE_WINDOW),
            (63041, Rejected, Reason.TEMPLATE_HELD),
            (21408, Rejected, Reason.ROUTE_CLOSED),
        ],
    )
    def test_each_answer_has_its_meaning_and_is_never_retried_here(
        self, twilio, sms, fault, family, reason
    ):
        twilio.fail_next(fault)
        with pytest.raises(SendError) as caught:
            sms.send(OutboundMessage("Hi"), ALICE, key="k")
        assert isinstance(caught.value, family)
        assert caught.value.reason is reason
        assert twilio.requests == 1
        assert len(twilio.journal) == int(family is Ambiguous)

    @pytest.mark.parametrize(
        ("number", "code"), [("+15005550001", "21211"), ("+15005550004", "21610")]
    )
    def test_knows_the_test_numbers(self, sms, number, code):
        with pytest.raises(SendError) as caught:
            sms.send(OutboundMessage("Hi"), Address.parse(f"sms:{number}"), key="k")
        assert caught.value.code == code

    @pytest.mark.parametrize(
        ("told", "wait"), [("7", 7.0), (None, None), ("soon", None), ("9" * 9, 3600.0)]
    )
    def test_waits_as_long_as_it_was_told(self, twilio, sms, told, wait):
        twilio.retry_after = told
        twilio.fail_next(Fault.TOO_MANY)
        with pytest.raises(RetryLater) as caught:
            sms.send(OutboundMessage("Hi"), ALICE, key="k")
        assert caught.value.after_seconds == wait

    def test_a_refused_password_is_for_the_operator(self, twilio):
        account = TwilioAccount(ACCOUNT_SID, ("wrong",), twilio.base_url)
        messages = TwilioMessages(account)
        channel = SmsChannel(messages, TwilioSender("+15550199", ""), sign_link=sign_link)
        with pytest.raises(Misconfigured) as caught:
            channel.send(OutboundMessage("Hi"), ALICE, key="k")
        messages.close()
        assert caught.value.operator

    def test_knows_that_nothing_went_out_when_nobody_listens(self):
        messages = TwilioMessages(TwilioAccount(ACCOUNT_SID, ("t",), "http://127.0.0.1:9"))
        channel = SmsChannel(messages, TwilioSender("+15550199", ""), sign_link=sign_link)
        with pytest.raises(RetryLater) as caught:
            channel.send(OutboundMessage("Hi"), ALICE, key="k")
        messages.close()
        assert caught.value.reason is Reason.NOT_CONNECTED

    def test_leaves_alone_for_a_while_who_was_not_there_five_times(self, twilio):
        seconds = [0.0]
        breaker = Breaker(failures=5, rest_seconds=15, ticks=lambda: seconds[0])
        away = TwilioAccount(ACCOUNT_SID, ("t",), "http://127.0.0.1:9")
        messages = TwilioMessages(away, breaker=breaker)
        channel = SmsChannel(messages, TwilioSender("+15550199", ""), sign_link=sign_link)

        def code() -> str:
            with pytest.raises(RetryLater) as caught:
                channel.send(OutboundMessage("Hi"), ALICE, key="k")
            assert caught.value.reason is Reason.NOT_CONNECTED
            return caught.value.code

        assert [code() for _ in range(6)] == ["", "", "", "", "", "left_alone"]
        assert resting_among((messages,)) == {"twiliomessages": True}
        seconds[0] = 15.0
        assert [code() for _ in range(2)] == ["", "left_alone"]  # one look, and alone again
        messages.close()

    def test_a_message_that_failed_at_once_says_so(self, twilio, sms):
        twilio.first_status = "failed"
        with pytest.raises(Rejected):
            sms.send(OutboundMessage("Hi"), ALICE, key="k")

    def test_an_answer_with_an_unknown_status_is_unknown(self, twilio, sms):
        twilio.first_status = "dancing"
        with pytest.raises(Ambiguous):
            sms.send(OutboundMessage("Hi"), ALICE, key="k")

    def test_says_nothing_of_numbers_or_words(self, twilio, sms, caplog):
        twilio.fail_next(Fault.ERROR_AFTER_ACCEPT, 21211)
        with caplog.at_level(logging.DEBUG, logger=""):
            for _ in range(2):
                with pytest.raises(SendError) as caught:
                    sms.send(OutboundMessage("my secret"), ALICE, key="k")
                assert "5550100" not in str(caught.value)
            sms.send(OutboundMessage("my secret"), ALICE, key="k")
            sms.look_up(OutboundMessage("my secret"), ALICE, is_taken=_nobodys)
        assert "5550100" not in caplog.text
        assert "my secret" not in caplog.text
        assert AUTH_TOKEN not in caplog.text


class TestLookUp:
    def test_finds_a_message_whose_answer_was_lost(self, twilio, sms):
        twilio.fail_next(Fault.RESET_AFTER_ACCEPT)
        with pytest.raises(Ambiguous):
            sms.send(OutboundMessage("Bill due Thursday"), ALICE, key="k")
        found = sms.look_up(OutboundMessage("Bill due Thursday"), ALICE, is_taken=_nobodys)
        assert found is not None
        assert found.is_whole
        assert found.receipt.provider_message_ids == (twilio.journal[0].sid,)

    def test_does_not_take_the_same_words_of_another_message_for_it(self, twilio, sms):
        bill = OutboundMessage("Bill due Thursday")
        sms.send(bill, ALICE, key="the first one")
        known = {twilio.journal[0].sid}
        assert sms.look_up(bill, ALICE, is_taken=known.__contains__) is None
        twilio.fail_next(Fault.RESET_AFTER_ACCEPT)
        with pytest.raises(Ambiguous):
            sms.send(bill, ALICE, key="the second one")
        found = sms.look_up(bill, ALICE, is_taken=known.__contains__)
        assert found is not None
        assert found.receipt.provider_message_ids == (twilio.journal[1].sid,)

    def test_tells_which_parts_of_a_long_message_arrived(self, twilio, whatsapp):
        long = OutboundMessage("Your month in figures. " * 100, attachments=(PDF,))
        twilio.fail_next(None, Fault.STALL_AFTER_ACCEPT)
        with pytest.raises(Ambiguous) as lost:
            whatsapp.send(long, ALICE_WHATSAPP, key="k")
        assert lost.value.accepted == (twilio.journal[0].sid,)
        behind = replace(long, parts_sent=1)
        known = {twilio.journal[0].sid}
        found = whatsapp.look_up(behind, ALICE_WHATSAPP, is_taken=known.__contains__)
        assert found is not None
        assert not found.is_whole  # the words are there, the file is not
        assert found.receipt.provider_message_ids == (twilio.journal[1].sid,)
        whatsapp.send(replace(long, parts_sent=2), ALICE_WHATSAPP, key="k")
        whole = whatsapp.look_up(behind, ALICE_WHATSAPP, is_taken=known.__contains__)
        assert whole is not None
        assert whole.is_whole

    def test_finds_nothing_that_was_never_taken(self, twilio, sms, whatsapp):
        sms.send(OutboundMessage("Other words"), ALICE, key="k")
        bill, other = OutboundMessage("Bill due Thursday"), OutboundMessage("Other words")
        assert sms.look_up(bill, ALICE, is_taken=_nobodys) is None
        assert whatsapp.look_up(other, ALICE_WHATSAPP, is_taken=_nobodys) is None


class TestMedia:
    @pytest.fixture
    def media(self, account: TwilioAccount) -> Iterator[TwilioMedia]:
        media = TwilioMedia(account)
        yield media
        media.close()

    @pytest.fixture
    def url(self, twilio: TwilioStandIn) -> str:
        twilio.media["/media/receipt"] = (b"x" * 1000, "image/jpeg")
        return f"{twilio.base_url}/media/receipt"

    def test_fetches_with_the_accounts_password(self, media, url):
        assert media.fetch(url, max_bytes=1000) == b"x" * 1000

    def test_stops_at_the_limit(self, media, url):
        with pytest.raises(FileTooLarge):
            media.fetch(url, max_bytes=999)

    def test_follows_a_redirect_on_an_allowed_host(self, twilio, media, url):
        twilio.redirects["/media/moved"] = "/media/receipt"
        assert media.fetch(f"{twilio.base_url}/media/moved", max_bytes=1000)

    def test_does_not_follow_redirects_for_ever(self, twilio, media):
        twilio.redirects["/media/loop"] = "/media/loop"
        with pytest.raises(FileUnavailable):
            media.fetch(f"{twilio.base_url}/media/loop", max_bytes=10)
        assert len(twilio.media_logins) == 4

    @pytest.mark.parametrize(
        "url",
        [
            "http://169.254.169.254/latest/meta-data",
            "https://evil.example/x",
            "https://twilio.com.evil.example/x",
            "https://api.twilio.com:8443/x",
            "https://api.twilio.com@evil.example/x",
            "http://api.twilio.com/x",
            "file:///etc/passwd",
            "//api.twilio.com/x",
            "https://[::1",
            "",
        ],
    )
    def test_never_goes_anywhere_else(self, media, url):
        with pytest.raises(FileUnavailable):
            media.fetch(url, max_bytes=10)

    def test_is_not_led_elsewhere_by_a_redirect(self, twilio, media):
        twilio.redirects["/media/out"] = "http://127.0.0.1:9/secret"
        with pytest.raises(FileUnavailable):
            media.fetch(f"{twilio.base_url}/media/out", max_bytes=10)

    def test_says_when_a_file_is_gone(self, twilio, media):
        with pytest.raises(FileUnavailable):
            media.fetch(f"{twilio.base_url}/media/nothing", max_bytes=10)
