"""What is posted in Plaid's name: one way of signing is believed, and what is signed is read."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from core.banks.word import BankNews, BankWord
from core.connect.bank_feed import BankUnavailable, BankWordForged, BankWordUnreadable
from core.connect.plaid_words import WordKeys, word_of
from tests.fakes.plaid_signer import PlaidSigner, coded, read, word

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
BODY = word()


@pytest.fixture
def signer() -> PlaidSigner:
    return PlaidSigner()


@pytest.fixture
def keys() -> WordKeys:
    return WordKeys()


def heard(signer: PlaidSigner, keys: WordKeys, body: bytes, token: str, *, now=NOW):
    return word_of(body, token, keys, signer.fetch, now=now)


class TestASignature:
    def test_of_plaid_is_believed(self, signer, keys):
        told = heard(signer, keys, BODY, signer.sign(BODY, NOW))
        assert told == BankWord("item-1", BankNews.ROWS)

    @pytest.mark.parametrize("age", [timedelta(minutes=5), timedelta(0), -timedelta(minutes=1)])
    def test_is_fresh_for_five_minutes(self, signer, keys, age):
        assert heard(signer, keys, BODY, signer.sign(BODY, NOW - age))

    @pytest.mark.parametrize("age", [timedelta(minutes=5, seconds=1), -timedelta(seconds=61)])
    def test_that_is_older_or_of_tomorrow_is_refused(self, signer, keys, age):
        with pytest.raises(BankWordForged):
            heard(signer, keys, BODY, signer.sign(BODY, NOW - age))

    @pytest.mark.parametrize("iat", [None, True, "1", 1.5, -1, 0, 2**60, [], {}])
    def test_without_a_moment_is_refused(self, signer, keys, iat):
        with pytest.raises(BankWordForged):
            heard(signer, keys, BODY, signer.sign(BODY, NOW, iat=iat))

    @pytest.mark.parametrize("stated", [None, "", 7, "é", "00" * 32])
    def test_over_another_body_is_refused(self, signer, keys, stated):
        with pytest.raises(BankWordForged):
            heard(signer, keys, BODY, signer.sign(BODY, NOW, request_body_sha256=stated))
        with pytest.raises(BankWordForged):
            heard(signer, keys, BODY + b" ", signer.sign(BODY, NOW))

    @pytest.mark.parametrize(
        "head",
        [
            {"alg": "none"},
            {"alg": "HS256"},
            {"alg": "RS256"},
            {"alg": "es256"},
            {"alg": ["ES256"]},
            {"alg": None},
            {"crit": []},
            {"kid": None},
            {"kid": "../../item/get"},
            {"kid": "a" * 65},
            {"kid": ""},
        ],
    )
    def test_of_another_kind_is_refused_and_nobody_is_asked(self, signer, keys, head):
        with pytest.raises(BankWordForged):
            heard(signer, keys, BODY, signer.sign(BODY, NOW, head=head))
        assert signer.asked == []

    def test_by_another_key_of_the_same_id_is_refused(self, signer, keys):
        with pytest.raises(BankWordForged):
            heard(signer, keys, BODY, PlaidSigner().sign(BODY, NOW))

    def test_with_what_it_signed_changed_is_refused(self, signer, keys):
        head, claims, signature = signer.sign(BODY, NOW - timedelta(hours=1)).split(".")
        fresh = {**read(claims), "iat": int(NOW.timestamp())}
        renewed = coded(json.dumps(fresh).encode())
        with pytest.raises(BankWordForged):
            heard(signer, keys, BODY, f"{head}.{renewed}.{signature}")

    def test_is_written_in_one_way_only(self, signer, keys):
        """The last letter of 64 bytes has four bits that say nothing: they must be nothing."""
        token = signer.sign(BODY, NOW)
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        true = letters.index(token[-1])
        assert true % 16 == 0
        for other in (true + 1, true + 15):
            with pytest.raises(BankWordForged):
                heard(signer, keys, BODY, token[:-1] + letters[other])
        with pytest.raises(BankWordForged):
            heard(signer, keys, BODY, token + "=")

    @pytest.mark.parametrize(
        "token", ["", ".", "..", "a.b", "a.b.c.d", "a b.c.d", "é.é.é", "x" * 9000]
    )
    def test_that_is_none_is_refused(self, signer, keys, token):
        with pytest.raises(BankWordForged):
            heard(signer, keys, BODY, token)

    @pytest.mark.parametrize("part", [b"[]", b"null", b"{", b"\xff", b"[" * 3000, b'"alg"'])
    def test_around_what_is_no_object_is_refused(self, signer, keys, part):
        head, claims, signature = signer.sign(BODY, NOW).split(".")
        for token in (f"{coded(part)}.{claims}.{signature}", f"{head}.{coded(part)}.{signature}"):
            with pytest.raises(BankWordForged):
                heard(signer, keys, BODY, token)

    def test_of_nothing_is_refused(self, signer, keys):
        """Zeros are the signature that a careless check of the numbers takes for any text."""
        text = signer.sign(BODY, NOW).rpartition(".")[0]
        with pytest.raises(BankWordForged):
            heard(signer, keys, BODY, f"{text}.{coded(bytes(64))}")


class TestAKey:
    def test_is_asked_for_once_and_again_after_an_hour(self, signer, keys):
        for minute in (0, 1, 59):
            now = NOW + timedelta(minutes=minute)
            heard(signer, keys, BODY, signer.sign(BODY, now), now=now)
        assert len(signer.asked) == 1
        later = NOW + timedelta(hours=1)
        heard(signer, keys, BODY, signer.sign(BODY, later), now=later)
        assert len(signer.asked) == 2

    def test_that_has_expired_signs_nothing(self, signer, keys):
        signer.expired_at = int(NOW.timestamp())
        with pytest.raises(BankWordForged):
            heard(signer, keys, BODY, signer.sign(BODY, NOW))

    @pytest.mark.parametrize(
        "told", [{"alg": "ES384"}, {"crv": "P-384"}, {"kty": "RSA"}, {"use": "enc"}, {"kid": "b"}]
    )
    def test_of_another_kind_signs_nothing(self, signer, keys, told):
        fetch = lambda key_id: {**signer.fetch(key_id), **told}  # noqa: E731
        with pytest.raises(BankWordForged):
            word_of(BODY, signer.sign(BODY, NOW), keys, fetch, now=NOW)

    def test_that_is_no_point_of_the_curve_signs_nothing(self, signer, keys):
        fetch = lambda key_id: {**signer.fetch(key_id), "x": coded(bytes(32))}  # noqa: E731
        with pytest.raises(BankWordForged):
            word_of(BODY, signer.sign(BODY, NOW), keys, fetch, now=NOW)

    def test_that_does_not_exist_is_not_asked_for_again(self, signer, keys):
        for _ in range(3):
            with pytest.raises(BankWordForged):
                heard(signer, keys, BODY, signer.sign(BODY, NOW, head={"kid": "stranger"}))
        assert signer.asked == ["stranger"]

    def test_of_a_strangers_choice_is_asked_for_so_often_and_true_words_still_come(
        self, signer, keys
    ):
        heard(signer, keys, BODY, signer.sign(BODY, NOW))
        refused = []
        for number in range(100):
            with pytest.raises((BankWordForged, BankUnavailable)) as raised:
                heard(signer, keys, BODY, signer.sign(BODY, NOW, head={"kid": f"k{number}"}))
            refused.append(raised.type)
        assert refused.count(BankUnavailable) == 81
        assert len(signer.asked) == 20
        assert heard(signer, keys, BODY, signer.sign(BODY, NOW))
        soon = NOW + timedelta(minutes=1)
        with pytest.raises(BankWordForged):
            heard(signer, keys, BODY, signer.sign(BODY, soon, head={"kid": "k99"}), now=soon)

    def test_that_cannot_be_asked_for_now_is_asked_for_again(self, signer, keys):
        def away(_key_id: str):
            raise BankUnavailable

        token = signer.sign(BODY, NOW)
        with pytest.raises(BankUnavailable):
            word_of(BODY, token, keys, away, now=NOW)
        assert heard(signer, keys, BODY, token)


class TestAWord:
    @pytest.mark.parametrize(
        ("body", "news"),
        [
            (word("LOGIN_REPAIRED"), BankNews.ROWS),
            (word("ERROR", error={"error_code": "ITEM_LOGIN_REQUIRED"}), BankNews.SIGN_IN),
            (word("ERROR", error={"error_code": "USER_PERMISSION_REVOKED"}), BankNews.REVOKED),
            (word("ERROR", error={"error_code": "INSTITUTION_DOWN"}), BankNews.ROWS),
            (word("ERROR", error=None), BankNews.ROWS),
            (word("USER_PERMISSION_REVOKED"), BankNews.REVOKED),
            (word("NEW_ACCOUNTS_AVAILABLE"), BankNews.ACCOUNTS),
        ],
    )
    def test_is_read_as_what_has_to_be_done(self, signer, keys, body, news):
        assert heard(signer, keys, body, signer.sign(body, NOW)) == BankWord("item-1", news)

    @pytest.mark.parametrize(
        ("code", "name"),
        [
            ("PENDING_EXPIRATION", "consent_expiration_time"),
            ("PENDING_DISCONNECT", "disconnect_time"),
        ],
    )
    def test_tells_until_when_it_may_be_read(self, signer, keys, code, name):
        body = word(code, **{name: "2026-12-07T13:25:17.766Z"})
        told = heard(signer, keys, body, signer.sign(body, NOW))
        assert told.until == datetime(2026, 12, 7, 13, 25, 17, 766_000, tzinfo=UTC)

    @pytest.mark.parametrize("code", ["WEBHOOK_UPDATE_ACKNOWLEDGED", "SOMETHING_NEW", ""])
    def test_of_no_concern_is_nothing(self, signer, keys, code):
        body = word(code)
        assert heard(signer, keys, body, signer.sign(body, NOW)) is None

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"[]",
            b"{}",
            b"null",
            b"\xff",
            word(item=""),
            word(item="i" * 81),
            word(item=7),
            word("ERROR"),
            word("ERROR", error=["x"]),
            word("PENDING_DISCONNECT"),
            word("PENDING_DISCONNECT", disconnect_time="soon"),
            word("PENDING_EXPIRATION", consent_expiration_time=7),
        ],
    )
    def test_of_an_odd_form_is_unreadable(self, signer, keys, body):
        with pytest.raises(BankWordUnreadable):
            heard(signer, keys, body, signer.sign(body, NOW))
