"""The doors: what each request is answered with, and what is stored."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from concurrent.futures import Future
from urllib.parse import urlencode

import httpx
import pytest
from fastapi import FastAPI
from twilio.request_validator import RequestValidator

from bot.api.webhooks import Doors, WebhookLimits, webhook_doors
from bot.channels.inbound import InboundAdapter
from bot.channels.sms import parse_sms
from bot.channels.telegram_updates import SECRET_HEADER, TelegramWebhook
from bot.channels.twilio_client import TwilioAccount, TwilioVerifier, TwilioWebhook
from bot.channels.twilio_form import parse_status
from bot.channels.whatsapp import parse_whatsapp
from core.messaging.delivery import DeliveryState
from core.messaging.inbound import Accepted, Duplicate, InboundMessage, StatusUpdate, Stored
from tests.fakes.payloads import telegram_update, twilio_body

SECRET, TOKEN = "a-Secret_1", "token"
BASE = "https://money.example"
ACCOUNT = TwilioAccount("AC" + "0a" * 16, (TOKEN,))


class Inbox:
    """Remembers what was stored; can be down."""

    def __init__(self) -> None:
        self.messages: dict[str, InboundMessage] = {}
        self.statuses: list[StatusUpdate] = []
        self.presses: list[str] = []
        self.down = False

    def accept(self, message: InboundMessage) -> Stored:
        if self.down:
            raise ConnectionError("could not insert 'secret words'")
        if message.provider_event_id in self.messages:
            return Duplicate()
        self.messages[message.provider_event_id] = message
        return Accepted(message.provider_event_id)

    def record_status(self, update: StatusUpdate) -> None:
        if self.down:
            raise ConnectionError
        self.statuses.append(update)

    @property
    def only(self) -> InboundMessage:
        (message,) = self.messages.values()
        return message


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


class LineUp:
    """The same inbox for those who do not wait in a thread."""

    def __init__(self, inbox: Inbox) -> None:
        self.inbox = inbox

    def submit(self, message: InboundMessage) -> Future[Stored]:
        future: Future[Stored] = Future()
        try:
            future.set_result(self.inbox.accept(message))
        except ConnectionError as error:
            future.set_exception(error)
        return future


@pytest.fixture(params=["function", "line"])
def app(inbox: Inbox, request: pytest.FixtureRequest) -> FastAPI:
    verifier = TwilioVerifier(ACCOUNT, public_base_url=BASE)
    adapters: list[InboundAdapter] = [
        TelegramWebhook(SECRET, inbox.presses.append),
        TwilioWebhook("/hooks/twilio/sms", verifier, parse_sms),
        TwilioWebhook("/hooks/twilio/whatsapp", verifier, parse_whatsapp),
        TwilioWebhook("/hooks/twilio/status", verifier, parse_status),
    ]
    limits = WebhookLimits(body_bytes=20_000, read_seconds=0.2, retry_after_seconds=3)
    app = FastAPI()
    accept = inbox.accept if request.param == "function" else LineUp(inbox)
    doors = webhook_doors(adapters, accept, inbox.record_status, limits)
    app.add_middleware(Doors, doors=doors)
    return app


def post(app: FastAPI, path: str, **request: object) -> httpx.Response:
    async def run() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://local") as client:
            return await client.post(path, **request)  # type: ignore[arg-type]

    return asyncio.run(run())


def telegram(app: FastAPI, name: str, secret: str = SECRET) -> httpx.Response:
    content = json.dumps(telegram_update(name)).encode()
    return post(app, "/hooks/telegram", content=content, headers={SECRET_HEADER: secret})


def twilio(app: FastAPI, target: str, body: bytes, signed_for: str | None = None) -> httpx.Response:
    fields = dict(httpx.QueryParams(body.decode()))
    url = BASE + (signed_for or target)
    headers = {
        "X-Twilio-Signature": str(RequestValidator(TOKEN).compute_signature(url, fields)),
        "Content-Type": "application/x-www-form-urlencoded",
    }
    return post(app, target, content=body, headers=headers)


class TestTelegramDoor:
    def test_stores_a_message_and_says_ok(self, app, inbox):
        assert telegram(app, "text").status_code == 200
        assert inbox.only.text == "food?"

    def test_stores_a_repeat_once_and_says_ok_again(self, app, inbox):
        assert [telegram(app, "text").status_code for _ in range(3)] == [200, 200, 200]
        assert len(inbox.messages) == 1

    def test_refuses_a_wrong_secret(self, app, inbox):
        assert telegram(app, "text", "wrong").status_code == 403
        assert not inbox.messages

    @pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff"])
    def test_refuses_what_is_no_update(self, app, content):
        headers = {SECRET_HEADER: SECRET}
        assert post(app, "/hooks/telegram", content=content, headers=headers).status_code == 400

    @pytest.mark.parametrize("name", ["edited", "group", "unknown_kind", "without_sender"])
    def test_says_ok_to_noise_and_stores_nothing(self, app, inbox, name):
        assert telegram(app, name).status_code == 200
        assert not inbox.messages

    def test_stores_no_card_number(self, app, inbox):
        telegram(app, "card_number")
        assert inbox.only.text == "my card is [card …1111] 12/27 [code]"
        assert inbox.only.masked == 1

    def test_stores_no_card_number_of_a_long_message_either(self, app, inbox):
        update = telegram_update("text")
        update["message"]["text"] = "so " * 1000 + "4111 1111 1111 1111"
        headers = {SECRET_HEADER: SECRET}
        post(app, "/hooks/telegram", content=json.dumps(update).encode(), headers=headers)
        assert inbox.only.text.endswith("[card …1111]")

    def test_answers_a_press_after_storing_it(self, app, inbox):
        telegram(app, "button")
        assert inbox.presses == ["4382bfdwdsb323b2d9"]

    def test_does_not_answer_a_press_that_was_not_stored(self, app, inbox):
        inbox.down = True
        assert telegram(app, "button").status_code == 503
        assert not inbox.presses

    def test_asks_to_come_again_when_the_database_is_down(self, app, inbox, caplog):
        inbox.down = True
        with caplog.at_level(logging.DEBUG):
            answer = telegram(app, "text")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "3")
        assert "ConnectionError" in caplog.text
        assert "secret words" not in caplog.text
        inbox.down = False
        assert telegram(app, "text").status_code == 200


class TestTwilioDoor:
    def test_answers_with_an_empty_script_because_replies_go_by_the_outbox(self, app, inbox):
        answer = twilio(app, "/hooks/twilio/sms", twilio_body("sms_text"))
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/xml")
        assert answer.text.endswith("<Response/>")
        assert inbox.only.text == "coffee 4"

    def test_tells_the_channels_apart_by_their_paths(self, app, inbox):
        twilio(app, "/hooks/twilio/whatsapp", twilio_body("whatsapp_text"))
        assert inbox.only.address.channel == "whatsapp"

    def test_checks_path_and_query_as_they_were_sent(self, app, inbox):
        body = twilio_body("sms_text")
        assert twilio(app, "/hooks/twilio/sms?a=%2F&b", body).status_code == 200
        assert twilio(app, "/hooks/twilio/sms?a=/&b", body, "/hooks/twilio/sms?a=%2F&b").is_error
        assert twilio(app, "/hooks/twilio/sms", body, "/hooks/twilio/whatsapp").status_code == 403
        assert len(inbox.messages) == 1

    def test_refuses_a_request_without_a_signature(self, app, inbox):
        answer = post(app, "/hooks/twilio/sms", content=twilio_body("sms_text"))
        assert answer.status_code == 403
        assert not inbox.messages

    def test_records_a_status_with_our_key(self, app, inbox):
        sid = "SM" + "1" * 32
        body = urlencode(
            {"MessageSid": sid, "MessageStatus": "delivered", "AccountSid": ACCOUNT.account_sid}
        ).encode()
        assert twilio(app, "/hooks/twilio/status?key=out_7", body).status_code == 200
        assert inbox.statuses == [StatusUpdate(sid, "out_7", DeliveryState.DELIVERED)]
        inbox.down = True
        assert twilio(app, "/hooks/twilio/status?key=out_7", body).status_code == 503

    def test_refuses_a_status_whose_key_was_changed(self, app, inbox):
        body = urlencode({"MessageSid": "SM1", "MessageStatus": "sent"}).encode()
        target = "/hooks/twilio/status?key=out_8"
        assert twilio(app, target, body, "/hooks/twilio/status?key=out_7").status_code == 403
        assert not inbox.statuses


class TestWaiting:
    def test_does_not_wait_for_ever_for_a_store_that_hangs(self, inbox):
        class Stuck:
            def submit(self, message: InboundMessage) -> Future[Stored]:
                return Future()

        limits = WebhookLimits(store_seconds=0.05)
        app = FastAPI()
        adapters: list[InboundAdapter] = [TelegramWebhook(SECRET)]
        doors = webhook_doors(adapters, Stuck(), inbox.record_status, limits)
        app.add_middleware(Doors, doors=doors)
        assert telegram(app, "text").status_code == 503


class TestLimits:
    def test_refuses_a_body_that_is_too_large(self, app):
        assert post(app, "/hooks/telegram", content=b"x" * 20_001).status_code == 413

    def test_refuses_a_body_that_turns_out_too_large(self, app):
        async def chunks() -> AsyncIterator[bytes]:
            for _ in range(30):
                yield b"x" * 1000

        assert post(app, "/hooks/telegram", content=chunks()).status_code == 413

    def test_does_not_wait_for_a_slow_body_for_ever(self, app):
        async def run() -> list[dict[str, object]]:
            sent: list[dict[str, object]] = []

            async def receive() -> dict[str, object]:
                await asyncio.sleep(5)
                return {"type": "http.disconnect"}

            async def send(event: dict[str, object]) -> None:
                sent.append(event)

            scope = {
                "type": "http", "method": "POST", "path": "/hooks/telegram", "headers": [],
                "query_string": b"", "raw_path": b"/hooks/telegram", "http_version": "1.1",
                "scheme": "http", "server": ("local", 80), "root_path": "",
            }  # fmt: skip
            await asyncio.wait_for(app(scope, receive, send), 3)
            return sent

        assert asyncio.run(run())[0]["status"] == 408

    def test_only_takes_posts(self, app):
        async def run() -> int:
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://local") as client:
                return (await client.get("/hooks/telegram")).status_code

        assert asyncio.run(run()) == 405
