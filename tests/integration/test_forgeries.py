"""Ten thousand forged requests at every door: none is taken, and each true one still is."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import random
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

import httpx
import pytest
from fastapi import FastAPI
from twilio.request_validator import RequestValidator

from bot.api.webhooks import Doors, WebhookLimits, webhook_doors
from bot.channels.inbound import InboundAdapter
from bot.channels.sms import parse_sms
from bot.channels.telegram_updates import SECRET_HEADER, TelegramWebhook
from bot.channels.twilio_client import (
    SIGNATURE,
    SIGNATURE_SETTINGS,
    TwilioAccount,
    TwilioVerifier,
    TwilioWebhook,
)
from bot.channels.whatsapp import parse_whatsapp
from core.messaging.inbound import Accepted, InboundMessage, StatusUpdate, Stored

pytestmark = pytest.mark.slow

FORGERIES = 10_000
SID, TOKEN, OTHER_TOKEN = "AC" + "0a" * 16, "the-auth-token", "the-auth-tokem"
SECRET, BASE = "telegram-secret", "https://money.example"
PATHS = ("/hooks/twilio/sms", "/hooks/twilio/whatsapp", "/hooks/telegram")


@dataclass(frozen=True)
class Sent:
    """One request as it goes over the wire."""

    path: str
    body: bytes
    headers: Mapping[str, str]
    query: str = ""


@dataclass
class Taken:
    """Everything that any door took."""

    messages: list[InboundMessage] = field(default_factory=list)

    def submit(self, message: InboundMessage) -> Future[Stored]:
        self.messages.append(message)
        future: Future[Stored] = Future()
        future.set_result(Accepted(f"in_{len(self.messages)}"))
        return future

    def record(self, update: StatusUpdate) -> None:
        raise AssertionError(update)


def _doors(taken: Taken) -> FastAPI:
    verifier = TwilioVerifier(TwilioAccount(SID, (TOKEN,)), public_base_url=BASE)
    adapters: list[InboundAdapter] = [
        TwilioWebhook(PATHS[0], verifier, parse_sms),
        TwilioWebhook(PATHS[1], verifier, parse_whatsapp),
        TelegramWebhook(SECRET),
    ]
    app = FastAPI()
    doors = webhook_doors(adapters, taken, taken.record, WebhookLimits())
    app.add_middleware(Doors, doors=doors)
    return app


def _form(chance: random.Random, path: str) -> dict[str, str]:
    number = f"+1555{chance.randrange(10**7):07}"
    whatsapp = "whatsapp:" if path.endswith("whatsapp") else ""
    return {
        "MessageSid": f"SM{chance.randrange(16**32):032x}",
        "AccountSid": SID,
        "From": whatsapp + number,
        "To": f"{whatsapp}+15550100",
        "Body": chance.choice(["coffee 4", "APPROVE K7QM", "balance €", "STOP", ""]),
    }


def _signed(path: str, form: Mapping[str, str], token: str = TOKEN, query: str = "") -> Sent:
    url = BASE + path + (f"?{query}" if query else "")
    told = str(RequestValidator(token).compute_signature(url, form))
    return Sent(path, urlencode(form).encode(), {SIGNATURE: told, **_FORM_TYPE}, query)


_FORM_TYPE = {"content-type": "application/x-www-form-urlencoded"}


def _true(chance: random.Random, path: str) -> Sent:
    """Return a request as its provider sends it."""
    if path == PATHS[2]:
        talk = {"id": chance.randrange(1, 10**9), "type": "private"}
        message = {"message_id": 1, "date": 1, "chat": talk, "from": talk, "text": "coffee 4"}
        body = json.dumps({"update_id": chance.randrange(10**9), "message": message}).encode()
        return Sent(path, body, {SECRET_HEADER: SECRET})
    return _signed(path, _form(chance, path))


Forge = Callable[[random.Random, Sent], Sent]


def _header(sent: Sent) -> str:
    return SECRET_HEADER if sent.path == PATHS[2] else SIGNATURE


def _with(sent: Sent, value: str | None) -> Sent:
    rest = {name: told for name, told in sent.headers.items() if name != _header(sent)}
    return replace(sent, headers=rest if value is None else {**rest, _header(sent): value})


def _unsigned(chance: random.Random, sent: Sent) -> Sent:
    return _with(sent, chance.choice([None, "", " ", "null", "undefined", "0"]))


def _one_letter_off(chance: random.Random, sent: Sent) -> Sent:
    value = sent.headers[_header(sent)]
    place = chance.randrange(len(value))
    letter = chance.choice([one for one in "abcXYZ019+/" if one != value[place]])
    return _with(sent, value[:place] + letter + value[place + 1 :])


def _cut(chance: random.Random, sent: Sent) -> Sent:
    value = sent.headers[_header(sent)]
    return _with(sent, value[: chance.randrange(len(value))])


def _longer(chance: random.Random, sent: Sent) -> Sent:
    return _with(sent, sent.headers[_header(sent)] + chance.choice(["=", "A", "\t.", ",x"]))


def _guessed(chance: random.Random, sent: Sent) -> Sent:
    return _with(sent, base64.b64encode(chance.randbytes(20)).decode())


def _another_token(chance: random.Random, sent: Sent) -> Sent:
    if sent.path == PATHS[2]:
        return _with(sent, chance.choice([SECRET.upper(), SECRET[::-1], TOKEN]))
    token = chance.choice([OTHER_TOKEN, "", SID, TOKEN.upper(), SECRET])
    return _signed(sent.path, _form(chance, sent.path), token)


def _another_body(chance: random.Random, sent: Sent) -> Sent:
    if sent.path == PATHS[2]:
        return _guessed(chance, sent)
    form = _form(chance, sent.path)
    key = chance.choice(["Body", "From", "MessageSid"])
    changed = {**form, key: form[key] + "1"}
    return replace(_signed(sent.path, form), body=urlencode(changed).encode())


def _more_fields(chance: random.Random, sent: Sent) -> Sent:
    """Add a value: the same one twice is the same message, as Twilio signs it."""
    if sent.path == PATHS[2]:
        return _cut(chance, sent)
    more = chance.choice([b"&Body=APPROVE+7QMK", b"&ButtonPayload=x", b"&From=%2B15550001"])
    return replace(sent, body=sent.body + more)


def _another_door(chance: random.Random, sent: Sent) -> Sent:
    others = [path for path in PATHS[:2] if path != sent.path]
    if sent.path == PATHS[2]:
        return replace(sent, path=chance.choice(PATHS[:2]))
    return replace(sent, path=others[0])


def _another_query(chance: random.Random, sent: Sent) -> Sent:
    if sent.path == PATHS[2]:
        return _unsigned(chance, sent)
    return replace(sent, query=f"x={chance.randrange(99)}")


def _said_to_be_json(chance: random.Random, sent: Sent) -> Sent:
    """Claim a JSON body, whose hash stands in the address that is signed."""
    if sent.path == PATHS[2]:
        return _longer(chance, sent)
    body = json.dumps({"Body": "APPROVE K7QM"}).encode()
    headers = {**sent.headers, "content-type": "application/json"}
    told = hashlib.sha256(body).hexdigest()
    return Sent(sent.path, body, headers, f"bodySHA256={told}")


def _another_algorithm(chance: random.Random, sent: Sent) -> Sent:
    if sent.path == PATHS[2]:
        return _one_letter_off(chance, sent)
    named = chance.choice(["none", "HMAC_SHA256", "HMAC_MD5", "", "HMAC_SHA1,algorithm=none"])
    settings = {SIGNATURE_SETTINGS: f"key=k,algorithm={named}"}
    return _guessed(chance, replace(sent, headers={**sent.headers, **settings}))


def _another_account(chance: random.Random, sent: Sent) -> Sent:
    """Sign rightly, with a stolen token, what belongs to another account."""
    if sent.path == PATHS[2]:
        return _cut(chance, sent)
    form = {**_form(chance, sent.path), "AccountSid": "AC" + "0b" * 16}
    return _signed(sent.path, form)


FORGES: tuple[Forge, ...] = (
    _unsigned,
    _one_letter_off,
    _cut,
    _longer,
    _guessed,
    _another_token,
    _another_body,
    _more_fields,
    _another_door,
    _another_query,
    _said_to_be_json,
    _another_algorithm,
    _another_account,
)


def test_no_door_takes_a_forgery_and_each_takes_what_is_true():
    chance, taken = random.Random(19), Taken()
    statuses: dict[int, int] = {}

    async def knock() -> int:
        transport = httpx.ASGITransport(_doors(taken))
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:

            async def post(sent: Sent) -> int:
                target = sent.path + (f"?{sent.query}" if sent.query else "")
                headers = dict(sent.headers)
                return (await client.post(target, content=sent.body, headers=headers)).status_code

            for number in range(FORGERIES):
                true = _true(chance, PATHS[number % len(PATHS)])
                status = await post(FORGES[number % len(FORGES)](chance, true))
                statuses[status] = statuses.get(status, 0) + 1
            forged = len(taken.messages)
            for number in range(300):
                assert await post(_true(chance, PATHS[number % len(PATHS)])) == 200
            return forged

    assert asyncio.run(knock()) == 0
    assert set(statuses) <= {400, 403}
    assert sum(statuses.values()) == FORGERIES
    assert len(taken.messages) == 300
