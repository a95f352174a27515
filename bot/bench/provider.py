"""A provider on this machine that takes text messages as Twilio does, and takes its time."""

from __future__ import annotations

import http.client
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qs, urlencode

# A provider answers in tens of milliseconds; waiting for it must not be what limits us.
_THINKS_SECONDS = 0.02


class Provider:
    """Start it with ``with``; ``url`` is what goes into the settings."""

    def __init__(self) -> None:
        self._taken: dict[str, list[float]] = {}
        self._number = 0
        self._lock = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._thread.join(10)
        self._server.server_close()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def taken(self) -> int:
        """Return how many messages it has taken."""
        with self._lock:
            return self._number

    def wait_for(self, address: str, count: int, seconds: float) -> float:
        """Return when the message with that number to ``address`` came (monotonic)."""
        with self._lock:
            there = self._lock.wait_for(lambda: len(self._to(address)) >= count, seconds)
            if not there:
                raise TimeoutError("the provider was sent nothing")
            return self._to(address)[count - 1]

    def bare_rate(self, seconds: float) -> float:
        """Return how many messages a second a bare loop over one connection sends."""
        host, port = self._server.server_address[:2]
        connection = http.client.HTTPConnection(str(host), int(port))
        body, number, start = urlencode({"To": "+15559", "Body": "hello"}), 0, time.monotonic()
        while (gone := time.monotonic() - start) < seconds:
            connection.request("POST", "/Messages.json", body)
            connection.getresponse().read()
            number += 1
        connection.close()
        return number / gone

    def take(self, address: str) -> bytes:
        """Take one message and return the answer to it."""
        time.sleep(_THINKS_SECONDS)
        with self._lock:
            self._number += 1
            self._taken.setdefault(address, []).append(time.monotonic())
            sid = f"SM{self._number:032x}"
            self._lock.notify_all()
        return json.dumps({"sid": sid, "status": "queued", "error_code": None}).encode()

    def _to(self, address: str) -> list[float]:
        return self._taken.get(address, [])


def _handler_for(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # the answer leaves in one piece
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            form = parse_qs(self.rfile.read(length).decode())
            answer = provider.take(form["To"][0])
            self.send_response(201)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Stay silent."""

    return Handler
