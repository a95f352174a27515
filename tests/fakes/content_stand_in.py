"""Twilio's Content API on this machine: takes templates, follows a review that the test decides.

Every request is held against the official description first, the way its front door would.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from tests.fakes.twilio_spec import load_spec
from tests.fakes.twilio_stand_in import ACCOUNT_SID, AUTH_TOKEN

_APPROVAL = re.compile(r"/v1/Content/(HX[0-9a-f]{32})/ApprovalRequests(/whatsapp)?")
_SCHEMAS = {"create": "ContentCreateRequest", "approve": "ContentApprovalRequest"}


class ContentSpec:
    """What the description says of the two requests we make."""

    def __init__(self, spec: Mapping[str, Any]) -> None:
        self._schemas = spec["components"]["schemas"]

    def faults(self, request: str, body: Any) -> list[str]:
        """Return what is wrong with a body: ``request`` is create or approve."""
        return list(self._against(self._schemas[_SCHEMAS[request]], body, request))

    def _against(self, schema: Mapping[str, Any], value: Any, where: str) -> Iterator[str]:
        while "$ref" in schema:
            schema = self._schemas[schema["$ref"].rpartition("/")[2]]
        kind = schema.get("type")
        kinds = {"object": dict, "array": list, "string": str}
        if kind in kinds and not isinstance(value, kinds[kind]):
            yield f"{where} is no {kind}"
        elif kind == "object":
            yield from self._members(schema, value, where)
        elif kind == "array":
            for each in value:
                yield from self._against(schema["items"], each, f"{where}[]")
        elif "enum" in schema and value not in schema["enum"]:
            yield f"{where} is none of {schema['enum']}"

    def _members(self, schema: Mapping[str, Any], value: Any, where: str) -> Iterator[str]:
        known, others = schema.get("properties", {}), schema.get("additionalProperties")
        yield from (
            f"{where}.{name} is missing" for name in schema.get("required", ()) if name not in value
        )
        for name, each in value.items():
            if name in known:
                yield from self._against(known[name], each, f"{where}.{name}")
            elif isinstance(others, dict):
                yield from self._against(others, each, f"{where}.{name}")
            else:
                yield f"{where}.{name} is unknown"


@dataclass
class ContentStandIn:
    """Start it with ``with``; ``reviews`` says what a template's review has come to, by name."""

    kept: dict[str, dict[str, Any]] = field(default_factory=dict)
    approvals: dict[str, dict[str, Any]] = field(default_factory=dict)
    reviews: dict[str, tuple[str, str]] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)
    lose_next_answer: bool = False
    posts: int = 0

    def __post_init__(self) -> None:
        spec = load_spec("twilio_content_v1")
        self._spec = ContentSpec(spec) if spec is not None else None

    def __enter__(self) -> Self:
        owner = self

        class Handler(_Handler):
            stand_in = owner

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._thread.join(5)
        self._server.server_close()

    def forget(self) -> None:
        """Start anew, as if nothing had ever been sent."""
        for each in (self.kept, self.approvals, self.reviews):
            each.clear()
        self.posts = 0

    @property
    def base_url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def post(self, path: str, body: Any) -> tuple[int, dict[str, Any]]:
        """Create a template, or submit one."""
        self.posts += 1
        submitted = _APPROVAL.fullmatch(path)
        request = "approve" if submitted else "create"
        wrong = self._spec.faults(request, body) if self._spec is not None else []
        self.complaints += wrong
        if wrong:
            return 400, {"code": 20001, "message": "; ".join(wrong), "status": 400}
        if submitted is None:
            sid = f"HX{len(self.kept) + 1:032x}"
            self.kept[sid] = {**body, "sid": sid, "account_sid": ACCOUNT_SID}
            return 201, self.kept[sid]
        self.approvals[submitted[1]] = body
        return 201, {**body, "content_type": "twilio/text", "status": "received"}

    def get(self, path: str) -> tuple[int, dict[str, Any]]:
        """Return all templates, or how a review stands."""
        if path == "/v1/Content":
            meta = {"key": "contents", "next_page_url": None, "page": 0, "page_size": 50}
            return 200, {"contents": list(self.kept.values()), "meta": meta}
        asked = _APPROVAL.fullmatch(path)
        if asked is None or asked[1] not in self.kept:
            return 404, {"code": 20404, "message": "not found", "status": 404}
        name = self.kept[asked[1]]["friendly_name"]
        status, reason = self.reviews.get(name.rpartition("_")[0], ("pending", ""))
        if asked[1] not in self.approvals:
            status = "unsubmitted"
        return 200, {"sid": asked[1], "whatsapp": {"status": status, "rejection_reason": reason}}


class _Handler(BaseHTTPRequestHandler):
    stand_in: Any
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", "0"))))
        answer = self.stand_in.post(self.path.partition("?")[0], body)
        if self.stand_in.lose_next_answer:
            self.stand_in.lose_next_answer = False
            self.close_connection = True
            return
        self._answer(*answer)

    def do_GET(self) -> None:
        self._answer(*self.stand_in.get(self.path.partition("?")[0]))

    def _answer(self, status: int, body: Mapping[str, Any]) -> None:
        login = base64.b64encode(f"{ACCOUNT_SID}:{AUTH_TOKEN}".encode()).decode()
        if self.headers.get("Authorization", "") != f"Basic {login}":
            status, body = 401, {"code": 20003, "message": "Authenticate", "status": 401}
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""
