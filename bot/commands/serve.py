"""Long-running processes: web server, workers, executor, beat, Telegram poller."""

from __future__ import annotations

import argparse
import os
import signal
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace

from bot.app import App, open_app
from bot.commands.memory import few_arenas
from bot.commands.output import greet
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
# As long as the table of heartbeats takes.
_WORKER_NAME = 60
_NOT_ACTING = tuple(queue for queue in Queue if queue is not Queue.EXECUTOR)


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
    parser.add_argument(
        "--queues",
        type=_queues,
        default=_NOT_ACTING,
        help="which of " + ",".join(_NOT_ACTING) + "; all when left out",
    )
    add_executor(parser)


def add_executor(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``executor``."""
    parser.add_argument("--host", default="127.0.0.1", help="address of the port")
    parser.add_argument(
        "--port", type=int, help="answer /healthz, /readyz and /metrics here; left out: nowhere"
    )


def _queues(text: str) -> tuple[Queue, ...]:
    """Read names of queues with commas between; the executor's is a command of its own."""
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    unknown = sorted(set(names) - set(_NOT_ACTING))
    if unknown or not names:
        raise argparse.ArgumentTypeError(f"no such queue: {', '.join(unknown) or text!r}")
    return tuple(Queue(name) for name in names)


def run_serve(options: argparse.Namespace) -> int:
    """Serve the web until told to stop."""
    import uvicorn

    from bot.api.server import create_server

    few_arenas()
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
        log_config=None,  # its lines go where ours go, in our form
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
    greet(book.render("start.address", fields, "terminal"))
    channels = ", ".join(sorted(name.value for name in app.catalog.channels)) or "-"
    greet(book.render("start.channels", {"channels": channels}, "terminal"))
    if app.settings.mail.carrier == "demo":
        greet(book.render("start.mail_demo", {"folder": str(app.settings.mail.folder)}, "terminal"))


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
        greet(app.phrasebook("en").render("start.webhook", {"reason": error.reason}, "terminal"))


def run_work(options: argparse.Namespace) -> int:
    """Run every queue but the executor's, or those that were named."""
    queues: tuple[Queue, ...] = options.queues
    is_all = set(queues) == set(_NOT_ACTING)
    name = "worker" if is_all else "worker:" + ",".join(sorted(queues))
    return _run_worker(name, queues, options.concurrency, options)


def run_executor(options: argparse.Namespace) -> int:
    """Run the executor's queue alone."""
    return _run_worker("executor", [Queue.EXECUTOR], 1, options)


def _run_worker(
    name: str, queues: Sequence[Queue], concurrency: int, options: argparse.Namespace
) -> int:
    from workers.celery_app import make_celery, run_worker
    from workers.watchdog import Watch

    few_arenas()
    check_words()
    settings = _production()
    if Queue.EXECUTOR in queues:  # what acts outside loads nothing of a language model
        settings = without_model(settings)
    app = open_app(settings, wake=production_wake(settings))
    app.handler.warm_beside()
    watch = Watch()
    with ExitStack() as closing:
        closing.callback(app.close)
        if options.port is not None:
            from bot.api.worker_door import worker_door

            closing.enter_context(worker_door(app, watch, options.host, options.port))
        run_worker(
            make_celery(settings.redis.url),
            replace(app.jobs, worker=name[:_WORKER_NAME]),
            queues=queues,
            concurrency=concurrency,
            on_hang=_end_process,
            watch=watch,
        )
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
