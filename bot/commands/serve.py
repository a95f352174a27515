"""Long-running processes: web server, workers, executor, beat, Telegram poller."""

from __future__ import annotations

import argparse
import os
import signal
import threading
from collections.abc import Sequence

from bot.app import App, open_app
from bot.commands.output import show
from bot.wakes import production_wake
from core.errors import FinanceError
from core.messaging.channel import SendError
from core.settings import Settings, load_settings, without_model
from prompts.checks import start_up_breaches
from prompts.phrasebook import Phrasebook, languages
from workers.jobs import Queue

# The longest frame a browser may send, and how long requests in hand may take at the end; the
# workers then have ten seconds more (see bot/api/background.py).
_FRAME_BYTES = 128 * 1024
_GRACE_SECONDS = 5


class RedisMissing(FinanceError):
    """This process belongs to production mode, which needs Redis."""

    code = "start.redis_missing"


class WordsUnsafe(FinanceError):
    """A phrase, a template or a word to type would do harm (``count``, ``first``)."""

    code = "start.words_unsafe"


def check_words() -> None:
    """Refuse to start with words that carriers act on, or that no provider would take."""
    breaches = start_up_breaches([Phrasebook.load(lang) for lang in languages()])
    if breaches:
        raise WordsUnsafe(count=len(breaches), first=breaches[0])


def add_serve(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``serve``."""
    parser.add_argument("--host", help="address to listen on")
    parser.add_argument("--port", type=int, help="port to listen on")


def add_work(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``work``."""
    parser.add_argument("--concurrency", type=int, default=4, help="threads of this worker")


def run_serve(options: argparse.Namespace) -> int:
    """Serve the web until told to stop."""
    import uvicorn

    from bot.api.server import create_server

    check_words()
    settings = load_settings()
    host = options.host or settings.web.host
    port = options.port or settings.web.port
    app = open_app(settings, wake=production_wake(settings))
    _greet(app, host, port)
    register_webhook(app)
    app.handler.warm_beside()
    config = uvicorn.Config(
        create_server(app),
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        server_header=False,
        ws_max_size=_FRAME_BYTES,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    uvicorn.Server(config).run()
    return 0


def _greet(app: App, host: str, port: int) -> None:
    """Say where the pages are, and which channels are on, once."""
    book = app.phrasebook("en")
    fields = {"link": f"http://{host}:{port}"}
    show(book.render("start.address", fields, "terminal"))
    channels = ", ".join(sorted(name.value for name in app.catalog.channels)) or "-"
    show(book.render("start.channels", {"channels": channels}, "terminal"))


def register_webhook(app: App) -> None:
    """Tell Telegram where to post and which commands to offer; a failure is said, not fatal."""
    bot, base = app.catalog.telegram_bot, app.settings.public_base_url
    secret = app.settings.telegram.webhook_secret.get_secret_value()
    if bot is None or not base or not secret:
        return
    try:
        bot.set_up(
            webhook_url=f"{base}/hooks/telegram",
            secret=secret,
            commands=app.phrasebook("en").table("telegram_command"),
            translated={
                lang: app.phrasebook(lang).table("telegram_command")
                for lang in languages()
                if lang != "en"
            },
        )
    except SendError as error:
        show(app.phrasebook("en").render("start.webhook", {"reason": error.reason}, "terminal"))


def run_work(options: argparse.Namespace) -> int:
    """Run every queue but the executor's."""
    queues = [queue for queue in Queue if queue is not Queue.EXECUTOR]
    return _run_worker(queues, options.concurrency)


def run_executor(_options: argparse.Namespace) -> int:
    """Run the executor's queue alone."""
    return _run_worker([Queue.EXECUTOR], 1)


def _run_worker(queues: Sequence[Queue], concurrency: int) -> int:
    from workers.celery_app import make_celery, run_worker

    check_words()
    settings = _production()
    if Queue.EXECUTOR in queues:  # what acts outside loads nothing of a language model
        settings = without_model(settings)
    app = open_app(settings, wake=production_wake(settings))
    app.handler.warm_beside()
    try:
        run_worker(
            make_celery(settings.redis.url),
            app.jobs,
            queues=queues,
            concurrency=concurrency,
            on_hang=_end_process,
        )
    finally:
        app.close()
    return 0


def _end_process(_hanging: tuple[str, ...]) -> None:
    """End at once: the supervisor starts a fresh process, and leases free what was held."""
    os._exit(3)


def run_beat(_options: argparse.Namespace) -> int:
    """Ring the bells on time."""
    from workers import celery_app

    celery_app.run_beat(celery_app.make_celery(_production().redis.url))
    return 0


def run_poll(_options: argparse.Namespace) -> int:
    """Take Telegram's updates until told to stop."""
    from bot.api.background import poll

    app = open_app()
    try:
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        poll(app, stop)
    finally:
        app.close()
    return 0


def _production() -> Settings:
    settings = load_settings()
    if not settings.redis.url:
        raise RedisMissing
    return settings
