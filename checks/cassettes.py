"""A model's answers on tape: recorded from a real one, played back without it.

It listens on this machine as an OpenAI-compatible server. Recording, it asks the real address and
keeps every answer as it came, under a hash of what was asked (messages and tools). Playing, it
gives the answers of the same question in the order they came in; a question that was never asked
is an error, so a changed prompt shows at once and is recorded anew.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
import urllib.request
from collections import Counter
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final, Self
from urllib.error import HTTPError

from checks import tree

# Beside the installation and not in the repository: a tape is worth as long as its prompt.
FOLDER = tree.ROOT / "var" / "tapes"
_SECONDS: Final = 120
_ANSWERS, _SCORES = "answers", "passed"


def key_of(request: Mapping[str, Any]) -> str:
    """Return a hash of what was asked: the messages and the tools, nothing of the client."""
    asked = {"messages": request["messages"], "tools": request.get("tools", [])}
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:24]


class Tape:
    """One file: answers by question, and how often each task was passed with them."""

    def __init__(self, path: Path) -> None:
        """Read the file where there is one."""
        kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        self._path = path
        self._lock = threading.Lock()
        self._given: Counter[str] = Counter()
        self.answers: dict[str, list[Any]] = kept.get(_ANSWERS, {})
        self.passed: dict[str, int] = kept.get(_SCORES, {})
        self.runs: int = kept.get("runs", 1)
        self.missed: list[str] = []

    def add(self, key: str, status: int, body: object) -> None:
        """Keep an answer of a question, after those it had before."""
        with self._lock:
            self.answers.setdefault(key, []).append([status, body])

    def next(self, key: str) -> tuple[int, Any]:
        """Return the next answer of a question, from the first again after the last."""
        with self._lock:
            kept = self.answers.get(key)
            if not kept:
                self.missed.append(key)
                return 404, {"error": {"message": "not on tape", "code": "not_on_tape"}}
            status, body = kept[self._given[key] % len(kept)]
            self._given[key] += 1
            return int(status), body

    def save(self, model: str, passed: Mapping[str, int], runs: int) -> None:
        """Write the file."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        kept = {"model": model, "runs": runs, _SCORES: dict(passed), _ANSWERS: self.answers}
        text = json.dumps(kept, ensure_ascii=False, indent=1, sort_keys=True)
        self._path.write_text(text + "\n", encoding="utf-8")


class Player:
    """The server; ``upstream`` is the real address while it records, empty while it plays."""

    def __init__(self, tape: Tape, *, upstream: str = "", api_key: str = "") -> None:
        """Play ``tape``, or record onto it what ``upstream`` answers."""
        self._tape = tape
        self._upstream = upstream.rstrip("/")
        self._key = api_key

    def __enter__(self) -> Self:
        """Listen on a free port of this machine."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        self.base_url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"
        return self

    def __exit__(self, *_error: object) -> None:
        """End it."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def _answer(self, raw: bytes) -> tuple[int, Any]:
        request = json.loads(raw)
        key = key_of(request)
        if not self._upstream:
            return self._tape.next(key)
        status, body = self._asked(raw)
        if status == 200:
            self._tape.add(key, status, body)
        return status, body

    def _asked(self, raw: bytes) -> tuple[int, Any]:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._key}"}
        place = f"{self._upstream}/chat/completions"
        asked = urllib.request.Request(place, raw, headers)  # noqa: S310 (the operator's address)
        try:
            with urllib.request.urlopen(asked, timeout=_SECONDS) as answer:  # noqa: S310
                return answer.status, json.loads(answer.read())
        except HTTPError as refused:
            return refused.code, {"error": {"message": str(refused.reason), "code": "upstream"}}
        except (OSError, ValueError) as failed:
            return 502, {"error": {"message": type(failed).__name__, "code": "upstream"}}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        player = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                status, body = player._answer(raw)
                content = json.dumps(body).encode()
                try:
                    self.send_response(status)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(content)))
                    self.end_headers()
                    self.wfile.write(content)
                except OSError:
                    return  # who asked has given up

            def log_message(self, *_arguments: object) -> None:
                pass

        return Handler


def tape_of(model: str) -> Path:
    """Return where the tape of a model is kept."""
    return FOLDER / f"{re.sub(r'[^a-z0-9.-]+', '-', model.casefold()).strip('-.')}.json"
