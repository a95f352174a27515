"""What runs beside the web server in one process: workers, training, Telegram, the demo."""

from __future__ import annotations

import logging
import threading

from bot.app import App
from bot.channels.inbound import receive
from bot.channels.telegram_poll import PollConflict, Poller
from bot.demo import HOUSEHOLDS
from core.errors import FinanceError
from core.messaging.address import ChannelName
from workers.inline import InlineRunner
from workers.watchdog import Watchdog

_log = logging.getLogger("financemaster.background")

# Together with the requests in hand this ends well within what supervisors wait (30 s).
_DRAIN_SECONDS = 10.0
# Whoever opens the page at once is answered before samples are booked and phrases learned.
SETTLING_SECONDS = 5.0


class TelegramMissing(FinanceError):
    """There is no Telegram token to poll with."""

    code = "start.telegram_missing"


class Background:
    """Starts what the settings ask for, and ends it."""

    def __init__(self, app: App, settling_seconds: float) -> None:
        """Belong to ``app``; nothing runs yet."""
        self._app = app
        self._settling_seconds = settling_seconds
        self._runner: InlineRunner | None = None
        self._watchdog: Watchdog | None = None
        self._poller: threading.Thread | None = None
        self._stop = threading.Event()

    @property
    def job_runs(self) -> dict[str, int]:
        """How often each job ran in this process; nothing when workers run elsewhere."""
        return self._runner.watch.rounds() if self._runner is not None else {}

    def start(self) -> None:
        """Start workers, the demo, training and polling."""
        app = self._app
        if app.settings.inline_workers:
            self._runner = InlineRunner(app.jobs, app.bells)
            self._runner.start()
            self._watchdog = Watchdog(app.jobs, self._runner.watch, on_hang=_tell)
            self._watchdog.start()
        threading.Thread(target=self._settle_in, name="settle", daemon=True).start()
        if _polls(app):
            self._poller = threading.Thread(target=self._poll, name="telegram", daemon=True)
            self._poller.start()

    def stop(self) -> None:
        """End after the work in hand, in bounded time."""
        self._stop.set()
        if self._watchdog is not None:
            self._watchdog.stop()
        if self._runner is not None:
            self._runner.stop(_DRAIN_SECONDS)
        if self._poller is not None:
            # A long poll may go on for its time; what it brings is fetched again after a restart.
            self._poller.join(1.0)

    def _settle_in(self) -> None:
        """Do what the first answers need not wait for: sample households, then training."""
        app, settings = self._app, self._app.settings
        self._stop.wait(self._settling_seconds)
        try:
            # In production several processes start at once, and samples are asked for by hand.
            if settings.demo.enabled and settings.inline_workers and not self._stop.is_set():
                for name in HOUSEHOLDS:
                    app.demo.load(name)
        except Exception:
            _log.exception("demo_not_loaded")
        if not self._stop.is_set():
            app.understanding.train_beside()

    def _poll(self) -> None:
        try:
            poll(self._app, self._stop)
        except PollConflict:
            _log.error("telegram_updates_are_taken_elsewhere")
        except Exception:
            _log.exception("telegram_polling_broke")


def poll(app: App, stop: threading.Event) -> None:
    """Take Telegram's updates by long polling until ``stop``."""
    telegram = app.catalog.telegram_bot
    if telegram is None:
        raise TelegramMissing
    channel = app.catalog.channels[ChannelName.TELEGRAM]
    poller = Poller(
        telegram.fetch_updates,
        lambda parsed: receive(parsed, app.accept.accept, app.record_status),
        pause=stop.wait,
        answer_press=getattr(channel, "answer_press", None),
    )
    poller.run()


def _polls(app: App) -> bool:
    """Tell whether this process takes updates: one machine, and no webhook that brings them."""
    telegram = app.settings.telegram
    has_webhook = bool(telegram.webhook_secret.get_secret_value())
    return app.catalog.telegram_bot is not None and not has_webhook and app.settings.inline_workers


def _tell(_hanging: tuple[str, ...]) -> None:
    """Leave it at the log line: this process also serves users."""
