"""Every kind of Twilio form becomes a neutral record or a polite no."""

from __future__ import annotations

import pytest

from bot.channels.inbound import Unreadable
from bot.channels.sms import parse_sms
from bot.channels.twilio_form import Form, parse_status
from bot.channels.twilio_tables import ERRORS, STATUSES, reason_of
from bot.channels.whatsapp import parse_whatsapp
from core.messaging.address import Address
from core.messaging.channel import (
    Ambiguous,
    Misconfigured,
    OptedOut,
    Reason,
    RecipientGone,
    Rejected,
    Remedy,
    RetryLater,
    send_error,
)
from core.messaging.delivery import DeliveryState
from core.messaging.inbound import Ignored, InboundKind, InboundMessage, StatusUpdate
from core.messaging.opt_out import Keyword
from tests.fakes.payloads import twilio_body


def parsed(name: str) -> InboundMessage:
    read = parse_sms if name.startswith("sms") else parse_whatsapp
    item = read(Form.read(twilio_body(name)), "")
    assert isinstance(item, InboundMessage), item
    return item


class TestForm:
    def test_keeps_blank_and_repeated_fields(self):
        form = Form.read(b"a=&b=1&b=2&c=%F0%9F%98%80")
        assert list(form) == ["a", "b", "c"]
        assert form.getlist("b") == ["1", "2"]
        assert (form.get("a"), form.get("c")) == ("", "😀")

    def test_refuses_absurdly_many_fields(self):
        with pytest.raises(Unreadable):
            Form.read(b"&".join(b"a=1" for _ in range(501)))

    @pytest.mark.parametrize("value", ["", "x", "²", "9" * 5000, "-1", "1.5"])
    def test_reads_no_number_where_there_is_none(self, value):
        assert Form([("n", value)]).number("n") is None


@pytest.mark.parametrize("read", [parse_sms, parse_whatsapp])
def test_reads_a_contact_card_as_one(read):
    scheme = "" if read is parse_sms else "whatsapp:"
    pairs = [("MessageSid", "SM1"), ("From", f"{scheme}+15550100"), ("NumMedia", "1")]
    media = [("MediaUrl0", "https://api.twilio.com/1"), ("MediaContentType0", "text/vcard")]
    item = read(Form([*pairs, *media]), "")
    assert isinstance(item, InboundMessage)
    assert (item.kind, item.text) == (InboundKind.CONTACT, "")


class TestSms:
    def test_reads_a_text(self):
        message = parsed("sms_text")
        assert (message.kind, message.text) == (InboundKind.TEXT, "coffee 4")
        assert message.address == Address.parse("sms:+15550100")
        assert message.provider_event_id == "SM" + "1".rjust(32, "0")
        assert message.keyword is None

    def test_reads_any_alphabet(self):
        assert parsed("sms_unicode").text == "gasté 5 € en café ☕ & más"

    @pytest.mark.parametrize(
        ("name", "keyword"),
        [
            ("sms_stop", Keyword.STOP),
            ("sms_advanced_stop", Keyword.STOP),
            ("sms_yes", Keyword.START),
            ("sms_approve", None),
        ],
    )
    def test_tells_what_the_carrier_did_about_it(self, name, keyword):
        assert parsed(name).keyword is keyword

    def test_reads_a_picture_without_words(self):
        message = parsed("sms_picture")
        assert (message.kind, message.text) == (InboundKind.PICTURE, "")
        assert message.files[0].name == "file-1.jpg"

    def test_answers_short_codes_but_no_names(self):
        assert parsed("sms_short_code").address == Address.parse("sms:72345")
        form = Form.read(twilio_body("sms_from_a_name"))
        assert parse_sms(form, "") == Ignored("nobody_to_answer")

    def test_does_not_take_a_whatsapp_message_for_a_text(self):
        form = Form.read(twilio_body("whatsapp_text"))
        assert isinstance(parse_sms(form, ""), Ignored)

    def test_ignores_a_form_without_an_id(self):
        assert isinstance(parse_sms(Form([("From", "+15550100")]), ""), Ignored)

    def test_reads_no_more_files_than_it_should(self):
        pairs = [("MessageSid", "SM1"), ("From", "+15550100"), ("NumMedia", "99")]
        pairs += [(f"MediaUrl{n}", f"https://api.twilio.com/{n}") for n in range(99)]
        message = parse_sms(Form(pairs), "")
        assert isinstance(message, InboundMessage)
        assert len(message.files) == 10


class TestWhatsApp:
    def test_reads_a_text(self):
        message = parsed("whatsapp_text")
        assert message.text == "¿cuánto gasté en comida?"
        assert message.address == Address.parse("whatsapp:+15550100")
        assert message.display_name == "Alice"

    @pytest.mark.parametrize(
        ("name", "payload"),
        [("whatsapp_button", "ap:Zm9vYmFyYmF6cXV4MTIzNA"), ("whatsapp_list", "ch:2")],
    )
    def test_knows_a_press_by_its_payload_and_never_by_its_label(self, name, payload):
        message = parsed(name)
        assert (message.kind, message.button, message.text) == (InboundKind.BUTTON, payload, "")

    def test_knows_which_prompt_was_pressed(self):
        assert parsed("whatsapp_button").reply_to == "SM" + "c" * 32

    @pytest.mark.parametrize("name", ["whatsapp_forwarded", "whatsapp_often_forwarded"])
    def test_marks_what_was_forwarded(self, name):
        assert parsed(name).forwarded

    def test_takes_a_business_scoped_id_as_it_is(self):
        message = parsed("whatsapp_username")
        assert message.address.path == "US.13491208655302741918"
        assert message.also_known_as is None

    def test_remembers_both_ids_of_one_person(self):
        message = parsed("whatsapp_both_ids")
        assert message.also_known_as == Address.parse("whatsapp:US.13491208655302741918")

    @pytest.mark.parametrize(
        ("name", "kind", "media_type"),
        [
            ("whatsapp_voice", InboundKind.VOICE, "audio/ogg"),
            ("whatsapp_document", InboundKind.FILE, "application/pdf"),
        ],
    )
    def test_reads_files(self, name, kind, media_type):
        message = parsed(name)
        assert (message.kind, message.files[0].media_type) == (kind, media_type)

    def test_keeps_a_location_as_something_not_answered(self):
        assert parsed("whatsapp_location").kind is InboundKind.IGNORED

    def test_leaves_a_bare_stop_to_the_conversation_unless_twilio_acted_on_it(self):
        assert parsed("whatsapp_stop").keyword is None
        assert parsed("whatsapp_advanced_stop").keyword is Keyword.STOP


class TestStatus:
    def form(self, status: str, **more: str) -> Form:
        return Form([("MessageSid", "SM1"), ("MessageStatus", status), *more.items()])

    @pytest.mark.parametrize(("word", "state"), STATUSES.items())
    def test_maps_every_word(self, word, state):
        update = parse_status(self.form(word), "key=out_1")
        assert isinstance(update, StatusUpdate)
        assert (update.status, update.delivery_key) == (state, "out_1")

    def test_says_why_it_failed(self):
        update = parse_status(self.form("undelivered", ErrorCode="63016"), "")
        assert update == StatusUpdate(
            "SM1", None, DeliveryState.FAILED, "63016", Reason.OUTSIDE_WINDOW
        )

    @pytest.mark.parametrize(
        ("receiver", "channel"), [("+15550100", "sms"), ("whatsapp:+15550100", "whatsapp")]
    )
    def test_knows_the_channel(self, receiver, channel):
        update = parse_status(self.form("sent", To=receiver), "")
        assert isinstance(update, StatusUpdate)
        assert update.channel == channel

    def test_reads_the_key_as_it_was_written(self):
        update = parse_status(self.form("sent"), "key=a%2Fb%3Dc&x=1")
        assert isinstance(update, StatusUpdate)
        assert update.delivery_key == "a/b=c"

    @pytest.mark.parametrize("word", ["received", "receiving", "", "dancing"])
    def test_ignores_words_that_are_no_status_of_a_delivery(self, word):
        assert isinstance(parse_status(self.form(word), "key=1"), Ignored)


class TestErrorTable:
    """The rows of the error table, by what is done about each."""

    @pytest.mark.parametrize(
        ("code", "family", "remedy"),
        [
            (20003, Misconfigured, Remedy.LATER),
            (20429, RetryLater, Remedy.LATER),
            (21211, RecipientGone, Remedy.OTHER_CHANNEL),
            (21614, RecipientGone, Remedy.OTHER_CHANNEL),
            (30005, RecipientGone, Remedy.OTHER_CHANNEL),
            (30006, RecipientGone, Remedy.OTHER_CHANNEL),
            (21610, OptedOut, Remedy.NONE),
            (21408, Rejected, Remedy.OTHER_CHANNEL),
            (21612, Rejected, Remedy.OTHER_CHANNEL),
            (21611, RetryLater, Remedy.LATER),
            (30001, RetryLater, Remedy.LATER),
            (30036, Rejected, Remedy.NONE),
            (21617, Rejected, Remedy.SHORTER),
            (30003, RetryLater, Remedy.LATER),
            (30004, Rejected, Remedy.NONE),
            (30007, Rejected, Remedy.NONE),
            (30008, Rejected, Remedy.NONE),
            (30034, Rejected, Remedy.NONE),
            (63016, Rejected, Remedy.TEMPLATE),
            (63018, RetryLater, Remedy.LATER),
            (63019, Rejected, Remedy.LINK),
            (63021, Rejected, Remedy.LINK),
            (63013, Rejected, Remedy.LINK),
            (63003, RecipientGone, Remedy.OTHER_CHANNEL),
            (63024, RecipientGone, Remedy.OTHER_CHANNEL),
            (60202, RetryLater, Remedy.LATER),
            (60203, RetryLater, Remedy.LATER),
        ],
    )
    def test_each_row_says_what_to_do(self, code, family, remedy):
        error = send_error(reason_of(code))
        assert isinstance(error, family)
        assert error.remedy is remedy

    @pytest.mark.parametrize("code", [20003, 21408, 21612, 30004, 30007, 30008, 30034, 21617])
    def test_some_rows_want_a_person_to_look(self, code):
        assert send_error(reason_of(code)).operator

    @pytest.mark.parametrize("code", [21211, 21610, 30003, 63016, 20429])
    def test_most_rows_do_not(self, code):
        assert not send_error(reason_of(code)).operator

    @pytest.mark.parametrize("status", [500, 502, 503])
    def test_from_500_on_nobody_knows(self, status):
        assert isinstance(send_error(reason_of(20500, status)), Ambiguous)
        assert all(reason_of(code, status) is Reason.SERVER_ERROR for code in ERRORS)

    def test_an_unknown_code_is_judged_by_its_status(self):
        assert reason_of(99999, 429) is Reason.RATE_LIMITED
        assert reason_of(None, 401) is Reason.CREDENTIALS
        assert reason_of(99999, 400) is Reason.REFUSED
