"""The real Telegram library against the stand-in: sending, changing, fetching, failing."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator

import pytest

from bot.channels.inbound import Parsed, receive
from bot.channels.telegram import TelegramBot, TelegramChannel
from bot.channels.telegram_files import TelegramFiles
from bot.channels.telegram_poll import Poller
from core.messaging.address import Address
from core.messaging.channel import (
    Ambiguous,
    FileTooLarge,
    FileUnavailable,
    Misconfigured,
    Reason,
    RecipientGone,
    Rejected,
    Remedy,
    RetryLater,
    SendError,
)
from core.messaging.delivery import DeliveryState
from core.messaging.inbound import Accepted, InboundMessage
from core.messaging.outbound import Attachment, AttachmentKind, Choice, OutboundMessage
from tests.fakes.payloads import telegram_update
from tests.fakes.telegram_stand_in import TOKEN, Refusal, TelegramStandIn

pytestmark = pytest.mark.slow

ALICE = Address.parse("telegram:700100200")
CHAT = 700100200
PDF = Attachment(AttachmentKind.PDF, "spending-2026-11.pdf", "pdf", "application/pdf")
PNG = Attachment(AttachmentKind.IMAGE, "spending.png", "png", "image/png")
CONTENT = {"pdf": b"%PDF-1.7 a report", "png": b"\x89PNG a chart"}
ANSWERS = (Choice("Approve", "APPROVE K7QM", "ap:abc"), Choice("Decline", "DECLINE K7QM", "no:abc"))


@pytest.fixture
def telegram() -> Iterator[TelegramStandIn]:
    with TelegramStandIn() as stand_in:
        yield stand_in


@pytest.fixture
def bot(telegram: TelegramStandIn) -> Iterator[TelegramBot]:
    bot = TelegramBot(TOKEN, base_url=telegram.base_url, read_seconds=1.0)
    yield bot
    bot.close()


@pytest.fixture
def channel(bot: TelegramBot) -> TelegramChannel:
    return TelegramChannel(bot, load_file=lambda file: CONTENT[file.object_key])


def send(channel: TelegramChannel, text: str = "Hi", **more: object) -> tuple[str, ...]:
    message = OutboundMessage(text, **more)  # type: ignore[arg-type]
    return channel.send(message, ALICE, key="out_1").provider_message_ids


class TestSend:
    def test_sends_escaped_text_with_buttons_and_no_preview(self, telegram, channel):
        receipt = channel.send(OutboundMessage("Tom & <Jerry>", ANSWERS), ALICE, key="out_1")
        (call,) = telegram.made("sendMessage")
        assert receipt.provider_message_ids == (f"{CHAT}:1",)
        assert receipt.status is DeliveryState.ACCEPTED
        assert call.fields["text"] == "Tom &amp; &lt;Jerry&gt;"
        assert call.fields["parse_mode"] == "HTML"
        assert call.fields["link_preview_options"] == {"is_disabled": True}
        assert call.fields["reply_markup"] == {
            "inline_keyboard": [
                [
                    {"text": "Approve", "callback_data": "ap:abc"},
                    {"text": "Decline", "callback_data": "no:abc"},
                ]
            ]
        }

    @pytest.mark.parametrize(
        "text", ["Ann<3", "a < b > c & d", '"<b>"', "</i>", "&lt;", "😀" * 3000]
    )
    def test_no_text_breaks_the_markup_or_the_limit(self, telegram, channel, text):
        send(channel, text)
        assert telegram.made("sendMessage")

    def test_sends_a_chart_as_a_photo_with_its_caption(self, telegram, channel):
        send(channel, "Total & more", attachments=(PNG,))
        (call,) = telegram.made("sendPhoto")
        assert call.files == {"photo": ("spending.png", len(CONTENT["png"]))}
        assert call.fields["caption"] == "Total &amp; more"

    def test_sends_a_report_as_a_document_with_its_name(self, telegram, channel):
        send(channel, "", attachments=(PDF,))
        (call,) = telegram.made("sendDocument")
        assert call.files == {"document": ("spending-2026-11.pdf", len(CONTENT["pdf"]))}

    def test_goes_on_after_the_parts_that_went_out(self, telegram, channel):
        telegram.refuse_next("sendDocument", Refusal("Too Many Requests", 429, {"retry_after": 3}))
        message = OutboundMessage("Two files", attachments=(PNG, PDF))
        with pytest.raises(RetryLater) as caught:
            channel.send(message, ALICE, key="out_1")
        assert len(caught.value.accepted) == 2
        again = OutboundMessage("Two files", attachments=(PNG, PDF), parts_sent=2)
        assert len(channel.send(again, ALICE, key="out_1").provider_message_ids) == 1
        assert len(telegram.made("sendMessage")) == len(telegram.made("sendPhoto")) == 1

    def test_shows_typing_without_waiting(self, telegram, channel):
        channel.typing(ALICE)
        until(lambda: telegram.made("sendChatAction"))
        assert telegram.made("sendChatAction")[0].fields["action"] == "typing"

    def test_answers_a_press_and_does_not_mind_being_late(self, telegram, channel):
        telegram.refuse_next("answerCallbackQuery", Refusal("Bad Request: query is too old"))
        channel.answer_press("press-1")
        channel.answer_press("press-2")
        until(lambda: len(telegram.made("answerCallbackQuery")) == 2)

    def test_many_threads_share_one_bot(self, telegram, channel):
        threads = [threading.Thread(target=send, args=(channel,)) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        assert len(telegram.made("sendMessage")) == 20


class TestFailures:
    """The table of bad cases: what comes back, and what it is to us."""

    @pytest.mark.parametrize(
        ("refusal", "family", "reason"),
        [
            (Refusal("Forbidden: bot was blocked by the user", 403), RecipientGone, Reason.BLOCKED),
            (Refusal("Forbidden: user is deactivated", 403), RecipientGone, Reason.BLOCKED),
            (Refusal("Bad Request: chat not found"), RecipientGone, Reason.BLOCKED),
            (
                Refusal("Too Many Requests: retry after 17", 429, {"retry_after": 17}),
                RetryLater,
                Reason.RATE_LIMITED,
            ),
            (Refusal("Bad Request: message is too long"), Rejected, Reason.TOO_LONG),
            (Refusal("Bad Request: something new"), Rejected, Reason.REFUSED),
            (Refusal("Unauthorized", 401), Misconfigured, Reason.CREDENTIALS),
            (Refusal("Not Found", 404), Misconfigured, Reason.CREDENTIALS),
            (Refusal("Internal Server Error", 500), Ambiguous, Reason.SERVER_ERROR),
            (Refusal("", 502, html=True), Ambiguous, Reason.SERVER_ERROR),
            (Refusal("", 200, html=True), Ambiguous, Reason.MALFORMED_ANSWER),
            (Refusal("Conflict: other", 409), Misconfigured, Reason.SENDER),
            (
                Refusal("group upgraded", 400, {"migrate_to_chat_id": -5}),
                RecipientGone,
                Reason.BLOCKED,
            ),
        ],
    )
    def test_each_answer_has_its_meaning(self, telegram, channel, refusal, family, reason):
        telegram.refuse_next("sendMessage", refusal)
        with pytest.raises(SendError) as caught:
            send(channel)
        assert isinstance(caught.value, family)
        assert caught.value.reason is reason
        assert len(telegram.made("sendMessage")) == 1

    def test_slows_down_as_long_as_it_was_told(self, telegram, channel):
        telegram.refuse_next("sendMessage", Refusal("slow", 429, {"retry_after": 17}))
        with pytest.raises(RetryLater) as caught:
            send(channel)
        assert caught.value.after_seconds == 17

    def test_sends_once_more_as_plain_text_when_the_markup_is_not_understood(
        self, telegram, channel, caplog
    ):
        refusal = Refusal("Bad Request: can't parse entities: Unsupported start tag")
        telegram.refuse_next("sendMessage", refusal)
        send(channel, "Tom & <Jerry>", choices=ANSWERS)
        first, second = telegram.made("sendMessage")
        assert second.fields["text"] == "Tom & <Jerry>"
        assert "parse_mode" not in second.fields
        assert second.fields["reply_markup"] == first.fields["reply_markup"]
        assert "Jerry" not in caplog.text

    def test_sends_plain_text_only_once(self, telegram, channel):
        refusal = Refusal("Bad Request: can't parse entities")
        telegram.refuse_next("sendMessage", refusal, refusal)
        with pytest.raises(Rejected):
            send(channel)
        assert len(telegram.made("sendMessage")) == 2

    @pytest.mark.parametrize("result", [{}, True, [], {"message_id": "x", "date": 1}])
    def test_a_success_that_holds_no_message_may_be_sent(self, telegram, channel, result):
        telegram.answer_next("sendMessage", result)
        with pytest.raises(Ambiguous) as caught:
            send(channel)
        assert caught.value.reason is Reason.MALFORMED_ANSWER

    def test_a_file_that_is_missing_or_too_large_did_not_go_out(self, telegram, bot):
        def missing(_file: Attachment) -> bytes:
            raise FileNotFoundError

        for load_file in (missing, lambda _file: bytes(50 * 1024 * 1024 + 1)):
            with pytest.raises(Rejected) as caught:
                send(TelegramChannel(bot, load_file=load_file), attachments=(PDF,))
            assert caught.value.remedy is Remedy.LINK
        assert not telegram.calls

    def test_does_not_know_what_became_of_an_unanswered_message(self, telegram, channel):
        telegram.stall("sendMessage")
        with pytest.raises(Ambiguous) as caught:
            send(channel)
        assert caught.value.reason is Reason.TIMED_OUT

    def test_knows_that_nothing_went_out_when_nobody_listens(self):
        bot = TelegramBot(TOKEN, base_url="http://127.0.0.1:9", read_seconds=1.0)
        try:
            channel = TelegramChannel(bot, load_file=lambda _file: b"")
            with pytest.raises(RetryLater) as caught:
                send(channel)
        finally:
            bot.close()
        assert caught.value.reason is Reason.NOT_CONNECTED

    def test_refuses_to_send_nothing(self, channel):
        with pytest.raises(Rejected):
            send(channel, " ")


class TestFinish:
    def test_puts_the_decision_in_the_prompts_place_and_takes_the_buttons_away(
        self, telegram, channel
    ):
        prompt = send(channel, "Approve?", choices=ANSWERS)
        receipt = channel.finish(ALICE, prompt, "✅ Approved 14:02")
        (call,) = telegram.made("editMessageText")
        assert receipt.provider_message_ids == prompt
        assert call.fields["text"] == "✅ Approved 14:02"
        assert "reply_markup" not in call.fields

    def test_takes_a_prompt_that_says_so_already_as_done(self, telegram, channel):
        telegram.refuse_next("editMessageText", Refusal("Bad Request: message is not modified: x"))
        assert channel.finish(ALICE, (f"{CHAT}:5",), "Done").provider_message_ids == (f"{CHAT}:5",)
        assert not telegram.made("sendMessage")

    @pytest.mark.parametrize(
        "words", ["message to edit not found", "message can't be edited", "MESSAGE_ID_INVALID"]
    )
    def test_sends_the_decision_anew_when_the_prompt_is_gone(self, telegram, channel, words):
        telegram.refuse_next("editMessageText", Refusal(f"Bad Request: {words}"))
        channel.finish(ALICE, (f"{CHAT}:5",), "Done & closed")
        (call,) = telegram.made("sendMessage")
        assert call.fields["text"] == "Done &amp; closed"

    def test_never_touches_a_message_of_another_chat(self, telegram, channel):
        channel.finish(ALICE, ("5:5",), "Done")
        assert not telegram.made("editMessageText")

    def test_passes_other_failures_on(self, telegram, channel):
        telegram.refuse_next("editMessageText", Refusal("Forbidden: bot was blocked", 403))
        with pytest.raises(RecipientGone):
            channel.finish(ALICE, (f"{CHAT}:5",), "Done")


class TestRemovingAMessage:
    def test_takes_it_out_of_its_chat(self, telegram, channel):
        telegram.answer_next("deleteMessage", True)
        number = int(send(channel, "Hi")[0].partition(":")[2])
        channel.remove(ALICE, f"{CHAT}:{number}")
        (call,) = telegram.made("deleteMessage")
        assert int(call.fields["message_id"]) == number

    def test_never_touches_a_message_of_another_chat(self, telegram, channel):
        with pytest.raises(SendError):
            channel.remove(ALICE, "5:5")
        assert not telegram.made("deleteMessage")

    def test_says_when_it_cannot(self, telegram, channel):
        telegram.refuse_next("deleteMessage", Refusal("Bad Request: message can't be deleted"))
        with pytest.raises(SendError):
            channel.remove(ALICE, f"{CHAT}:5")


class TestFiles:
    @pytest.fixture
    def ref(self, telegram: TelegramStandIn) -> str:
        telegram.assets["receipt"] = {"data": b"x" * 1000, "size": 1000, "filename": "r.jpg"}
        return "receipt"

    def test_fetches_what_a_user_sent(self, bot, ref):
        assert TelegramFiles(bot).fetch(ref, max_bytes=1000) == b"x" * 1000

    def test_refuses_what_is_too_large(self, telegram, bot, ref):
        with pytest.raises(FileTooLarge):
            TelegramFiles(bot).fetch(ref, max_bytes=999)
        telegram.refuse_next("getFile", Refusal("Bad Request: file is too big"))
        with pytest.raises(FileTooLarge):
            TelegramFiles(bot).fetch(ref, max_bytes=9999)

    def test_says_when_a_file_is_gone(self, bot):
        with pytest.raises(FileUnavailable):
            TelegramFiles(bot).fetch("nothing", max_bytes=10)


class TestSetUp:
    def test_names_the_address_the_secret_and_the_kinds_of_update(self, telegram, bot):
        url = "https://money.example/hooks/telegram"
        bot.set_up(webhook_url=url, secret="s3-cret", commands={"help": "What I can do"})
        (call,) = telegram.made("setWebhook")
        assert call.fields == {
            "url": url,
            "secret_token": "s3-cret",
            "allowed_updates": ["message", "edited_message", "callback_query", "my_chat_member"],
        }
        (commands,) = telegram.made("setMyCommands")
        assert commands.fields["commands"] == [{"command": "help", "description": "What I can do"}]

    def test_shows_the_commands_in_the_language_of_the_app(self, telegram, bot):
        told = {"es": {"help": "Lo que sé hacer"}}
        bot.set_up(webhook_url="", secret="", commands={"help": "Help"}, translated=told)
        usual, spanish = telegram.made("setMyCommands")
        assert "language_code" not in usual.fields
        assert spanish.fields["language_code"] == "es"
        assert spanish.fields["commands"][0]["description"] == "Lo que sé hacer"

    def test_removes_the_webhook_for_polling(self, telegram, bot):
        bot.set_up(webhook_url="", secret="", commands={})
        assert telegram.made("deleteWebhook")


class TestPolling:
    def test_takes_updates_in_order_and_confirms_them(self, telegram, bot):
        seen: list[InboundMessage] = []
        stop = threading.Event()
        for text in ("one", "two", "three"):
            update = telegram_update("text")
            del update["update_id"]
            telegram.push({**update, "message": {**update["message"], "text": text}})

        def accept(message: InboundMessage) -> Accepted:
            seen.append(message)
            return Accepted(message.provider_event_id)

        def handle(parsed: Parsed) -> None:
            receive(parsed, accept, lambda _update: None)

        def pause(seconds: float) -> bool:
            return len(telegram.made("getUpdates")) >= 2 or stop.wait(seconds)

        def fetch(offset: int | None) -> object:
            return bot.fetch_updates(offset, wait_seconds=0)

        Poller(fetch, handle, pause=pause).run()  # type: ignore[arg-type]
        assert [message.text for message in seen] == ["one", "two", "three"]
        offset = int(telegram.made("getUpdates")[1].fields["offset"])
        assert offset == int(seen[-1].provider_event_id) + 1

    def test_is_told_when_a_webhook_is_set(self, bot):
        bot.set_up(webhook_url="https://money.example/hooks/telegram", secret="s", commands={})
        with pytest.raises(Misconfigured) as caught:
            bot.fetch_updates(None, wait_seconds=0)
        assert caught.value.code == "409"


class TestSecrets:
    def test_the_token_is_in_no_log_and_no_error(self, telegram, bot, channel, caplog):
        with caplog.at_level(logging.DEBUG, logger=""):
            send(channel)
            telegram.refuse_next("sendMessage", Refusal("Unauthorized", 401))
            telegram.refuse_next("getFile", Refusal("", 200, html=True))
            with pytest.raises(Misconfigured) as caught:
                send(channel)
            with pytest.raises(FileUnavailable):
                TelegramFiles(bot).fetch("x", max_bytes=1)
        assert TOKEN not in caplog.text
        assert TOKEN not in str(caught.value)
        assert "Bad Gateway" not in caplog.text


def until(condition: object, seconds: float = 5.0) -> None:
    """Wait for what happens in another thread."""
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)
