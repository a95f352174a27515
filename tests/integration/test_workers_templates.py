"""Templates that WhatsApp holds back: found out by asking, and by the first message refused."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from core.messaging.address import ChannelName
from core.messaging.channel import Reason, Rejected, RetryLater
from core.messaging.delivery import DeliveryState
from core.messaging.inbound import StatusUpdate
from core.messaging.outbound import MessageClass
from core.messaging.template import Review, TemplateState
from tests.fakes.recording_channel import RecordingChannel
from tests.fakes.world import World, open_world
from tests.integration.test_workers_window import DAY, SMS, WHATSAPP, approve, deliver
from workers.reported import take_report
from workers.templates import check_templates

ALERT = MessageClass.ALERT
HELD = Rejected(Reason.TEMPLATE_HELD, code="63041")


@dataclass
class Desk:
    """Who approves templates: approved, unless the test says otherwise of one."""

    says: dict[str, Review] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    away: bool = False

    def look(self, content_id: str) -> Review:
        self.asked.append(content_id)
        if self.away:
            raise RetryLater(Reason.NOT_CONNECTED)
        return self.says.get(content_id, Review(TemplateState.APPROVED))


@pytest.fixture
def world() -> World:
    return open_world("sqlite://")


@pytest.fixture
def desk(world: World) -> Desk:
    made = Desk()
    world.reviews = made
    return made


@pytest.fixture
def whatsapp(world: World) -> RecordingChannel:
    return world.channel(ChannelName.WHATSAPP)


def state(world: World, name: str = "alert") -> TemplateState:
    with world.database.reading() as uow:
        kept = uow.outbox.templates.find(name, "en")
    assert kept is not None
    return kept.state


def closed_chat(world: World, *, sms: bool = False):
    """A WhatsApp chat that was silent for more than a day."""
    user = world.user()
    if sms:
        world.chat(user.id, SMS)
    chat = world.chat(user.id, WHATSAPP)
    world.clock.advance(DAY)
    return chat


class TestAsking:
    def test_comes_once_a_day_and_every_hour_while_it_is_in_doubt(self, world, desk):
        approve(world, "alert")
        approve(world, "waits", state=TemplateState.PENDING)
        desk.says["HXwaits"] = Review(TemplateState.PENDING)
        for _ in range(25):
            check_templates(world.context)
            world.clock.advance(timedelta(hours=1))
        assert (desk.asked.count("HXalert"), desk.asked.count("HXwaits")) == (2, 25)

    def test_finds_one_that_was_paused_and_one_that_is_well_again(self, world, desk):
        approve(world, "alert")
        desk.says["HXalert"] = Review(TemplateState.PAUSED, "people complained")
        assert check_templates(world.context) == 1
        assert state(world) is TemplateState.PAUSED
        desk.says.clear()
        world.clock.advance(timedelta(hours=1))
        assert check_templates(world.context) == 1
        assert state(world) is TemplateState.APPROVED

    @pytest.mark.parametrize("gone", [TemplateState.REJECTED, TemplateState.DISABLED])
    def test_ends_with_what_is_never_approved_again(self, world, desk, gone):
        approve(world, "alert", state=gone)
        assert check_templates(world.context) == 0

    def test_stops_at_a_provider_that_is_away_and_changes_nothing(self, world, desk):
        approve(world, "alert", "waits")
        desk.away = True
        assert check_templates(world.context) == 0
        assert len(desk.asked) == 1
        assert state(world) is TemplateState.APPROVED
        desk.away = False
        assert check_templates(world.context) == 2

    def test_does_not_write_over_a_wording_that_was_submitted_meanwhile(self, world, desk):
        approve(world, "alert")

        class Meanwhile(Desk):
            def look(self, content_id: str) -> Review:
                with world.database.work() as uow:
                    kept = uow.outbox.templates.find("alert", "en")
                    assert kept is not None
                    newer = replace(kept, content_id="HXnew", state=TemplateState.PENDING)
                    uow.outbox.templates.keep(newer)
                    uow.commit()
                return Review(TemplateState.DISABLED)

        world.reviews = Meanwhile()
        check_templates(world.context)
        assert state(world) is TemplateState.PENDING

    def test_is_nobodys_business_without_an_account(self, world):
        approve(world, "alert")
        assert check_templates(world.context) == 0


class TestAMessageThatIsRefusedForItsTemplate:
    def test_goes_to_another_chat_at_once_and_the_next_one_does_not_try(
        self, world, desk, whatsapp
    ):
        approve(world, "alert")
        sms = world.channel(ChannelName.SMS)
        chat = closed_chat(world, sms=True)
        whatsapp.faults = [HELD]
        world.queue(chat, "News.", ALERT)
        deliver(world)
        assert sms.texts() == ["News."]
        assert state(world) is TemplateState.PAUSED
        assert "check_templates" in world.wake.rings
        world.queue(chat, "More news.", ALERT)
        deliver(world)
        assert (whatsapp.calls, sms.texts()) == (1, ["News.", "More news."])

    def test_is_asked_about_at_once_and_used_again_when_it_was_nothing(self, world, desk, whatsapp):
        approve(world, "alert")
        check_templates(world.context)
        chat = closed_chat(world, sms=True)
        world.channel(ChannelName.SMS)
        whatsapp.faults = [HELD]
        world.queue(chat, "News.", ALERT)
        deliver(world)
        assert check_templates(world.context) == 1
        assert state(world) is TemplateState.APPROVED
        world.queue(chat, "More news.", ALERT)
        deliver(world)
        assert whatsapp.calls == 2

    def test_is_announced_where_there_is_no_other_chat_and_comes_with_the_answer(
        self, world, desk, whatsapp
    ):
        approve(world, "alert", "waits")
        chat = closed_chat(world)
        whatsapp.faults = [HELD]
        held = world.queue(chat, "News.", ALERT)
        deliver(world)
        assert world.state(held) == "suppressed"
        assert whatsapp.sent[-1].message.announces == held
        with world.database.work() as uow:
            uow.bindings.heard_from(chat.address, now=world.now)
            assert uow.outbox.release_waiting(chat.id, now=world.now) == 1
            uow.commit()
        deliver(world)
        assert whatsapp.sent[-1].message.text == "News."

    def test_is_taken_by_a_report_hours_later_too(self, world, desk, whatsapp):
        approve(world, "alert")
        sms = world.channel(ChannelName.SMS)
        chat = closed_chat(world, sms=True)
        sent = world.queue(chat, "News.", ALERT)
        deliver(world)
        report = StatusUpdate(
            "SM1", sent, DeliveryState.FAILED, "63041", Reason.TEMPLATE_HELD, ChannelName.WHATSAPP
        )
        for _ in range(2):  # Twilio may say so twice
            with world.database.work() as uow:
                take_report(world.context, uow, report, now=world.now)
                uow.commit()
            deliver(world)
        assert sms.texts() == ["News."]
        assert state(world) is TemplateState.PAUSED

    def test_of_the_announcing_kind_ends_there(self, world, desk, whatsapp):
        approve(world, "waits")
        chat = closed_chat(world)
        whatsapp.faults = [HELD]
        world.queue(chat, "A text with\nline ends that no template carries. " * 30, ALERT)
        deliver(world)
        assert state(world, "waits") is TemplateState.PAUSED
        assert whatsapp.calls == 1
