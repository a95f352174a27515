"""Accounts through Plaid, by its documented API of 2020-09-14: Hosted Link and transactions/sync.

It posts by itself when there is something to read, or something is wrong: to ``webhook``.

The user signs in on Plaid's own page; we never see a password. Its sign is turned here, once:
Plaid writes money out as positive. Amounts are read as decimals, never as floats.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import httpx

from core.banks.feed import FeedAccount, FeedLink, FeedPage, FeedRow, LinkOffer
from core.banks.word import BankWord
from core.connect.bank_feed import BankMoved, BankNeedsSignIn, BankUnavailable, BankWordForged
from core.connect.breaker import Breaker
from core.connect.plaid_words import WordKeys, word_of
from core.currencies import EXPONENTS
from core.errors import FinanceError
from core.ledger.account import AccountKind
from core.money import Money

_CONNECT_SECONDS, _READ_SECONDS = 3.0, 30.0
_MOST_BYTES = 8_000_000
_PAGE = 500
# As far back as can be asked for; it cannot be raised for a connection once it is made.
_HISTORY_DAYS = 730
_SHOWN_AS = "FinanceMaster"
_GONE = frozenset({"ITEM_NOT_FOUND", "INVALID_ACCESS_TOKEN"})
_SIGN_IN = _GONE | {"ITEM_LOGIN_REQUIRED", "ACCESS_NOT_GRANTED", "USER_PERMISSION_REVOKED"}
_NO_SUCH_KEY = "INVALID_WEBHOOK_VERIFICATION_KEY_ID"
# What Plaid tells of a page that was gone through to its end.
_FINISHED = "HANDOFF"
_MOVED = "TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION"
_KINDS = {
    ("depository", "savings"): AccountKind.SAVINGS,
    ("depository", ""): AccountKind.CHECKING,
    ("credit", ""): AccountKind.CARD,
    ("loan", ""): AccountKind.LOAN,
    ("investment", ""): AccountKind.INVESTMENT,
    ("brokerage", ""): AccountKind.INVESTMENT,
}
_OWED = frozenset({AccountKind.CARD, AccountKind.LOAN})
_BROKEN = (httpx.HTTPError, ValueError, KeyError, TypeError, InvalidOperation, FinanceError)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Plaid:
    """The service at ``base_url``; ``countries`` are those whose banks are offered (ISO 3166).

    ``webhook`` is where it posts what has come about; empty where it cannot reach us.
    """

    base_url: str
    client_id: str
    secret: str = field(repr=False)
    countries: tuple[str, ...] = ("US",)
    breaker: Breaker = field(default_factory=Breaker)
    webhook: str = ""
    keys: WordKeys = field(default_factory=WordKeys, repr=False)

    @property
    def name(self) -> str:
        """What it is called."""
        return "plaid"

    @property
    def demo(self) -> bool:
        """Real banks are behind it."""
        return False

    def offer(self, key: str, *, back: str, language: str, renew: str = "") -> LinkOffer:
        """Ask for a page of Plaid's to sign in on."""
        asked: dict[str, Any] = {
            "client_name": _SHOWN_AS,
            "language": language,
            "country_codes": list(self.countries),
            "user": {"client_user_id": key},
            "hosted_link": {"completion_redirect_uri": back} if back else {},
        }
        if renew:
            asked["access_token"] = renew  # signing in again to what is there asks for no products
            asked["update"] = {"account_selection_enabled": True}
        else:
            asked["products"] = ["transactions"]
            asked["transactions"] = {"days_requested": _HISTORY_DAYS}
            asked |= {"webhook": self.webhook} if self.webhook else {}
        told = self._ask("/link/token/create", asked)
        with _made_sense():
            until = datetime.fromisoformat(told["expiration"])
            return LinkOffer(told["link_token"], told["hosted_link_url"], until)

    def finished(self, token: str) -> FeedLink | None:
        """Exchange what a finished sign-in left for the connection's own secret."""
        told = self._ask("/link/token/get", {"link_token": token})
        with _made_sense():
            public = next(_public_tokens(told), None)
        if public is None:
            return None
        told = self._ask("/item/public_token/exchange", {"public_token": public})
        with _made_sense():
            return FeedLink(told["item_id"], told["access_token"])

    def renewed(self, token: str) -> bool:
        """Look whether a page to sign in again on was gone through to its end."""
        told = self._ask("/link/token/get", {"link_token": token})
        with _made_sense():
            sessions = told.get("link_sessions") or ()
            events = (event for session in sessions for event in session.get("events") or ())
            return any(event["event_name"] == _FINISHED for event in events)

    def heard(self, body: bytes, token: str, *, now: datetime) -> BankWord | None:
        """Believe what Plaid signed, and read it."""
        return word_of(body, token, self.keys, self._key, now=now)

    def accounts(self, access: str) -> tuple[str, tuple[FeedAccount, ...]]:
        """Return the bank's name and its accounts; those in no ISO currency are left out."""
        told = self._ask("/accounts/get", {"access_token": access})
        with _made_sense():
            found = tuple(filter(None, map(_account, told["accounts"])))
            item = told["item"]
            bank, posts_to = str(item.get("institution_name") or ""), item.get("webhook")
        if self.webhook and posts_to != self.webhook:
            # Connected before there was an address, or under another one. It is read anyway.
            with suppress(BankUnavailable, BankNeedsSignIn):
                self._ask("/item/webhook/update", {"access_token": access, "webhook": self.webhook})
        return bank, found

    def page(self, access: str, cursor: str) -> FeedPage:
        """Return what is new since a cursor."""
        asked: dict[str, Any] = {
            "access_token": access,
            "count": _PAGE,
            "options": {"include_original_description": True},
        }
        if cursor:
            asked["cursor"] = cursor
        told = self._ask("/transactions/sync", asked)
        with _made_sense():
            return FeedPage(
                added=tuple(filter(None, map(_row, told["added"]))),
                changed=tuple(filter(None, map(_row, told["modified"]))),
                removed=tuple(gone["transaction_id"] for gone in told["removed"]),
                cursor=told["next_cursor"],
                more=bool(told["has_more"]),
            )

    def close(self, access: str) -> None:
        """Remove the connection at Plaid."""
        try:
            self._ask("/item/remove", {"access_token": access})
        except BankNeedsSignIn:
            return  # it is not there any more, which is what was wanted

    def _key(self, key_id: str) -> Mapping[str, Any]:
        told = self._ask("/webhook_verification_key/get", {"key_id": key_id})
        with _made_sense():
            return dict(told["key"])

    def _ask(self, path: str, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        if self.breaker.is_open:
            raise BankUnavailable
        try:
            status, told = self._post(path, asked)
        except _BROKEN as error:
            self.breaker.failed()
            # Only the kind of failure: what was asked holds secrets.
            _log.warning("bank_unavailable", extra={"problem": type(error).__name__})
            raise BankUnavailable from None
        code = str(told.get("error_code") or "")
        if status == httpx.codes.OK and not code:
            self.breaker.succeeded()
            return told
        _log.warning("bank_refused", extra={"problem": code[:60], "status": status})
        if code in _SIGN_IN:
            raise BankNeedsSignIn
        if code == _MOVED:
            raise BankMoved
        if code == _NO_SUCH_KEY:
            raise BankWordForged  # a stranger chose that id: the service is well
        self.breaker.failed()
        raise BankUnavailable

    def _post(self, path: str, asked: Mapping[str, Any]) -> tuple[int, Mapping[str, Any]]:
        limits = httpx.Timeout(_READ_SECONDS, connect=_CONNECT_SECONDS)
        body = {"client_id": self.client_id, "secret": self.secret, **asked}
        address = f"{self.base_url.rstrip('/')}{path}"
        with httpx.stream("POST", address, json=body, timeout=limits) as response:
            read = bytearray()
            for chunk in response.iter_bytes():
                read += chunk
                if len(read) > _MOST_BYTES:
                    raise ValueError("too long an answer")
        told = json.loads(bytes(read), parse_float=Decimal)
        if not isinstance(told, dict):
            raise TypeError("an answer that is no object")
        return response.status_code, told


@contextmanager
def _made_sense() -> Iterator[None]:
    """Turn an answer that lacks what is documented into `BankUnavailable`."""
    try:
        yield
    except _BROKEN as error:
        _log.warning("bank_unreadable", extra={"problem": type(error).__name__})
        raise BankUnavailable from None


def _public_tokens(told: Mapping[str, Any]) -> Iterator[str]:
    """Give the tokens that sign-ins of an offer left, the newest way of telling first."""
    for session in told.get("link_sessions") or ():
        results = session.get("results") or {}
        for added in results.get("item_add_results") or ():
            yield added["public_token"]
        older = session.get("on_success")
        if older:
            yield older["public_token"]


def _account(told: Mapping[str, Any]) -> FeedAccount | None:
    balances = told["balances"]
    currency = str(balances.get("iso_currency_code") or "")
    if currency not in EXPONENTS:
        return None
    group, narrower = str(told["type"]), str(told.get("subtype") or "")
    kind = _KINDS.get((group, narrower)) or _KINDS.get((group, ""), AccountKind.CHECKING)
    held = balances.get("current")
    balance = None if held is None else Money.rounded(_decimal(held), currency)
    if balance is not None and kind in _OWED:
        balance = -balance
    return FeedAccount(
        reference=told["account_id"],
        name=str(told.get("name") or told.get("official_name") or ""),
        kind=kind,
        currency=currency,
        last4=str(told.get("mask") or "")[-4:],
        balance=balance,
    )


def _row(told: Mapping[str, Any]) -> FeedRow | None:
    """Read a row; one in no ISO currency is left out, as its account is."""
    currency = str(told.get("iso_currency_code") or "")
    if currency not in EXPONENTS:
        return None
    return FeedRow(
        reference=told["transaction_id"],
        account=told["account_id"],
        booked_date=date.fromisoformat(told["date"]),
        amount=-Money.rounded(_decimal(told["amount"]), currency),
        description=str(told.get("original_description") or told.get("name") or ""),
        payee=str(told.get("merchant_name") or ""),
        pending=bool(told["pending"]),
        settles=str(told.get("pending_transaction_id") or ""),
    )


def _decimal(told: object) -> Decimal:
    """Read a number of JSON; it may carry the noise of a float, which is rounded away after."""
    if isinstance(told, bool) or not isinstance(told, int | Decimal):
        raise TypeError("not a number")
    return Decimal(told)
