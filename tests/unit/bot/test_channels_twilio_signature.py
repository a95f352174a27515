"""The signature table, row by row, against the vendor's own code."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import pytest
from twilio.request_validator import RequestValidator

from bot.channels.inbound import BadSignature, RawRequest
from bot.channels.sms import parse_sms
from bot.channels.twilio_client import TwilioAccount, TwilioVerifier, TwilioWebhook

SID = "AC" + "0a" * 16
TOKEN, NEXT_TOKEN = "first-token", "next-token"
BASE = "https://money.example"
TARGET = "/hooks/twilio/sms?mid=7&b=2"
FORM = {
    "MessageSid": "SM1",
    "AccountSid": SID,
    "From": "+15550100",
    "Body": "coffee & cake 4 €",
    "FromCity": "",
}


def signature(url: str, form: Mapping[str, str], token: str = TOKEN, algorithm: str = "") -> str:
    return str(RequestValidator(token).compute_signature(url, form, algorithm or None))


def request(
    signed: str | None,
    *,
    target: str = TARGET,
    body: bytes = urlencode(FORM).encode(),
    **headers: str,
) -> RawRequest:
    given = {} if signed is None else {"x-twilio-signature": signed}
    kind = {"content-type": "application/x-www-form-urlencoded"}
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return RawRequest(target, {**kind, **given, **names}, body)


def is_valid(raw: RawRequest, *, base: str = BASE, tokens: tuple[str, ...] = (TOKEN,)) -> bool:
    account = TwilioAccount(SID, tokens)
    try:
        TwilioVerifier(account, public_base_url=base).verify(raw)
    except BadSignature:
        return False
    return True


class TestSignature:
    def test_the_exact_public_address_with_all_fields_is_valid(self):
        assert is_valid(request(signature(BASE + TARGET, FORM)))

    def test_a_slash_at_the_end_of_the_setting_does_not_matter(self):
        assert is_valid(request(signature(BASE + TARGET, FORM)), base=f"{BASE}/")

    def test_a_path_in_the_setting_is_part_of_the_address(self):
        signed = signature(f"{BASE}/fm{TARGET}", FORM)
        assert is_valid(request(signed), base=f"{BASE}/fm")

    @pytest.mark.parametrize(
        "signed_for",
        [
            "http://money.example" + TARGET,
            "https://10.0.0.7" + TARGET,
            BASE + "/hooks/twilio/sms/?mid=7&b=2",
            BASE + "/hooks/twilio/sms?b=2&mid=7",
            BASE + "/hooks/twilio/whatsapp?mid=7&b=2",
            BASE + "/hooks/twilio/sms?mid=8&b=2",
            BASE + "/hooks/twilio/sms",
            "https://money.example:8443" + TARGET,
        ],
    )
    def test_another_address_is_not(self, signed_for):
        assert not is_valid(request(signature(signed_for, FORM)))

    def test_the_default_port_may_be_written(self):
        assert is_valid(request(signature("https://money.example:443" + TARGET, FORM)))

    def test_another_port_must_be_kept(self):
        signed = signature("https://money.example:8443" + TARGET, FORM)
        assert is_valid(request(signed), base="https://money.example:8443")

    def test_headers_about_the_host_do_not_count(self):
        signed = signature("https://evil.example" + TARGET, FORM)
        forged = request(signed, host="evil.example", x_forwarded_host="evil.example")
        assert not is_valid(forged)

    def test_dropping_blank_fields_breaks_it(self):
        body = urlencode({name: value for name, value in FORM.items() if value}).encode()
        assert not is_valid(request(signature(BASE + TARGET, FORM), body=body))

    def test_an_added_or_changed_field_breaks_it(self):
        signed = signature(BASE + TARGET, FORM)
        for changed in ({**FORM, "X": "1"}, {**FORM, "Body": "send 400"}):
            assert not is_valid(request(signed, body=urlencode(changed).encode()))

    def test_fields_of_tomorrow_are_part_of_it(self):
        form = {**FORM, "BrandNewField": "x"}
        body = urlencode(form).encode()
        assert is_valid(request(signature(BASE + TARGET, form), body=body))

    def test_a_repeated_field_is_signed_whole(self):
        body = urlencode([("AccountSid", SID), ("M", "2"), ("M", "1")]).encode()
        url = f"{BASE}{TARGET}"
        validator = RequestValidator(TOKEN)
        text = f"{url}AccountSid{SID}M1M2"
        signed = validator.compute_signature(text, {})
        assert is_valid(request(str(signed), body=body))

    @pytest.mark.parametrize("missing", [None, "", "A", "é" * 28, "=" * 28, "\udcff"])
    def test_a_missing_or_odd_header_is_refused(self, missing):
        assert not is_valid(request(missing))

    def test_the_same_request_again_is_valid_so_its_id_must_stop_it(self):
        raw = request(signature(BASE + TARGET, FORM))
        webhook = TwilioWebhook(
            "/x", TwilioVerifier(TwilioAccount(SID, (TOKEN,)), public_base_url=BASE), parse_sms
        )
        assert webhook.parse(raw) == webhook.parse(raw)


class TestJsonBody:
    BODY = b'{"AccountSid": "x"}'

    def test_is_valid_with_its_hash_in_the_query(self):
        target = f"/hooks/twilio/sms?bodySHA256={hashlib.sha256(self.BODY).hexdigest()}"
        signed = signature(BASE + target, {})
        raw = request(signed, target=target, body=self.BODY, content_type="application/json")
        assert is_valid(raw)
        assert not is_valid(
            request(signed, target=target, body=b"{}", content_type="application/json")
        )

    def test_is_refused_without_its_hash(self):
        signed = signature(BASE + TARGET, {})
        assert not is_valid(request(signed, body=self.BODY, content_type="application/json"))


class TestKeys:
    def test_both_tokens_are_good_while_one_is_being_changed(self):
        for token in (TOKEN, NEXT_TOKEN):
            raw = request(signature(BASE + TARGET, FORM, token))
            assert is_valid(raw, tokens=(TOKEN, NEXT_TOKEN))
        assert not is_valid(request(signature(BASE + TARGET, FORM, NEXT_TOKEN)))

    def test_the_newer_algorithm_is_understood(self):
        signed = signature(BASE + TARGET, FORM, algorithm="HMAC_SHA256")
        settings: dict[str, Any] = {
            "x_twilio_webhooks_signature_settings": "key=k1,algorithm=HMAC_SHA256"
        }
        assert is_valid(request(signed, **settings))

    def test_an_older_signature_under_the_newer_name_is_refused(self):
        settings: dict[str, Any] = {
            "x_twilio_webhooks_signature_settings": "key=k1,algorithm=HMAC_SHA256"
        }
        assert not is_valid(request(signature(BASE + TARGET, FORM), **settings))

    def test_an_unknown_algorithm_is_refused(self):
        settings: dict[str, Any] = {"x_twilio_webhooks_signature_settings": "algorithm=HMAC_MD5"}
        assert not is_valid(request(signature(BASE + TARGET, FORM), **settings))

    @pytest.mark.parametrize("sid", ["AC" + "0b" * 16, "", None])
    def test_another_account_is_refused_although_it_is_signed(self, sid):
        form = {name: value for name, value in FORM.items() if name != "AccountSid"}
        if sid is not None:
            form["AccountSid"] = sid
        body = urlencode(form).encode()
        assert not is_valid(request(signature(BASE + TARGET, form), body=body))
