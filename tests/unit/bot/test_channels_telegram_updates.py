"""Every kind of update becomes a neutral record or a polite no."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.inbound import BadSignature, RawRequest, Unreadable
from bot.channels.telegram_updates import SECRET_HEADER, TelegramWebhook, parse_update
from core.messaging.address import Address
from core.messaging.inbound import Ignored, InboundKind, InboundMessage, Membership
from tests.fakes.payloads import all_names, telegram_update

ALICE = Address.parse("telegram:700100200")
SECRET = "a-Secret_1"


def parsed(name: str) -> InboundMessage:
    item = parse_update(telegram_update(name))
    assert isinstance(item, InboundMessage), item
    return item


class TestParseUpdate:
    def test_reads_a_text(self):
        message = parsed("text")
        assert (message.kind, message.text, message.address) == (InboundKind.TEXT, "food?", ALICE)
        assert message.provider_event_id == str(telegram_update("text")["update_id"])
        assert message.sent_at == datetime.fromtimestamp(1795168800, UTC)
        assert message.display_name == "Alice Stone"
        assert message.language == "en"
        assert not message.forwarded

    def test_reads_a_command_without_the_name_of_the_bot(self):
        message = parsed("command")
        assert (message.kind, message.text) == (InboundKind.COMMAND, "/start 3kQ9_link")

    def test_knows_which_message_was_answered(self):
        assert parsed("reply").reply_to == "700100200:40"

    def test_reads_a_press_by_its_opaque_id(self):
        message = parsed("button")
        assert (message.kind, message.text) == (InboundKind.BUTTON, "")
        assert message.button == "ap:Zm9vYmFyYmF6cXV4MTIzNA"
        assert message.reply_to == "700100200:40"

    def test_reads_the_largest_photo_with_its_caption(self):
        message = parsed("photo")
        assert (message.kind, message.text) == (InboundKind.PICTURE, "receipt")
        assert [(file.ref, file.size) for file in message.files] == [("large", 150000)]

    def test_reads_a_voice_note(self):
        message = parsed("voice")
        assert message.kind is InboundKind.VOICE
        assert message.files[0].media_type == "audio/ogg"

    def test_reads_a_document_with_its_name(self):
        message = parsed("document")
        assert message.kind is InboundKind.FILE
        assert (message.files[0].name, message.files[0].size) == ("statement-2026-10.csv", 20480)

    def test_reads_the_senders_own_phone_number(self):
        message = parsed("own_contact")
        assert (message.kind, message.text) == (InboundKind.CONTACT, "+15550100")

    def test_takes_no_number_from_the_card_of_somebody_else(self):
        message = parsed("foreign_contact")
        assert (message.kind, message.text) == (InboundKind.CONTACT, "")

    @pytest.mark.parametrize("name", ["forwarded", "via_bot", "forwarded_command"])
    def test_marks_what_somebody_else_wrote_and_never_takes_it_for_a_command(self, name):
        message = parsed(name)
        assert (message.forwarded, message.kind) == (True, InboundKind.TEXT)

    def test_learns_of_a_block_and_of_its_end(self):
        assert parsed("blocked").membership is Membership.BLOCKED
        assert parsed("unblocked").membership is Membership.REACHABLE
        assert parsed("blocked").kind is InboundKind.MEMBERSHIP

    def test_keeps_a_sticker_as_something_not_answered(self):
        assert parsed("sticker").kind is InboundKind.IGNORED

    @pytest.mark.parametrize(
        ("name", "reason"),
        [
            ("edited", "edited"),
            ("group", "group_chat"),
            ("button_in_group", "group_chat"),
            ("button_of_another", "not_for_you"),
            ("without_sender", "no_sender"),
            ("channel_post", "unknown_update"),
            ("unknown_kind", "unknown_update"),
            ("pinned", "service_message"),
        ],
    )
    def test_ignores_what_is_not_for_it(self, name, reason):
        assert parse_update(telegram_update(name)) == Ignored(reason)

    @pytest.mark.parametrize(
        "update",
        [
            {},
            {"update_id": "7", "message": {}},
            {"update_id": True, "message": {}},
            {"update_id": 1, "message": None},
            {"update_id": 1, "message": []},
            {"update_id": 1, "message": {"from": {"id": "x"}, "chat": 5}},
            {"update_id": 1, "callback_query": {"id": "1"}},
        ],
    )
    def test_ignores_broken_updates(self, update):
        assert isinstance(parse_update(update), Ignored)

    @given(st.data())
    def test_never_fails_whatever_a_field_holds(self, data):
        update = telegram_update(data.draw(st.sampled_from(all_names("telegram"))))
        part = update[next(name for name in update if name != "update_id")]
        name = data.draw(st.sampled_from(sorted(part)))
        part[name] = data.draw(
            st.none() | st.booleans() | st.integers() | st.text() | st.just([]) | st.just({})
        )
        assert isinstance(parse_update(update), InboundMessage | Ignored)


class TestTelegramWebhook:
    def request(self, body: bytes, secret: str | None = SECRET) -> RawRequest:
        headers = {} if secret is None else {SECRET_HEADER: secret}
        return RawRequest("/hooks/telegram", headers, body)

    @pytest.mark.parametrize(
        "secret", [None, "", "a-Secret_2", "a-Secret_", "a-secret_1", "ä", "\udcff", "💥"]
    )
    def test_refuses_a_wrong_or_absent_secret(self, secret):
        with pytest.raises(BadSignature):
            TelegramWebhook(SECRET).parse(self.request(b"{}", secret))

    def test_refuses_everything_when_no_secret_is_configured(self):
        with pytest.raises(BadSignature):
            TelegramWebhook("").parse(self.request(b"{}", ""))

    @pytest.mark.parametrize(
        "body", [b"", b"not json", b"[]", b'"x"', b"\xff\xfe", b"[" * 100_000, b"1" * 5000]
    )
    def test_refuses_a_body_that_is_no_update(self, body):
        with pytest.raises(Unreadable):
            TelegramWebhook(SECRET).parse(self.request(body))

    def test_answers_a_press_once_it_is_stored_even_one_that_is_ignored(self):
        pressed: list[str] = []
        webhook = TelegramWebhook(SECRET, pressed.append)
        for name in ("button", "button_of_another"):
            body = json.dumps(telegram_update(name)).encode()
            result = webhook.parse(self.request(body))
            assert result.acknowledge is not None
            result.acknowledge()
        assert pressed == ["4382bfdwdsb323b2d9", "4382bfdwdsb323b2da"]

    def test_has_nothing_to_acknowledge_for_a_text(self):
        body = json.dumps(telegram_update("text")).encode()
        assert TelegramWebhook(SECRET, print).parse(self.request(body)).acknowledge is None
