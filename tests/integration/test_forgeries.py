"""Ten thousand forged requests at every door: none is taken, and each true one still is."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
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

from bot.api.bank_hook import SIGNATURE as BANK_SIGNATURE
from bot.api.bank_hook import bank_hook_routes
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
from bot.providers import BANK_HOOK
from core.messaging.inbound import Accepted, InboundMessage, StatusUpdate, Stored
from tests.fakes.plaid_signer import KEY_ID, PlaidSigner, SigningBank, coded, read, word
from tests.fakes.world import START, World, open_world
from tests.integration.test_workers_banks import connect

pytestmark = pytest.mark.slow

FORGERIES = 10_000
SID, TOKEN, OTHER_TOKEN = "AC" + "0a" * 16, "the-auth-token", "the-auth-tokem"
SECRET, BASE = "telegram-secret", "https://money.example"
PATHS = ("/hooks/twilio/sms", "/hooks/twilio/whatsapp", "/hooks/telegram", BANK_HOOK)


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
    bank: SigningBank = field(default_factory=SigningBank)
    world: World = field(default_factory=lambda: open_world("sqlite://"))

    def __post_init__(self) -> None:
        self.connection = connect(self.world, self.bank)

    @property
    def words(self) -> int:
        """How many words of the bank's were kept: each wakes its one connection."""
        with self.world.database.reading() as uow:
            now = uow.banks.get(self.connection.user_id, self.connection.id)
        return now.epoch - self.connection.epoch

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
    app.include_router(bank_hook_routes(taken.world.context))
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


def _true(chance: random.Random, path: str, taken: Taken) -> Sent:
    """Return a request as its provider sends it."""
    if path == BANK_HOOK:
        body = word(initial_update_complete=True, nonce=chance.randrange(10**9))
        return Sent(path, body, {BANK_SIGNATURE: taken.bank.signer.sign(body, taken.world.now)})
    if path == PATHS[2]:
        talk = {"id": chance.randrange(1, 10**9), "type": "private"}
        message = {"message_id": 1, "date": 1, "chat": talk, "from": talk, "text": "coffee 4"}
        body = json.dumps({"update_id": chance.randrange(10**9), "message": message}).encode()
        return Sent(path, body, {SECRET_HEADER: SECRET})
    return _signed(path, _form(chance, path))


Forge = Callable[[random.Random, Sent], Sent]


def _header(sent: Sent) -> str:
    if sent.path == BANK_HOOK:
        return BANK_SIGNATURE
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
    if sent.path in PATHS[2:]:
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


STRANGER = PlaidSigner()


def _resigned(chance: random.Random, sent: Sent) -> Sent:
    """Sign as the bank's service would: with a key of one's own, under its id or another."""
    head = {"kid": chance.choice([KEY_ID, KEY_ID, "another", KEY_ID.upper()])}
    return _with(sent, STRANGER.sign(sent.body, START, head=head))


def _body_of_another(chance: random.Random, sent: Sent) -> Sent:
    body = chance.choice([sent.body + b" ", sent.body[:-1], b"", word("USER_PERMISSION_REVOKED")])
    return replace(sent, body=body)


def _moment_of_another(chance: random.Random, sent: Sent) -> Sent:
    """Write another moment, or another body, into what was signed rightly."""
    head, claims, signature = sent.headers[BANK_SIGNATURE].split(".")
    change = chance.choice([{"iat": int(START.timestamp()) + 1}, {"iat": 0}, {"exp": 2**40}])
    changed = coded(json.dumps({**read(claims), **change}).encode())
    return _with(sent, f"{head}.{changed}.{signature}")


def _algorithm_of_another(chance: random.Random, sent: Sent) -> Sent:
    """Name an algorithm without a signature, or one whose secret is the public key."""
    named = chance.choice(["none", "None", "HS256", "ES384", "RS256", "", "es256"])
    _, claims, signature = sent.headers[BANK_SIGNATURE].split(".")
    head = coded(json.dumps({"alg": named, "kid": KEY_ID, "typ": "JWT"}).encode())
    point = json.dumps(STRANGER.fetch(KEY_ID)).encode()
    keyed = coded(hmac.digest(point, f"{head}.{claims}".encode(), "sha256"))
    return _with(sent, f"{head}.{claims}.{chance.choice(['', signature, keyed])}")


# What is forged otherwise where a signature is no secret in a header.
FOR_THE_BANK: Mapping[Forge, Forge] = {
    _another_token: _resigned,
    _another_body: _body_of_another,
    _more_fields: _body_of_another,
    _another_query: _moment_of_another,
    _said_to_be_json: _moment_of_another,
    _another_algorithm: _algorithm_of_another,
    _another_account: _resigned,
}


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


def _forged(chance: random.Random, number: int, true: Sent) -> Sent:
    forge = FORGES[number % len(FORGES)]
    return (FOR_THE_BANK.get(forge, forge) if true.path == BANK_HOOK else forge)(chance, true)


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
                true = _true(chance, PATHS[number % len(PATHS)], taken)
                status = await post(_forged(chance, number, true))
                statuses[status] = statuses.get(status, 0) + 1
            forged = len(taken.messages) + taken.words
            for number in range(400):
                assert await post(_true(chance, PATHS[number % len(PATHS)], taken)) == 200
            return forged

    assert asyncio.run(knock()) == 0
    assert set(statuses) <= {400, 403}
    assert sum(statuses.values()) == FORGERIES
    assert (len(taken.messages), taken.words) == (300, 100)
