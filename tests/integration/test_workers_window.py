"""WhatsApp's 24 hours, and what a message that cannot go out there becomes instead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from core.messaging.address import Address, ChannelName
from core.messaging.channel import OptedOut, Reason, RecipientGone, Rejected, RetryLater
from core.messaging.delivery import DeliveryState
from core.messaging.inbound import StatusUpdate
from core.messaging.outbound import (
    Attachment,
    AttachmentKind,
    Choice,
    MessageClass,
    OutboundMessage,
)
from core.messaging.outbox import Outgoing
from core.messaging.template import SubmittedTemplate, TemplateState
from core.store.conversation_store import Conversation
from prompts.whatsapp_templates import read_templates
from tests.fakes.recording_channel import RecordingChannel
from tests.fakes.world import World, english, open_world
from workers.deliver import deliver_bulk, deliver_urgent
from workers.reported import take_report

WHATSAPP, SMS, TELEGRAM = "whatsapp:+15550111", "sms:+15550100", "telegram:700"
PDF = Attachment(AttachmentKind.PDF, "spending-2026-11.pdf", "pdf", "application/pdf")
ALERT, REPORT = MessageClass.ALERT, MessageClass.REPORT
DAY = timedelta(hours=24)


@pytest.fixture
def world() -> Iterator[World]:
    made = open_world()
    yield made
    made.database.close()


@pytest.fixture
def whatsapp(world: World) -> RecordingChannel:
    return world.channel(ChannelName.WHATSAPP)


def deliver(world: World) -> None:
    while deliver_urgent(world.context) + deliver_bulk(world.context):
        pass


def approve(world: World, *names: str, state: TemplateState = TemplateState.APPROVED) -> None:
    """Have the provider keep some templates, in the wording of today."""
    with world.database.work() as uow:
        for each in read_templates("en"):
            if each.name in names:
                held = f"HX{each.name}"
                one = SubmittedTemplate(each.name, "en", each.wording, held, state, world.now)
                uow.outbox.templates.keep(one)
        uow.commit()


def queue(world: World, chat: Conversation, text: str, kind: MessageClass, **more: Any) -> str:
    """Put a message with choices or files into the outbox and return its id."""
    outgoing = Outgoing(
        owner=chat.owner,
        conversation_id=chat.id,
        address=chat.address,
        message=OutboundMessage(text, message_class=kind, **more),
        dedupe_key=world.ids.new("key"),
        due_at=world.now,
    )
    with world.database.work() as uow:
        outbox_id = uow.outbox.enqueue(outgoing, now=world.now, ids=world.ids)
        uow.commit()
    assert outbox_id is not None
    return outbox_id


def hear(world: World, chat: Conversation) -> None:
    """Have the user write in a chat."""
    with world.database.work() as uow:
        uow.bindings.heard_from(chat.address, now=world.now)
        uow.outbox.release_waiting(chat.id, now=world.now)
        uow.commit()


def silent(world: World, whatsapp: RecordingChannel) -> Conversation:
    """Return a WhatsApp chat whose user wrote last more than a day ago."""
    del whatsapp
    chat = world.chat(world.user().id, WHATSAPP)
    hear(world, chat)
    world.clock.advance(DAY)
    return chat


class TestInsideTheWindow:
    def test_goes_out_in_its_own_words(self, world, whatsapp):
        chat = world.chat(world.user().id, WHATSAPP)
        hear(world, chat)
        world.clock.advance(timedelta(hours=23, minutes=54))
        approve(world, "alert")
        world.queue(chat, "Food is used up.", ALERT)
        deliver(world)
        (sent,) = whatsapp.sent
        assert (sent.message.text, sent.message.approved) == ("Food is used up.", None)

    def test_has_buttons_when_a_template_has_just_these(self, world, whatsapp):
        approve(world, "decide", state=TemplateState.KEPT)
        chat = world.chat(world.user().id, WHATSAPP)
        choices = (Choice("Approve", "APPROVE K7QM"), Choice("Decline", "DECLINE K7QM"))
        held = queue(world, chat, "Cancel it?", MessageClass.APPROVAL, choices=choices)
        queue(world, chat, "x" * 256, MessageClass.APPROVAL, choices=choices)
        queue(world, chat, "Which?", MessageClass.REPLY, choices=(Choice("Food", "1"),))
        deliver(world)
        asked, long, other = (sent.message.approved for sent in whatsapp.sent)
        assert asked is not None
        assert asked.content_id == "HXdecide"
        assert dict(asked.variables) == {"1": "Cancel it?", "2": f"{held}/0", "3": f"{held}/1"}
        assert long is None
        assert other is None


class TestOutsideTheWindow:
    def test_never_goes_out_in_words_of_our_own(self, world, whatsapp):
        chat = silent(world, whatsapp)
        for kind in (ALERT, MessageClass.SUMMARY, REPORT, MessageClass.SECURITY):
            world.queue(chat, "News.", kind)
        deliver(world)
        assert whatsapp.calls == 0

    def test_is_closed_five_minutes_early(self, world, whatsapp):
        chat = world.chat(world.user().id, WHATSAPP)
        hear(world, chat)
        world.clock.advance(timedelta(hours=23, minutes=55))
        world.queue(chat, "News.", ALERT)
        deliver(world)
        assert whatsapp.calls == 0

    def test_goes_out_in_an_approved_template_that_holds_all_of_it(self, world, whatsapp):
        approve(world, "alert")
        chat = silent(world, whatsapp)
        world.queue(chat, "Food: $380.00 of $400.00\nRent: $900.00", ALERT)
        deliver(world)
        (sent,) = whatsapp.sent
        assert sent.message.approved is not None
        assert sent.message.approved.content_id == "HXalert"
        assert dict(sent.message.approved.variables) == {
            "1": "Food: $380.00 of $400.00. Rent: $900.00."
        }

    @pytest.mark.parametrize(
        "state", [TemplateState.PENDING, TemplateState.REJECTED, TemplateState.PAUSED]
    )
    def test_uses_no_template_that_is_not_approved(self, world, whatsapp, state):
        approve(world, "alert", "waits", state=state)
        outbox_id = world.queue(silent(world, whatsapp), "News.", ALERT)
        deliver(world)
        assert whatsapp.calls == 0
        assert world.state(outbox_id) == "failed"

    def test_uses_no_template_of_another_wording(self, world, whatsapp):
        with world.database.work() as uow:
            old = SubmittedTemplate("alert", "en", "old", "HX1", TemplateState.APPROVED, world.now)
            uow.outbox.templates.keep(old)
            uow.commit()
        world.queue(silent(world, whatsapp), "News.", ALERT)
        deliver(world)
        assert whatsapp.calls == 0

    def test_takes_the_operators_word_for_one(self, world, whatsapp):
        chat = silent(world, whatsapp)
        world.queue(chat, "News.", ALERT)
        context = replace(world.context, content_ids={"alert.en": "HXnamed"})
        deliver_bulk(context)
        (sent,) = whatsapp.sent
        assert sent.message.approved is not None
        assert sent.message.approved.content_id == "HXnamed"

    def test_waits_and_says_so_when_it_fits_no_template(self, world, whatsapp):
        approve(world, "waits", "alert")
        chat = silent(world, whatsapp)
        long = world.queue(chat, "word " * 60, ALERT)
        report = queue(world, chat, "November.", REPORT, attachments=(PDF,))
        deliver(world)
        told = [sent.message for sent in whatsapp.sent]
        assert [one.approved and one.approved.content_id for one in told] == ["HXwaits"] * 2
        assert {one.text for one in told} == {"some news about your money", "your report"}
        assert [world.state(one) for one in (long, report)] == ["suppressed", "suppressed"]
        whatsapp.forget()
        world.clock.advance(timedelta(hours=1))
        hear(world, chat)
        deliver(world)
        assert [sent.message.text for sent in whatsapp.sent] == ["word " * 60, "November."]
        assert whatsapp.sent[1].message.attachments == (PDF,)

    def test_does_not_announce_what_came_meanwhile(self, world, whatsapp):
        approve(world, "waits")
        chat = silent(world, whatsapp)
        world.queue(chat, "word " * 60, ALERT)
        deliver_bulk(replace(world.context, limits=replace(world.context.limits, round_items=1)))
        hear(world, chat)
        deliver(world)
        assert [sent.message.text for sent in whatsapp.sent] == ["word " * 60]


@pytest.mark.slow
class TestAnotherChat:
    def both(self, world: World, **wishes: Any) -> tuple[Conversation, RecordingChannel]:
        user = world.user(**wishes).id
        sms = world.channel(ChannelName.SMS)
        world.chat(user, SMS)
        return world.chat(user, WHATSAPP), sms

    def test_carries_what_whatsapp_would_not_take(self, world, whatsapp):
        chat, sms = self.both(world)
        world.clock.advance(DAY)
        world.queue(chat, "Food is used up — €5 left…", ALERT)
        deliver(world)
        assert sms.texts() == ["Food is used up - €5 left..."]
        assert whatsapp.calls == 0

    def test_is_not_written_to_when_the_user_does_not_want_that(self, world, whatsapp):
        chat, sms = self.both(world, fallback=False)
        world.clock.advance(DAY)
        outbox_id = world.queue(chat, "News.", ALERT)
        deliver(world)
        assert sms.calls == 0
        assert world.state(outbox_id) == "failed"

    def test_is_not_written_to_when_it_said_stop(self, world, whatsapp):
        chat, sms = self.both(world)
        with world.database.work() as uow:
            uow.bindings.opt_out(Address.parse(SMS), now=world.now)
            uow.commit()
        world.clock.advance(DAY)
        world.queue(chat, "News.", ALERT)
        deliver(world)
        assert sms.calls == 0

    @pytest.mark.parametrize(
        "fault",
        [
            RecipientGone(Reason.BLOCKED),
            RecipientGone(Reason.NOT_ON_CHANNEL),
            Rejected(Reason.ROUTE_CLOSED),
            Rejected(Reason.FILTERED),
            OptedOut(Reason.OPTED_OUT),
        ],
    )
    def test_is_told_when_nobody_is_reached_at_the_first(self, world, whatsapp, fault):
        chat, sms = self.both(world)
        whatsapp.faults = [fault]
        world.queue(chat, "News.", ALERT)
        deliver(world)
        assert sms.texts() == ["News."]

    def test_is_told_after_the_last_try(self, world, whatsapp):
        chat, sms = self.both(world)
        whatsapp.faults = [RetryLater(Reason.UNREACHABLE)] * 2
        world.queue(chat, "News.", ALERT)
        for _ in range(3):
            deliver(world)
            world.clock.advance(timedelta(minutes=11))
        assert whatsapp.calls == 2
        assert sms.texts() == ["News."]

    def test_is_never_told_what_was_asked_or_answered_elsewhere(self, world, whatsapp):
        chat, sms = self.both(world)
        choices = (Choice("Approve", "APPROVE K7QM"), Choice("Decline", "DECLINE K7QM"))
        queue(world, chat, "Cancel it?", MessageClass.APPROVAL, choices=choices)
        world.queue(chat, "You spent $4.00.", MessageClass.REPLY)
        whatsapp.faults = [RecipientGone(Reason.BLOCKED)] * 2
        deliver(world)
        assert whatsapp.calls == 2
        assert sms.calls == 0

    def test_is_told_nothing_that_is_too_old(self, world, whatsapp):
        chat, sms = self.both(world)
        world.queue(chat, "News.", ALERT)
        world.clock.advance(timedelta(hours=37))
        deliver(world)
        assert sms.calls == 0

    def test_is_told_once_and_in_turn_until_one_is_reached(self, world, whatsapp):
        chat, sms = self.both(world)
        telegram = world.channel(ChannelName.TELEGRAM)
        world.clock.advance(timedelta(seconds=1))
        world.chat(chat.owner, TELEGRAM)
        world.clock.advance(timedelta(seconds=1))
        whatsapp.faults = [RecipientGone(Reason.BLOCKED)]
        telegram.faults = [RecipientGone(Reason.BLOCKED)]
        world.queue(chat, "News.", ALERT)
        deliver(world)
        assert (whatsapp.calls, telegram.calls, sms.texts()) == (1, 1, ["News."])


@pytest.mark.slow
class TestReports:
    def failed(self, world: World, outbox_id: str, reason: Reason, code: str) -> None:
        report = StatusUpdate("SM1", outbox_id, DeliveryState.FAILED, code, reason)
        for _ in range(2):  # Twilio may say so twice
            with world.database.work() as uow:
                told = replace(report, channel=ChannelName.WHATSAPP)
                take_report(world.context, uow, told, now=world.now)
                uow.commit()
        deliver(world)

    def test_a_closed_window_sends_it_again_as_a_template(self, world, whatsapp):
        approve(world, "alert")
        chat = world.chat(world.user().id, WHATSAPP)
        outbox_id = world.queue(chat, "News.", ALERT)
        deliver(world)
        assert whatsapp.sent[0].message.approved is None
        self.failed(world, outbox_id, Reason.OUTSIDE_WINDOW, "63016")
        first, again = whatsapp.sent
        assert again.message.approved is not None
        assert again.key != first.key

    def test_refused_media_go_as_a_link_once(self, world, whatsapp):
        chat = world.chat(world.user().id, WHATSAPP)
        outbox_id = queue(world, chat, "November.", REPORT, attachments=(PDF,))
        deliver(world)
        self.failed(world, outbox_id, Reason.MEDIA_REFUSED, "63019")
        first, again = whatsapp.sent
        assert (first.message.as_links, again.message.as_links) == (False, True)
        self.failed(world, again.key, Reason.MEDIA_REFUSED, "63021")
        assert len(whatsapp.sent) == 2

    def test_nobody_on_whatsapp_is_told_by_sms(self, world, whatsapp):
        user = world.user().id
        sms = world.channel(ChannelName.SMS)
        world.chat(user, SMS)
        chat = world.chat(user, WHATSAPP)
        outbox_id = world.queue(chat, "News.", ALERT)
        deliver(world)
        self.failed(world, outbox_id, Reason.NOT_ON_CHANNEL, "63024")
        assert sms.texts() == ["News."]
        world.queue(world.chat(user, SMS), "More.", ALERT)
        deliver(world)
        assert whatsapp.calls == 1


class TestTextsToIndia:
    """Carriers there drop every text that was not registered word for word."""

    def chat(self, world: World) -> Conversation:
        return world.chat(world.user().id, "sms:+919812345678")

    def send(self, world: World, kind: MessageClass, *registered: str) -> str:
        outbox_id = world.queue(self.chat(world), "Netflix costs $17.99 now.", kind)
        context = replace(
            world.context,
            registered_texts=frozenset(registered),
            address="https://money.example",
        )
        while deliver_urgent(context) + deliver_bulk(context):
            pass
        return world.state(outbox_id)

    @pytest.mark.parametrize("kind", list(MessageClass))
    def test_are_the_registered_words_and_no_others(self, world, kind):
        sms = world.channel(ChannelName.SMS)
        assert self.send(world, kind, f"{kind.value}.en") == "accepted"
        (text,) = sms.texts()
        assert text == english().render(f"dlt.{kind.value}", {"link": "https://money.example"})
        assert "Netflix" not in text

    def test_are_not_sent_before_they_are_registered(self, world):
        sms = world.channel(ChannelName.SMS)
        assert self.send(world, ALERT, "security.en", "alert.es") == "failed"
        assert sms.calls == 0

    def test_go_to_another_chat_until_then(self, world, whatsapp):
        world.channel(ChannelName.SMS)
        chat = self.chat(world)
        world.chat(chat.owner, WHATSAPP)
        world.queue(chat, "Netflix costs $17.99 now.", ALERT)
        deliver(world)
        assert whatsapp.texts() == ["Netflix costs $17.99 now."]

    def test_are_no_matter_for_other_numbers(self, world):
        sms = world.channel(ChannelName.SMS)
        world.queue(world.chat(world.user().id, SMS), "News.", ALERT)
        deliver(world)
        assert sms.texts() == ["News."]
