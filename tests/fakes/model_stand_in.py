"""A language model on this machine: speaks the wire format of OpenAI, says what a test scripts.

It keeps every request, word for word, so that a test can look at what left.
"""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

USAGE = {"prompt_tokens": 120, "completion_tokens": 30, "total_tokens": 150}


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: a body as it goes out, with its status; ``stall`` are seconds before it.

    ``drip`` sends the first bytes at once and then one a second, as a dying server does.
    """

    body: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    stall: float = 0.0
    drip: bool = False
    cut: bool = False


def words(text: str | None, *, finish: str = "stop", **more: Any) -> Answer:
    """Answer with words."""
    return Answer(_completion({"role": "assistant", "content": text, **more}, finish))


def call(
    tool: str, /, *, identity: str | None = "call_1", raw: Any = None, **arguments: Any
) -> Any:
    """One tool call, as it stands in a message; ``raw`` replaces its arguments."""
    written = json.dumps(arguments) if raw is None else raw
    made = {"type": "function", "function": {"name": tool, "arguments": written}}
    return made if identity is None else {"id": identity, **made}


def calls(*wanted: Any, finish: str = "tool_calls", text: str | None = None) -> Answer:
    """Answer with tool calls."""
    message = {"role": "assistant", "content": text, "tool_calls": list(wanted)}
    return Answer(_completion(message, finish))


def refusal(status: int, code: str, message: str = "no", **headers: str) -> Answer:
    """Answer with an error as OpenAI words it."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer({"error": {"message": message, "type": code, "code": code}}, status, named)


def _completion(message: Mapping[str, Any], finish: str) -> dict[str, Any]:
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "stand-in",
        "choices": [{"index": 0, "message": dict(message), "finish_reason": finish}],
        "usage": USAGE,
    }


Script = Callable[[Mapping[str, Any]], Answer]


class ModelStandIn:
    """Start it with ``with``; ``base_url`` is what goes into the settings."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.raw: list[str] = []
        self._answers: deque[Answer] = deque()
        self._script: Script | None = None
        self._over = threading.Event()

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        self.base_url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def will(self, *answers: Answer) -> None:
        """Say these next, in order; the last one is said again and again."""
        self._answers = deque(answers)
        self._script = None

    def obey(self, script: Script) -> None:
        """Let ``script`` choose each answer by the request."""
        self._script = script

    def forget(self) -> None:
        """Start with nothing said and nothing asked."""
        self.requests.clear()
        self.raw.clear()
        self._answers.clear()
        self._script = None

    @property
    def system(self) -> str:
        """What the last request told the model first."""
        return str(self.requests[-1]["messages"][0]["content"])

    def told(self) -> list[str]:
        """What the tools answered in the last request."""
        return [one["content"] for one in self.requests[-1]["messages"] if one["role"] == "tool"]

    def _answer(self, request: Mapping[str, Any]) -> Answer:
        if self._script is not None:
            return self._script(request)
        if not self._answers:
            return words("I have nothing to say.")
        return self._answers.popleft() if len(self._answers) > 1 else self._answers[0]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"])).decode()
                stand_in.raw.append(raw)
                request = json.loads(raw)
                stand_in.requests.append(request)
                stand_in._send(self, stand_in._answer(request))

            def log_message(self, *_arguments: object) -> None:
                pass

        return Handler

    def _send(self, handler: BaseHTTPRequestHandler, answer: Answer) -> None:
        if answer.stall:
            self._over.wait(answer.stall)
        if answer.cut:
            handler.connection.close()
            return
        is_text = isinstance(answer.body, str)
        content = (answer.body if is_text else json.dumps(answer.body)).encode()
        try:
            handler.send_response(answer.status)
            handler.send_header("Content-Type", "text/html" if is_text else "application/json")
            handler.send_header("Content-Length", str(len(content)))
            for name, value in answer.headers.items():
                handler.send_header(name, value)
            handler.end_headers()
            for piece in _pieces(content, drip=answer.drip):
                handler.wfile.write(piece)
                handler.wfile.flush()
                if answer.drip and self._over.wait(0.3):
                    return
        except OSError:
            return  # who asked has given up


def _pieces(content: bytes, *, drip: bool) -> Sequence[bytes]:
    return [content[at : at + 1] for at in range(len(content))] if drip else [content]


def timed(act: Callable[[], object]) -> float:
    """Return how many seconds an act took."""
    started = time.monotonic()
    act()
    return time.monotonic() - started
