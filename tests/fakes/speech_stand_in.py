"""A speech service on this machine: takes recordings as OpenAI does, hears what a test scripts."""

from __future__ import annotations

import json
import threading
from collections import deque
from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Note:
    """One request: the fields of its form, and the recording with the name it was given."""

    path: str
    fields: dict[str, str]
    file_name: str
    content: bytes
    authorization: str


@dataclass(frozen=True, slots=True)
class Hears:
    """One answer: words, or a body of a test's own with a status; ``stall`` seconds before it."""

    words: str = ""
    body: str = ""
    status: int = 200
    stall: float = 0.0


class SpeechStandIn:
    """Start it with ``with``; ``base_url`` is what goes into the settings."""

    def __init__(self) -> None:
        self.notes: list[Note] = []
        self._answers: deque[Hears] = deque()
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

    def will(self, *answers: Hears | str) -> None:
        """Hear these next, in order; the last one again and again."""
        self._answers = deque(one if isinstance(one, Hears) else Hears(one) for one in answers)

    def forget(self) -> None:
        """Start with nothing heard and nothing to hear."""
        self.notes.clear()
        self._answers.clear()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                stand_in.notes.append(_note(self, body))
                stand_in._answer(self)

            def log_message(self, *_arguments: object) -> None:
                pass

        return Handler

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        many = len(self._answers) > 1
        answer = self._answers.popleft() if many else self._answers[0]
        if answer.stall:
            self._over.wait(answer.stall)
        content = (answer.body or json.dumps({"text": answer.words})).encode()
        try:
            handler.send_response(answer.status)
            handler.send_header("Content-Type", "application/json")
            handler.send_header("Content-Length", str(len(content)))
            handler.end_headers()
            handler.wfile.write(content)
        except OSError:
            return  # who asked has given up


def _note(handler: BaseHTTPRequestHandler, body: bytes) -> Note:
    head = f"Content-Type: {handler.headers['Content-Type']}\r\n\r\n".encode()
    form = BytesParser(policy=HTTP).parsebytes(head + body)
    fields, name, content = {}, "", b""
    for part in form.iter_parts():
        if part.get_filename():
            name, content = str(part.get_filename()), _payload(part)
        else:
            field = part.get_param("name", header="content-disposition")
            fields[str(field)] = _payload(part).decode()
    return Note(handler.path, fields, name, content, handler.headers.get("Authorization", ""))


def _payload(part: Any) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""
