"""The real web server for tests: it listens on this machine, and browsers come to it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from bot.api.auth import issue_key
from bot.api.passwords import HASHER
from bot.api.server import create_server
from bot.app import App, open_app
from bot.understanding import Understanding
from core.settings import Settings
from core.users.preferences import Preferences
from core.users.user import Role, User

PASSWORD = "a password that nobody guesses"


class Untrained(Understanding):
    """Never trains: exact sentences answer alone, and no test waits for a classifier."""

    def train_beside(self) -> threading.Thread:
        thread = threading.Thread(target=str)
        thread.start()
        return thread

    def is_trained(self) -> bool:
        return False


def open_test_app(folder: Path, **wishes: Any) -> App:
    """Open a real application over a fresh SQLite file."""
    settings = Settings(
        _env_file=None,
        **{
            "database": {"url": f"sqlite:///{folder / 'books.db'}"},
            "security": {"master_key_file": folder / "master.key"},
            "files": {"folder": folder / "files", "max_upload_bytes": 200_000},
            **wishes,
        },
    )
    app = open_app(settings)
    return replace(app, understanding=Untrained(folder / "understanding"))


class Window:
    """A browser window on a listening server: one cookie, one WebSocket."""

    def __init__(
        self, address: str, cookie: str, *, after: int = 0, origin: str = "", language: str = "en"
    ) -> None:
        self.said = 0
        self.heard: list[dict[str, Any]] = []
        self._closing = ExitStack()
        self.socket: ClientConnection = self._closing.enter_context(
            connect(
                f"{address.replace('http', 'ws')}/api/v1/stream?after={after}",
                additional_headers={"Cookie": cookie, "Accept-Language": language},
                origin=Origin(origin or address),
                max_queue=None,  # what nobody reads must not hold up the end
            )
        )

    def send(self, **frame: Any) -> None:
        self.socket.send(json.dumps(frame))

    def hear(self, kind: str = "message", sender: str = "", seconds: float = 15) -> dict[str, Any]:
        """Return the next event of a kind; what comes before it is kept in ``heard``."""
        while True:
            event: dict[str, Any] = json.loads(self.socket.recv(timeout=seconds))
            self.heard.append(event)
            if event["type"] == kind and sender in ("", event.get("from")):
                return event

    def ask(self, text: str, profile: str = "web") -> dict[str, Any]:
        """Say something and return the bot's next message."""
        self.said += 1
        self.send(type="message", id=f"{id(self)}-{self.said}", text=text, profile=profile)
        return self.hear(sender="bot")

    def close(self) -> None:
        self._closing.close()


@dataclass
class Site:
    """A server that listens on this machine, the application behind it and clients in front."""

    app: App
    address: str
    server: FastAPI
    opened: list[Window | httpx.Client] = field(default_factory=list)

    def cookie(self) -> str:
        """Open the page as a new browser and return its cookie."""
        return httpx.get(self.address).headers["set-cookie"].partition(";")[0]

    def window(self, cookie: str = "", **more: Any) -> Window:
        """Open a window, of a new browser unless a cookie says otherwise."""
        window = Window(self.address, cookie or self.cookie(), **more)
        self.opened.append(window)
        return window

    def client(self, place: str = "127.0.0.1", **headers: str) -> httpx.Client:
        """Return a browser or a program of its own; it keeps cookies and follows no redirect.

        ``place`` is the address on this machine from which it comes.
        """
        way = httpx.HTTPTransport(local_address=place)
        client = httpx.Client(base_url=self.address, headers=headers, timeout=20, transport=way)
        self.opened.append(client)
        return client

    def user(self, email: str, role: Role | None = None, **wishes: Any) -> User:
        """Add a user, with a password for the console when there is a role."""
        app = self.app
        with app.database.work() as uow:
            user = uow.users.add(email, Preferences(**wishes), now=app.clock.now(), ids=app.ids)
            if role is not None:
                uow.users.set_password(user.id, HASHER.hash(PASSWORD), role)
            uow.commit()
        return user

    def key(self, email: str, *scopes: str) -> dict[str, str]:
        """Return the header of a fresh API key."""
        return {"Authorization": f"Bearer {issue_key(self.app, email, list(scopes))}"}


@contextmanager
def listening(
    folder: Path, *, change: Callable[[App], App] = lambda app: app, **wishes: Any
) -> Iterator[Site]:
    """Listen on a free port until the block ends; ``change`` swaps parts of the application."""
    app = change(open_test_app(folder, **wishes))
    made = create_server(app, settling_seconds=0)
    config = uvicorn.Config(
        made, host="127.0.0.1", port=0, log_level="critical", timeout_graceful_shutdown=2
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.02)
        assert thread.is_alive(), "the server did not start"
    port = server.servers[0].sockets[0].getsockname()[1]
    site = Site(app, f"http://127.0.0.1:{port}", made)
    try:
        yield site
    finally:
        for client in site.opened:
            client.close()
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive()
