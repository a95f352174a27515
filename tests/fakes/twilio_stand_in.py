"""A small Twilio on this machine: takes messages, keeps a journal, fails on demand, calls back."""

from __future__ import annotations

import base64
import json
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit
from urllib.request import Request, urlopen

from twilio.request_validator import RequestValidator

from tests.fakes.twilio_spec import TwilioSpec, load_spec

ACCOUNT_SID = "AC" + "0a" * 16
AUTH_TOKEN = "stand-in-auth-token"
# Twilio's own convention for test numbers.
NUMBERS = {"+15005550001": 21211, "+15005550004": 21610, "+15005550009": 21614}
_CREATED = "Fri, 20 Nov 2026 10:00:00 +0000"


class Fault(StrEnum):
    """What the next request meets."""

    TOO_MANY = "too_many"  # 429 with Retry-After; not taken
    ERROR_AFTER_ACCEPT = "error_after_accept"  # taken, and yet a 500
    STALL_AFTER_ACCEPT = "stall_after_accept"  # taken, and no answer in time
    RESET_AFTER_ACCEPT = "reset_after_accept"  # taken, and the connection breaks
    MALFORMED_AFTER_ACCEPT = "malformed_after_accept"  # taken, and a page instead of JSON


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message the stand-in took."""

    sid: str
    fields: dict[str, list[str]]
    status: str

    def get(self, name: str) -> str:
        """Return the first value of a field, "" when it was not sent."""
        return self.fields.get(name, [""])[0]


@dataclass
class TwilioStandIn:
    """Start it with ``with``; ``base_url`` is what goes into the settings."""

    account_sid: str = ACCOUNT_SID
    auth_token: str = AUTH_TOKEN
    first_status: str = "queued"
    retry_after: str | None = "7"
    journal: list[SentMessage] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    media: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    media_logins: list[str] = field(default_factory=list)
    requests: int = 0

    def __post_init__(self) -> None:
        spec = load_spec()
        self._spec = TwilioSpec(spec) if spec is not None else None
        self._plan: deque[Fault | int | None] = deque()
        self._lock = threading.Lock()
        self._released = threading.Event()

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._released.set()
        self._server.shutdown()
        self._thread.join(5)
        self._server.server_close()

    @property
    def base_url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def fail_next(self, *faults: Fault | int | None) -> None:
        """Let the next requests meet ``faults``, in order: a number is an error code, None none."""
        self._plan.extend(faults)

    def sign(self, url: str, form: Mapping[str, str], *, token: str = "") -> dict[str, str]:
        """Return the headers Twilio would send with ``form`` to ``url``."""
        signature = RequestValidator(token or self.auth_token).compute_signature(url, form)
        return {
            "X-Twilio-Signature": signature,
            "Content-Type": "application/x-www-form-urlencoded",
            "I-Twilio-Idempotency-Token": form.get("MessageSid", ""),
        }

    def sms_form(self, text: str, *, sid: str, sender: str, **more: str) -> dict[str, str]:
        """Return the form of an inbound text message."""
        return {
            "ToCountry": "US",
            "SmsMessageSid": sid,
            "NumMedia": "0",
            "SmsSid": sid,
            "SmsStatus": "received",
            "FromCity": "",
            "Body": text,
            "To": "+15550199",
            "NumSegments": "1",
            "MessageSid": sid,
            "AccountSid": self.account_sid,
            "From": sender,
            "ApiVersion": "2010-04-01",
            **more,
        }

    def status_form(self, sid: str, status: str, *, error_code: str = "") -> dict[str, str]:
        """Return the form of a status callback."""
        form = {
            "SmsSid": sid,
            "SmsStatus": status,
            "MessageStatus": status,
            "To": "+15550100",
            "MessageSid": sid,
            "AccountSid": self.account_sid,
            "From": "+15550199",
            "ApiVersion": "2010-04-01",
        }
        return {**form, "ErrorCode": error_code} if error_code else form

    def post(self, server_url: str, public_url: str, form: Mapping[str, str]) -> int:
        """Post a signed form to ``server_url``, known to the world as ``public_url``."""
        request = Request(server_url, urlencode(form).encode(), self.sign(public_url, form))
        with urlopen(request, timeout=10) as answer:
            return int(answer.status)

    def report(
        self, message: SentMessage, status: str, *, server_url: str, error_code: str = ""
    ) -> int:
        """Call a message's own status address back; the path is kept, the host is the server's."""
        public = message.get("StatusCallback")
        parts = urlsplit(public)
        local = f"{server_url.rstrip('/')}{parts.path}?{parts.query}"
        form = self.status_form(message.sid, status, error_code=error_code)
        form["To"] = message.get("To")
        return self.post(local, public, form)

    def take(self, fields: dict[str, list[str]]) -> tuple[int, dict[str, Any] | Fault, str]:
        """Decide on a create request: status, body or fault, and the sid it got."""
        with self._lock:
            fault = self._plan.popleft() if self._plan else NUMBERS.get(fields["To"][0])
            if fault is Fault.TOO_MANY:
                return 429, {"code": 20429, "message": "Too Many Requests", "status": 429}, ""
            if isinstance(fault, int):
                return 400, {"code": fault, "message": "no", "status": 400}, ""
            wrong = self._spec.faults(fields) if self._spec is not None else []
            self.complaints += wrong
            if wrong:
                return 400, {"code": 20001, "message": "; ".join(wrong), "status": 400}, ""
            sid = f"SM{len(self.journal) + 1:032x}"
            status = "accepted" if "MessagingServiceSid" in fields else self.first_status
            sent = SentMessage(sid, fields, status)
            self.journal.append(sent)
        if isinstance(fault, Fault):
            return 201, fault, sid
        return 201, self.shown(sent), sid

    def shown(self, sent: SentMessage) -> dict[str, Any]:
        """Return a message as the API writes it."""
        return {
            "sid": sent.sid,
            "account_sid": self.account_sid,
            "status": sent.status,
            "body": sent.get("Body"),
            "to": sent.get("To"),
            "from": sent.get("From") or None,
            "direction": "outbound-api",
            "date_created": _CREATED,
            "error_code": None,
            "num_media": str(len(sent.fields.get("MediaUrl", []))),
        }

    def wait(self) -> None:
        """Hold an answer back until the stand-in ends."""
        self._released.wait(30)


def _handler_for(stand_in: TwilioStandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(_Handler):
        owner = stand_in

    return Handler


class _Handler(BaseHTTPRequestHandler):
    owner: TwilioStandIn
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or each answer waits 40 ms for the client's

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        self.owner.requests += 1
        fields: dict[str, list[str]] = {}
        for name, value in parse_qsl(body, keep_blank_values=True):
            fields.setdefault(name, []).append(value)
        if not self._is_known():
            self._json(401, {"code": 20003, "message": "Authenticate", "status": 401})
            return
        status, answer, _sid = self.owner.take(fields)
        if isinstance(answer, Fault):
            self._misbehave(answer)
            return
        headers = {"Retry-After": self.owner.retry_after} if status == 429 else {}
        self._json(status, answer, {k: v for k, v in headers.items() if v is not None})

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path.startswith(("/media/", "/other/")):
            self._media(parts.path)
            return
        wanted = parse_qs(parts.query).get("To", [""])[0]
        found = [
            self.owner.shown(sent)
            for sent in reversed(self.owner.journal)
            if not wanted or sent.get("To") == wanted
        ]
        self._json(200, {"messages": found, "next_page_uri": None, "page": 0})

    def _media(self, path: str) -> None:
        self.owner.media_logins.append(self.headers.get("Authorization", ""))
        if path in self.owner.redirects:
            self._send(307, b"", {"Location": self.owner.redirects[path]})
        elif path.startswith("/media/") and not self._is_known():
            self._json(401, {"code": 20003, "message": "Authenticate", "status": 401})
        elif path in self.owner.media:
            content, media_type = self.owner.media[path]
            self._send(200, content, {"Content-Type": media_type})
        else:
            self._json(404, {"code": 20404, "message": "not found", "status": 404})

    def _is_known(self) -> bool:
        login = f"{self.owner.account_sid}:{self.owner.auth_token}".encode()
        expected = f"Basic {base64.b64encode(login).decode()}"
        return self.headers.get("Authorization", "") == expected

    def _misbehave(self, fault: Fault) -> None:
        if fault is Fault.ERROR_AFTER_ACCEPT:
            self._json(500, {"code": 20500, "message": "Internal Server Error", "status": 500})
        elif fault is Fault.MALFORMED_AFTER_ACCEPT:
            self._send(201, b"<html>created</html>", {"Content-Type": "text/html"})
        else:
            if fault is Fault.STALL_AFTER_ACCEPT:
                self.owner.wait()
            self.close_connection = True

    def _json(self, status: int, body: object, headers: Mapping[str, str] | None = None) -> None:
        more = {"Content-Type": "application/json", **(headers or {})}
        self._send(status, json.dumps(body).encode(), more)

    def _send(self, status: int, content: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""
