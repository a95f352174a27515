"""From nothing to the first answer of the web process, and what it weighs."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

from websockets.sync.client import connect
from websockets.typing import Origin

from bot.bench.figures import Figure
from bot.bench.stage import Stage, opened

_PATIENCE_SECONDS = 60
_BARE = """
import fastapi, uvicorn, sqlalchemy
print(open("/proc/self/status").read().partition("VmRSS:")[2].split()[0])
"""
# In each language what needs a guess, so that the classifier and its vectors are in use.
_GUESSED = (
    "DEMO",
    "tell me where on earth my cash went these last weeks",
    "dime en qué se me va el dinero últimamente",
    "is there anything weird among what i paid",
    "hay algo raro en lo que he pagado",
    "how am i doing with what i put aside",
    "cómo voy con lo que aparto",
)


def measure(stage: Stage) -> Iterator[Figure]:
    """Start the real server in a process of its own, ask it, look at its memory, end it."""
    with opened(stage):
        pass  # migrated, as on every start but the first
    port = _free_port()
    variables = {
        **os.environ,  # noqa: TID251 - handed on
        **stage.variables(),
        "FM_WEB__PORT": str(port),
        "FM_DEMO__ENABLED": "true",
    }
    bare, weight = _bare_start()
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "serve"],
        env=variables,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        answered = _wait(f"http://127.0.0.1:{port}/readyz", start)
        memory = _resident(process.pid)
        _talk(f"http://127.0.0.1:{port}", ("help",))
        replied = time.perf_counter() - start
        replying = _resident(process.pid)
        spoken = _talk(
            f"http://127.0.0.1:{port}", _GUESSED[:: 1 if not stage.tiny else len(_GUESSED)]
        )
        talked = _resident(process.pid)
    finally:
        process.terminate()
        process.wait(_PATIENCE_SECONDS)
    yield Figure("web process to its first answer", answered, "s", 3, baseline=bare)
    yield Figure("web process to its first reply in a chat", replied, "s", 3, baseline=bare)
    yield Figure("memory of the web process", memory, "MB", 200, baseline=weight)
    yield Figure("memory of the web process, one reply given", replying, "MB", 200, baseline=weight)
    # With the workers and both languages in it: what one machine runs where there is no Redis.
    yield Figure(
        "memory of all in one process, all languages spoken", talked, "MB", 250, baseline=weight
    )
    yield Figure("said to it meanwhile", spoken, "messages")


def _talk(address: str, texts: Sequence[str]) -> int:
    """Say something to the web chat as a new visitor, wait for each answer; return how much."""
    with urllib.request.urlopen(address, timeout=10) as page:  # noqa: S310 - loopback
        cookie = page.headers["Set-Cookie"].partition(";")[0]
    line = f"{address.replace('http', 'ws')}/api/v1/stream"
    headers = {"Cookie": cookie}
    with connect(line, additional_headers=headers, origin=Origin(address)) as socket:
        for step, text in enumerate(texts):
            said = {"type": "message", "id": f"bench-{step}", "text": text, "profile": "web"}
            socket.send(json.dumps(said))
            while not _is_answer(socket.recv(timeout=_PATIENCE_SECONDS)):
                pass
    return len(texts)


def _is_answer(frame: str | bytes) -> bool:
    event = json.loads(frame)
    return bool(event["type"] == "message" and event.get("from") == "bot")


def _bare_start() -> tuple[float, float]:
    """Return the seconds and megabytes of a bare interpreter that imports the web framework."""
    start = time.perf_counter()
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", _BARE], check=True, capture_output=True, text=True
    )
    return time.perf_counter() - start, int(done.stdout) / 1024


def _wait(url: str, start: float) -> float:
    while time.perf_counter() - start < _PATIENCE_SECONDS:
        try:
            with urllib.request.urlopen(url, timeout=1) as answer:  # noqa: S310 - loopback
                if answer.status == 200:
                    return time.perf_counter() - start
        except (urllib.error.URLError, OSError):
            time.sleep(0.02)
    raise TimeoutError(url)


def _resident(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port
