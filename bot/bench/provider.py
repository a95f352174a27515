"""A provider on this machine that takes text messages as Twilio does, and takes its time.

It is a process of its own: what it costs to be a provider must not be counted as sending.
"""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

# A provider answers in tens of milliseconds; waiting for it must not be what limits us.
_THINKS_SECONDS = 0.02
_HOST = "127.0.0.1"
# It ends by itself should the measurement be killed.
_LONGEST_SECONDS = 1_800


class Provider:
    """Start it with ``with``; ``url`` is what goes into the settings."""

    def __init__(self) -> None:
        self._port = 0
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "bot.bench.provider"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603
        assert self._process.stdout is not None
        self._port = int(self._process.stdout.readline())
        return self

    def __exit__(self, *_error: object) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.communicate(timeout=10)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{_HOST}:{self._port}"

    def taken(self) -> int:
        """Return how many messages it has taken."""
        return int(self._ask("/taken", {})["number"])

    def wait_for(self, address: str, count: int, seconds: float) -> float:
        """Return when the message with that number to ``address`` came (monotonic)."""
        asked = {"address": address, "count": count, "seconds": seconds}
        came = self._ask("/wait", asked)["came"]
        if came is None:
            raise TimeoutError("the provider was sent nothing")
        return float(came)

    def bare_rate(self, seconds: float, connections: int) -> float:
        """Return how many messages a second a bare loop sends over so many connections."""
        end = time.monotonic() + seconds
        with ThreadPoolExecutor(connections) as pool:
            sent = list(pool.map(lambda _: self._bare_loop(end), range(connections)))
        return sum(sent) / seconds

    def _bare_loop(self, end: float) -> int:
        connection = http.client.HTTPConnection(_HOST, self._port)
        body, number = urlencode({"To": "+15559", "Body": "hello"}), 0
        while time.monotonic() < end:
            connection.request("POST", "/Messages.json", body)
            connection.getresponse().read()
            number += 1
        connection.close()
        return number

    def _ask(self, path: str, values: dict[str, object]) -> dict[str, Any]:
        connection = http.client.HTTPConnection(_HOST, self._port)
        try:
            connection.request("GET", f"{path}?{urlencode(values)}")
            answer: dict[str, Any] = json.loads(connection.getresponse().read())
            return answer
        finally:
            connection.close()


class _Taken:
    """What the provider has taken: when each message came, by address."""

    def __init__(self) -> None:
        self.number = 0
        self._times: dict[str, list[float]] = {}
        self._lock = threading.Condition()

    def take(self, address: str) -> dict[str, object]:
        time.sleep(_THINKS_SECONDS)
        with self._lock:
            self.number += 1
            self._times.setdefault(address, []).append(time.monotonic())
            self._lock.notify_all()
            return {"sid": f"SM{self.number:032x}", "status": "queued", "error_code": None}

    def wait_for(self, address: str, count: int, seconds: float) -> float | None:
        with self._lock:
            times = self._times.setdefault(address, [])
            there = self._lock.wait_for(lambda: len(times) >= count, seconds)
            return times[count - 1] if there else None


def _handler_for(taken: _Taken) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # the answer leaves in one piece
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            form = parse_qs(self.rfile.read(length).decode())
            self._answer(201, taken.take(form["To"][0]))

        def do_GET(self) -> None:
            asked = parse_qs(urlsplit(self.path).query)
            if not asked:
                self._answer(200, {"number": taken.number})
                return
            came = taken.wait_for(
                asked["address"][0], int(asked["count"][0]), float(asked["seconds"][0])
            )
            self._answer(200, {"came": came})

        def _answer(self, status: int, said: dict[str, object]) -> None:
            answer = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Stay silent."""

    return Handler


def main() -> None:
    """Serve on a free port, which is printed, until ended."""
    server = ThreadingHTTPServer((_HOST, 0), _handler_for(_Taken()))
    server.daemon_threads = True
    threading.Timer(_LONGEST_SECONDS, server.shutdown).start()
    print(server.server_address[1], flush=True)
    server.serve_forever(0.05)


if __name__ == "__main__":
    main()
