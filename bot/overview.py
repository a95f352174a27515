"""How an installation is doing: for ``check``, ``/readyz`` and the console."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from bot.app import App
from core.settings import Settings
from core.store.engine import sqlite_driver, sqlite_is_safe
from core.store.model_call_store import Refusal

# A message that waits longer than this without being answered is trouble.
_WAITS_TOO_LONG = 60
_DAY = timedelta(days=1)
# The settings that mend a refusal: the key, or which model and where.
_MENDED_BY = {
    "auth": "FM_MODEL__API_KEY",
    "not_found": "FM_MODEL__NAME, FM_MODEL__BASE_URL",
}


def overview(app: App) -> dict[str, Any]:
    """Return settings without secrets, backlog, dead letters and warnings."""
    now = app.clock.now()
    with app.database.reading() as uow:
        waiting, oldest = uow.inbox.backlog()
        failed = len(uow.inbox.failed())
        backlog = uow.outbox.tracking.backlog(now=now)
        users = uow.users.count()
        tickets = uow.tickets.count_waiting()
        refusals = uow.model_calls.refusals(since=now - _DAY) if app.settings.model.is_on else {}
    warnings = [*_warnings(app.settings), *_refused(refusals)]
    inbox_age = _seconds(oldest, now)
    return {
        "ok": inbox_age < _WAITS_TOO_LONG and not failed and not backlog.failed,
        "settings": _settings(app.settings),
        "channels": sorted(name.value for name in app.catalog.channels),
        "users": users,
        "tickets": tickets,
        "inbox": {"waiting": waiting, "oldest_seconds": inbox_age, "failed": failed},
        "outbox": {
            "ready": backlog.ready,
            "sending": backlog.sending,
            "unknown": backlog.unknown,
            "failed": backlog.failed,
            "oldest_seconds": backlog.oldest_seconds,
        },
        "understanding": app.understanding.is_trained(),
        "model": _model(app.settings),
        "voice": _voice(app.settings),
        "receipts": _receipts(app),
        "providers": {
            "cancellation": "simulator (demo)",
            "bank": _bank(app.settings),
            "mail": _mail(app.settings),
        },
        "warnings": warnings,
    }


def _refused(refusals: Mapping[str, Refusal]) -> Iterator[str]:
    """Say which language models turn every question away, and which setting mends it."""
    for model, one in sorted(refusals.items()):
        yield (
            f"the language model {model} answers nothing ({one.fault}, last at"
            f" {one.at:%Y-%m-%d %H:%M} UTC): look at {_MENDED_BY[one.fault]}"
        )


def _model(settings: Settings) -> str:
    """Return the name of the language model, "none" where there is none."""
    return (settings.model.name or "default") if settings.model.is_on else "none"


def _voice(settings: Settings) -> str:
    """Return who writes down voice notes, "none" where nobody does."""
    if settings.voice.is_on:
        return settings.voice.name
    return "simulator (demo)" if settings.voice.demo else "none"


def _receipts(app: App) -> str:
    """Return who reads photos, "none" where nobody does."""
    eyes = app.handler.eyes
    if eyes is None:
        return "none"
    return "simulator (demo)" if eyes.reader.is_demo else eyes.reader.name


def _bank(settings: Settings) -> str:
    """Return who reads accounts at banks."""
    provider = settings.bank.provider
    return "simulator (demo)" if provider == "demo" else provider


def _settings(settings: Settings) -> dict[str, Any]:
    """Return the settings with every secret hidden, the ones inside addresses too."""
    shown = settings.model_dump(mode="json")
    for group in ("database", "redis"):
        shown[group]["url"] = _without_password(shown[group]["url"])
    return shown


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    if parts.password is None:
        return url
    place = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{parts.username}:***@{place}").geturl()


def _mail(settings: Settings) -> str:
    """Say who carries letters."""
    names = {"demo": "simulator (demo)", "smtp": settings.mail.host, "none": "off"}
    return names[settings.mail.carrier]


def _warnings(settings: Settings) -> list[str]:
    warnings = []
    if settings.database.is_sqlite and not sqlite_is_safe():
        warnings.append(f"sqlite_wal_reset_bug:{sqlite_driver().sqlite_version}")
    return warnings


def _seconds(moment: datetime | None, now: datetime) -> int:
    return max(0, round((now - moment).total_seconds())) if moment is not None else 0
