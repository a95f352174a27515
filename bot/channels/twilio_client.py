"""The one place that knows Twilio's library: signatures of what comes in, sending, looking up."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from typing import Any, Protocol
from urllib.parse import urlsplit, urlunsplit

import requests
from twilio.base.exceptions import TwilioRestException, TwilioServiceException
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator, get_signature_algorithm
from twilio.rest import Client
from urllib3.exceptions import NewConnectionError

from bot.channels.inbound import BadSignature, Item, Parsed, RawRequest
from bot.channels.line import line_breaker, over
from bot.channels.quiet_logs import quiet_client_logs
from bot.channels.twilio_form import Form
from bot.channels.twilio_found import SentPart
from bot.channels.twilio_tables import STATUSES, WAIT_SECONDS, reason_of
from core.connect.breaker import Breaker
from core.messaging.channel import Reason, Receipt, SendError, send_error
from core.messaging.delivery import DeliveryState

SIGNATURE = "x-twilio-signature"
SIGNATURE_SETTINGS = "x-twilio-webhooks-signature-settings"
EMPTY_TWIML = b'<?xml version="1.0" encoding="UTF-8"?><Response/>'

_CONNECT_SECONDS = 5.0
_READ_SECONDS = 15.0
_LOOK_UP = 50  # newest messages to one address that are looked through
_LONGEST_WAIT = 3600.0


@dataclass(frozen=True, slots=True)
class TwilioAccount:
    """Whose account it is and where it is reached.

    ``auth_tokens``: the first one sends; all of them may sign what comes in, so that a token can
    be changed without losing a message. ``base_url`` points elsewhere for a stand-in.
    """

    account_sid: str
    auth_tokens: tuple[str, ...]
    base_url: str = "https://api.twilio.com"


class TwilioVerifier:
    """Checks that a request was signed by Twilio, for the address we are known by.

    The signed address is the configured public one with the path and query as they came: what a
    proxy makes of scheme and host, and what its headers claim, does not count.
    """

    def __init__(self, account: TwilioAccount, *, public_base_url: str) -> None:
        self._public = public_base_url.rstrip("/")
        self._account_sid = account.account_sid
        self._validators = tuple(RequestValidator(token) for token in account.auth_tokens)

    def verify(self, request: RawRequest) -> Form:
        """Return the form of a request that is Twilio's and ours; raise `BadSignature`."""
        is_json = request.headers.get("content-type", "").startswith("application/json")
        form = Form([]) if is_json else Form.read(request.body)
        signed = request.body.decode("utf-8", "replace") if is_json else form
        if not self._is_signed(request, signed):
            raise BadSignature
        if not is_json and form.get("AccountSid") != self._account_sid:
            raise BadSignature
        return form

    def _is_signed(self, request: RawRequest, signed: Form | str) -> bool:
        url = self._public + request.target
        signature = request.headers.get(SIGNATURE, "")
        algorithm = get_signature_algorithm(request.headers.get(SIGNATURE_SETTINGS, ""))
        try:
            return any(_fits(each, url, signed, signature, algorithm) for each in self._validators)
        except (TypeError, ValueError):
            # The library's answer to a JSON body without its hash in the query, and to bad ports.
            return False


def _fits(
    validator: RequestValidator, url: str, signed: Form | str, signature: str, algorithm: str
) -> bool:
    """Tell whether the signature fits: to the address as it is first, as nearly all do.

    Only the library's own check knows the hash of a JSON body, and the address with and without
    a port; it computes everything twice.
    """
    if isinstance(signed, Form):
        own = validator.compute_signature(url, signed, algorithm)
        if compare_digest(own.encode(), signature.encode()):
            return True
    return bool(validator.validate(url, signed, signature, algorithm))


class ReadForm(Protocol):
    """Reads a verified form; ``query`` is the raw query it was posted with."""

    def __call__(self, form: Form, query: str) -> Item:
        """Return what the form says."""
        ...


@dataclass(frozen=True, slots=True)
class TwilioWebhook:
    """One of Twilio's ways in: a path, and how its forms are read."""

    path: str
    verifier: TwilioVerifier
    read: ReadForm
    answer: tuple[bytes, str] = (EMPTY_TWIML, "text/xml")

    def parse(self, request: RawRequest) -> Parsed:
        """Verify and read one request."""
        form = self.verifier.verify(request)
        return Parsed((self.read(form, request.target.partition("?")[2]),))


class _Transport(TwilioHttpClient):  # type: ignore[misc]  # the library ships no types
    """Twilio's own HTTP client with our address, our timeouts, no retry and our errors.

    No retry ever: creating a message has no idempotency key.
    """

    def __init__(self, base_url: str, *, timeouts: tuple[float, float]) -> None:
        super().__init__()
        self.timeout = timeouts
        self._base = urlsplit(base_url.rstrip("/"))

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        """Send one request; the library calls it for everything it does."""
        parts = urlsplit(url)
        ours = (self._base.scheme, self._base.netloc, self._base.path + parts.path)
        response = _translated(
            lambda: super(_Transport, self).request(
                method, urlunsplit((*ours, parts.query, "")), *args, **kwargs
            )
        )
        if response.status_code == 429:
            # The library's own error would lose the header.
            raise _slow_down(response)
        return response


class TwilioMessages:
    """Creates messages and looks them up; turns every failure into a `SendError`."""

    def __init__(
        self,
        account: TwilioAccount,
        *,
        timeouts: tuple[float, float] = (_CONNECT_SECONDS, _READ_SECONDS),
        breaker: Breaker | None = None,
    ) -> None:
        self._client = open_client(account, account.base_url, timeouts=timeouts)
        self.breaker = breaker or line_breaker()

    def create(self, fields: Mapping[str, Any]) -> Receipt:
        """Create one message from the library's own argument names."""
        return over(self.breaker, lambda: self._created(fields))

    def _created(self, fields: Mapping[str, Any]) -> Receipt:
        created = called(lambda: self._client.messages.create(**fields))
        receipt = _receipt(created)
        if receipt.status is DeliveryState.FAILED:
            raise send_error(reason_of(created.error_code), code=str(created.error_code or ""))
        return receipt

    def sent_to(self, to: str) -> tuple[SentPart, ...]:
        """Return the newest messages that we sent to ``to``, newest first."""
        found = called(lambda: self._client.messages.list(to=to, limit=_LOOK_UP))
        ours = [one for one in found if str(one.direction).startswith("outbound")]
        return tuple(map(_sent_part, sorted(ours, key=_created_at, reverse=True)))

    def close(self) -> None:
        """Close the connections."""
        close_client(self._client)


def open_client(
    account: TwilioAccount,
    base_url: str,
    *,
    timeouts: tuple[float, float] = (_CONNECT_SECONDS, _READ_SECONDS),
) -> Client:
    """Return the library's client for one of Twilio's hosts; whoever opens it closes it."""
    quiet_client_logs()
    return Client(
        account.account_sid,
        account.auth_tokens[0],
        http_client=_Transport(base_url, timeouts=timeouts),
        # Not empty, or the library reads the machine's environment.
        environment={"TWILIO_ACCOUNT_SID": account.account_sid},
    )


def close_client(client: Client) -> None:
    """Close a client's connections."""
    session = client.http_client.session
    if session is not None:
        session.close()


def _translated(call: Callable[[], Any]) -> Any:  # noqa: ANN401
    """Run one exchange; say whether a failure came before or after the request went out."""
    try:
        return call()
    except requests.exceptions.ConnectTimeout:
        raise send_error(Reason.NOT_CONNECTED) from None
    except requests.exceptions.Timeout:
        raise send_error(Reason.TIMED_OUT) from None
    except requests.exceptions.RequestException as error:
        cause = getattr(error.args[0], "reason", None) if error.args else None
        before = isinstance(cause, NewConnectionError) or "CERTIFICATE_VERIFY_FAILED" in str(cause)
        reason = Reason.NOT_CONNECTED if before else Reason.CONNECTION_LOST
        raise send_error(reason) from None


def called(call: Callable[[], Any]) -> Any:  # noqa: ANN401
    """Run a call of the library; its errors quote numbers and text, so only codes go on."""
    try:
        return call()
    except (TwilioRestException, TwilioServiceException) as error:
        reason = reason_of(error.code, error.status)
        raise send_error(reason, code=str(error.code or error.status)) from None
    except (ValueError, TypeError, AttributeError, KeyError):
        # A success whose body is no message: it may well have been created.
        raise send_error(Reason.MALFORMED_ANSWER) from None


def _receipt(message: Any) -> Receipt:  # noqa: ANN401
    status = STATUSES.get(str(message.status))
    if not isinstance(message.sid, str) or not message.sid or status is None:
        raise send_error(Reason.MALFORMED_ANSWER)
    return Receipt((message.sid,), status)


def _sent_part(message: Any) -> SentPart:  # noqa: ANN401
    has_media = str(message.num_media or "0") != "0"
    return SentPart(message.body or "", has_media, _receipt(message))


def _created_at(message: Any) -> float:  # noqa: ANN401
    created = message.date_created
    return created.timestamp() if isinstance(created, datetime) else 0.0


def _slow_down(response: Any) -> SendError:  # noqa: ANN401
    wait = str((response.headers or {}).get("Retry-After", ""))
    code = _error_code(response.text) or 429
    if wait.isascii() and wait.isdigit():
        return send_error(
            Reason.RATE_LIMITED, code=str(code), after_seconds=min(float(wait), _LONGEST_WAIT)
        )
    return send_error(Reason.RATE_LIMITED, code=str(code), after_seconds=WAIT_SECONDS.get(code))


def _error_code(body: str) -> int | None:
    try:
        code = json.loads(body)["code"]
    except (ValueError, TypeError, KeyError):
        return None
    return code if isinstance(code, int) else None
