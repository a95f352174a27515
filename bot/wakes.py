"""Which bell this process rings: its own threads', or everybody's through Redis."""

from __future__ import annotations

from core.settings import Settings
from core.wake import Wake
from workers.inline import Bells


def production_wake(settings: Settings) -> Wake | None:
    """Return a bell that workers of other processes hear; nothing in embedded mode."""
    if not settings.redis.url:
        return None
    from workers.celery_app import CeleryWake, make_celery

    return CeleryWake(make_celery(settings.redis.url), Bells())
