"""A model's answers on tape: recorded from a real one, played back without it.

It listens on this machine as an OpenAI-compatible server. Recording, it asks the real address and
keeps every answer as it came, under a hash of what was asked (messages and tools). Playing, it
gives the answers of the same question in the order they came in.

A tape knows the prompts and tools it was recorded with (`prints`): with others it is stale and says
so. Where only what tools told has changed since, the answer at the same place of the same talk is
given, and counted as asked in other words; a question that was never asked is an error.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
import urllib.request
from collections import Counter
from collections.abc import Iterable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final, Self
from urllib.error import HTTPError

from checks import tree
from prompts.phrasebook import languages
from prompts.told import fingerprint

# Kept with the code: a tape is worth as long as its prompts, which are kept there as well.
FOLDER = tree.ROOT / "tests" / "eval" / "tapes"
_SECONDS: Final = 120
_ANSWERS, _SCORES = "answers", "passed"


def key_of(request: Mapping[str, Any]) -> str:
    """Return a hash of what was asked: the messages and the tools, nothing of the client."""
    asked = {"messages": request["messages"], "tools": request.get("tools", [])}
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:24]


def place_of(request: Mapping[str, Any]) -> str:
    """Return a hash of where in a talk a question stands: what was said, what was called.

    Nothing of what code told is in it: prompts, tools' answers and earlier replies may change.
    """
    talk = [
        [one["role"], one["content"] if one["role"] == "user" else _called(one)]
        for one in request["messages"]
        if one["role"] != "system"
    ]
    return hashlib.sha256(json.dumps(talk, sort_keys=True).encode()).hexdigest()[:24]


def _called(message: Mapping[str, Any]) -> list[Any]:
    return [one["function"] for one in message.get("tool_calls") or ()]


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
        self.places: dict[str, str] = kept.get("places", {})
        self.prints: dict[str, str] = kept.get("prints", {})
        self.runs: int = kept.get("runs", 1)
        self.missed: list[str] = []
        self.in_other_words = 0

    def add(self, request: Mapping[str, Any], status: int, body: object) -> None:
        """Keep an answer of a question, after those it had before."""
        key = key_of(request)
        with self._lock:
            self.answers.setdefault(key, []).append([status, body])
            self.places.setdefault(place_of(request), key)

    def next(self, request: Mapping[str, Any]) -> tuple[int, Any]:
        """Return the next answer of a question, from the first again after the last."""
        key = key_of(request)
        with self._lock:
            if key not in self.answers:
                key = self.places.get(place_of(request), key)
                self.in_other_words += key in self.answers
            kept = self.answers.get(key)
            if not kept:
                self.missed.append(key)
                return 404, {"error": {"message": "not on tape", "code": "not_on_tape"}}
            status, body = kept[self._given[key] % len(kept)]
            self._given[key] += 1
            return int(status), body

    def save(
        self, model: str, passed: Mapping[str, int], runs: int, prints: Mapping[str, str]
    ) -> None:
        """Write the file: a line for each question, so that a new tape can be read as a change."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        head = {"model": model, "runs": runs, "prints": dict(prints), _SCORES: dict(passed)}
        tables: dict[str, dict[str, Any]] = {"places": self.places, _ANSWERS: self.answers}
        lines = [f" {_json(name)}: {_json(value)}" for name, value in head.items()]
        for name, table in tables.items():
            rows = ",\n".join(f"  {_json(key)}: {_json(table[key])}" for key in sorted(table))
            lines.append(f" {_json(name)}: {{\n{rows}\n }}")
        self._path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


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
        if not self._upstream:
            return self._tape.next(request)
        status, body = self._asked(raw)
        if status == 200:
            self._tape.add(request, status, body)
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


def prints_of(schemas: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return hashes of what every question begins with: the prompts of each language, the tools."""
    tools = hashlib.sha256(json.dumps(list(schemas), sort_keys=True).encode()).hexdigest()[:16]
    return {f"prompts, {one}": fingerprint(one) for one in languages()} | {"tools": tools}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(", ", ": "))


def tape_of(model: str) -> Path:
    """Return where the tape of a model is kept."""
    return FOLDER / f"{re.sub(r'[^a-z0-9.-]+', '-', model.casefold()).strip('-.')}.json"
