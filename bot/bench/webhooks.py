"""Text messages through the real webhook: served as in production, posted by another process."""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager

import uvicorn

from bot.api.server import create_server
from bot.app import App
from bot.bench.posting import Posted, post
from bot.bench.stage import Books

PATH = "/hooks/twilio/sms"
_CONNECTIONS = 32
_PATIENCE_SECONDS = 30


def through_the_door(books: Books, seconds: float) -> Posted:
    """Post signed messages for so many seconds; return what became of them.

    The sender is a process of its own, as a provider is: its work is not the server's.
    """
    with _served(books.app) as port:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=context) as pool:
            return pool.submit(post, port, PATH, seconds, _CONNECTIONS).result()


@contextmanager
def _served(app: App) -> Iterator[int]:
    """Serve ``app`` on a free port; without its lifespan, so that only messages cost anything."""
    server = uvicorn.Server(
        uvicorn.Config(
            create_server(app),
            port=0,
            log_level="error",
            access_log=False,
            server_header=False,
            lifespan="off",
        )
    )
    thread = threading.Thread(target=server.run, name="bench-server")
    thread.start()
    until = time.monotonic() + _PATIENCE_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > until:
            raise TimeoutError("the bench's own server did not start")
        time.sleep(0.01)
    port: int = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield port
    finally:
        server.should_exit = True
        thread.join(_PATIENCE_SECONDS)
