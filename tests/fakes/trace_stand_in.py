"""A collector on this machine: takes traces by OTLP over HTTP and keeps what it was sent."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True, slots=True)
class Kept:
    """One span as it came over the wire."""

    name: str
    trace: str
    id: str
    parent: str
    attributes: dict[str, str]
    ok: bool


class TraceStandIn:
    """Start it with ``with``; ``endpoint`` is what goes into the settings."""

    def __init__(self) -> None:
        self.spans: list[Kept] = []
        self.bodies: list[bytes] = []
        self.tokens: set[str] = set()

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        self.endpoint = f"http://127.0.0.1:{self._server.server_address[1]}"
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def named(self, name: str) -> list[Kept]:
        return [span for span in self.spans if span.name == name]

    def take(self, path: str, token: str, body: bytes) -> int:
        if path != "/v1/traces":
            return 404
        request = ExportTraceServiceRequest.FromString(body)
        self.tokens.add(token)
        self.bodies.append(body)
        self.spans.extend(_spans(request))
        return 200

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        keep = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                status = keep.take(self.path, self.headers.get("Authorization", ""), body)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_parts: object) -> None:
                pass

        return Handler


def _spans(request: ExportTraceServiceRequest) -> Iterator[Kept]:
    for resource in request.resource_spans:
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield Kept(
                    name=span.name,
                    trace=span.trace_id.hex(),
                    id=span.span_id.hex(),
                    parent=span.parent_span_id.hex(),
                    attributes={each.key: each.value.string_value for each in span.attributes},
                    ok=span.status.code != 2,
                )
