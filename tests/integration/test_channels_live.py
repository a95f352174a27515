"""The whole way over real sockets: provider stand-ins, our server, the group writer, and back."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

import pytest
import uvicorn
from fastapi import FastAPI

from bot.api.webhooks import Doors, WebhookLimits, webhook_doors
from bot.channels.accept import GroupAccept
from bot.channels.catalog import Catalog, Outside, TelegramSettings, TwilioSettings, open_catalog
from core.messaging.address import Address, ChannelName
from core.messaging.channel import FinishesPrompts, LooksUpSent, ShowsTyping
from core.messaging.delivery import DeliveryState
from core.messaging.inbound import Accepted, Duplicate, InboundMessage, StatusUpdate, Stored
from core.messaging.outbound import OutboundMessage
from tests.fakes.payloads import telegram_update
from tests.fakes.telegram_stand_in import TOKEN, TelegramStandIn
from tests.fakes.twilio_stand_in import ACCOUNT_SID, AUTH_TOKEN, TwilioStandIn

pytestmark = pytest.mark.slow

PUBLIC = "https://money.example"
SECRET = "a-Secret_1"


class Books:
    """What the server stored; can be down."""

    def __init__(self) -> None:
        self.messages: dict[str, InboundMessage] = {}
        self.statuses: list[StatusUpdate] = []
        self.down = False

    def store_batch(self, batch: Sequence[InboundMessage]) -> list[Stored]:
        if self.down:
            raise ConnectionError
        results: list[Stored] = []
        for message in batch:
            known = message.provider_event_id in self.messages
            self.messages[message.provider_event_id] = message
            results.append(Duplicate() if known else Accepted(message.provider_event_id))
        return results


@pytest.fixture
def telegram() -> Iterator[TelegramStandIn]:
    with TelegramStandIn() as stand_in:
        yield stand_in


@pytest.fixture
def twilio() -> Iterator[TwilioStandIn]:
    with TwilioStandIn() as stand_in:
        yield stand_in


@pytest.fixture
def catalog(telegram: TelegramStandIn, twilio: TwilioStandIn) -> Iterator[Catalog]:
    catalog = open_catalog(
        telegram=TelegramSettings(TOKEN, telegram.base_url, SECRET),
        twilio=TwilioSettings(
            ACCOUNT_SID,
            (AUTH_TOKEN,),
            twilio.base_url,
            sms_from="+15550199",
            whatsapp_from="+15550198",
        ),
        outside=Outside(PUBLIC, lambda _file: b"", lambda _file: "https://money.example/f"),
    )
    yield catalog
    catalog.close()


@pytest.fixture
def books() -> Books:
    return Books()


@pytest.fixture
def server(catalog: Catalog, books: Books) -> Iterator[str]:
    """The address of a running server with every door open."""
    with GroupAccept(books.store_batch) as group:
        app = FastAPI()
        doors = webhook_doors(catalog.adapters, group, books.statuses.append, WebhookLimits())
        app.add_middleware(Doors, doors=doors)
        config = uvicorn.Config(app, port=0, log_level="error", access_log=False, ws="none")
        running = uvicorn.Server(config)
        thread = threading.Thread(target=running.run)
        thread.start()
        while not running.started and thread.is_alive():
            thread.join(0.01)
        port = running.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
        running.should_exit = True
        thread.join(10)


class TestTelegram:
    def test_an_update_is_stored_and_its_press_is_answered(self, telegram, catalog, server, books):
        catalog.telegram_bot.set_up(
            webhook_url=f"{server}/hooks/telegram", secret=SECRET, commands={}
        )
        telegram.push(_without_id("text"))
        telegram.push(_without_id("button"))
        kinds = [message.kind for message in books.messages.values()]
        assert kinds == ["text", "button"]
        for _ in range(200):
            if telegram.made("answerCallbackQuery"):
                break
            threading.Event().wait(0.01)
        assert telegram.made("answerCallbackQuery")

    def test_what_could_not_be_stored_comes_again_and_is_stored_once(
        self, telegram, catalog, server, books
    ):
        bot = catalog.telegram_bot
        bot.set_up(webhook_url=f"{server}/hooks/telegram", secret=SECRET, commands={})
        books.down = True
        telegram.push(_without_id("text"))
        assert not books.messages
        books.down = False
        assert telegram.deliver() == 1
        assert len(books.messages) == 1

    def test_a_wrong_secret_gets_nothing_in(self, telegram, catalog, server, books):
        bot = catalog.telegram_bot
        bot.set_up(webhook_url=f"{server}/hooks/telegram", secret="other", commands={})
        telegram.push(_without_id("text"))
        assert telegram.deliver() == 0
        assert not books.messages


class TestTwilio:
    def test_a_signed_message_is_stored_once_however_often_it_comes(self, twilio, server, books):
        form = twilio.sms_form("coffee 4", sid="SM" + "1" * 32, sender="+15550100")
        path = "/hooks/twilio/sms"
        codes = [twilio.post(server + path, PUBLIC + path, form) for _ in range(3)]
        assert codes == [200, 200, 200]
        (message,) = books.messages.values()
        assert (message.text, message.address) == ("coffee 4", Address.parse("sms:+15550100"))

    def test_a_status_finds_its_delivery_even_before_the_answer_to_the_send(
        self, twilio, catalog, server, books
    ):
        sms = catalog.channels[ChannelName.SMS]
        receipt = sms.send(OutboundMessage("Hi"), Address.parse("sms:+15550100"), key="out_7")
        (sent,) = twilio.journal
        assert twilio.report(sent, "sent", server_url=server) == 200
        assert twilio.report(sent, "undelivered", server_url=server, error_code="30003") == 200
        assert [update.delivery_key for update in books.statuses] == ["out_7", "out_7"]
        assert books.statuses[0].provider_message_id == receipt.provider_message_ids[0]
        assert books.statuses[1].status is DeliveryState.FAILED
        assert books.statuses[1].reason == "unreachable"

    def test_whatsapp_has_its_own_door(self, twilio, catalog, server, books):
        channel = catalog.channels[ChannelName.WHATSAPP]
        channel.send(OutboundMessage("Hi"), Address.parse("whatsapp:US.1"), key="k")
        assert twilio.journal[0].get("From") == "whatsapp:+15550198"
        form = twilio.sms_form("hola", sid="SM" + "2" * 32, sender="whatsapp:US.1")
        path = "/hooks/twilio/whatsapp"
        twilio.post(server + path, PUBLIC + path, form)
        assert [each.address.show() for each in books.messages.values()] == ["whatsapp:US.1"]

    def test_many_messages_at_once_are_all_stored(self, twilio, server, books):
        path = "/hooks/twilio/sms"

        def post(number: int) -> None:
            form = twilio.sms_form("hi", sid=f"SM{number:032x}", sender="+15550100")
            twilio.post(server + path, PUBLIC + path, form)

        threads = [threading.Thread(target=post, args=(number,)) for number in range(30)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert len(books.messages) == 30


class TestCatalog:
    def test_says_what_each_channel_can_do(self, catalog):
        telegram, sms = (catalog.channels[name] for name in (ChannelName.TELEGRAM, ChannelName.SMS))
        assert isinstance(telegram, FinishesPrompts)
        assert isinstance(telegram, ShowsTyping)
        assert isinstance(sms, LooksUpSent)
        assert not isinstance(sms, FinishesPrompts)
        assert not isinstance(telegram, LooksUpSent)
        assert set(catalog.files) == set(catalog.channels)

    def test_opens_what_has_credentials_and_no_more(self, twilio):
        outside = Outside(PUBLIC, lambda _file: b"", lambda _file: "")
        nothing = open_catalog(telegram=None, twilio=None, outside=outside)
        assert (nothing.channels, nothing.adapters) == ({}, [])
        settings = TwilioSettings(ACCOUNT_SID, ("t",), twilio.base_url, sms_from="+15550199")
        only_sms = open_catalog(telegram=None, twilio=settings, outside=outside)
        assert set(only_sms.channels) == {ChannelName.SMS}
        assert {each.path for each in only_sms.adapters} == {
            "/hooks/twilio/status",
            "/hooks/twilio/sms",
        }
        only_sms.close()

    def test_a_bot_without_a_webhook_secret_has_no_door(self, telegram):
        outside = Outside(PUBLIC, lambda _file: b"", lambda _file: "")
        settings = TelegramSettings(TOKEN, telegram.base_url)
        catalog = open_catalog(telegram=settings, twilio=None, outside=outside)
        assert set(catalog.channels) == {ChannelName.TELEGRAM}
        assert not catalog.adapters
        catalog.close()


def _without_id(name: str) -> dict[str, object]:
    update = telegram_update(name)
    del update["update_id"]
    return update
