"""The small door of a worker process: ``/healthz``, ``/readyz`` and ``/metrics``, nothing else.

A supervisor asks it whether the process lives and works, and Prometheus what it alone knows.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from bot.api.health import readiness
from bot.api.process_figures import ProcessFigures, may_read
from bot.app import App
from workers.watchdog import HANGS_AFTER_SECONDS, Watch

# What the piles of work are like is everybody's business; these two are this process's own.
_OWN_CHECKS = ("database", "schema")
_JSON = "application/json"
_REQUEST_SECONDS = 5.0

Answer = tuple[int, str, bytes]


@contextmanager
def worker_door(app: App, watch: Watch, host: str, port: int) -> Iterator[int]:
    """Answer on ``port`` (0: any that is free) until the block ends; yield the port."""
    desk = _Desk(app, watch)
    server = ThreadingHTTPServer((host, port), partial(_Request, desk))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, name="door", daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Desk:
    """Knows the answers."""

    def __init__(self, app: App, watch: Watch) -> None:
        self._app = app
        self._watch = watch
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(ProcessFigures(app, watch.rounds))

    def answer(self, path: str, headers: Mapping[str, str], host: str) -> Answer:
        """Return status, media type and body."""
        routes: dict[str, Callable[[], Answer]] = {"/healthz": self._alive, "/readyz": self._ready}
        if path in routes:
            return routes[path]()
        if path != "/metrics":
            return 404, _JSON, b"{}"
        if not may_read(self._app, headers, host):
            return 403, _JSON, b"{}"
        return 200, CONTENT_TYPE_LATEST, generate_latest(self._registry)

    def _alive(self) -> Answer:
        hanging = self._watch.hanging(HANGS_AFTER_SECONDS)
        return _told(not hanging, {"alive": not hanging, "hanging": hanging})

    def _ready(self) -> Answer:
        found = readiness(self._app)
        checks = {name: found.get(name, {"ok": False}) for name in _OWN_CHECKS}
        is_ready = all(check["ok"] for check in checks.values())
        return _told(is_ready, {"ready": is_ready, "checks": checks})


class _Request(BaseHTTPRequestHandler):
    """One request; says nothing of itself in any log."""

    timeout = _REQUEST_SECONDS

    def __init__(self, desk: _Desk, *arguments: object) -> None:
        self._desk = desk
        super().__init__(*arguments)  # type: ignore[arg-type]  # request, address and server

    def do_GET(self) -> None:
        """Answer a GET."""
        headers = {name.lower(): value for name, value in self.headers.items()}
        path = self.path.partition("?")[0]
        status, kind, body = self._desk.answer(path, headers, str(self.client_address[0]))
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_parts: object) -> None:
        """Stay silent."""


def _told(is_well: bool, body: Mapping[str, object]) -> Answer:  # noqa: FBT001 (an answer's two sides)
    return 200 if is_well else 503, _JSON, json.dumps(body).encode()
